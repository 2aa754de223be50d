import { FlashcaseError } from '../../errors/index.ts';
import { sqliteCaptureProblems } from '../capture/sqlite-capture.ts';
import { settleForward } from '../follow/forward.ts';
import { openCarrier } from '../live/carrying.ts';
import type { LiveOptions } from '../live/live-options.ts';
import { ANSWER_MS, type Sides, withSides } from '../live/sides.ts';
import { recordEvent } from '../state/events.ts';
import { inWriteTransaction, type MoveState, requireMoveState } from '../state/sqlite-state.ts';
import { decideCutover, giveUpAttempt, holdSqlite, openPostgres, refuseUnopenable } from '../state/transitions.ts';
import { testify, type Witness } from '../state/witness.ts';
import { cutOffAfter } from './deadline.ts';
import { prepareSwitch } from './prepare-switch.ts';
import { isAbandoned } from './recover.ts';
import { DEFAULT_LIMIT_MS, givenUp, newAttempt, refuseDifferences, SwitchClock, type SwitchReport } from './switch-steps.ts';
import { switchedBefore } from './switched-before.ts';
import { turningOf } from './turning.ts';

/** Giving foreign keys their form back waits for locks, and nobody waits for it. */
const SETTLE_MS = 30_000;

export interface SwitchOptions {
  /** The longest pause in milliseconds: after it the switch gives up by itself, with the old side serving. */
  readonly limitMs?: number;
  /** Runs everything up to the decision, then gives up on purpose: a practice switch, whose pause is real. */
  readonly isPractice?: boolean;
}

/** Throws `FC_MOVE_STATE` when the move is not where a switch from this side can begin. */
export function requirePhase(state: MoveState, phase: 'forward' | 'reverse', verb: string, nowMs: number): void {
  const refuse = (what: string, hint: string): never => {
    throw new FlashcaseError('FC_MOVE_STATE', { what, where: `move ${state.runId}`, hint });
  };
  if (state.phase === 'copying')
    refuse('The copy is not complete.', 'Run flashcase move start again: it goes on from its last checkpoint.');
  if (state.phase === 'aborting') refuse('The move is being aborted.', 'Run flashcase move abort again: it goes on.');
  if (state.phase === 'finished')
    refuse('PostgreSQL is the primary for good: the move is being finished.', 'Run flashcase move finish again: it goes on.');
  if (state.phase !== phase) {
    if (phase === 'forward')
      refuse('PostgreSQL is the primary already.', 'flashcase move rollback goes back; flashcase move finish ends the move.');
    refuse('SQLite is the primary.', 'flashcase move cutover makes PostgreSQL the primary.');
  }
  if (state.isPaused) refuse(`The move is paused; ${verb} would not be level.`, 'Run flashcase move resume first.');
  if (state.attempt !== undefined && !isAbandoned(state.attempt, nowMs))
    refuse(`${state.attempt.by} is carrying out a switch.`, 'Wait for it; flashcase move status shows how it ends.');
}

async function refuseChangedCapture({ sqlite }: Sides, options: LiveOptions): Promise<void> {
  const problems = await sqliteCaptureProblems(sqlite, options.tables);
  if (problems.length === 0) return;
  throw new FlashcaseError('FC_MOVE_SCHEMA_CHANGED', {
    what: `The capture of this file is not as it was installed: ${problems.slice(0, 5).join('; ')}.`,
    where: options.sqliteFile,
    hint: 'Changes may have been missed. Run flashcase move abort, then start anew.',
    details: { problems },
  });
}

/** Raised by whatever makes or drops a table, an index or a trigger of the file, by whichever program. */
const schemaVersion = async ({ sqlite }: Sides): Promise<unknown> =>
  (await sqlite.query('PRAGMA schema_version'))[0]?.schema_version;

/** PostgreSQL went away, or is locked, between the decision and its opening: nobody can go back from here, and nothing is lost. */
function decidedNotOpen(error: unknown): FlashcaseError {
  return new FlashcaseError('FC_DB_UNREACHABLE', {
    what: 'The cutover is decided, but PostgreSQL could not be opened: writes wait for it.',
    why: (error as Error).message,
    hint: 'As soon as PostgreSQL can be opened, every server opens it by itself; so does flashcase move recover. Nothing is lost.',
    cause: error,
  });
}

/**
 * Makes PostgreSQL the primary. Users' writes wait, none fails; it gives up by itself after the limit, with SQLite serving on. When it returns, PostgreSQL
 * serves and SQLite follows it; where that was so before, it does nothing. Throws `FC_MOVE_GIVEN_UP` (exit code 4), or `FC_MOVE_STATE` when the move is not
 * where it can be done.
 */
