import { Command, Option } from 'commander';
import { findUser } from '../../db/stores/users.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { SORTS, type Sort, searchCards } from '../../services/search.ts';
import { checkSearch, rebuildSearch, settleSearch } from '../../services/search-upkeep.ts';
import { exitCodes } from '../exit-codes.ts';
import { print, withReadyDatabase } from './open.ts';

/** Signs of a side that are shown. */
const SHOWN = 70;
const line = (text: string): string => {
  const one = text.replaceAll(/\s+/g, ' ').trim();
  return one.length > SHOWN ? `${one.slice(0, SHOWN - 1)}…` : one;
};

export function search(): Command {
  const command = new Command('search').description('Search a user’s cards; check and rebuild what they are found by.');
  command
    .command('cards')
    .description('search the cards and decks that a user holds')
    .argument('<query>', 'as on the page: words, "phrases", -not, begin*, deck:NAME, tag:NAME, is:due')
    .requiredOption('--user <name>', 'whose cards')
    .addOption(new Option('--sort <order>', 'the order').choices(SORTS).default('relevance'))
    .option('--limit <number>', 'cards at most', '20')
    .option('--json', 'for machines')
    .action(async (query: string, options: { user: string; sort: Sort; limit: string; json?: boolean }) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
        throw new FlashcaseError('FC_BAD_REQUEST', {
          what: `--limit is a number from 1 to 10000, not ${options.limit}.`,
          hint: 'Leave it out for 20.',
        });
      const found = await withReadyDatabase(async (database) => {
        const user = await database.read((session) => findUser(session, { username: options.user }));
        if (user === undefined)
          throw new FlashcaseError('FC_NOT_FOUND', {
            what: `There is no user ${options.user}.`,
            hint: 'flashcase user list names all.',
          });
        await settleSearch(database);
        return searchCards(database, user, { query, sort: options.sort, limit, isCounting: true, isSuggesting: true });
      });
      print(options.json === true, found, () => [
        ...found.decks.map(({ id, name }) => `deck ${id}  ${line(name)}`),
        ...found.cards.map(({ id, deck_name, front, back }) => `card ${id}  ${deck_name}: ${line(front)} = ${line(back)}`),
        ...(found.cards.length === 0 ? ['Nothing was found.'] : [`${found.cards.length} of ${found.count} shown.`]),
        ...(found.suggestion === null ? [] : [`Did you mean: ${found.suggestion}`]),
      ]);
    });
  exitCodes(command.command('check'), { 3: 'Cards are not found by what they say; flashcase search rebuild puts it right.' })
    .description('compare what every card is found by with what it says')
    .option('--json', 'for machines')
    .action(async (options: { json?: boolean }) => {
      const found = await withReadyDatabase(checkSearch);
      const isRight = found.wrong === 0 && found.dead === 0 && found.damage === null;
      print(options.json === true, found, () =>
        isRight
          ? [`All ${found.cards} cards are found by what they say.`]
          : [
              `${found.wrong} of ${found.cards} cards are not found by what they say; ${found.dead} entries are of deleted cards.`,
              ...(found.damage === null ? [] : [`The full-text index is not as it should be: ${found.damage}`]),
              'Next: flashcase search rebuild',
            ],
      );
      if (!isRight) process.exitCode = 3;
    });
  command
    .command('rebuild')
    .description('make everything the search knows anew from the cards; users search on meanwhile')
    .option('--json', 'for machines')
    .action(async (options: { json?: boolean }) => {
      const written = await withReadyDatabase(rebuildSearch);
      print(options.json === true, { written }, () => [
        written === 0
          ? 'Every entry was right; the full-text index was made anew.'
          : `${written} entries were written, and the full-text index was made anew.`,
      ]);
    });
  return command;
}
