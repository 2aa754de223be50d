import type { Connection, Engine, Row } from '../../engine/engine.ts';
import { keyOf } from '../../engine/postgres/ddl.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { checkDatabase } from '../../revisions/check.ts';
import type { Project } from '../../revisions/project.ts';
import { factOf } from '../../schema/form.ts';
import { namesOf, type Partitioned } from './partitioned.ts';

const unfit = (what: string, where: string, hint: string): never => {
  throw new FlashcaseError('FC_PARTITION_UNFIT', { what: `${what} Nothing was changed.`, where, hint });
};

/** Refuses an engine that keeps every table whole. */
export function refuseOtherEngine(engine: Pick<Engine, 'capabilities' | 'location'>, { table }: Partitioned): void {
  if (engine.capabilities.storesByMonths) return;
  unfit(
    `An SQLite file keeps ${table.name} whole; only PostgreSQL stores it by months.`,
    engine.location,
    'Nothing has to be done here. After a move to PostgreSQL it can be.',
  );
}

/** What hangs on the table itself, and would stay behind with it; each question gives the names of what is there. */
const TIED: readonly (readonly [what: string, sql: string, hint: string])[] = [
  [
    'views or rules read it',
    `SELECT DISTINCT r.ev_class::regclass::text AS p_name FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
      WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = to_regclass($1)`,
    'Drop them, and make them again afterwards.',
  ],
  [
    'foreign keys refer to it',
    `SELECT conrelid::regclass::text || '.' || conname AS p_name FROM pg_constraint WHERE contype = 'f' AND confrelid = to_regclass($1)`,
    'A partitioned table has no key they could refer to.',
  ],
  [
    'triggers of somebody else stand on it',
    `SELECT tgname::text AS p_name FROM pg_trigger WHERE tgrelid = to_regclass($1) AND NOT tgisinternal AND NOT starts_with(tgname, 'flashcase_partition')`,
    'Drop them, and make them again afterwards.',
  ],
  [
    'row security is set on it',
    `SELECT polname::text AS p_name FROM pg_policy WHERE polrelid = to_regclass($1)
      UNION SELECT relname::text FROM pg_class WHERE oid = to_regclass($1) AND relrowsecurity`,
    'Take it away, and set it again afterwards.',
  ],
  [
    'it is published for logical replication',
    `SELECT p.pubname::text AS p_name FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = to_regclass($1)`,
    'Take it out of the publication first.',
  ],
  [
    'it has statistics of somebody else',
    'SELECT stxname::text AS p_name FROM pg_statistic_ext WHERE stxrelid = to_regclass($1)',
    'Drop them, and make them again afterwards.',
  ],
  [
    'it has settings of its own (storage parameters, a tablespace, replica identity, no log)',
    `SELECT relname::text AS p_name FROM pg_class
      WHERE oid = to_regclass($1) AND (reloptions IS NOT NULL OR reltablespace <> 0 OR relreplident <> 'd' OR relpersistence <> 'p')`,
    'Reset them (ALTER TABLE … RESET, SET TABLESPACE, REPLICA IDENTITY DEFAULT, SET LOGGED).',
  ],
  [
    'it has computed columns',
    `SELECT attname::text AS p_name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attgenerated <> '' AND NOT attisdropped`,
    'Such a table is not copied row by row.',
  ],
  [
    'tables inherit from it',
    `SELECT inhrelid::regclass::text AS p_name FROM pg_inherits JOIN pg_class c ON c.oid = inhparent WHERE inhparent = to_regclass($1) AND c.relkind <> 'p'`,
    'Take them out of it first: ALTER TABLE … NO INHERIT.',
  ],
];

/**
 * Refuses a table that would not be the same afterwards: everything beside columns, keys, checks, indexes, comments and rights must be off it
 * first, named one by one. Throws `FC_PARTITION_UNFIT`.
 */
export async function refuseUnfit(
  connection: Connection,
  engine: Engine,
  project: Project,
  partitioned: Partitioned,
): Promise<void> {
  refuseOtherEngine(engine, partitioned);
  const { table, column } = partitioned;
  const { live } = namesOf(partitioned);
  const where = `${table.name} in ${engine.location}`;
  const [server] = await connection.query(
    `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS p_read_only, to_regclass($1) IS NOT NULL AS p_found`,
    [live],
  );
  if (server?.p_read_only === true) unfit('This server takes no writes.', where, 'Name the primary in DATABASE_URL.');
  if (server?.p_found !== true) unfit('The table is not there.', where, 'Run flashcase db upgrade first.');
  if (!keyOf(table).includes(column)) unfit(`Its key does not hold ${column}.`, where, 'Change the key by a revision first.');
  const without = table.uniques.find(({ columns }) => !columns.includes(column));
  if (without !== undefined)
    unfit(
      `Its unique key ${without.name} does not hold ${column}.`,
      where,
      'PostgreSQL could not keep it unique over the months.',
    );
  for (const [what, sql, hint] of TIED) {
    const names = (await connection.query(sql, [live])).map((row: Row) => String(row.p_name));
    if (names.length > 0)
      unfit(
        `${what}: ${names.slice(0, 6).join(', ')}.`.replace(/^./, (first) => first.toUpperCase()),
        where,
        hint,
      );
  }
  const endless = await connection.query(
    `SELECT count(*)::float8 AS p_rows FROM ${live} WHERE "${column}" IN ('infinity', '-infinity')`,
  );
  if (Number(endless[0]?.p_rows) > 0)
    unfit(
      `${String(endless[0]?.p_rows)} rows have no real time in ${column}.`,
      where,
      'No program of FlashCase writes such: correct them.',
    );
  const report = await checkDatabase(connection, engine, project);
  // Rows are copied by the columns that the revisions made; of all else the catalogs tell, also what somebody added by hand.
  const drift = report.drift.items.filter(({ expected, actual }) =>
    [expected, actual].some((line) => {
      const fact = line === undefined ? undefined : factOf(line);
      return fact?.table === table.name && ['table', 'column', 'primary key'].includes(fact.kind);
    }),
  );
  if (report.pending.length + report.unfinished.length + drift.length > 0)
    unfit(
      'The table is not as its revisions say, or revisions are pending.',
      where,
      'flashcase db check names what differs; flashcase db upgrade applies what is pending.',
    );
}

/** The role that owns a table: what takes its place must be its as well. Throws `FC_PARTITION_UNFIT` where this one may not act for it. */
export async function ownerOf(connection: Connection, partitioned: Partitioned, where: string): Promise<string> {
  const [row] = await connection.query(
    `SELECT pg_get_userbyid(relowner)::text AS p_owner, pg_has_role(relowner, 'USAGE') AS p_may,
       has_database_privilege(relowner, current_database(), 'CREATE') AS p_schemas, has_schema_privilege(relowner, current_schema(), 'CREATE') AS p_tables
     FROM pg_class WHERE oid = to_regclass($1)`,
    [namesOf(partitioned).live],
  );
  const owner = String(row?.p_owner);
  if (row?.p_may !== true)
    unfit(
      `${partitioned.table.name} belongs to ${owner}, for whom this role may not act.`,
      where,
      'Set DATABASE_DIRECT_URL to the role of the revisions.',
    );
  if (row?.p_schemas !== true || row.p_tables !== true)
    unfit(
      `The role ${owner} may not make what is needed.`,
      where,
      `GRANT CREATE ON DATABASE … TO ${owner}; GRANT CREATE ON SCHEMA … TO ${owner}`,
    );
  return owner;
}
