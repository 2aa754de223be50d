import type { Command } from 'commander';
import { rebaseRevision } from '../../../revisions/source/rebase.ts';
import { mendIndex, readProject } from '../../../revisions/source/sources.ts';
import { exitCodes } from '../../exit-codes.ts';
import { appliedIfReachable, type FolderOption, forApplication, type JsonOption, sourcesOf, tell } from './application.ts';

export function addRebase(db: Command): void {
  exitCodes(forApplication(db.command('rebase <file>')), {
    2: 'Only a person knows which file was released; nothing was changed.',
  })
    .description('give a revision file the next free id, behind those of another branch')
    .option('--unreleased', 'this file is not the one of its id that was released')
    .action(async (file: string, options: JsonOption & FolderOption & { unreleased?: boolean }) => {
      const sources = await sourcesOf(options);
      await mendIndex(sources);
      const result = await rebaseRevision(sources, file, {
        project: await readProject(sources.folder),
        applied: await appliedIfReachable(options),
        isUnreleased: options.unreleased === true,
      });
      tell(options, result, () => [
        result.isMoved ? `${result.from} is now ${result.to}` : `Nothing to do: ${result.from} is the last one already.`,
      ]);
    });
}
