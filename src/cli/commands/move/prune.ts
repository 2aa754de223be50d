import { Command } from 'commander';
import { systemClock } from '../../../db/clock.ts';
import { readEnv } from '../../../db/env.ts';
import { pruneKept } from '../../../move/report/prune-kept.ts';
import { exitCodes } from '../../exit-codes.ts';
import { confirmation } from '../../move/confirmed.ts';
import { prunedText } from '../../move/pruned-text.ts';
import { writeReportJson, writeReportPage } from '../../move/write-report.ts';
import { movedFileOf, print } from './live.ts';
import { DECISIONS_OPEN, DIFFERENCES } from './words.ts';

interface Flags {
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly discardOldValues?: boolean;
  readonly json?: boolean;
}

async function prune(flags: Flags): Promise<void> {
  const folder = process.cwd();
  const isDryRun = flags.dryRun === true;
  const kept = await pruneKept({
    sqliteFile: await movedFileOf(flags, readEnv(folder), folder),
    clock: systemClock(),
    isDryRun,
    isDiscarding: flags.discardOldValues === true,
    confirmation: confirmation('prune', flags),
    write(reportFile, report) {
      // The page last: when the report says it, the removal is recorded.
      writeReportJson(reportFile, report, reportFile);
      writeReportPage(reportFile.replace(/json$/, 'html'), report, reportFile);
    },
  });
  print(flags, prunedText(kept, isDryRun), { event: 'pruned', isDryRun, kept });
  if (kept.some(({ state }) => state === 'refused')) process.exitCode = DIFFERENCES;
  else if (kept.some(({ state }) => state === 'alone')) process.exitCode = DECISIONS_OPEN;
}

export const pruneCommand = (): Command =>
  exitCodes(
    new Command('prune')
      .description('Remove the SQLite file that a finished move keeps, once its 30 days are over and it still is that file.')
      .option('--from <file>', 'where the SQLite file was (default: DATABASE_URL, or where it was moved from)')
      .option('--dry-run', 'say what would be removed; remove nothing')
      .option('--discard-old-values', 'also a file that alone holds values which PostgreSQL could not take as they were')
      .option('--json', 'print NDJSON for machines')
      .action(prune),
    {
      0: 'Done, or nothing is to be removed yet.',
      [DECISIONS_OPEN]: 'A file alone holds old values; it was left.',
      [DIFFERENCES]: 'A file or its report is not what was recorded; it was left.',
    },
  );
