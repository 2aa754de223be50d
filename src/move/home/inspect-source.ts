import type { Connection, Engine, Row } from '../../engine/engine.ts';
import { capabilities } from '../../engine/postgres/capabilities.ts';
import { PostgresConnection } from '../../engine/postgres/connection.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { formOf, LEDGER_TABLE, PROGRESS_TABLE } from '../../engine/schema-form.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { readLedger } from '../../revisions/ledger.ts';
import { refuseDistributed } from '../../revisions/refuse-distributed.ts';
import { refuseInPartitioning } from '../../revisions/underway-partition.ts';
import { differenceOf, factOf } from '../../schema/form.ts';
import { quarantineTableOf } from '../run/file-quarantined.ts';
import { requireNewest } from '../source/source-level.ts';
import { quoted } from '../source/source-tables.ts';
import { readSideState } from '../state/postgres-state.ts';
import { readRun } from '../target/bookkeeping.ts';
import { isPooled } from '../target/inspect-target.ts';
import type { HomeOptions } from './home-options.ts';

/** Another program that is connected to the database. */
export interface OtherSession {
  readonly pid: number;
  readonly user: string;
  readonly program: string;
  /** `undefined` where the role may not see it, or it came by a socket. */
  readonly from: string | undefined;
}

/** A table of the database that the schema does not have. */
export interface StrangeTable {
  readonly name: string;
  readonly rows: number;
}

/** The database a move home starts from, as one snapshot of it shows it. */
export interface HomeSource {
  readonly version: string;
  readonly location: string;
  readonly revision: string;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly rows: number;
  /** Of the tables with their long values, without indexes: the file is about as large, unless much was deleted here. */
  readonly bytes: number;
  readonly unknown: readonly StrangeTable[];
  /** Indexes, comments and views nobody declared: the file has none of them. */
  readonly leftBehind: readonly string[];
  /** Rows an earlier move set aside on its way here, in its bookkeeping only. */
  readonly setAside: number;
}

const unfit = (what: string, where: string, hint: string, details: Record<string, unknown> = {}): never => {
  throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', { what, where, hint, details });
};

/** What may be missing in the file without any value or rule being lost. */
const LEFT_BEHIND = new Set(['index', 'comment', 'comment on', 'view', 'materialized view', 'enum', 'domain', 'sequence']);

/** Refuses what no move home can begin with, before anything is read: a pooler, a standby, missing rights, another move. */
export async function refuseUnfit(connection: Connection, where: string, options: HomeOptions): Promise<void> {
  if (!(connection instanceof PostgresConnection))
    return unfit('The source is not PostgreSQL.', where, 'Name the PostgreSQL database with --from.');
  if (await isPooled(connection))
    unfit(
      'A connection pooler stands between FlashCase and the source.',
      where,
      "Name the server's own address with --from, or set DATABASE_DIRECT_URL.",
    );
  const [server] = await connection.query(
    `SELECT pg_encoding_to_char(encoding) AS encoding, pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS is_read_only,
       has_database_privilege(current_database(), 'CREATE') AS may_create_schema FROM pg_database WHERE datname = current_database()`,
  );
  if (server?.encoding !== 'UTF8')
    unfit(
      `The source stores text as ${String(server?.encoding)}, not UTF8.`,
      where,
      'Make a UTF8 database of it first: pg_dump.',
    );
  if (server?.is_read_only === true) unfit('The source is read-only.', where, 'Name the primary with --from.');
  if ((await readSideState(connection)) !== undefined)
    throw new FlashcaseError('FC_MOVE_UNDERWAY', {
      what: 'This database is in a live move with an SQLite file, which has everything.',
      where,
      hint: 'Go home without a stop: flashcase move rollback. Or end the move first: flashcase move finish.',
    });
  await refuseInPartitioning(connection, { capabilities, location: where });
  await refuseDistributed(
    connection,
    { capabilities, location: where },
    'The tables of this database are spread over several nodes, and a move home cannot follow them.',
  );
  const run = await readRun(connection);
  if (run !== undefined && run.state !== 'done')
    unfit(`The database holds the unfinished move ${run.id}.`, where, `The data is in ${run.sourceFile}.`);
  if (server?.may_create_schema !== true)
    unfit(
      'The role may not create schemas in the source, which the fence needs.',
      where,
      'GRANT CREATE ON DATABASE … TO the role.',
    );
  const foreign = await connection.query(
    `SELECT relname::text AS owned FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname::text = ANY ($1::text[])
       AND NOT pg_has_role(relowner, 'USAGE') ORDER BY 1`,
    [options.tables.map(({ table }) => table.name)],
  );
  if (foreign.length > 0)
    unfit(
      `The role does not own ${foreign.map((row) => String(row.owned)).join(', ')}, so it cannot fence them.`,
      where,
      'Name a role that owns the tables with --from.',
    );
}

