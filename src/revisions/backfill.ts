import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { sqlFor } from '../schema/column.ts';
import { assignments } from './compile/backfill.ts';
import type { Backfill } from './step.ts';

const BATCH_ROWS = 1000;
/** A stop must not wait longer than a second: a batch that takes half of it is the last of its size. */
const SLOW_BATCH_MS = 500;
/** Rows written meanwhile by code that does not fill the column are found by going again; under writes without end somebody must stop. */
const MAX_PASSES = 3;

/** Where a backfill stands, kept in the ledger's progress. Keys are SQL literals, made and read by the engine itself. */
export interface Checkpoint {
  readonly pass: number;
  /** The last key of this pass, fixed when it began: rows inserted behind it cannot keep it going (facts F46). */
  readonly end?: readonly string[];
  readonly after?: readonly string[];
  readonly rows: number;
  readonly batchRows: number;
}

export interface BatchOutcome {
  readonly checkpoint: Checkpoint;
  readonly isDone: boolean;
  /** Only when done: rows that need it still, because they are written faster than they are filled. */
  readonly left?: number;
}

interface Key {
  /** The key columns in parentheses, to compare with. */
  readonly columns: string;
  readonly order: (direction: 'ASC' | 'DESC') => string;
  /** Select list that gives the key as SQL literals. */
  readonly literals: Readonly<Record<string, string>>;
}

/** The rows that one batch is about to write over, and where. */
export interface Batch {
  readonly table: string;
  readonly key: Pick<Key, 'columns' | 'literals'>;
  readonly set: readonly string[];
  readonly where: string;
}

/**
 * Does one batch inside an open transaction. Call it again with the checkpoint it returns.
 * @param beforeFill called just before the rows are written
 */
export async function fillBatch(
  connection: Connection,
  engine: Engine,
  step: Backfill,
  from: Checkpoint | undefined,
  beforeFill?: (batch: Batch) => Promise<void> | undefined,
): Promise<BatchOutcome> {
  const { quote } = engine.ddl;
  const started = performance.now();
  const table = quote(step.table);
  const needsIt = `(${sqlFor(step.where, engine.name)})`;
  const key = await keyOf(connection, engine, step.table);
  const at = async (rest: string): Promise<string[] | undefined> => {
    const [row] = await catalogQuery(connection, key.literals, `FROM ${table} ${rest}`);
    return row === undefined ? undefined : Object.values(row).map(String);
  };
  const row = (literals: readonly string[]): string => `(${literals.join(', ')})`;

  const state = from ?? { pass: 1, rows: 0, batchRows: step.batchRows ?? BATCH_ROWS };
  const end = state.end ?? (await at(`ORDER BY ${key.order('DESC')} LIMIT 1`));
  if (end === undefined) return { checkpoint: state, isDone: true };
  const ahead = `${state.after === undefined ? '' : `${key.columns} > ${row(state.after)} AND `}${key.columns} <= ${row(end)}`;
  // Later passes look for the few that need it; the first takes the key range by range, whatever is in it.
  const wanted = state.pass === 1 ? ahead : `${ahead} AND ${needsIt}`;
  const upTo = (await at(`WHERE ${wanted} ORDER BY ${key.order('ASC')} LIMIT 1 OFFSET ${state.batchRows - 1}`)) ?? end;
  const where = `${ahead} AND ${key.columns} <= ${row(upTo)} AND ${needsIt}`;
  await beforeFill?.({ table: step.table, key, set: Object.keys(step.set), where });
  const filled = await connection.query(
    `UPDATE ${table} SET ${assignments(step, engine.name, quote)} WHERE ${where}
     RETURNING CASE WHEN ${needsIt} THEN 1 ELSE 0 END AS "backfill.still"`,
  );
  const unchanged = filled.filter((one) => Number(one['backfill.still']) === 1).length;
  if (unchanged > 0) {
    throw new FlashcaseError('FC_REVISION_FAILED', {
      what: `"${step.about}" would never end: ${unchanged} rows of ${step.table} still need it after they were filled.`,
      hint: 'Write a condition that no longer holds once the columns are set.',
    });
  }
  const rows = state.rows + filled.length;
  const batchRows = nextSize(state.batchRows, step.batchRows ?? BATCH_ROWS, performance.now() - started);
  if (upTo.join() !== end.join()) return { checkpoint: { pass: state.pass, end, after: upTo, rows, batchRows }, isDone: false };
  const checkpoint = { pass: state.pass + 1, rows, batchRows };
  const [rest] = await catalogQuery(connection, { left: 'count(*)' }, `FROM ${table} WHERE ${needsIt}`);
  const left = Number(rest?.left);
  return left === 0 || state.pass >= MAX_PASSES ? { checkpoint, isDone: true, left } : { checkpoint, isDone: false };
}

