import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import { repairAll, repairRows } from '../../../move/live/repair-rows.ts';
import { rowToRepair } from '../../../move/live/row-key.ts';
import { exitCodes } from '../../exit-codes.ts';
import { confirmed } from '../../move/confirmed.ts';
import { liveVerdictText, repairedText } from '../../move/live-report.ts';
import { type LiveFlags, liveCommand, liveOptionsOf, print } from './live.ts';
import { DIFFERENCES, progressOf } from './words.ts';

interface Flags extends LiveFlags {
  readonly all?: boolean;
}

async function all(flags: Flags): Promise<void> {
  const options = await liveOptionsOf(flags);
  await confirmed(options, 'repair', flags);
  const progress = progressOf(flags);
  const { rows, counters, verdict } = await repairAll(options, progress);
  progress.end();
  const lines = [
    rows === 0 ? 'No row was to be repaired.' : `Repaired ${rows} rows.`,
    ...counters.map((counter) => `Raised: ${counter}`),
    liveVerdictText(verdict),
  ];
  print(flags, lines.join('\n'), { event: 'repaired', rows, counters, verdict });
  if (!verdict.isEqual) process.exitCode = DIFFERENCES;
}

async function repair(table: string | undefined, keys: readonly string[], flags: Flags): Promise<void> {
  if (flags.all === true && table === undefined) return all(flags);
  if (flags.all === true || table === undefined || keys.length === 0)
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: 'Name a table and the keys of its rows, or --all and nothing else.',
      hint: 'As flashcase move verify names them: flashcase move repair card id=17',
    });
  const options = await liveOptionsOf(flags);
  await confirmed(options, `repair ${table} ${keys.join(' ')}`, flags);
  const repaired = await repairRows(
    options,
    keys.map((key) => rowToRepair(options.tables, table, key)),
  );
  print(flags, repairedText(repaired), { event: 'repaired', ...repaired });
  if (repaired.differences.length > 0) process.exitCode = DIFFERENCES;
}

export const repairCommand = (): Command =>
  exitCodes(
    liveCommand('repair', 'Bring rows of the side that follows to what the primary has, and compare them.')
      .argument('[table]', 'the table of the rows')
      .argument('[keys...]', 'their keys as verify names them: id=17')
      .option('--all', 'whatever a comparison of everything finds now')
      .action(repair),
    { 0: 'The rows are equal.', [DIFFERENCES]: 'They differ still; each difference is named.' },
  );