export async function cutover(
  options: LiveOptions,
  { limitMs = DEFAULT_LIMIT_MS, isPractice = false }: SwitchOptions = {},
): Promise<SwitchReport> {
  const before = await switchedBefore(options, 'postgres');
  if (before !== undefined && !isPractice) return before;
  return withSides(options, async (sides) => {
    const { sqlite, postgres } = sides;
    const state = await requireMoveState(sqlite, options.sqliteFile);
    requirePhase(state, 'forward', 'a cutover', Number(options.clock.now().micros / 1000n));
    const version = await schemaVersion(sides);
    await refuseChangedCapture(sides, options);
    const turning = turningOf(options, state.runId, isPractice ? 'practice' : 'cutover');
    const carrier = await openCarrier(options, 'forward', state.runId);
    const clock = new SwitchClock(options, limitMs, postgres);
    try {
      await prepareSwitch(carrier, postgres, options.by);
      await clock.step('prepared');
      // Its time runs from here: a preparation that took long would make others give it up.
      const attempt = await holdSqlite(sqlite, turning, () => {
        clock.begin();
        return newAttempt(options, limitMs);
      });
      if (attempt === undefined)
        throw new FlashcaseError('FC_MOVE_STATE', {
          what: 'Another command changed the move just now.',
          hint: 'Look at flashcase move status, then run the command again.',
        });
      let report: SwitchReport;
      let witness: Witness;
      try {
        await clock.step('held');
        // Perhaps a trigger was dropped since it was looked at, and what was written meanwhile is in no journal.
        if ((await schemaVersion(sides)) !== version)
          throw new FlashcaseError('FC_MOVE_SCHEMA_CHANGED', {
            what: 'The schema of the file was changed during the switch.',
            where: options.sqliteFile,
            hint: 'Changes may have been missed. Run flashcase move verify, then the command again.',
          });
        const { keys, position } = await carrier.carry(clock.signal);
        await clock.step('drained');
        refuseDifferences((await carrier.verifyKeys(clock.signal)).differences);
        await clock.step('verified');
        const sequences = await carrier.setSequences(clock.signal);
        witness = await testify(postgres, state.witness, position);
        await clock.step('sequences');
        const epoch = state.epoch + 1;
        // Once it is decided, users' writes wait for PostgreSQL, however long that takes: it must be there.
        const lookLast = async (): Promise<void> => {
          await refuseUnopenable(postgres, turning, epoch, witness, clock.leftMs);
          clock.refuseIfLate();
        };
        if (isPractice) {
          await lookLast();
          await giveUpAttempt(sqlite, turning, attempt.id, 'practice');
          return {
            attempt: attempt.id,
            primary: 'sqlite',
            epoch: state.epoch,
            pauseMs: clock.elapsedMs,
            keys,
            sequences,
            steps: clock.steps,
          };
        }
        if (!(await decideCutover(sqlite, turning, attempt.id, witness, clock.leftMs, lookLast)))
          throw new FlashcaseError('FC_MOVE_GIVEN_UP', {
            what: 'Another process gave this switch up.',
            hint: 'Run the command again.',
          });
        report = {
          attempt: attempt.id,
          primary: 'postgres',
          epoch,
          pauseMs: 0,
          keys,
          sequences,
          steps: clock.steps,
        };
      } catch (failed) {
        const error = clock.causeOf(failed);
        const isBack = await giveUpAttempt(sqlite, turning, attempt.id, (error as Error).message).then(
          () => true,
          // A full disk, for example. Nothing is decided, and whoever looks next gives it up.
          () => false,
        );
        throw givenUp(error, 'sqlite', clock, isBack);
      } finally {
        clock.end();
      }
      await clock.step('decided');
      await cutOffAfter(ANSWER_MS, postgres, () => openPostgres(postgres, turning, report.epoch, witness)).catch(
        (error: unknown) => {
          throw error instanceof FlashcaseError && error.code === 'FC_MOVE_SET_BACK' ? error : decidedNotOpen(error);
        },
      );
      const pauseMs = clock.elapsedMs;
      await clock.step('opened');
      // Where a lock is in the way: the carrier of the way back does it too, before it carries.
      await cutOffAfter(SETTLE_MS, postgres, () => settleForward(postgres, options.tables)).catch(() => {});
      await inWriteTransaction(sqlite, () =>
        recordEvent(sqlite, options.clock, 'cutover', { ...report, pauseMs, steps: [...clock.steps] }),
      );
      return { ...report, pauseMs, steps: clock.steps };
    } finally {
      clock.end();
      await carrier.close();
    }
  });
}
