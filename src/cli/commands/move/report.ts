import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import type { LiveOptions } from '../../../move/live/live-options.ts';
import { moveStatus } from '../../../move/live/status.ts';
import { reportFacts } from '../../../move/report/facts.ts';
import { type MoveReport, moveReport } from '../../../move/report/move-report.ts';
import { readReport } from '../../../move/report/read-report.ts';
import { checkSeal, reportKey, type Sealed, seal } from '../../../move/report/seal.ts';
import { exitCodes } from '../../exit-codes.ts';
import { software } from '../../move/confirmed.ts';
import { eventsText, statusText } from '../../move/live-report.ts';
import { writeReportJson, writeReportPage } from '../../move/write-report.ts';
import { type LiveFlags, liveCommand, liveOptionsOf, print } from './live.ts';
import { DIFFERENCES } from './words.ts';

interface Flags extends LiveFlags {
  readonly html?: string;
  readonly out?: string;
  readonly check?: string;
  readonly key?: string;
}

/** The report of a move under way; without what PostgreSQL says while it cannot be reached. */
async function reportNow(options: LiveOptions, status: Awaited<ReturnType<typeof moveStatus>>): Promise<Sealed<MoveReport>> {
  const { state, events } = status;
  if (state === undefined)
    throw new FlashcaseError('FC_MOVE_NOT_STARTED', {
      what: 'No move is under way.',
      where: options.sqliteFile,
      hint: 'The report of a finished move lies beside its file: *.report.json and *.report.html.',
    });
  const facts = await reportFacts(options).catch((error: unknown) => {
    if (error instanceof FlashcaseError && error.code === 'FC_DB_UNREACHABLE') return undefined;
    throw error;
  });
  const report = moveReport({
    runId: state.runId,
    epoch: state.epoch,
    madeAt: options.clock.now().text,
    sqliteFile: options.sqliteFile,
    target: state.target,
    software: software(),
    events,
    ...(facts === undefined ? {} : { facts }),
  });
  return seal(report, reportKey(options.sqliteFile, options.sqliteFile));
}

/** Checks a report file by itself, anywhere: neither database is needed. */
function check(file: string, flags: Flags): void {
  const report = readReport(file);
  const { fingerprint, chainHead, problems: found } = checkSeal(report);
  const isKnown = flags.key === undefined || flags.key === fingerprint;
  const problems = isKnown ? found : [...found, `It is sealed with the key ${fingerprint}, not with ${flags.key}.`];
  const lines =
    problems.length === 0
      ? [
          `The report of move ${report.runId} is as it was sealed: ${report.events.length} events in one chain.`,
          `  key   ${fingerprint}${flags.key === undefined ? '  (compare it with the one you noted, or add --key)' : '  (the one you named)'}`,
          `  head  ${chainHead}`,
        ]
      : [`The report of move ${report.runId} does NOT hold:`, ...problems.map((problem) => `  ${problem}`)];
  print(flags, lines.join('\n'), {
    event: 'checked',
    runId: report.runId,
    isIntact: problems.length === 0,
    fingerprint,
    chainHead,
    problems,
  });
  if (problems.length > 0) process.exitCode = DIFFERENCES;
  else if (flags.html !== undefined) writeReportPage(resolve(flags.html), report, file);
}

async function report(flags: Flags): Promise<void> {
  if (flags.check !== undefined) return check(resolve(flags.check), flags);
  const options = await liveOptionsOf(flags);
  const status = await moveStatus(options);
  const sealed = await reportNow(options, status);
  if (flags.out !== undefined) writeReportJson(resolve(flags.out), sealed, options.sqliteFile);
  if (flags.html !== undefined) writeReportPage(resolve(flags.html), sealed, options.sqliteFile);
  const { fingerprint, chainHead } = sealed.seal;
  const text = [
    statusText(status),
    '',
    eventsText(status.events),
    '',
    `Sealed with the key ${fingerprint}; head of the chain ${chainHead} after ${status.events.length} events.`,
    ...[flags.out, flags.html].flatMap((file) =>
      file === undefined ? [] : [`Written: ${resolve(file)} (${statSync(resolve(file)).size} bytes)`],
    ),
  ];
  print(flags, text.join('\n'), { event: 'report', ...status, report: sealed });
}

export const reportCommand = (): Command =>
  exitCodes(
    liveCommand('report', 'Show everything that was recorded of this move, write it as a page, or check a report.')
      .option('--html <file>', 'write the page that shows it: one file, for people')
      .option('--out <file>', 'write the sealed report itself, as JSON')
      .option('--check <file>', 'say whether a sealed report is as it was sealed; needs no database')
      .option('--key <fingerprint>', 'with --check: the key it must be sealed with')
      .action(report),
    { [DIFFERENCES]: 'With --check: the report is not as it was sealed.' },
  );
