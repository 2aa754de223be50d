import type { Command } from 'commander';
import { diff } from '../../../revisions/diff.ts';
import { inWords } from '../../../revisions/in-words.ts';
import { renamesOf } from '../../../revisions/renames.ts';
import { ownVersions } from '../../../revisions/source/library.ts';
import { isLockCurrent } from '../../../revisions/source/write-files.ts';
import { replay } from '../../../revisions/state.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type FolderOption, forApplication, type JsonOption, projectOf, tell } from './application.ts';

export function addDiff(db: Command): void {
  exitCodes(forApplication(db.command('diff')), {
    3: 'The model has changes without a revision, or schema.lock is not the model.',
  })
    .description('compare the model with the history')
    .action(async (options: JsonOption & FolderOption) => {
      const { schema, revisions } = await projectOf(options);
      const before = replay(revisions);
      const steps = diff(before, schema, renamesOf(before, schema));
      const words = inWords(steps, before);
      const folder = options.versions ?? ownVersions();
      const isLocked = steps.length > 0 || folder === undefined || (await isLockCurrent(folder, schema));
      tell(options, { steps: words, isLockCurrent: isLocked }, () =>
        words.length === 0
          ? [
              'No changes: the model is what the history makes.',
              ...(isLocked
                ? []
                : ["schema.lock says something else. Next: flashcase db revision -m '…' --autogenerate, which writes it."]),
            ]
          : [...words, "Next: flashcase db revision -m '…' --autogenerate"],
      );
      process.exitCode = steps.length === 0 && isLocked ? 0 : 3;
    });
}
