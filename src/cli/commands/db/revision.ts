import type { Command } from 'commander';
import { writeRevision } from '../../../revisions/source/new-revision.ts';
import { mendIndex, readProject } from '../../../revisions/source/sources.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type FolderOption, forApplication, type JsonOption, sourcesOf, tell } from './application.ts';

interface RevisionOptions extends JsonOption, FolderOption {
  readonly message: string;
  readonly autogenerate?: boolean;
  readonly drop?: readonly string[];
}

export function addRevision(db: Command): void {
  exitCodes(forApplication(db.command('revision')), { 2: 'Only a person can say what is meant; nothing was written.' })
    .description('write the next revision file')
    .requiredOption('-m, --message <text>', 'what changes; it becomes the name')
    .option('--autogenerate', 'with the steps that lead from the history to the model, and back')
    .option('--empty', 'without steps, to be filled by hand (so it is without --autogenerate)')
    .option('--drop <name...>', 'this table, or table.column, was not renamed: it goes, with what is in it')
    .action(async (options: RevisionOptions & { empty?: boolean }, command: Command) => {
      if (options.autogenerate === true && options.empty === true)
        command.error('error: --autogenerate and --empty exclude each other');
      const sources = await sourcesOf(options);
      const mended = await mendIndex(sources);
      const model =
        options.autogenerate === true ? { project: await readProject(sources.folder), drops: options.drop ?? [] } : undefined;
      const written = await writeRevision(sources, options.message, model);
      tell(options, { written: written ?? null, ...(mended === undefined ? {} : { mended }) }, () => [
        ...(mended === undefined ? [] : [`note   ${mended}`]),
        ...(written === undefined
          ? ['Nothing to write: the model is what the history makes.']
          : [
              `wrote  ${written.path}`,
              ...written.upgrade.map((line) => `up     ${line}`),
              ...written.downgrade.map((line) => `down   ${line}`),
              ...written.notes.map((line) => `note   ${line}`),
            ]),
      ]);
    });
}
