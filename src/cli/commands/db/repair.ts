import type { Command } from 'commander';
import { repair } from '../../../revisions/repair.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type FolderOption, forApplication, type JsonOption, tell, withApplication } from './application.ts';

interface RepairFlags extends JsonOption, FolderOption {
  readonly allowEditedRows?: boolean;
}

export function addRepair(db: Command): void {
  exitCodes(
    forApplication(db.command('repair'))
      .description(
        'make the ledger true again where that harms nothing: harmless edits, half-done revisions undone by hand, a missing form',
      )
      .option('--allow-edited-rows', 'take the edit of a revision that writes rows: you have seen that the rows are right'),
    {
      2: 'Only a person knows whether the rows are right; nothing was changed.',
      3: 'Something is left that a person has to do.',
    },
  ).action(async (options: RepairFlags) => {
    const allowsEditedRows = options.allowEditedRows === true;
    const report = await withApplication(options, ({ engine, clock, project: { revisions } }) =>
      repair({ engine, revisions, clock, allowsEditedRows }),
    );
    tell(options, report, () =>
      report.changed.length + report.left.length === 0
        ? ['Nothing to repair.']
        : [...report.changed.map((line) => `changed  ${line}`), ...report.left.map((line) => `left     ${line}`)],
    );
    process.exitCode = report.left.length === 0 ? 0 : 3;
  });
}
