import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { writeDurably } from '../../../db/durable-file.ts';
import { removePeer } from '../../../db/peer.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { removeLatency } from '../../../move/latency/latency-files.ts';
import { abortMove } from '../../../move/live/abort.ts';
import { type Finished, finishMove } from '../../../move/live/finish.ts';
import type { LiveOptions } from '../../../move/live/live-options.ts';
import { moveStatus } from '../../../move/live/status.ts';
import { verifyLive } from '../../../move/live/verify-live.ts';
import { exitCodes } from '../../exit-codes.ts';
import { finishText, liveVerdictText } from '../../move/live-report.ts';
import { isInLiveMove, type LiveFlags, liveCommand, liveOptionsOf, print } from './live.ts';
import { DIFFERENCES, progressOf } from './words.ts';

/** Days of use before a way back is given away, unless the operator says so. */
const POLICY_DAYS = 3;

interface FinishFlags extends LiveFlags {
  readonly yes?: boolean;
}

/** Refuses before the days of the policy are over, and compares both sides once more. @returns false when they differ, which was printed. */
async function mayEnd(options: LiveOptions, flags: FinishFlags): Promise<boolean> {
  const status = await moveStatus(options);
  const since = status.events.findLast(({ kind }) => kind === 'decided');
  const days =
    since === undefined
      ? 0
      : (Number(options.clock.now().micros / 1000n) - Date.parse(`${since.at.replace(' ', 'T')}Z`)) / 86_400_000;
  if (status.state?.phase === 'reverse') {
    if (days < POLICY_DAYS && flags.yes !== true)
      throw new FlashcaseError('FC_MOVE_STATE', {
        what: `PostgreSQL has been primary for ${(days * 24).toFixed(1)} hours; a finish gives the way back away.`,
        where: `move ${status.state.runId}`,
        hint: `Wait until ${POLICY_DAYS} days are over, or add --yes.`,
      });
    const progress = progressOf(flags);
    const verdict = await verifyLive(options, { events: progress, isParanoid: false });
    progress.end();
    // A fence that somebody took away ends with the move.
    if (!verdict.areRowsEqual) {
      print(flags, liveVerdictText(verdict), { event: 'verdict', ...verdict });
      process.exitCode = DIFFERENCES;
      return false;
    }
  }
  return true;
}

async function finish(flags: FinishFlags): Promise<void> {
  const options = await liveOptionsOf(flags);
  if (!(await mayEnd(options, flags))) return;
  const fileOf = ({ runId }: Finished): string => `${options.sqliteFile}.${runId}.report.json`;
  const finished = await finishMove(options, (report) => {
    // Whoever serves the file must be able to read it, also when root types the command.
    const { uid, gid } = statSync(report.keptFile);
    writeDurably(fileOf(report), Buffer.from(`${JSON.stringify(report, undefined, 2)}\n`), { mode: 0o600, uid, gid });
  });
  const reportFile = fileOf(finished);
  print(flags, finishText(finished, reportFile), { event: 'finished', ...finished, reportFile });
}

async function abort(flags: LiveFlags & { keepTarget?: boolean }): Promise<void> {
  const options = await liveOptionsOf(flags);
  const aborted = await abortMove(options, flags.keepTarget === true);
  // A new move may have begun meanwhile.
  if (!(await isInLiveMove(options.sqliteFile))) {
    removePeer(options.sqliteFile);
    removeLatency(options.sqliteFile);
  }
  const text =
    aborted.runId === undefined
      ? 'No move is under way; nothing was changed.'
      : `Move ${aborted.runId} is aborted. The SQLite file is what it was: nothing of the move is left in it. ${aborted.isTargetCleared ? 'What it made on the target was removed.' : 'The target was left as it is.'}`;
  print(flags, text, { event: 'aborted', ...aborted });
}

export const finishCommand = (): Command =>
  exitCodes(
    liveCommand(
      'finish',
      'End the move for good with PostgreSQL as the primary: nothing follows any more, the SQLite file is kept under another name.',
    )
      .option('--yes', 'before the days of the policy are over')
      .action(finish),
    { [DIFFERENCES]: 'The sides differ; nothing was ended.' },
  );

export const abortCommand = (): Command =>
  liveCommand('abort', 'End the move as if it had never begun, with SQLite as the primary.')
    .option('--keep-target', 'leave what was made on the target')
    .action(abort);
