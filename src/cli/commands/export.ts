import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { FlashcaseError } from '../../errors/index.ts';
import { EXPORT_FORMATS, type ExportFormat, exportDeck } from '../../services/export-deck.ts';
import { ownDeckNamed, userNamed } from '../../services/import-file.ts';
import { print, readBehind, withReadyDatabase } from './open.ts';

interface Options {
  readonly user: string;
  readonly deck: string;
  readonly format: ExportFormat;
  readonly output: string;
  readonly below?: boolean;
  readonly json?: boolean;
}

/** `flashcase export`. */
export function exportCommand(): Command {
  return new Command('export')
    .description('write a user’s deck into a new file, with their dates and reviews where the format has them')
    .requiredOption('--user <name>', 'whose deck it is')
    .requiredOption('--deck <name>', 'the deck')
    .addOption(
      new Option(
        '--format <name>',
        'csv: fronts and backs; apkg: for Anki, with dates and reviews; archive: FlashCase’s own, lossless',
      )
        .choices(EXPORT_FORMATS)
        .makeOptionMandatory(),
    )
    .option('--below', 'with all decks below it: Law::Torts is below Law')
    .requiredOption('-o, --output <file>', 'the new file; one that exists is not overwritten')
    .option('--json', 'for machines')
    .action(async ({ user: username, deck: name, format, output, below = false, json }: Options) => {
      const file = resolve(output);
      await withReadyDatabase(async (database) => {
        const asked = await database.read(async (session) => {
          const user = await userNamed(session, username);
          const deckId = await ownDeckNamed(session, user, name);
          if (deckId === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: `${username} has no deck named ${name}.` });
          return { user, deckId };
        });
        await readBehind(database, asked.user.id, (session) =>
          exportDeck(session, asked.user, asked.deckId, format, file, { below }),
        );
      });
      print(json === true, { file, format, deck: name }, () => [`Exported ${name} to ${file}.`]);
    });
}
