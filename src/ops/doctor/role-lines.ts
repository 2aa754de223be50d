import type { Connection } from '../../engine/engine.ts';
import { ASIDE_PREFIX, DERIVED_PREFIX, LEDGER_TABLE, MOVE_PREFIX, PROGRESS_TABLE } from '../../engine/schema-form.ts';
import { flashcase } from '../../schema/flashcase.ts';

export interface Roles {
  /** For the servers: reads and writes rows. */
  readonly app: string;
  /** For `flashcase db upgrade`, moves and restores: owns the tables. */
  readonly revision: string;
  /** For `flashcase backup now`: reads. */
  readonly backup: string;
  /** For monitoring: sees what everybody does, and no row. */
  readonly monitor: string;
}

export const rolesOf = (prefix: string): Roles => ({
  app: `${prefix}_app`,
  revision: `${prefix}_revision`,
  backup: `${prefix}_backup`,
  monitor: `${prefix}_monitor`,
});

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Relations of the schema; sequences that belong to a column have its table, partitions theirs. Those of extensions are left out. */
const RELATIONS = `
  SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS v_kind,
    c.relname::text AS v_name, t.relname::text AS v_table, pg_get_userbyid(c.relowner)::text AS v_owner
  FROM pg_class AS c
  LEFT JOIN pg_depend AS o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')
    AND c.relkind = 'S'
  LEFT JOIN pg_class AS t ON t.oid = coalesce(o.refobjid, CASE WHEN c.relispartition THEN pg_partition_root(c.oid)::oid END)
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY 1 DESC, 2`;

interface Relation {
  readonly kind: string;
  readonly name: string;
  /** Of a sequence that belongs to a column, or of a partition. */
  readonly table: string | undefined;
  readonly owner: string;
}

async function relations(connection: Connection): Promise<Relation[]> {
  return (await connection.query(RELATIONS)).map(({ v_kind, v_name, v_table, v_owner }) => ({
    kind: String(v_kind),
    name: String(v_name),
    table: v_table === null ? undefined : String(v_table),
    owner: String(v_owner),
  }));
}

const TABLES = new Set(Object.values(flashcase.tables).map(({ name }) => name));
/** Only who revises writes them. */
const LEDGERS: readonly string[] = [LEDGER_TABLE, PROGRESS_TABLE];

/** The servers add to it, and change nothing of it. */
const AUDIT = flashcase.tables.audit_event.name;

/** The original app's; adopting takes it away. */
const ALEMBIC = 'alembic_version';

function isOurs({ name, table }: Relation): boolean {
  const of = table ?? name;
  return (
    TABLES.has(of) ||
    LEDGERS.includes(of) ||
    of === ALEMBIC ||
    flashcase.views.some((view) => view.name === of) ||
    [ASIDE_PREFIX, MOVE_PREFIX, DERIVED_PREFIX].some((prefix) => of.startsWith(prefix))
  );
}

/** What lies in the schema and is not FlashCase's. */
export async function strangers(connection: Connection): Promise<string[]> {
  return (await relations(connection)).filter((relation) => !isOurs(relation)).map(({ name }) => name);
}

/**
 * The statements that make a role of its own for each kind of work, on this database as it is. An administrator runs them, all or none: they give
 * nobody a password, change no row, and name nothing that is not FlashCase's.
 */
export async function roleLines(connection: Connection, database: string, schemaName: string, prefix: string): Promise<string[]> {
  const { app, revision, backup, monitor } = rolesOf(prefix);
  const [a, r, b, m, s, d] = [app, revision, backup, monitor, schemaName, database].map(quoted);
  const ours = (await relations(connection)).filter(isOurs);
  const named = (some: readonly Relation[]): string => some.map(({ name }) => `${s}.${quoted(name)}`).join(', ');
  const sequences = ours.filter(({ kind }) => kind === 'SEQUENCE');
  const tables = ours.filter(({ kind }) => kind !== 'SEQUENCE');
  const ledgers = tables.filter(({ name }) => LEDGERS.includes(name));
  const rows = tables.filter(({ name }) => !LEDGERS.includes(name));
  const grant = (rights: string, on: string, some: readonly Relation[], to: string | undefined): string[] =>
    some.length === 0 ? [] : [`GRANT ${rights} ON ${on} ${named(some)} TO ${to};`];
  const existing = await connection.query('SELECT rolname::text AS v_name FROM pg_roles WHERE rolname = ANY ($1::text[])', [
    [app, revision, backup, monitor],
  ]);
  const there = new Set(existing.map(({ v_name }) => v_name));
  return [
    'BEGIN;',
    // Whoever works meanwhile is not kept waiting for long: the lines can be run again.
    "SET LOCAL lock_timeout = '5s';",
    ...[app, revision, backup, monitor].filter((name) => !there.has(name)).map((name) => `CREATE ROLE ${quoted(name)} LOGIN;`),
    `REVOKE CREATE ON SCHEMA ${s} FROM PUBLIC;`,
    `GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${d} TO ${r};`,
    `GRANT CONNECT ON DATABASE ${d} TO ${a}, ${b}, ${m};`,
    `GRANT USAGE, CREATE ON SCHEMA ${s} TO ${r};`,
    `GRANT USAGE ON SCHEMA ${s} TO ${a}, ${b}, ${m};`,
    // Whoever is no superuser must belong to a role to give things to it; that ends below.
    `GRANT ${r} TO CURRENT_USER;`,
    ...ours
      .filter(({ owner, table }) => owner !== revision && table === undefined)
      .map(({ kind, name }) => `ALTER ${kind} ${s}.${quoted(name)} OWNER TO ${r};`),
    ...grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE', rows, a),
    ...grant('SELECT', 'TABLE', tables, b),
    ...grant('USAGE, SELECT', 'SEQUENCE', sequences, a),
    ...grant('SELECT', 'SEQUENCE', sequences, b),
    ...[
      `SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${a}`,
      `USAGE, SELECT ON SEQUENCES TO ${a}`,
      `SELECT ON TABLES TO ${b}`,
      `SELECT ON SEQUENCES TO ${b}`,
    ].map((what) => `ALTER DEFAULT PRIVILEGES FOR ROLE ${r} IN SCHEMA ${s} GRANT ${what};`),
    // A server that could write the ledger could make the next one believe anything of the tables.
    ...(ledgers.length === 0
      ? []
      : [`REVOKE ALL ON TABLE ${named(ledgers)} FROM ${a};`, ...grant('SELECT', 'TABLE', ledgers, a)]),
    // Whoever gets hold of a server cannot take back what the trail says.
    ...rows
      .filter(({ name }) => name === AUDIT)
      .map(({ name }) => `REVOKE UPDATE, DELETE ON TABLE ${s}.${quoted(name)} FROM ${a};`),
    ...(schemaName === 'public'
      ? []
      : [a, r, b, m].map((role) => `ALTER ROLE ${role} IN DATABASE ${d} SET search_path TO ${s};`)),
    `GRANT pg_monitor TO ${m};`,
    `REVOKE ${r} FROM CURRENT_USER;`,
    'COMMIT;',
  ];
}
