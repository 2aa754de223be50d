import type { Kysely } from 'kysely';
import type { Connection, Engine } from '../../engine/engine.ts';
import type { FlashcaseTables } from '../../schema/flashcase.ts';
import { explainText } from '../explain/explain-query.ts';
import { hotQueries } from '../explain/hot-queries.ts';
import type { StatementTime } from './statement-times.ts';

export interface Statement {
  /** FlashCase's own name for it, where it is one of the hot queries (`flashcase db explain`). */
  readonly name: string | null;
  readonly sql: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly meanMs: number;
  readonly maxMs: number;
  readonly isSlow: boolean;
  /** A line a step; null where it was not asked for, or cannot be told without values. */
  readonly plan: readonly string[] | null;
  readonly advice: readonly string[];
  /** Large tables that it reads as a whole. */
  readonly wholeTables: readonly string[];
}

export interface Statements {
  /** Who counted: PostgreSQL for everybody, or this server for what it ran itself; `nobody`: no server answered. */
  readonly source: 'pg_stat_statements' | 'server' | 'nobody';
  /** Since when. ISO 8601, UTC; null where it is not known. */
  readonly since: string | null;
  /** Those that took most in all, first. */
  readonly list: readonly Statement[];
  /** How to let PostgreSQL count, where it does not; null where it does, or on SQLite. */
  readonly howTo: string | null;
}

/** What a server counted itself. */
export interface CountedStatements {
  readonly since: string;
  readonly list: readonly StatementTime[];
}

/** A statement is slow when its mean is, and when it took as much in all as a hundred such ones. */
export const SLOW_MEAN_MS = 20;
export const SLOW_TOTAL_MS = 2000;

/** Of those that took most; plans are asked for fewer. */
export const LISTED = 20;
const PLANNED = 10;
const LOOK_MS = 5000;

/** Statements on data. What others may hold, as the password in `ALTER ROLE`, is shown to nobody. */
const ON_DATA = /^\s*(?:select|insert|update|delete|with)\b/i;

/** One text for all its values: PostgreSQL writes `$n` for constants too, and counts on from those there are. */
const shapeOf = (sql: string): string =>
  sql
    .replace(/'(?:[^']|'')*'|\$\d+|\?|\b\d+(?:\.\d+)?\b/g, '?')
    .replace(/\s+/g, ' ')
    .replace(/;\s*$/, '')
    .trim();

/** How a text is known as a hot query. */
export function namesOfTexts(connection: Connection, { capabilities }: Engine): (sql: string) => string | null {
  const names = new Map(
    hotQueries.map((query) => [
      shapeOf(query.text(connection.kysely as unknown as Kysely<FlashcaseTables>, capabilities)),
      query.name,
    ]),
  );
  return (sql) => names.get(shapeOf(sql)) ?? null;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What PostgreSQL counted, or why it does not. */
async function countedByPostgres(
  connection: Connection,
): Promise<{ readonly counted: CountedStatements | undefined; readonly howTo: string | null }> {
  const [extension] = await connection.query(
    "SELECT n.nspname::text AS v_schema FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'",
  );
  const [loaded] = await connection.query(
    "SELECT coalesce(current_setting('shared_preload_libraries', true), '') AS v_libraries, current_setting('server_version_num')::int >= 140000 AS v_tells_since",
  );
  const libraries = String(loaded?.v_libraries ?? '');
  const isLoaded = libraries.split(',').some((name) => name.trim() === 'pg_stat_statements');
  if (!isLoaded) {
    const wanted = [...(libraries === '' ? [] : [libraries]), 'pg_stat_statements'].join(', ');
    return {
      counted: undefined,
      howTo: `ALTER SYSTEM SET shared_preload_libraries = ${wanted
        .split(', ')
        .map((name) => `'${name}'`)
        .join(', ')}; restart PostgreSQL; then, in this database: CREATE EXTENSION pg_stat_statements;`,
    };
  }
  if (extension === undefined) return { counted: undefined, howTo: 'CREATE EXTENSION pg_stat_statements;' };
  const schema = quoted(String(extension.v_schema));
  await connection.script(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${LOOK_MS}`);
  try {
    const rows = await connection.query(
      `SELECT query AS v_sql, calls::float8 AS v_calls, total_exec_time AS v_total, max_exec_time AS v_max FROM ${schema}.pg_stat_statements
       WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND calls > 0 AND query ~* '^\\s*(select|insert|update|delete|with)\\M'
       ORDER BY total_exec_time DESC LIMIT 200`,
    );
    const [info] =
      loaded?.v_tells_since === true
        ? await connection.query(
            `SELECT to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS v_since FROM ${schema}.pg_stat_statements_info`,
          )
        : [];
    return {
      howTo: null,
      counted: {
        since: String(info?.v_since ?? ''),
        list: rows.map(({ v_sql, v_calls, v_total, v_max }) => ({
          sql: String(v_sql),
          calls: Number(v_calls),
          totalMs: Number(v_total),
          maxMs: Number(v_max),
        })),
      },
    };
  } finally {
    await connection.script('ROLLBACK').catch(() => {});
  }
}

/** FlashCase's own looks at the catalogs are not what anybody waits for. */
const isOfUsers = (sql: string): boolean =>
  ON_DATA.test(sql) && !/\b(?:pg_\w+|dbstat|pragma_\w+|sqlite_\w+|schema_revision\w*|write_gate)/.test(sql);

/**
 * The statements that took most, with FlashCase's name and the plan of those that are slow.
 * @param own what this server counted itself, for where the database counts nothing
 */
export async function readStatements(
  connection: Connection,
  engine: Engine,
  own: CountedStatements | undefined,
): Promise<Statements> {
  const { counted, howTo } = engine.capabilities.isLocalFile
    ? { counted: undefined, howTo: null }
    : await countedByPostgres(connection);
  const taken = counted ?? own;
  if (taken === undefined) return { source: 'nobody', since: null, list: [], howTo };
  const nameOf = namesOfTexts(connection, engine);
  const list: Statement[] = [];
  for (const { sql, calls, totalMs, maxMs } of taken.list.filter((one) => isOfUsers(one.sql)).slice(0, LISTED)) {
    const meanMs = totalMs / calls;
    const isSlow = meanMs > SLOW_MEAN_MS && totalMs > SLOW_TOTAL_MS;
    const name = nameOf(sql);
    const planned =
      isSlow && list.filter(({ plan }) => plan !== null).length < PLANNED
        ? await explainText(connection, engine, textToPlan(connection, engine, name) ?? sql).catch(() => undefined)
        : undefined;
    list.push({
      name,
      sql,
      calls,
      totalMs,
      meanMs,
      maxMs,
      isSlow,
      plan: planned?.plan ?? null,
      advice: planned?.advice ?? [],
      wholeTables: planned?.wholeTables.map(({ table }) => table) ?? [],
    });
  }
  return {
    source: counted === undefined ? 'server' : 'pg_stat_statements',
    since: taken.since === '' ? null : taken.since,
    list,
    howTo,
  };
}

/** A named query is planned as it is sent: in the text that was counted, constants are gone, and with them what PostgreSQL knows of their types. */
function textToPlan(connection: Connection, { capabilities }: Engine, name: string | null): string | undefined {
  return hotQueries
    .find((query) => query.name === name)
    ?.text(connection.kysely as unknown as Kysely<FlashcaseTables>, capabilities);
}
