import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { postgresCaptureProblems } from '../capture/postgres-capture.ts';
import { waitForWriters } from '../follow/wait-for-writers.ts';
import { openCarrier } from '../live/carrying.ts';
import type { LiveOptions } from '../live/live-options.ts';
import { ANSWER_MS, withAnswering, withSides } from '../live/sides.ts';
import { recordEvent } from '../state/events.ts';
import { inWriteTransaction, requireMoveState } from '../state/sqlite-state.ts';
import {
  closePostgres,
  decideRollback,
  giveUpAttempt,
  holdPostgres,
  registerRollback,
  reopenPostgres,
  type Turning,
} from '../state/transitions.ts';
import { requirePhase, type SwitchOptions } from './cutover.ts';
import { cutOffAfter } from './deadline.ts';
import { prepareSwitch } from './prepare-switch.ts';
import { DEFAULT_LIMIT_MS, givenUp, newAttempt, refuseDifferences, SwitchClock, type SwitchReport } from './switch-steps.ts';
import { switchedBefore } from './switched-before.ts';
import { turningOf } from './turning.ts';

/** Opens PostgreSQL again. @param isDeciding the decision was under way: nobody knows whether it was kept. */
async function giveUp(
  { sqlite, options, turning, attempt }: { sqlite: Connection; options: LiveOptions; turning: Turning; attempt: string },
  why: string,
  isDeciding: boolean,
): Promise<void> {
  // The connection of the pause may be cut off.
  const reopen = (): Promise<boolean> =>
    withAnswering(options.postgresUrl, (postgres) => reopenPostgres(postgres, turning, attempt));
  const forget = giveUpAttempt(sqlite, turning, attempt, why);
  // Once SQLite does not know the attempt, its decision cannot be taken any more. This process is the only one that could take it: where it never began to,
  // PostgreSQL does not wait for whoever keeps the file locked.
  if (isDeciding) await forget;
  await Promise.all([forget, reopen()]);
}

/** Looked at again when nobody writes any more: a trigger may have been dropped since `prepare`, and what was written is then in no journal. */
async function refuseChangedCapture(postgres: Connection, options: LiveOptions): Promise<void> {
  const problems = await postgresCaptureProblems(postgres, options.tables);
  if (problems.length === 0) return;
  throw new FlashcaseError('FC_MOVE_SCHEMA_CHANGED', {
    what: `What PostgreSQL journals for the way back was changed: ${problems.slice(0, 5).join('; ')}.`,
    hint: 'Changes may have been missed. Run flashcase move verify, or finish the move without a way back.',
    details: { problems },
  });
}

/**
 * Makes SQLite the primary again, with everything that was written to PostgreSQL. A cutover in the other direction, with the same promises;
 * where it is so already, it does nothing. Throws `FC_MOVE_GIVEN_UP` (exit code 4), or `FC_MOVE_STATE` when there is nothing to go back from.
 */
export async function rollback(options: LiveOptions, { limitMs = DEFAULT_LIMIT_MS }: SwitchOptions = {}): Promise<SwitchReport> {
  const before = await switchedBefore(options, 'sqlite');
  if (before !== undefined) return before;
  return withSides(options, async ({ sqlite, postgres }) => {
    const state = await requireMoveState(sqlite, options.sqliteFile);
    requirePhase(state, 'reverse', 'a rollback', Number(options.clock.now().micros / 1000n));
    const turning = turningOf(options, state.runId, 'rollback');
    const carrier = await openCarrier(options, 'reverse', state.runId);
    const clock = new SwitchClock(options, limitMs, postgres);
    const isOurs = (is: boolean): void => {
      if (!is)
        throw new FlashcaseError('FC_MOVE_GIVEN_UP', {
          what: 'Another process gave this switch up, or changed the move.',
          hint: 'Look at flashcase move status, then run the command again.',
        });
    };
    try {
      await prepareSwitch(carrier, postgres, options.by);
      await clock.step('prepared');
      // Its time runs from here: a preparation that took long would make others give it up.
      const attempt = newAttempt(options, limitMs);
      isOurs(await registerRollback(sqlite, turning, attempt));
      let keys: number;
      let sequences: number;
      let isDeciding = false;
      try {
        await clock.step('registered');
        const hold = (): Promise<boolean> => holdPostgres(postgres, turning, attempt, state.epoch, () => clock.begin());
        isOurs(await cutOffAfter(limitMs, postgres, hold));
        await waitForWriters(postgres, options.tables, limitMs);
        await clock.step('held');
        const [carried] = await Promise.all([carrier.carry(clock.signal), refuseChangedCapture(postgres, options)]);
        keys = carried.keys;
        await clock.step('drained');
        refuseDifferences((await carrier.verifyKeys(clock.signal)).differences);
        await clock.step('verified');
        sequences = await carrier.setSequences(clock.signal);
        await clock.step('sequences');
        // Whether PostgreSQL is still there makes no difference: SQLite has everything, and serves.
        const lookLast = (): void => {
          clock.refuseIfLate();
          isDeciding = true;
        };
        isOurs(await decideRollback(sqlite, turning, attempt.id, clock.leftMs, lookLast));
      } catch (failed) {
        const error = clock.causeOf(failed);
        const given = { sqlite, options, turning, attempt: attempt.id };
        const isBack = await giveUp(given, (error as Error).message, isDeciding).then(
          () => true,
          () => false,
        );
        throw givenUp(error, 'postgres', clock, isBack);
      } finally {
        clock.end();
      }
      const pauseMs = clock.elapsedMs;
      await clock.step('decided');
      // SQLite serves; that PostgreSQL knows it is for those who still look there. Unreachable, it stays fenced, and is told later.
      const epoch = state.epoch + 1;
      await cutOffAfter(ANSWER_MS, postgres, () => closePostgres(postgres, turning, epoch)).catch(() => false);
      await clock.step('closed');
      const report: SwitchReport = {
        attempt: attempt.id,
        primary: 'sqlite',
        epoch,
        pauseMs,
        keys,
        sequences,
        steps: clock.steps,
      };
      await inWriteTransaction(sqlite, () => recordEvent(sqlite, options.clock, 'rollback', { ...report }));
      return report;
    } finally {
      clock.end();
      await carrier.close();
    }
  });
}
