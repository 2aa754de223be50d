import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Engine } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Timestamp } from '../../schema/timestamp.ts';
import { keepMonths, mayMakeMonths, monthsDue } from '../partition/keep-months.ts';
import { REVIEWS } from '../partition/partitioned.ts';

/** One thing that is due. */
export interface Due {
  /** The table, or the file's log. */
  readonly on: string;
  readonly why: string;
  readonly sql: string;
  /** Why it cannot be done here; it is left then. */
  readonly obstacle?: string;
  /** Where it is more than the statement. */
  readonly work?: (connection: Connection) => Promise<unknown>;
}

export interface Done extends Due {
  readonly isDone: boolean;
  readonly seconds: number;
}

/** Rows that changed since the planner's last look: more than this share, and so many. */
const STALE_SHARE = 0.1;
const STALE_ROWS = 1000;
const DEAD_SHARE = 0.2;
const DEAD_ROWS = 10_000;
/** Where PostgreSQL itself begins to freeze. */
const FREEZE_AGE = 200_000_000;
const ANALYSIS_ROWS = 1000;
/** SQLite begins a checkpoint by itself at this many pages; it empties the log only when nobody reads. */
const CHECKPOINT_FRAMES = 1000;
const EMPTY_LOG = 'PRAGMA wal_checkpoint(TRUNCATE)';
/** Tries to empty the log: a writer is there for a moment only. */
const EMPTY_TRIES = 20;
const EMPTY_EVERY_MS = 50;

const TABLES = `
  SELECT c.relname::text AS v_table, s.n_live_tup::float8 AS v_live, s.n_dead_tup::float8 AS v_dead, s.n_mod_since_analyze::float8 AS v_changed,
    coalesce(s.last_analyze, s.last_autoanalyze) IS NULL AS v_never, age(c.relfrozenxid)::float8 AS v_age, pg_has_role(c.relowner, 'USAGE') AS v_own
  FROM pg_stat_user_tables AS s JOIN pg_class AS c ON c.oid = s.relid
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY 1`;

const OTHERS_TABLE = 'the table belongs to another role: run this as the role of the revisions';

const grouped = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ');

async function dueOnPostgres(connection: Connection, { ddl }: Engine): Promise<Due[]> {
  const rows = await connection.query(TABLES);
  return rows.flatMap((row): Due[] => {
    const on = String(row.v_table);
    const [live, dead, changed, age] = [row.v_live, row.v_dead, row.v_changed, row.v_age].map(Number) as [
      number,
      number,
      number,
      number,
    ];
    const table = ddl.quote(on);
    const found: Pick<Due, 'why' | 'sql'> | undefined =
      age > FREEZE_AGE
        ? { why: `its oldest transaction id is ${grouped(age)} old`, sql: `VACUUM (FREEZE, ANALYZE) ${table}` }
        : dead > DEAD_ROWS && dead > DEAD_SHARE * live
          ? { why: `${grouped(dead)} dead rows beside ${grouped(live)}`, sql: `VACUUM (ANALYZE) ${table}` }
          : changed > STALE_ROWS && (row.v_never === true || changed > STALE_SHARE * live)
            ? { why: `${grouped(changed)} rows changed since the planner looked`, sql: `ANALYZE ${table}` }
            : undefined;
    if (found === undefined) return [];
    // PostgreSQL passes over what is not one's own, with a warning only.
    return [
      {
        on,
        ...found,
        ...(row.v_own === true ? {} : { obstacle: OTHERS_TABLE }),
      },
    ];
  });
}

const INVALID = `
  SELECT c.relname::text AS v_index, t.relname::text AS v_table, pg_has_role(t.relowner, 'USAGE') AS v_own
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid
  WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relnamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS p WHERE p.relid = i.indrelid) ORDER BY 1`;

/** What a build beside the writers leaves when it fails: an index that costs every write, and that no query uses. */
async function dueOnIndexes(connection: Connection, { ddl }: Engine): Promise<Due[]> {
  return (await connection.query(INVALID)).map((row): Due => {
    const on = String(row.v_index);
    const isLeftOver = /_cc(?:new|old)\d*$/.test(on);
    return {
      on,
      why: `a build of this index of ${String(row.v_table)} failed, and no query uses it`,
      sql: `${isLeftOver ? 'DROP' : 'REINDEX'} INDEX CONCURRENTLY ${ddl.quote(on)}`,
      ...(row.v_own === true ? {} : { obstacle: OTHERS_TABLE }),
    };
  });
}

async function dueOnSqlite(connection: Connection, { ddl: { quote } }: Engine): Promise<Due[]> {
  // With every bit set it does nothing and says what it would do.
  const wanted: Pick<Due, 'on' | 'sql'>[] = [];
  for (const row of await connection.query('PRAGMA optimize(-1)')) {
    const sql = String(Object.values(row)[0]);
    const [, table] = /"main"\."([^"]+)"/.exec(sql) ?? [];
    // Of an empty table nothing is noted, and it would be due for ever.
    if (table !== undefined && (await connection.query(`SELECT 1 AS v FROM ${quote(table)} LIMIT 1`)).length === 0) continue;
    wanted.push({ on: table ?? 'the file', sql });
  }
  const [wal = {}] = await connection.query('PRAGMA wal_checkpoint(NOOP)');
  const [, frames = 0] = Object.values(wal).map(Number) as number[];
  return [
    ...wanted.map((due): Due => ({ ...due, why: 'the planner knows its rows badly' })),
    ...(frames >= CHECKPOINT_FRAMES
      ? [{ on: 'the write-ahead log', why: `it has ${grouped(frames)} pages`, sql: EMPTY_LOG }]
      : []),
  ];
}

