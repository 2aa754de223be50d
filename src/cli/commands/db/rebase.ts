import type { Command } from 'commander';
import { rebaseRevision } from '../../../revisions/source/rebase.ts';
import { readProject } from '../../../revisions/source/sources.ts';
import { exitCodes } from '../../exit-codes.ts';
import { print } from '../open.ts';
import type { JsonOption } from './revision-named.ts';
import { appliedIfReachable, type FolderOption, onFiles, sourcesOf } from './source-folder.ts';

export function addRebase(db: Command): void {
  exitCodes(onFiles(db.command('rebase <file>')), { 2: 'Only a person knows which file was released; nothing was changed.' })
    .description('give a revision file the next free id, behind those of another branch')
    .option('--unreleased', 'this file is not the one of its id that was released')
    .action(async (file: string, options: JsonOption & FolderOption & { unreleased?: boolean }) => {
      const sources = await sourcesOf(options);
      const result = await rebaseRevision(sources, file, {
        project: await readProject(sources.folder),
        applied: await appliedIfReachable(options),
        isUnreleased: options.unreleased === true,
      });
      print(options.json === true, result, () => [
        result.isMoved ? `${result.from} is now ${result.to}` : `Nothing to do: ${result.from} is the last one already.`,
      ]);
    });
}
