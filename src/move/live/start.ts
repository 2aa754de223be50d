import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { installPostgresCapture } from '../capture/postgres-capture.ts';
import { installSqliteCapture, removeSqliteCapture, sqliteCaptureProblems } from '../capture/sqlite-capture.ts';
import type { MoveOptions } from '../move-options.ts';
import { type RunResult, runMove } from '../run/run-move.ts';
import { recordEvent } from '../state/events.ts';
import { readSideState } from '../state/postgres-state.ts';
import { inWriteTransaction, JOURNAL_TABLE, type MoveState, readMoveState, STATE_TABLE } from '../state/sqlite-state.ts';
import { turningOf } from '../switch/turning.ts';
import { readRun } from '../target/bookkeeping.ts';
import { addDecisions } from './decisions.ts';
import type { LiveOptions } from './live-options.ts';
import { refuseWithoutRoom } from './room.ts';
import { withPostgres, withSqlite } from './sides.ts';
import { Throttle } from './throttle.ts';

/** What a start needs beside the live move itself: how to copy. */
export type StartOptions = LiveOptions &
  Omit<MoveOptions, 'prepareSnapshot' | 'whenCopied' | 'targetUrl' | 'pace'> & {
    /** Called when the file is in this move, to this target, and the target answers. */
    readonly whenBegun?: () => void | Promise<void>;
  };

/** A copy, and how long it rested so that users were served. */
export type Copied = RunResult & { readonly restedSeconds: number };

export interface Started {
  readonly state: MoveState;
  /** What was copied by this call; `undefined` when the copy was complete before. */
  readonly copy: Copied | undefined;
}

/** The epoch of a database that never was in a move. */
const FIRST_EPOCH = 1;
/** The longest rest of a copy: after a long piece of work it goes on sooner than its share would be. */
const MOST_REST_MS = 10_000;
/** Between two looks whether a paused copy may go on. */
const PAUSED_LOOK_MS = 250;

async function begin(options: StartOptions): Promise<{ readonly state: MoveState; readonly isNew: boolean }> {
  // A target that cannot be reached is found before anything is changed.
  await withPostgres(options.postgresUrl, async () => {});
  refuseWithoutRoom(options.sqliteFile);
  return withSqlite(options.sqliteFile, async (sqlite) => {
    const existing = await readMoveState(sqlite);
    const target = locationOf(options.postgresUrl);
    if (existing !== undefined) {
      if (existing.target !== target)
        throw new FlashcaseError('FC_MOVE_STATE', {
          what: `The move ${existing.runId} goes to ${existing.target}, not to ${target}.`,
          where: options.sqliteFile,
          hint: 'Name that target with --to, or end the move first: flashcase move abort.',
        });
      const problems = await sqliteCaptureProblems(sqlite, options.tables);
      if (problems.length > 0)
        throw new FlashcaseError('FC_MOVE_SCHEMA_CHANGED', {
          what: `The capture of this file is not as it was installed: ${problems.slice(0, 5).join('; ')}.`,
          where: options.sqliteFile,
          hint: 'Changes may have been missed. Run flashcase move abort, then start anew.',
        });
      return { state: existing, isNew: false };
    }
    const runId = `mv-${options.newId()}`;
    // Capture before snapshot: a row written between the two is in both, never in none (facts T-53).
    await installSqliteCapture(sqlite, options.tables, { runId, target, epoch: FIRST_EPOCH });
    await inWriteTransaction(sqlite, () => recordEvent(sqlite, options.clock, 'started', { runId, target, by: options.by }));
    return { state: (await readMoveState(sqlite)) as MoveState, isNew: true };
  });
}

/** True when an earlier call was killed after the target had recorded the copy as done. */
async function isCopied(options: StartOptions, state: MoveState): Promise<boolean> {
  return withPostgres(options.postgresUrl, async (postgres) => {
    const run = await readRun(postgres);
    return run?.id === state.runId && run.state === 'done' && (await readSideState(postgres))?.runId === state.runId;
  });
}

async function beginFollowing(options: StartOptions, runId: string, copy?: Copied): Promise<MoveState> {
  return withSqlite(options.sqliteFile, async (sqlite) => {
    await inWriteTransaction(sqlite, async () => {
      const changed = await sqlite.execute(`UPDATE ${STATE_TABLE} SET phase = 'forward' WHERE phase = 'copying' AND run_id = ?`, [
        runId,
      ]);
      if (changed > 0) await recordEvent(sqlite, options.clock, 'copied', { ...copy });
    });
    return (await readMoveState(sqlite)) as MoveState;
  });
}

