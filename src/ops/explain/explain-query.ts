import type { Kysely } from 'kysely';
import type { Connection, Engine } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { FlashcaseTables } from '../../schema/flashcase.ts';
import { hotQueries } from './hot-queries.ts';

/** Smaller tables are read as a whole because that is fastest. */
const LARGE_ROWS = 10_000;
/** A plan locks its tables as a read does; nobody is waited for long. */
const LOCK_MS = 2000;

export interface Explained {
  readonly name: string;
  readonly sql: string;
  /** As the engine words it, a line a step. */
  readonly plan: readonly string[];
  /** Large tables that it reads as a whole. */
  readonly wholeTables: readonly { readonly table: string; readonly rows: number }[];
  /** What to do, each with its command; none where the plan is as it should be. */
  readonly advice: readonly string[];
}

interface Seen {
  readonly plan: readonly string[];
  /** Tables that are read as a whole. */
  readonly scanned: readonly string[];
}

/** A step that reads all of a table: through it, or to make an index for this one statement. */
const WHOLE = [/^SCAN (\S+)/, /^SEARCH (\S+) .*\bUSING AUTOMATIC\b/];

/** SQLite: values are not bound, so the plan is that of any values. It calls a table by the statement’s own name for it. */
async function planOnSqlite(connection: Connection, sql: string): Promise<Seen> {
  const rows = await connection.query(`EXPLAIN QUERY PLAN ${sql}`);
  const plan = rows.map(({ detail }) => String(detail));
  const tables = new Set(
    (await connection.query("SELECT name AS v FROM sqlite_schema WHERE type = 'table'")).map(({ v }) => String(v)),
  );
  const aliases = new Map([...sql.matchAll(/"?(\w+)"?\s+as\s+"?(\w+)"?/gi)].map(([, table = '', alias = '']) => [alias, table]));
  const partial = new Set(
    (await connection.query("SELECT name AS v FROM sqlite_schema WHERE type = 'index' AND sql LIKE '% WHERE %'")).map(({ v }) =>
      String(v),
    ),
  );
  const scanned = plan.flatMap((line) => {
    // All of a partial index is as many rows as it is made for.
    if (partial.has(/^SCAN \S+ USING (?:COVERING )?INDEX (\S+)/.exec(line)?.[1] ?? '')) return [];
    const name = WHOLE.map((step) => step.exec(line)?.[1]).find((found) => found !== undefined);
    const table =
      name === undefined ? undefined : [aliases.get(name), name].find((known) => known !== undefined && tables.has(known));
    // A subquery, or rows of values, is no table.
    return table === undefined ? [] : [table];
  });
  // SQLite says nothing of a plain INSERT.
  return { plan: plan.length === 0 ? ['nothing is looked up'] : plan, scanned };
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** PostgreSQL: the plan that is made without knowing the values, which is the one a statement used often gets. Nothing is run. */
async function planOnPostgres(connection: Connection, sql: string): Promise<Seen> {
  const places = Math.max(0, ...[...sql.matchAll(/\$(\d+)/g)].map(([, no]) => Number(no)));
  const call = places === 0 ? '' : `(${Array<string>(places).fill('NULL').join(', ')})`;
  await connection.script(`BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL lock_timeout = ${LOCK_MS}`);
  try {
    await connection.script(`PREPARE flashcase_explain AS ${sql}`);
    try {
      const lines = await connection.query(`EXPLAIN EXECUTE flashcase_explain${call}`);
      const [row = {}] = await connection.query(`EXPLAIN (FORMAT JSON) EXECUTE flashcase_explain${call}`);
      const [{ Plan: root }] = JSON.parse(String(Object.values(row)[0])) as [{ Plan: PlanNode }];
      const scanned: string[] = [];
      const visit = (node: PlanNode): void => {
        if (node['Node Type'] === 'Seq Scan' && node['Relation Name'] !== undefined) scanned.push(node['Relation Name']);
        node.Plans?.forEach(visit);
      };
      visit(root);
      return { plan: lines.map((line) => String(Object.values(line)[0])), scanned };
    } finally {
      // A prepared statement outlives its transaction.
      await connection.script('DEALLOCATE flashcase_explain').catch(() => {});
    }
  } finally {
    await connection.script('ROLLBACK');
  }
}

/** How many rows a table has, nearly, and whether the planner knows. */
async function sizeOf(
  connection: Connection,
  { capabilities, ddl }: Engine,
  table: string,
): Promise<{ rows: number; isKnown: boolean }> {
  if (capabilities.isLocalFile) {
    const [row] = await connection.query(`SELECT coalesce(max(rowid), 0) AS v_rows FROM ${ddl.quote(table)}`);
    const hasStatistics = await connection.query("SELECT 1 AS v FROM sqlite_schema WHERE name = 'sqlite_stat1'");
    const known =
      hasStatistics.length === 0 ? [] : await connection.query('SELECT 1 AS v FROM sqlite_stat1 WHERE tbl = ?', [table]);
    return { rows: Number(row?.v_rows), isKnown: known.length > 0 };
  }
  const [row] = await connection.query(
    `SELECT greatest(c.reltuples, s.n_live_tup)::float8 AS v_rows, coalesce(s.last_analyze, s.last_autoanalyze) IS NOT NULL AS v_known
     FROM pg_class AS c JOIN pg_stat_all_tables AS s ON s.relid = c.oid WHERE c.oid = to_regclass($1)`,
    [ddl.quote(table)],
  );
  return { rows: Math.max(0, Number(row?.v_rows ?? 0)), isKnown: row?.v_known === true };
}

/** The plan of any statement on this database, and what is wrong with it. Nothing is run. Throws where the engine cannot plan it without its values. */
export async function explainText(connection: Connection, engine: Engine, sql: string): Promise<Omit<Explained, 'name'>> {
  const { capabilities, ddl } = engine;
  const { plan, scanned } = await (capabilities.isLocalFile ? planOnSqlite : planOnPostgres)(connection, sql);
  const wholeTables: { table: string; rows: number }[] = [];
  const advice: string[] = [];
  for (const table of new Set(scanned)) {
    const { rows, isKnown } = await sizeOf(connection, engine, table);
    if (rows < LARGE_ROWS) continue;
    wholeTables.push({ table, rows });
    advice.push(
      isKnown
        ? `${table} is read as a whole (about ${rows} rows): is an index missing? flashcase db check names it and prints the SQL that brings it back.`
        : `${table} is read as a whole (about ${rows} rows), and was never analysed: ANALYZE ${ddl.quote(table)};`,
    );
  }
  return { sql, plan, wholeTables, advice };
}

/** The plan of a hot query on this database, and what is wrong with it. Throws `FC_NOT_FOUND` for a name nobody gave. */
export async function explainQuery(connection: Connection, engine: Engine, name: string): Promise<Explained> {
  const query = hotQueries.find((known) => known.name === name);
  if (query === undefined)
    throw new FlashcaseError('FC_NOT_FOUND', {
      what: `There is no query ${name}.`,
      hint: 'flashcase db explain lists all of them.',
    });
  const sql = query.text(connection.kysely as unknown as Kysely<FlashcaseTables>, engine.capabilities);
  return { name, ...(await explainText(connection, engine, sql)) };
}