/** Who else is connected to the database. Those whose role hides them from this one are counted too. */
export async function otherSessions(connection: Connection): Promise<OtherSession[]> {
  const rows = await connection.query(
    `SELECT pid AS m_pid, usename::text AS m_user, application_name AS m_program, host(client_addr) AS m_from FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid <> 0 AND coalesce(backend_type, 'client backend') = 'client backend' ORDER BY pid`,
  );
  return rows.map((row) => ({
    pid: row.m_pid as number,
    user: String(row.m_user),
    program: String(row.m_program ?? ''),
    from: (row.m_from as string | null) ?? undefined,
  }));
}

/** Refuses to begin while others could write; the operator may say that they are to wait. */
export function refuseOthers(others: readonly OtherSession[], where: string): void {
  if (others.length === 0) return;
  const shown = others
    .slice(0, 6)
    .map(({ pid, user, program, from }) => `pid ${pid} (${[user, program, from].filter(Boolean).join(', ')})`);
  unfit(
    `${others.length === 1 ? 'Another program is' : `${others.length} other programs are`} connected to the database: ${shown.join('; ')}${others.length > shown.length ? ' …' : ''}.`,
    where,
    'Stop the servers and whatever else writes, then run the command again. Or add --fence: reads go on meanwhile, and writes wait or are refused.',
    { sessions: others },
  );
}

const countOf = async (connection: Connection, table: string): Promise<number> =>
  Number((await connection.query(`SELECT count(*) AS n FROM ${quoted(table)}`))[0]?.n);

/** Tables with rows the schema does not have, an extension's and the tools' left out. */
async function unknownTables(
  connection: Connection,
  options: HomeOptions,
): Promise<{ all: Set<string>; filled: StrangeTable[] }> {
  const known = [...Object.keys(options.schema.tables), LEDGER_TABLE, PROGRESS_TABLE];
  const rows: Row[] = await connection.query(
    `SELECT c.relname::text AS stranger FROM pg_class AS c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'f')
       AND NOT c.relispartition AND c.relname::text <> ALL ($1::text[]) AND NOT starts_with(c.relname, '__aside_')
       AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1`,
    [known],
  );
  const names = rows.map((row) => String(row.stranger));
  const filled: StrangeTable[] = [];
  for (const name of names) {
    const count = await countOf(connection, name);
    if (count > 0) filled.push({ name, rows: count });
  }
  return { all: new Set(names), filled };
}

/** Rows an earlier move set aside, where the schema has no table of its own for them. */
async function rowsSetAside(connection: Connection, { schema }: HomeOptions): Promise<number> {
  if (quarantineTableOf(schema) !== undefined) return 0;
  const [found] = await connection.query("SELECT to_regclass('flashcase_move.quarantine') IS NOT NULL AS m_found");
  return found?.m_found === true
    ? Number((await connection.query('SELECT count(*) AS n FROM flashcase_move.quarantine'))[0]?.n)
    : 0;
}

/**
 * Looks at the database in the caller's snapshot. Throws when its revisions are not all of them, or its schema is not what they say: what the
 * schema does not know would be lost on the way.
 */
export async function inspectSource(
  engine: Pick<Engine, 'introspect' | 'version' | 'capabilities' | 'ddl'>,
  connection: Connection,
  where: string,
  options: HomeOptions,
): Promise<HomeSource> {
  const applied = await readLedger(connection, engine as Engine);
  requireNewest(applied, options.revisions, where);
  const { all, filled } = await unknownTables(connection, options);
  const { missing, unexpected } = differenceOf(formOf(options.schema, { ddl }), await engine.introspect(connection));
  const strange = unexpected.filter((line) => !all.has(factOf(line).table ?? ''));
  const leftBehind = strange.filter((line) => LEFT_BEHIND.has(factOf(line).kind));
  const differences = [
    ...missing.map((line) => `- ${line}`),
    ...strange.filter((line) => !leftBehind.includes(line)).map((line) => `+ ${line}`),
  ];
  if (differences.length > 0)
    unfit(
      `The schema of the source was changed by hand: ${differences.slice(0, 6).join('; ')}${differences.length > 6 ? ` and ${differences.length - 6} more` : ''}.`,
      where,
      'flashcase db check shows all of it and how to repair it; then plan again.',
      { differences },
    );
  const tables: { table: string; rows: number }[] = [];
  for (const { table } of options.tables) tables.push({ table: table.name, rows: await countOf(connection, table.name) });
  const [size] = await connection.query(
    `SELECT coalesce(sum(pg_table_size(relation)), 0)::bigint AS m_bytes FROM (
       SELECT to_regclass(n.m_name)::oid AS relation FROM unnest($1::text[]) AS n (m_name)
       UNION SELECT t.relid::oid FROM unnest($1::text[]) AS n (m_name), pg_partition_tree(to_regclass(n.m_name)) AS t) AS all_of_them`,
    [options.tables.map(({ table }) => quoted(table.name))],
  );
  const [server] = await connection.query("SELECT current_setting('server_version') AS server");
  return {
    version: `PostgreSQL ${String(server?.server)}`,
    location: where,
    revision: applied.at(-1)?.id ?? '',
    tables,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    bytes: Number(size?.m_bytes ?? 0),
    unknown: filled,
    leftBehind,
    setAside: await rowsSetAside(connection, options),
  };
}