/** The unfinished copy of another move works from a snapshot older than this one's capture: what was written between the two is in neither. */
async function refuseOlderCopy(options: StartOptions, state: MoveState): Promise<void> {
  const run = options.isStartingOver === true ? undefined : await withPostgres(options.postgresUrl, readRun);
  if (run === undefined || run.id === state.runId) return;
  throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
    what: `The target holds another move, ${run.id}${run.state === 'done' ? '' : ', which is unfinished'}.`,
    where: locationOf(options.postgresUrl),
    hint:
      run.state === 'done'
        ? 'Create an empty database and name it with --to.'
        : 'Add --start-over: it removes what that one made.',
  });
}

/** A start that was refused before it wrote to the target leaves nothing on the source either. */
async function undoBegin(options: StartOptions, runId: string): Promise<void> {
  await withSqlite(options.sqliteFile, (sqlite) => removeSqliteCapture(sqlite, { runId, phase: 'copying' }));
}

/** Waits between two pieces of work while the operator has paused the move. */
async function whilePaused(sqlite: Connection, { events }: StartOptions): Promise<void> {
  for (let isTold = false; ; isTold = true) {
    const state = await readMoveState(sqlite);
    if (state?.phase !== 'copying' || !state.isPaused) {
      if (isTold) events.note('The copy goes on.');
      return;
    }
    if (!isTold) events.note('The copy is paused. It goes on with: flashcase move resume');
    await delay(PAUSED_LOOK_MS);
  }
}

/** Copies, and rests between two pieces of work while users wait longer than they may. */
async function copyAtUsersPace(options: StartOptions, run: MoveOptions): Promise<Copied> {
  return withSqlite(options.sqliteFile, async (sqlite) => {
    const throttle = new Throttle(sqlite, options, 'copy', (text) => options.events.note(text));
    try {
      const result = await runMove({
        ...run,
        pace: async (workedMs) => {
          await throttle.rest(workedMs, MOST_REST_MS);
          await whilePaused(sqlite, options);
        },
      });
      return { ...result, restedSeconds: throttle.restedMs / 1000 };
    } finally {
      await throttle.end();
    }
  });
}

/**
 * Begins a live move, or goes on with it: capture on, snapshot, copy, keys and indexes, then PostgreSQL is ready to follow. Users go on writing all the
 * time. Interrupted at any point, the same call goes on. Throws `FC_MOVE_DECISION_NEEDED` before anything was written when a decision is open.
 */
export async function startMove(options: StartOptions): Promise<Started> {
  const { state, isNew } = await begin(options);
  if (state.phase !== 'aborting') await options.whenBegun?.();
  else
    throw new FlashcaseError('FC_MOVE_STATE', {
      what: 'The move is being aborted.',
      where: `move ${state.runId}`,
      hint: 'Run flashcase move abort again: it goes on. Then start anew.',
    });
  if (state.phase !== 'copying') {
    const { rules } = options;
    if (rules !== undefined) await withPostgres(options.postgresUrl, (postgres) => addDecisions(postgres, rules));
    return { state, copy: undefined };
  }
  if (await isCopied(options, state)) return { state: await beginFollowing(options, state.runId), copy: undefined };
  let isRecorded = false;
  try {
    await refuseOlderCopy(options, state);
    const copy = await copyAtUsersPace(options, {
      ...options,
      targetUrl: options.postgresUrl,
      newId: () => state.runId.slice('mv-'.length),
      onStep: async (step) => {
        if (step !== 'judged') isRecorded = true;
        await options.onStep?.(step);
      },
      prepareSnapshot: (snapshot) =>
        options.gate.turn(snapshot, 'sqlite', {
          state: 'moved',
          epoch: 0,
          movedTo: turningOf(options, state.runId, 'start').sqliteAt,
          by: `move ${state.runId} start`,
        }),
      whenCopied: async (target, snapshot) => {
        const newest = snapshot.prepare(`SELECT seq AS position, word FROM ${JOURNAL_TABLE} ORDER BY seq DESC LIMIT 1`);
        newest.setReadBigInts(true);
        const { position = 0n, word } = (newest.get() ?? {}) as { position?: bigint; word?: bigint };
        await installPostgresCapture(target, options.tables, {
          runId: state.runId,
          epoch: state.epoch,
          position,
          word,
        });
        await options.onStep?.('captured');
      },
    });
    return { copy, state: await beginFollowing(options, state.runId, copy) };
  } catch (error) {
    if (isNew && !isRecorded) await undoBegin(options, state.runId);
    throw error;
  }
}
