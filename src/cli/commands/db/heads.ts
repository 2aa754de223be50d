import type { Command } from 'commander';
import { headsOf } from '../../../revisions/source/heads.ts';
import { writeIndex } from '../../../revisions/source/write-files.ts';
import { exitCodes } from '../../exit-codes.ts';
import { withFolder } from '../../folder-words.ts';
import { type FolderOption, forApplication, type JsonOption, sourcesOf, tell } from './application.ts';

export function addHeads(db: Command): void {
  exitCodes(forApplication(db.command('heads')), {
    1: 'Two branches wrote one id, or the index does not list the files; or another error.',
  })
    .description('the newest revision')
    .option('--write-index', 'write index.ts anew from the files first')
    .action(async (options: JsonOption & FolderOption & { writeIndex?: boolean }) => {
      if (options.writeIndex === true) await writeIndex((await sourcesOf(options)).folder);
      const heads = headsOf(await sourcesOf(options));
      const result = { ...heads, commands: heads.commands.map((command) => withFolder(command, options.versions)) };
      tell(options, result, () => [
        ...(result.heads.length === 0 ? ['There are no revisions yet.'] : result.heads.map((file) => `head  ${file}`)),
        ...result.duplicates.map(({ id, files }) => `Two branches wrote ${id}: ${files.join(' and ')}.`),
        ...result.commands.map((command) => `Keep the one that was released or merged first, and: ${command}`),
        ...result.missing.map((file) => `gone  ${file}: index.ts lists it. Bring it back (git checkout -- ${file}), or it goes.`),
        ...(result.isIndexCurrent ? [] : ['index.ts does not list exactly these files: flashcase db heads --write-index']),
      ]);
      process.exitCode = result.duplicates.length === 0 && result.isIndexCurrent ? 0 : 1;
    });
}