/** A stop must not wait for it longer than a second, and how far a backfill is can be told without. */
const COUNT_MS = 500;

/**
 * How many rows need a backfill now; `undefined` where that takes too long to count. Called outside any transaction, so that nobody waits
 * for it.
 */
export async function countNeeding(connection: Connection, engine: Engine, step: Backfill): Promise<number | undefined> {
  const isLocal = engine.capabilities.isLocalFile;
  try {
    if (!isLocal) await connection.script(`BEGIN; SET LOCAL statement_timeout = ${COUNT_MS}`);
    const [row] = await catalogQuery(
      connection,
      { needing: 'count(*)' },
      `FROM ${engine.ddl.quote(step.table)} WHERE ${sqlFor(step.where, engine.name)}`,
    );
    return Number(row?.needing);
  } catch {
    return undefined;
  } finally {
    if (!isLocal) await connection.script('ROLLBACK').catch(() => {});
  }
}

function nextSize(size: number, largest: number, milliseconds: number): number {
  if (milliseconds > SLOW_BATCH_MS) return Math.max(1, Math.floor(size / 2));
  return milliseconds < SLOW_BATCH_MS / 4 ? Math.min(largest, size * 2) : size;
}

async function keyOf(connection: Connection, engine: Engine, table: string): Promise<Key> {
  const { quote } = engine.ddl;
  const columns = (
    engine.capabilities.isLocalFile
      ? await catalogQuery(connection, { name: 'name', type: "''" }, 'FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk', [
          table,
        ])
      : await catalogQuery(
          connection,
          { name: 'a.attname', type: 'format_type(a.atttypid, a.atttypmod)' },
          `FROM pg_index x CROSS JOIN unnest(x.indkey) WITH ORDINALITY k(num, n) JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.num
            WHERE x.indrelid = $1::regclass AND x.indisprimary ORDER BY k.n`,
          [quote(table)],
        )
  ) as { name: string; type: string }[];
  if (columns.length === 0) {
    throw new FlashcaseError('FC_REVISION_FAILED', {
      what: `Table ${table} has no primary key, so it cannot be filled in batches.`,
      hint: 'Give it one first, or write the UPDATE as an sql step.',
    });
  }
  return {
    columns: `(${columns.map(({ name }) => quote(name)).join(', ')})`,
    order: (direction) => columns.map(({ name }) => `${quote(name)} ${direction}`).join(', '),
    literals: Object.fromEntries(
      columns.map(({ name, type }, i) => [
        `k${i}`,
        engine.capabilities.isLocalFile
          ? `quote(${quote(name)})`
          : `quote_literal(${quote(name)}::text) || '::${type.replaceAll("'", "''")}'`,
      ]),
    ),
  };
}

/** How many bytes of log replicas (PostgreSQL) or the checkpoint (SQLite) have not taken in yet. */
export async function lagBytes(connection: Connection, engine: Engine): Promise<number> {
  if (engine.capabilities.isLocalFile) {
    const [pages] = await connection.query('PRAGMA wal_checkpoint(PASSIVE)');
    const [size] = await connection.query('PRAGMA page_size');
    return Math.max(0, Number(pages?.log) - Number(pages?.checkpointed)) * Number(size?.page_size);
  }
  const [row] = await catalogQuery(
    connection,
    { bytes: 'coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), 0)::float8' },
    'FROM pg_stat_replication',
  );
  return Number(row?.bytes);
}
