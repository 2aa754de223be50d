import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Connection, Engine } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Schema } from '../../schema/table.ts';
import { copyRanges } from '../copy/copy-ranges.ts';
import { findingsFileIn, type Judged, judgeSnapshot, snapshotAndJudge } from '../plan/make-plan.ts';
import { Rules } from '../plan/rules.ts';
import { hashFile, sizeOf, type Snapshot, snapshotFile } from '../source/snapshot.ts';
import { readSequences } from '../source/source-tables.ts';
import {
  createBookkeeping,
  insertRun,
  type MoveRun,
  openRanges,
  readAccounts,
  setRunState,
  type TableAccount,
} from '../target/bookkeeping.ts';
import { inTransaction, openTarget } from '../target/connect.ts';
import { inspectTarget } from '../target/inspect-target.ts';
import type { MoveOptions } from '../move-options.ts';
import { fileQuarantined } from './file-quarantined.ts';
import { finishSchema, setSequences } from './finish-schema.ts';
import { rowRanges } from './row-ranges.ts';

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

/** `flashcase_move` in ASCII: one run at a time per target database. */
const LOCK_KEY = '7378413942531123';
/** A killed run's connection is noticed by the server within this time. */
const LOCK_WAIT_SECONDS = 15;

async function lock(target: Connection, where: string): Promise<void> {
  for (let second = 0; ; second++) {
    const [row] = await target.query(`SELECT pg_try_advisory_lock(${LOCK_KEY}) AS is_mine`);
    if (row?.is_mine === true) return;
    if (second >= LOCK_WAIT_SECONDS) {
      throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', { what: 'Another move is running on this target.', where, hint: 'Wait for it to end, or stop it; then run the same command again.' });
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function refuseOpenDecisions(judged: Judged, rulesFile: string): void {
  if (judged.open.length === 0) return;
  throw new FlashcaseError('FC_MOVE_DECISION_NEEDED', {
    what: `${judged.open.length === 1 ? 'One decision is' : `${judged.open.length} decisions are`} open: ${judged.open.map(({ id, table, column, kind, rows }) => `${id} ${table}.${column} ${kind} (${rows})`).join('; ')}.`,
    where: rulesFile,
    hint: `Run flashcase move plan, then write each decision into ${rulesFile}.`,
    details: { open: judged.open.map(({ id, table, column, kind, rows }) => ({ id, table, column, kind, rows })) },
  });
}

/** Creates bookkeeping and tables without keys in one transaction: a target holds all of it or nothing. */
async function begin(target: Connection, options: MoveOptions, judged: Judged): Promise<MoveRun> {
  const run: MoveRun = {
    id: `mv-${options.newId()}`,
    state: 'copying',
    sourceFile: options.sourceFile,
    snapshotSha256: judged.snapshot.sha256,
    snapshotBytes: judged.snapshot.bytes,
    rulesHash: (options.rules ?? new Rules([])).hash,
    decisions: options.rules?.decisions ?? [],
    tables: Object.fromEntries(judged.sources.map(({ table, rows }) => [table.name, rows])),
  };
  await inTransaction(target, async () => {
    await createBookkeeping(target);
    for (const table of Object.values(options.schema.tables)) for (const sql of ddl.createTable(table, { withoutKeys: true })) await target.script(sql);
    await insertRun(target, run, rowRanges(judged.sources));
  });
  return run;
}

/** Finds the snapshot an unfinished run works from; throws when this is another run, or its snapshot is gone. */
async function snapshotOf(run: MoveRun, options: MoveOptions, where: string): Promise<Snapshot> {
  if (run.state === 'done') {
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what: `The move ${run.id} into this target is already complete.`,
      where,
      hint: 'Check it with flashcase move verify. To move again, create a new database.',
    });
  }
  const file = snapshotFile(options.workFolder);
  const isOurs = existsSync(file) && sizeOf(file) === run.snapshotBytes && (await hashFile(file)) === run.snapshotSha256;
  if (!isOurs) {
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what: `The target holds the unfinished move ${run.id} of ${run.sourceFile}, whose snapshot is not in ${options.workFolder}.`,
      where,
      hint: 'Run it where it began (same source, same --work-dir), or add --start-over: it removes what the unfinished move made and begins anew.',
      details: { runId: run.id },
    });
  }
  if ((options.rules ?? new Rules([])).hash !== run.rulesHash) {
    throw new FlashcaseError('FC_MOVE_RULES_INVALID', {
      what: `The decisions were changed since the move ${run.id} began.`,
      where: options.rulesFile,
      hint: 'Put the former decisions back, or add --start-over to begin anew with these.',
    });
  }
  return { file, bytes: run.snapshotBytes, sha256: run.snapshotSha256, walBytes: 0 };
}

/** Removes what an unfinished run made. A finished one is never touched: the target may be in use. */
async function removeUnfinished(target: Connection, schema: Schema, run: MoveRun): Promise<void> {
  if (run.state === 'done') return;
  await inTransaction(target, async () => {
    for (const name of Object.keys(schema.tables)) await target.script(`DROP TABLE IF EXISTS ${ddl.quote(name)} CASCADE`);
    await target.script('DROP SCHEMA flashcase_move CASCADE');
  });
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
    const [row] = await target.query(`SELECT count(*) AS n FROM ${ddl.quote(table)}`);
    if (Number(row?.n) !== rowsOut) {
      throw new FlashcaseError('FC_MOVE_FAILED', {
        what: `${table} holds ${String(row?.n)} rows instead of ${rowsOut}.`,
        hint: 'Another program wrote into the target during the move. Begin anew in an empty database.',
      });
    }
  }
}

