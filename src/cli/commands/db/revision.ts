import type { Command } from 'commander';
import { writeRevision } from '../../../revisions/source/new-revision.ts';
import { readProject } from '../../../revisions/source/sources.ts';
import { exitCodes } from '../../exit-codes.ts';
import { print } from '../open.ts';
import type { JsonOption } from './revision-named.ts';
import { type FolderOption, onFiles, sourcesOf } from './source-folder.ts';

interface RevisionOptions extends JsonOption, FolderOption {
  readonly message: string;
  readonly autogenerate?: boolean;
  readonly drop?: readonly string[];
}

export function addRevision(db: Command): void {
  exitCodes(onFiles(db.command('revision')), { 2: 'Only a person can say what is meant; nothing was written.' })
    .description('write the next revision file')
    .requiredOption('-m, --message <text>', 'what changes; it becomes the name')
    .option('--autogenerate', 'with the steps that lead from the history to the model, and back')
    .option('--empty', 'without steps, to be filled by hand (so it is without --autogenerate)')
    .option('--drop <name...>', 'this table, or table.column, was not renamed: it goes, with what is in it')
    .action(async (options: RevisionOptions & { empty?: boolean }, command: Command) => {
      if (options.autogenerate === true && options.empty === true)
        command.error('error: --autogenerate and --empty exclude each other');
      const sources = await sourcesOf(options);
      const model =
        options.autogenerate === true ? { project: await readProject(sources.folder), drops: options.drop ?? [] } : undefined;
      const written = await writeRevision(sources, options.message, model);
      print(options.json === true, { written: written ?? null }, () =>
        written === undefined
          ? ['Nothing to write: the model is what the history makes.']
          : [
              `wrote  ${written.path}`,
              ...written.upgrade.map((line) => `up     ${line}`),
              ...written.downgrade.map((line) => `down   ${line}`),
              ...written.notes.map((line) => `note   ${line}`),
            ],
      );
    });
}
