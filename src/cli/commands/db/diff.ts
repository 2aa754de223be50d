import type { Command } from 'commander';
import { diff } from '../../../revisions/diff.ts';
import { inWords } from '../../../revisions/in-words.ts';
import { renamesOf } from '../../../revisions/renames.ts';
import { historyOf, readProject } from '../../../revisions/source/sources.ts';
import { replay } from '../../../revisions/state.ts';
import { flashcase } from '../../../schema/flashcase.ts';
import { revisions as ownRevisions } from '../../../versions/index.ts';
import { exitCodes } from '../../exit-codes.ts';
import { print } from '../open.ts';
import type { JsonOption } from './revision-named.ts';
import { type FolderOption, onFiles, sourcesOf } from './source-folder.ts';

export function addDiff(db: Command): void {
  exitCodes(onFiles(db.command('diff')), { 3: 'The model has changes without a revision.' })
    .description('compare the model with the history')
    .action(async (options: JsonOption & FolderOption) => {
      const other = options.versions === undefined ? undefined : await sourcesOf(options);
      const revisions = other === undefined ? ownRevisions : historyOf(other);
      const model = other === undefined ? flashcase : (await readProject(other.folder)).schema;
      const before = replay(revisions);
      const steps = diff(before, model, renamesOf(before, model));
      const words = inWords(steps, before);
      print(options.json === true, { steps: words }, () =>
        words.length === 0
          ? ['No changes: the model is what the history makes.']
          : [...words, "Next: flashcase db revision -m '…' --autogenerate"],
      );
      process.exitCode = steps.length === 0 ? 0 : 3;
    });
}
