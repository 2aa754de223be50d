import { existsSync } from 'node:fs';
import type { Connection } from '../../engine/engine.ts';
import { openPostgres } from '../../engine/postgres/engine.ts';
import { LEDGER_TABLE, PROGRESS_TABLE } from '../../engine/schema-form.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { upgrade } from '../../revisions/run.ts';
import type { MoveOptions } from '../move-options.ts';
import { findingsFileIn, type Judged, judgeSnapshot, snapshotInto } from '../plan/make-plan.ts';
import { Rules } from '../plan/rules.ts';
import { hashFile, type Snapshot, sizeOf, snapshotFile } from '../source/snapshot.ts';
import { quoted } from '../source/source-tables.ts';
import { createBookkeeping, insertRanges, insertRun, type MoveRun, setRunState } from '../target/bookkeeping.ts';
import { inTransaction } from '../target/connect.ts';
import { takeAwayKeys } from '../target/definitions.ts';
import { inspectTarget } from '../target/inspect-target.ts';
import { whenLocksAreFree } from '../target/when-locks-are-free.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { rowRanges } from './row-ranges.ts';

/** Throws when a decision is open, naming all of them. */
function refuseOpenDecisions(judged: Judged, rulesFile: string): void {
  if (judged.open.length === 0) return;
  const open = judged.open.map(({ id, table, column, kind, rows }) => ({ id, table, column, kind, rows }));
  throw new FlashcaseError('FC_MOVE_DECISION_NEEDED', {
    what: `${open.length === 1 ? 'One decision is' : `${open.length} decisions are`} open: ${open.map(({ id, table, column, kind, rows }) => `${id} ${table}.${column} ${kind} (${rows})`).join('; ')}.`,
    where: rulesFile,
    hint: `Run flashcase move plan, then write each decision into ${rulesFile}.`,
    details: { open },
  });
}

/** Makes the target's tables by the revisions, on an engine of its own: the ledger ends as on every other database. */
async function createTables(options: MoveOptions): Promise<void> {
  const engine = openPostgres({
    schema: options.schema,
    url: options.targetUrl,
    pool: { size: 1, maxOverflow: 0, timeoutSeconds: 30, recycleSeconds: -1, statementSeconds: 3600 },
  });
  try {
    await upgrade({ engine, revisions: options.revisions, clock: options.clock });
  } finally {
    await engine.close();
  }
}

/** Records the run, makes the tables, and takes their keys away until the rows are there. */
async function begin(target: Connection, options: MoveOptions, judged: Judged, sha256: string): Promise<MoveRun> {
  const run: MoveRun = {
    id: `mv-${options.newId()}`,
    state: 'creating',
    sourceFile: options.sourceFile,
    snapshotSha256: sha256,
    snapshotBytes: judged.snapshot.bytes,
    rulesHash: (options.rules ?? new Rules([])).hash,
    decisions: options.rules?.decisions ?? [],
    tables: Object.fromEntries(judged.sources.map(({ table, rows }) => [table.name, rows])),
  };
  await inTransaction(target, async () => {
    await createBookkeeping(target);
    await insertRun(target, run);
  });
  options.onStep?.('recorded');
  return createForRun(target, options, judged, run);
}

/** A run killed before its first row goes on here: the revisions apply what is still missing. */
async function createForRun(target: Connection, options: MoveOptions, judged: Judged, run: MoveRun): Promise<MoveRun> {
  await createTables(options);
  options.onStep?.('created');
  // Servers of the installation look at the tables as soon as they are there.
  await whenLocksAreFree(target, async () => {
    await takeAwayKeys(target, run.id, Object.keys(options.schema.tables));
    await insertRanges(target, run, rowRanges(judged.snapshot.file, judged.sources, options.rowsPerCheckpoint));
    await setRunState(target, run, 'copying');
  });
  options.onStep?.('began');
  return { ...run, state: 'copying' };
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
  return { file, bytes: run.snapshotBytes, walBytes: 0 };
}

/** Removes what an unfinished run made. A finished one is never touched: the target may be in use. */
async function removeUnfinished(target: Connection, options: MoveOptions, run: MoveRun): Promise<void> {
  if (run.state === 'done') return;
  await whenLocksAreFree(target, async () => {
    for (const name of [...Object.keys(options.schema.tables), LEDGER_TABLE, PROGRESS_TABLE])
      await target.script(`DROP TABLE IF EXISTS ${quoted(name)} CASCADE`);
    await target.script('DROP SCHEMA flashcase_move CASCADE');
  });
}

export interface Begun {
  readonly run: MoveRun;
  readonly judged: Judged;
  readonly wasResumed: boolean;
}

/** Checks the target, then begins a run or finds the one to go on with. Nothing is written before every row is judged and decided. */
export async function beginOrResume(
  target: Connection,
  options: MoveOptions,
  workers: WorkerPool,
  where: string,
): Promise<Begun> {
  const inspect = async (): Promise<MoveRun | undefined> =>
    (await inspectTarget(target, where, sizeOf(options.sourceFile), () => options.clock.now().micros)).run;
  let existing = await inspect();
  if (existing !== undefined && options.isStartingOver) {
    await removeUnfinished(target, options, existing);
    existing = await inspect();
  }
  const judge = (snapshot: Snapshot): Promise<Judged> =>
    judgeSnapshot({ ...options, snapshot, findingsFile: findingsFileIn(options.workFolder), isThorough: false, workers });
  if (existing === undefined) {
    const snapshot = await snapshotInto(options.workFolder, options, options.prepareSnapshot);
    // The workers judge; this thread has time for the hash.
    const [judged, sha256] = await Promise.all([judge(snapshot), hashFile(snapshot.file)]);
    refuseOpenDecisions(judged, options.rulesFile);
    options.onStep?.('judged');
    return { run: await begin(target, options, judged, sha256), judged, wasResumed: false };
  }
  const snapshot = await snapshotOf(existing, options, where);
  options.events.note(`The move ${existing.id} goes on where it stopped.`);
  const judged = await judge(snapshot);
  const run = existing.state === 'creating' ? await createForRun(target, options, judged, existing) : existing;
  return { run, judged, wasResumed: true };
}
