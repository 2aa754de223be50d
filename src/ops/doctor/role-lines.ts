import type { Connection } from '../../engine/engine.ts';

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

/** Tables, views, and sequences that belong to no column: what must change its owner. */
const OBJECTS = `
  SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS v_kind, c.relname::text AS v_name
  FROM pg_class AS c
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i', 'e'))
    AND pg_get_userbyid(c.relowner) <> $1
  ORDER BY 1 DESC, 2`;

/**
 * The statements that make a role of its own for each kind of work, on this database as it is. An administrator runs them; they give nobody a
 * password, and change no row.
 */
export async function roleLines(connection: Connection, database: string, schemaName: string, prefix: string): Promise<string[]> {
  const { app, revision, backup, monitor } = rolesOf(prefix);
  const [a, r, b, m, s, d] = [app, revision, backup, monitor, schemaName, database].map(quoted);
  const objects = await connection.query(OBJECTS, [revision]);
  const existing = await connection.query('SELECT rolname::text AS v_name FROM pg_roles WHERE rolname = ANY ($1::text[])', [
    [app, revision, backup, monitor],
  ]);
  const there = new Set(existing.map(({ v_name }) => v_name));
  return [
    ...[app, revision, backup, monitor].filter((name) => !there.has(name)).map((name) => `CREATE ROLE ${quoted(name)} LOGIN;`),
    `REVOKE CREATE ON SCHEMA ${s} FROM PUBLIC;`,
    `GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${d} TO ${r};`,
    `GRANT CONNECT ON DATABASE ${d} TO ${a}, ${b}, ${m};`,
    `GRANT USAGE, CREATE ON SCHEMA ${s} TO ${r};`,
    `GRANT USAGE ON SCHEMA ${s} TO ${a}, ${b}, ${m};`,
    // Whoever is no superuser must belong to a role to give things to it; that ends below.
    `GRANT ${r} TO CURRENT_USER;`,
    ...objects.map(({ v_kind, v_name }) => `ALTER ${String(v_kind)} ${s}.${quoted(String(v_name))} OWNER TO ${r};`),
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${s} TO ${a};`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${s} TO ${a};`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${s} TO ${b};`,
    `GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${s} TO ${b};`,
    ...[
      `SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${a}`,
      `USAGE, SELECT ON SEQUENCES TO ${a}`,
      `SELECT ON TABLES TO ${b}`,
      `SELECT ON SEQUENCES TO ${b}`,
    ].map((what) => `ALTER DEFAULT PRIVILEGES FOR ROLE ${r} IN SCHEMA ${s} GRANT ${what};`),
    `GRANT pg_monitor TO ${m};`,
    `REVOKE ${r} FROM CURRENT_USER;`,
  ];
}