async function copyData(target: Connection, options: MoveOptions, run: MoveRun, judged: Judged): Promise<void> {
  const { events } = options;
  const ranges = await openRanges(target, run);
  const order = new Map(judged.sources.map(({ table, rows }) => [table.name, rows]));
  ranges.sort((a, b) => (order.get(b.table) ?? 0) - (order.get(a.table) ?? 0) || a.no - b.no);
  const before = await readAccounts(target, run);
  const isDone = [...before.values()].reduce((sum, { copied, quarantined }) => sum + copied + quarantined, 0);
  events.phase('copy', ranges.length === 0 ? 'all rows are copied' : 'copying rows');
  events.expect(judged.rows - isDone);
  await copyRanges(
    {
      runId: run.id,
      schema: options.schema,
      sources: judged.sources,
      snapshotFile: judged.snapshot.file,
      findingsFile: judged.findingsFile,
      targetUrl: options.targetUrl,
      decisions: run.decisions,
    },
    ranges,
    {
      onRows: (rows) => events.rows('', rows),
      onRange: (range, copied) => {
        events.done('range', { table: range.table, range: range.no, rows: copied.rows, quarantined: copied.quarantined });
        options.onStep?.(`range ${range.table} ${range.no}`);
      },
    },
  );
}

async function prepare(target: Connection, options: MoveOptions, where: string): Promise<{ run: MoveRun; judged: Judged; wasResumed: boolean }> {
  const now = () => options.clock.now().micros;
  const common = { sourceFile: options.sourceFile, schema: options.schema, ledgers: options.ledgers, events: options.events, rules: options.rules };
  let existing = (await inspectTarget(target, where, sizeOf(options.sourceFile), now)).run;
  if (existing !== undefined && options.isStartingOver) {
    await removeUnfinished(target, options.schema, existing);
    existing = existing.state === 'done' ? existing : (await inspectTarget(target, where, sizeOf(options.sourceFile), now)).run;
  }
  if (existing !== undefined) {
    const snapshot = await snapshotOf(existing, options, where);
    options.events.note(`Run ${existing.id} goes on from its last checkpoint.`);
    return { run: existing, judged: judgeSnapshot({ ...common, snapshot, findingsFile: findingsFileIn(options.workFolder) }), wasResumed: true };
  }
  const judged = await snapshotAndJudge({ ...common, workFolder: options.workFolder });
  refuseOpenDecisions(judged, options.rulesFile);
  options.onStep?.('judged');
  const run = await begin(target, options, judged);
  options.onStep?.('began');
  return { run, judged, wasResumed: false };
}

async function finish(target: Engine, connection: Connection, options: MoveOptions, run: MoveRun, judged: Judged): Promise<void> {
  const rows = new Map(judged.sources.map(({ table, rows: count }) => [table.name, count]));
  await finishSchema(target, options.schema, (table) => rows.get(table) ?? 0, options.events);
  options.onStep?.('indexed');
  const snapshot = new DatabaseSync(judged.snapshot.file, { readOnly: true });
  const sequences = readSequences(snapshot);
  snapshot.close();
  // One transaction that waits for the disk: with it, everything written before it is on disk as well.
  await inTransaction(connection, async () => {
    await connection.script('SET LOCAL synchronous_commit = on');
    await setSequences(connection, options.schema, sequences);
    await fileQuarantined(connection, options.schema, run);
    await setRunState(connection, run, 'done');
  });
  await connection.script('CHECKPOINT').catch((error: unknown) => {
    // Only some roles may ask for one; the commit above is durable without it.
    if (!/permission|privilege|denied/i.test(String((error as FlashcaseError).why ?? error))) throw error;
  });
}

/**
 * Moves the source into the target, or goes on with the move that was interrupted there. The source is only read. When it returns, every row is
 * in its table or in quarantine, keys and indexes are built, and the target is durable; else it throws, and the same call goes on.
 */
export async function runMove(options: MoveOptions): Promise<RunResult> {
  const engine = openTarget(options.targetUrl);
  const where = locationOf(options.targetUrl);
  const times = [performance.now()];
  try {
    return await engine.dedicated(async (connection) => {
      await lock(connection, where);
      const { run, judged, wasResumed } = await prepare(connection, options, where);
      times.push(performance.now());
      await copyData(connection, options, run, judged);
      options.onStep?.('copied');
      const tables = account(run, await readAccounts(connection, run));
      if (run.state === 'copying') {
        await countRows(connection, tables);
        await setRunState(connection, run, 'finishing');
      }
      times.push(performance.now());
      await finish(engine, connection, options, run, judged);
      times.push(performance.now());
      options.onStep?.('done');
      rmSync(options.workFolder, { recursive: true, force: true });
      const seconds = (i: number): number => ((times[i + 1] as number) - (times[i] as number)) / 1000;
      return { runId: run.id, wasResumed, tables, seconds: { prepare: seconds(0), data: seconds(1), finish: seconds(2) } };
    });
  } finally {
    await engine.close();
  }
}
