import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Connection, Engine } from '../../engine/engine.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { MoveOptions } from '../move-options.ts';
import type { Judged } from '../plan/make-plan.ts';
import { removeIfEmpty, sizeOf } from '../source/snapshot.ts';
import { quoted, readSequences } from '../source/source-tables.ts';
import { type MoveRun, openRanges, readAccounts, setRunState, type TableAccount } from '../target/bookkeeping.ts';
import { inTransaction, lockTarget, openTarget } from '../target/connect.ts';
import { readDefinitions } from '../target/definitions.ts';
import { WorkerPool } from '../workers/worker-pool.ts';
import { beginOrResume } from './begin-run.ts';
import { fileQuarantined } from './file-quarantined.ts';
import { finishSchema, setSequences } from './finish-schema.ts';

export interface TableResult {
  readonly table: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly quarantined: number;
}

export interface RunResult {
  readonly runId: string;
  readonly wasResumed: boolean;
  readonly tables: readonly TableResult[];
  readonly seconds: { readonly prepare: number; readonly data: number; readonly finish: number };
}

function account(run: MoveRun, accounts: ReadonlyMap<string, TableAccount>): TableResult[] {
  const results = Object.entries(run.tables).map(([table, rowsIn]) => {
    const found = accounts.get(table);
    return { table, rowsIn, rowsOut: found?.copied ?? 0, quarantined: found?.quarantined ?? 0 };
  });
  const wrong = results.filter(({ rowsIn, rowsOut, quarantined }) => rowsIn !== rowsOut + quarantined);
  if (wrong.length > 0) {
    throw new FlashcaseError('FC_MOVE_FAILED', {
      what: `Rows are missing: ${wrong.map(({ table, rowsIn, rowsOut, quarantined }) => `${table} ${rowsIn} in, ${rowsOut} out, ${quarantined} quarantined`).join('; ')}.`,
      hint: 'The target is not complete and must not be used. Begin anew with --start-over, and please report this.',
      details: { tables: wrong },
    });
  }
  return results;
}

/** Compares the rows that are in the tables with the checkpoints' sums: the last word on "nothing is missing". */
async function countRows(target: Connection, results: readonly TableResult[]): Promise<void> {
  for (const { table, rowsOut } of results) {
    const [row] = await target.query(`SELECT count(*) AS n FROM ${quoted(table)}`);
    if (Number(row?.n) !== rowsOut) {
      throw new FlashcaseError('FC_MOVE_FAILED', {
        what: `${table} holds ${String(row?.n)} rows instead of ${rowsOut}.`,
        hint: 'Another program wrote into the target during the move. Begin anew in an empty database.',
      });
    }
  }
}

async function copyData(
  target: Connection,
  options: MoveOptions,
  workers: WorkerPool,
  run: MoveRun,
  judged: Judged,
): Promise<void> {
  const { events } = options;
  const ranges = await openRanges(target, run);
  const order = new Map(judged.sources.map(({ table, rows }) => [table.name, rows]));
  ranges.sort((a, b) => (order.get(b.table) ?? 0) - (order.get(a.table) ?? 0) || a.no - b.no);
  const before = await readAccounts(target, run);
  const isDone = [...before.values()].reduce((sum, { copied, quarantined }) => sum + copied + quarantined, 0);
  events.phase('copy', ranges.length === 0 ? 'all rows are copied' : 'copying rows');
  events.expect(judged.rows - isDone);
  if (ranges.length === 0) return;
  const { schema, targetUrl } = options;
  await workers.all({
    kind: 'connect',
    job: { runId: run.id, schema, targetUrl, findingsFile: judged.findingsFile, decisions: run.decisions },
  });
  const told = new Set<string>();
  await workers.share(
    ranges.map((range) => ({ kind: 'copy', range })),
    (message) => {
      if (message.kind === 'rows') events.rows('', message.rows);
      else if (message.kind === 'fallback' && !told.has(message.table)) {
        told.add(message.table);
        events.note(`${message.table} is copied by SQL, slower, because ${message.why}.`);
      } else if (message.kind === 'copied') {
        const { range, copied } = message;
        events.done('range', { table: range.table, range: range.no, rows: copied.rows, quarantined: copied.quarantined });
        options.onStep?.(`range ${range.table} ${range.no}`);
      }
    },
    options.pace,
  );
}

async function finish(target: Engine, connection: Connection, options: MoveOptions, run: MoveRun, judged: Judged): Promise<void> {
  const rows = new Map(judged.sources.map(({ table, rows: count }) => [table.name, count]));
  await finishSchema(
    target,
    options.schema,
    await readDefinitions(connection, run.id),
    (table) => rows.get(table) ?? 0,
    options.events,
    options.pace,
  );
  options.onStep?.('indexed');
  const snapshot = new DatabaseSync(judged.snapshot.file, { readOnly: true });
  const sequences = readSequences(snapshot);
  try {
    await options.whenCopied?.(connection, snapshot);
  } finally {
    snapshot.close();
  }
  // This commit waits for the disk, unlike the copy's: the log is written in order, so everything before it is on disk as well.
  await inTransaction(connection, async () => {
    await setSequences(connection, options.schema, sequences);
    // A live move files them when it ends: until then both sides hand out ids of that table, and must hold the same rows.
    if (options.whenCopied === undefined) await fileQuarantined(connection, options.schema, run);
    await setRunState(connection, run, 'done');
  });
}

/** An error in the middle of a move says how to go on, whatever its cause. */
function withWayOn(error: unknown): unknown {
  if (!(error instanceof FlashcaseError) || !error.code.startsWith('FC_DB_')) return error;
  const { where, why, details } = error;
  return new FlashcaseError(error.code, {
    what: error.message,
    ...(where === undefined ? {} : { where }),
    ...(why === undefined ? {} : { why }),
    hint: 'When the cause is gone, run the same command again: it goes on from its last checkpoint.',
    details,
    cause: error,
  });
}

/**
 * Moves the source into the target, or goes on with the move that was interrupted there. The source is only read. When it returns, every row is
 * in its table or in quarantine, keys and indexes are built, and the target is durable; else it throws, and the same call goes on.
 */
export async function runMove(options: MoveOptions): Promise<RunResult> {
  const engine = openTarget(options.targetUrl);
  // Started now, they are there when the snapshot is.
  const workers = new WorkerPool(sizeOf(options.sourceFile));
  const where = locationOf(options.targetUrl);
  const times = [performance.now()];
  const seconds = (i: number): number => ((times[i + 1] as number) - (times[i] as number)) / 1000;
  try {
    return await engine.dedicated(async (connection) => {
      await lockTarget(connection, where);
      const { run, judged, wasResumed } = await beginOrResume(connection, options, workers, where);
      times.push(performance.now());
      try {
        await copyData(connection, options, workers, run, judged);
        options.onStep?.('copied');
        const tables = account(run, await readAccounts(connection, run));
        if (run.state === 'copying') {
          await countRows(connection, tables);
          await setRunState(connection, run, 'finishing');
        }
        await workers.close();
        times.push(performance.now());
        await finish(engine, connection, options, run, judged);
        times.push(performance.now());
        options.onStep?.('done');
        for (const file of [judged.snapshot.file, judged.findingsFile]) rmSync(file, { force: true });
        removeIfEmpty(options.workFolder);
        return { runId: run.id, wasResumed, tables, seconds: { prepare: seconds(0), data: seconds(1), finish: seconds(2) } };
      } catch (error) {
        throw withWayOn(error);
      }
    });
  } finally {
    await workers.close();
    await engine.close();
  }
}