/** The months of a table stored by months, and what the planner knows of it: PostgreSQL itself looks at its partitions only. */
async function dueOnMonths(connection: Connection, now: Timestamp): Promise<Due[]> {
  const due = await monthsDue(connection, REVIEWS, now);
  if (due === undefined) return [];
  const { months, defaultRows, table } = due;
  const [looked] = await connection.query(
    `SELECT coalesce(bool_and(relname::text <> $1 OR coalesce(last_analyze, '-infinity') < clock_timestamp() - interval '30 days'), true)
       AND coalesce(sum(CASE WHEN relname::text = $1 THEN 0 ELSE n_live_tup END), 0) > ${ANALYSIS_ROWS} AS v_due
     FROM pg_stat_user_tables WHERE relid IN (SELECT relid FROM pg_partition_tree(to_regclass(quote_ident($1))))`,
    [table.name],
  );
  return [
    ...(months.length === 0
      ? []
      : [
          {
            on: table.name,
            why: `${months.length} months are missing${defaultRows === 0 ? '' : `, and ${grouped(defaultRows)} rows are in the default partition`}`,
            sql: `CREATE TABLE … ATTACH PARTITION: ${months[0]} to ${months.at(-1)}`,
            work: (on: Connection) => keepMonths(on, REVIEWS, now),
            ...((await mayMakeMonths(connection, table)) ? {} : { obstacle: OTHERS_TABLE }),
          },
        ]),
    ...(looked?.v_due === true
      ? [{ on: table.name, why: 'the planner has not looked at all its months together', sql: `ANALYZE "${table.name}"` }]
      : []),
  ];
}

/** What upkeep is due on this database; changes nothing. */
export async function dueUpkeep(connection: Connection, engine: Engine, now: Timestamp): Promise<Due[]> {
  if (engine.capabilities.isLocalFile) return dueOnSqlite(connection, engine);
  // Months first: of all that is due, nothing else can keep a row from its place.
  return [
    ...(await dueOnMonths(connection, now)),
    ...(await dueOnPostgres(connection, engine)),
    ...(await dueOnIndexes(connection, engine)),
  ];
}

/**
 * Empties the write-ahead log; false when somebody reads or writes all the time. Emptying waits for readers with the write lock in its hand, and
 * every writer with it: so the pages are carried first, without any lock, and the rest is tried without waiting.
 */
async function emptyLog(connection: Connection): Promise<boolean> {
  await connection.query('PRAGMA wal_checkpoint(PASSIVE)');
  const [before = {}] = await connection.query('PRAGMA busy_timeout');
  await connection.query('PRAGMA busy_timeout = 0');
  try {
    for (let left = EMPTY_TRIES; ; left--) {
      const [row = {}] = await connection.query(EMPTY_LOG);
      if (Object.values(row)[0] === 0) return true;
      if (left <= 1) return false;
      await delay(EMPTY_EVERY_MS);
    }
  } finally {
    await connection.query(`PRAGMA busy_timeout = ${Number(Object.values(before)[0])}`);
  }
}

/** Why it could not be done; `undefined` when it was. */
async function carryOut(connection: Connection, { sql, work }: Due): Promise<string | undefined> {
  try {
    if (work !== undefined) await work(connection);
    else if (sql !== EMPTY_LOG) await connection.query(sql);
    else if (!(await emptyLog(connection)))
      return 'somebody reads or writes for a long time: flashcase db current names the processes';
    return undefined;
  } catch (error) {
    // The next task has nothing to do with this one.
    if (!(error instanceof FlashcaseError)) throw error;
    return `${error.code}: ${error.message}${error.why === undefined ? '' : ` ${error.why}`}`;
  }
}

/**
 * Does what is due, one thing after the other, while people work: nothing of it keeps a reader out, or a writer for longer than a moment. What cannot be
 * done is told with the reason, and the rest is done.
 * @param onTask called before each
 */
export async function maintain(
  connection: Connection,
  engine: Engine,
  now: Timestamp,
  onTask: (due: Due) => void,
): Promise<Done[]> {
  // An ANALYZE of SQLite holds the write lock: it looks at a part of each index only.
  if (engine.capabilities.isLocalFile) await connection.query(`PRAGMA analysis_limit = ${ANALYSIS_ROWS}`);
  const done: Done[] = [];
  for (const { work, ...due } of await dueUpkeep(connection, engine, now)) {
    if (due.obstacle !== undefined) {
      done.push({ ...due, isDone: false, seconds: 0 });
      continue;
    }
    onTask(due);
    const began = performance.now();
    const obstacle = await carryOut(connection, work === undefined ? due : { ...due, work });
    const seconds = Math.round(performance.now() - began) / 1000;
    done.push({ ...due, ...(obstacle === undefined ? {} : { obstacle }), isDone: obstacle === undefined, seconds });
  }
  return done;
}
