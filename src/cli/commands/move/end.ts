import type { Command } from 'commander';
import { removePeer } from '../../../db/peer.ts';
import { locationOf } from '../../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { removeAnswers } from '../../../move/answers/answer-files.ts';
import { removeLatency } from '../../../move/latency/latency-files.ts';
import { abortMove } from '../../../move/live/abort.ts';
import { type Finished, finishMove } from '../../../move/live/finish.ts';
import type { LiveOptions } from '../../../move/live/live-options.ts';
import { withSqlite } from '../../../move/live/sides.ts';
import { moveStatus } from '../../../move/live/status.ts';
import { verifyLive } from '../../../move/live/verify-live.ts';
import { recordFacts } from '../../../move/report/facts.ts';
import { moveReport } from '../../../move/report/move-report.ts';
import { reportKey, seal } from '../../../move/report/seal.ts';
import { readMoveState } from '../../../move/state/sqlite-state.ts';
import { exitCodes } from '../../exit-codes.ts';
import { indexTarget } from '../../index-search.ts';
import { confirmed, software } from '../../move/confirmed.ts';
import { finishText, liveVerdictText } from '../../move/live-report.ts';
import { writeReportJson, writeReportPage } from '../../move/write-report.ts';
import { abortedHome } from './home.ts';
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
  // Killed after the decision: only the rest is left.
  if ((await withSqlite(options.sqliteFile, readMoveState))?.phase !== 'finished') {
    if (!(await mayEnd(options, flags))) return;
    await confirmed(options, 'finish', flags);
    await recordFacts(options);
  }
  const target = locationOf(options.postgresUrl);
  const filesOf = ({ runId }: Finished) => {
    const name = `${options.sqliteFile}.${runId}.report`;
    return { reportFile: `${name}.json`, pageFile: `${name}.html` };
  };
  let fingerprint = '';
  const finished = await finishMove(options, (done) => {
    const { runId, epoch, events, keptFile, sha256 } = done;
    const madeAt = options.clock.now().text;
    const { sqliteFile } = options;
    const kept = { file: keptFile, sha256 };
    const report = moveReport({ runId, epoch, madeAt, sqliteFile, target, software: software(), events, kept });
    const sealed = seal(report, reportKey(sqliteFile, keptFile));
    fingerprint = sealed.seal.fingerprint;
    const { reportFile, pageFile } = filesOf(done);
    writeReportJson(reportFile, sealed, keptFile);
    writeReportPage(pageFile, sealed, keptFile);
  });
  removeLatency(options.sqliteFile);
  removeAnswers(options.sqliteFile);
  await indexTarget(options.postgresUrl, flags.json === true);
  const files = filesOf(finished);
  print(flags, finishText(finished, { ...files, fingerprint }), { event: 'finished', ...finished, ...files, fingerprint });
}

async function abort(flags: LiveFlags & { keepTarget?: boolean; acceptLoss?: boolean }): Promise<void> {
  if (await abortedHome(flags)) return;
  const options = await liveOptionsOf(flags);
  const aborted = await abortMove(options, flags.keepTarget === true);
  // A new move may have begun meanwhile.
  if (!(await isInLiveMove(options.sqliteFile))) {
    removePeer(options.sqliteFile);
    removeLatency(options.sqliteFile);
    removeAnswers(options.sqliteFile);
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
  liveCommand(
    'abort',
    'End the move as if it had never begun, with SQLite as the primary. Of a move home that was interrupted: open PostgreSQL again.',
  )
    .option('--keep-target', 'leave what was made on the target')
    .option('--accept-loss', 'of a move home: open PostgreSQL again although the file that had taken over is gone for good')
    .action(abort);
