import type { Command } from 'commander';
import { repair } from '../../../revisions/repair.ts';
import { revisions } from '../../../versions/index.ts';
import { exitCodes } from '../../exit-codes.ts';
import { print, withDatabase } from '../open.ts';
import type { JsonOption } from './revision-named.ts';

export function addRepair(db: Command): void {
  exitCodes(
    db
      .command('repair')
      .description(
        'make the ledger true again where that harms nothing: harmless edits, half-done revisions undone by hand, a missing form',
      )
      .option('--json', 'for machines'),
    { 3: 'Something is left that a person has to do.' },
  ).action(async (options: JsonOption) => {
    const report = await withDatabase(({ engine, clock }) => repair({ engine, revisions, clock }));
    print(options.json === true, report, () =>
      report.changed.length + report.left.length === 0
        ? ['Nothing to repair.']
        : [...report.changed.map((line) => `changed  ${line}`), ...report.left.map((line) => `left     ${line}`)],
    );
    process.exitCode = report.left.length === 0 ? 0 : 3;
  });
}
