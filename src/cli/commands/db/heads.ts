import type { Command } from 'commander';
import { headsOf } from '../../../revisions/source/heads.ts';
import { exitCodes } from '../../exit-codes.ts';
import { print } from '../open.ts';
import type { JsonOption } from './revision-named.ts';
import { type FolderOption, onFiles, sourcesOf } from './source-folder.ts';

export function addHeads(db: Command): void {
  exitCodes(onFiles(db.command('heads')), {
    1: 'Two branches wrote one id, or the index does not list the files; or another error.',
  })
    .description('the newest revision')
    .action(async (options: JsonOption & FolderOption) => {
      const result = headsOf(await sourcesOf(options));
      print(options.json === true, result, () => [
        ...(result.heads.length === 0 ? ['There are no revisions yet.'] : result.heads.map((file) => `head  ${file}`)),
        ...result.duplicates.map(({ id, files }) => `Two branches wrote ${id}: ${files.join(' and ')}.`),
        ...result.commands.map((command) => `Keep the one that was released or merged first, and: ${command}`),
        ...(result.isIndexCurrent
          ? []
          : ['index.ts does not list these files; the next revision, rebase or squash writes it anew.']),
      ]);
      process.exitCode = result.duplicates.length === 0 && result.isIndexCurrent ? 0 : 1;
    });
}
