import type { Connection, Engine } from '../../engine/engine.ts';
import { indexBytesNeeded, tableBytesNeeded } from './bloat.ts';

export interface IndexState {
  readonly name: string;
  readonly bytes: number;
  /** Of `bytes`, what a new index would not take: an estimate; null where none can be made. */
  readonly bloatBytes: number | null;
  /** How often it was used since the server began to count; null where nobody counts. */
  readonly scans: number | null;
  /** False: it was left behind by a build that failed, and no query uses it. */
  readonly isValid: boolean;
  /** The partition it belongs to, where its table is stored by months. */
  readonly of: string;
}

export interface TableState {
  readonly name: string;
  /** On PostgreSQL its estimate. */
  readonly rows: number;
  /** Row versions a VACUUM would free; null where there are none to free. */
  readonly deadRows: number | null;
  readonly bytes: number;
  readonly indexBytes: number;
  /** Of `bytes`, what the rows do not need: an estimate; null where none can be made. */
  readonly bloatBytes: number | null;
  /** ISO 8601, UTC; null: never, or nobody noted it. Of a table stored by months that of the partition it is longest ago for. */
  readonly vacuumedAt: string | null;
  readonly analyzedAt: string | null;
  /** False: the planner has never looked at it. */
  readonly isAnalyzed: boolean;
  /** Age of its oldest transaction id; null where there are none. */
  readonly xidAge: number | null;
  readonly indexes: readonly IndexState[];
}

/** Long questions are given up, and locks soon: a look must not add to the trouble it tells of, and is needed most when somebody locks everything. */
const LOOK_MS = 10_000;
const LOCK_MS = 500;

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS"Z"'`;
const iso = (sql: string): string => `to_char((${sql}) AT TIME ZONE 'UTC', ${ISO})`;

/** The application's own tables, each with the partitions that hold its rows. */
const LEAVES = `
  WITH top AS (
    SELECT c.oid, c.relname::text AS name, c.relkind FROM pg_class AS c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  ), leaf AS (
    SELECT top.name, top.oid AS relid FROM top WHERE top.relkind = 'r'
    UNION ALL SELECT top.name, p.relid FROM top CROSS JOIN LATERAL pg_partition_tree(top.oid) AS p WHERE top.relkind = 'p' AND p.isleaf
  )`;

const TABLES = `${LEAVES}
  SELECT leaf.name AS v_table, c.relname::text AS v_leaf, greatest(s.n_live_tup, c.reltuples, 0)::float8 AS v_rows, coalesce(s.n_dead_tup, 0)::float8 AS v_dead,
    pg_table_size(leaf.relid)::float8 AS v_bytes, pg_relation_size(leaf.relid)::float8 AS v_main, age(c.relfrozenxid)::float8 AS v_age,
    ${iso('greatest(s.last_vacuum, s.last_autovacuum)')} AS v_vacuumed, ${iso('greatest(s.last_analyze, s.last_autoanalyze)')} AS v_analyzed,
    w.v_width, coalesce(w.v_columns, 0)::float8 AS v_columns, coalesce(w.v_nullable, false) AS v_nullable
  FROM leaf JOIN pg_class AS c ON c.oid = leaf.relid LEFT JOIN pg_stat_user_tables AS s ON s.relid = leaf.relid
  LEFT JOIN LATERAL (
    SELECT sum((1 - null_frac) * avg_width)::float8 AS v_width, count(*) AS v_columns, bool_or(null_frac > 0) AS v_nullable
    FROM pg_stats WHERE schemaname = c.relnamespace::regnamespace::text AND tablename = c.relname AND NOT inherited
  ) AS w ON true
  ORDER BY 1, 2`;

/** B-trees of plain columns can be estimated; the width of an expression is known to nobody. */
const INDEXES = `${LEAVES}
  SELECT leaf.name AS v_table, t.relname::text AS v_of, c.relname::text AS v_index, pg_relation_size(c.oid)::float8 AS v_bytes, greatest(c.reltuples, 0)::float8 AS v_entries,
    i.indisvalid AS v_valid, coalesce(s.idx_scan, 0)::float8 AS v_scans, am.amname = 'btree' AND 0 <> ALL (i.indkey::int2[]) AS v_plain, w.v_width, w.v_known
  FROM leaf JOIN pg_index AS i ON i.indrelid = leaf.relid JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = leaf.relid
  JOIN pg_am AS am ON am.oid = c.relam LEFT JOIN pg_stat_user_indexes AS s ON s.indexrelid = c.oid
  LEFT JOIN LATERAL (
    SELECT sum((1 - p.null_frac) * p.avg_width)::float8 AS v_width, count(p.attname) = cardinality(i.indkey::int2[]) AS v_known
    FROM unnest(i.indkey::int2[]) AS k (no) JOIN pg_attribute AS a ON a.attrelid = leaf.relid AND a.attnum = k.no
    LEFT JOIN pg_stats AS p ON p.schemaname = t.relnamespace::regnamespace::text AND p.tablename = t.relname AND p.attname = a.attname AND NOT p.inherited
  ) AS w ON true
  ORDER BY 1, 3`;

