import type { Command } from 'commander';
import { diff } from '../../../revisions/diff.ts';
import { inWords } from '../../../revisions/in-words.ts';
import { renamesOf } from '../../../revisions/renames.ts';
import { replay } from '../../../revisions/state.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type FolderOption, forApplication, type JsonOption, projectOf, tell } from './application.ts';

export function addDiff(db: Command): void {
  exitCodes(forApplication(db.command('diff')), { 3: 'The model has changes without a revision.' })
    .description('compare the model with the history')
    .action(async (options: JsonOption & FolderOption) => {
      const { schema, revisions } = await projectOf(options);
      const before = replay(revisions);
      const steps = diff(before, schema, renamesOf(before, schema));
      const words = inWords(steps, before);
      tell(options, { steps: words }, () =>
        words.length === 0
          ? ['No changes: the model is what the history makes.']
          : [...words, "Next: flashcase db revision -m '…' --autogenerate"],
      );
      process.exitCode = steps.length === 0 ? 0 : 3;
    });
}