async function onPostgres(connection: Connection): Promise<TableState[]> {
  await connection.script(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${LOOK_MS}; SET LOCAL lock_timeout = ${LOCK_MS}`);
  try {
    const leaves = await connection.query(TABLES);
    const indexes = await connection.query(INDEXES);
    return [...Map.groupBy(leaves, ({ v_table }) => String(v_table))].map(([name, own]): TableState => {
      const sum = (column: string): number => own.reduce((total, row) => total + Number(row[column]), 0);
      const oldest = (column: string): string | null => {
        const times = own.map((row) => row[column] as string | null);
        return times.includes(null) ? null : (times.toSorted()[0] ?? null);
      };
      const needed = own.map(({ v_rows, v_width, v_columns, v_nullable }) =>
        v_width === null
          ? undefined
          : tableBytesNeeded(Number(v_rows), { width: Number(v_width), columns: v_nullable === true ? Number(v_columns) : 0 }),
      );
      const ownIndexes = indexes
        .filter(({ v_table }) => v_table === name)
        .map((row): IndexState => {
          const bytes = Number(row.v_bytes);
          const isEstimated = row.v_plain === true && row.v_known === true && row.v_width !== null;
          return {
            name: String(row.v_index),
            of: String(row.v_of),
            bytes,
            bloatBytes: isEstimated ? Math.max(0, bytes - indexBytesNeeded(Number(row.v_entries), Number(row.v_width))) : null,
            scans: Number(row.v_scans),
            isValid: row.v_valid === true,
          };
        });
      return {
        name,
        rows: sum('v_rows'),
        deadRows: sum('v_dead'),
        bytes: sum('v_bytes'),
        indexBytes: ownIndexes.reduce((total, { bytes }) => total + bytes, 0),
        bloatBytes: needed.includes(undefined)
          ? null
          : own.reduce((total, { v_main }, i) => total + Math.max(0, Number(v_main) - (needed[i] as number)), 0),
        vacuumedAt: oldest('v_vacuumed'),
        analyzedAt: oldest('v_analyzed'),
        isAnalyzed: own.every(({ v_analyzed }) => v_analyzed !== null),
        xidAge: Math.max(...own.map(({ v_age }) => Number(v_age))),
        indexes: ownIndexes,
      };
    });
  } finally {
    await connection.script('ROLLBACK').catch(() => {});
  }
}

/** SQLite: every page of the file is looked at, so a large one takes seconds; nobody is kept from writing. What pages do not use is exact. */
async function onSqlite(connection: Connection): Promise<TableState[]> {
  const names = await connection.query(
    "SELECT type AS v_type, name AS v_name, tbl_name AS v_table FROM sqlite_schema WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' OR name LIKE 'sqlite\\_autoindex\\_%' ESCAPE '\\'",
  );
  const trees = new Map(
    (
      await connection.query(
        "SELECT name AS v_name, sum(pgsize) AS v_bytes, sum(unused) AS v_unused, sum(CASE pagetype WHEN 'leaf' THEN ncell ELSE 0 END) AS v_cells FROM dbstat GROUP BY name",
      )
    ).map((row) => [String(row.v_name), row]),
  );
  const hasStatistics = await connection.query("SELECT 1 AS v FROM sqlite_schema WHERE name = 'sqlite_stat1'");
  const analyzed = new Set(
    hasStatistics.length === 0
      ? []
      : (await connection.query('SELECT DISTINCT tbl AS v FROM sqlite_stat1')).map(({ v }) => String(v)),
  );
  return names
    .filter(({ v_type, v_name }) => v_type === 'table' && trees.has(String(v_name)))
    .map(({ v_name }): TableState => {
      const name = String(v_name);
      const tree = trees.get(name);
      const indexes = names
        .filter(({ v_type, v_table }) => v_type === 'index' && v_table === name)
        .map(({ v_name: index }): IndexState => {
          const own = trees.get(String(index));
          const bloatBytes = Number(own?.v_unused ?? 0);
          return { name: String(index), of: name, bytes: Number(own?.v_bytes ?? 0), bloatBytes, scans: null, isValid: true };
        });
      return {
        name,
        rows: Number(tree?.v_cells ?? 0),
        deadRows: null,
        bytes: Number(tree?.v_bytes ?? 0),
        indexBytes: indexes.reduce((total, { bytes }) => total + bytes, 0),
        bloatBytes: Number(tree?.v_unused ?? 0),
        vacuumedAt: null,
        analyzedAt: null,
        isAnalyzed: analyzed.has(name) || Number(tree?.v_cells ?? 0) === 0,
        xidAge: null,
        indexes,
      };
    });
}

/** How large every table and index is, what of it is not needed, and when upkeep was last done; the largest first. */
export async function readTables(connection: Connection, { capabilities }: Engine): Promise<TableState[]> {
  const tables = await (capabilities.isLocalFile ? onSqlite : onPostgres)(connection);
  return tables.toSorted((a, b) => b.bytes + b.indexBytes - (a.bytes + a.indexBytes));
}
