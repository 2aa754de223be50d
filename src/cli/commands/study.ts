import { Command } from 'commander';
import { type Recomputed, recompute } from '../../services/recompute.ts';
import { type CheckedCounts, checkReviewCounts, recountReviews } from '../../services/review-counts.ts';
import { exitCodes } from '../exit-codes.ts';
import { print, withReadyDatabase } from './open.ts';
import { addParameterCommands } from './study-parameters.ts';

/** Differences shown to people; the rest is counted. */
const SHOWN = 20;

export function study(): Command {
  const command = new Command('study').description('Check what follows from the log of answers: cards and counts.');
  exitCodes(command.command('recompute'), { 3: 'Something differs, and was not or could not be repaired.' })
    .description(
      'replay every card’s answers and compare with where it stands, and with what is counted in each deck; changes nothing unless asked to',
    )
    .option('--check', 'only compare (the default)')
    .option(
      '--repair',
      'write what the log says where a card’s row or a deck’s counters say otherwise; the log itself is never changed',
    )
    .option('--json', 'for machines')
    .action(async (options: { check?: boolean; repair?: boolean; json?: boolean }) => {
      const isRepairing = options.repair === true && options.check !== true;
      const found = await withReadyDatabase((database) => recompute(database, isRepairing));
      print(options.json === true, found, () => linesOf(found, isRepairing));
      process.exitCode = found.differences === found.repaired && found.deck_differences === found.decks_repaired ? 0 : 3;
    });
  exitCodes(command.command('counts'), {
    3: 'Counts were wrong; with --rebuild they are right now.',
  })
    .description('compare the counts behind the statistics with the reviews')
    .option('--rebuild', 'count anew where they are wrong')
    .option('--json', 'for machines')
    .action(async (options: { rebuild?: boolean; json?: boolean }) => {
      const found = await withReadyDatabase(async (database) => {
        const all: CheckedCounts[] = [];
        for await (const checked of checkReviewCounts(database)) {
          all.push(checked);
          if (options.rebuild === true) await recountReviews(database, checked.userId);
        }
        return all;
      });
      const done = options.rebuild === true ? ', counted anew' : '';
      print(options.json === true, found, () =>
        found.length === 0
          ? ['The counts of all users are what their reviews say.']
          : [
              ...found.map(({ userId, username, wrong }) => `User ${userId} ${username}: ${wrong} counts are wrong${done}.`),
              ...(options.rebuild === true ? [] : ['Next: flashcase study counts --rebuild']),
            ],
      );
      if (found.length > 0) process.exitCode = 3;
    });
  addParameterCommands(command);
  return command;
}

function linesOf(found: Recomputed, isRepairing: boolean): string[] {
  const { users, cards, answers, differences, repaired, deck_differences, decks_repaired } = found;
  const looked = `${answers} answers to ${cards} cards of ${users} users replayed.`;
  if (differences + deck_differences === 0)
    return [`${looked} Every card stands where its log says, every deck counts what its log says.`];
  const lost = differences - repaired;
  return [
    looked,
    ...part(
      differences,
      ['card differs', 'cards differ'],
      found.told.map(({ card_id, ...more }) => ({ ...more, what: `card ${card_id}` })),
    ),
    ...part(
      deck_differences,
      ['deck is counted wrong', 'decks are counted wrong'],
      found.decks_told.map(({ deck_id, ...more }) => ({ ...more, what: `deck ${deck_id}` })),
    ),
    isRepairing
      ? `${repaired + decks_repaired} repaired from the log.${lost > 0 ? ' The log cannot tell the others; it is never changed itself.' : ''}`
      : 'Nothing was changed. To write what the log says: flashcase study recompute --repair',
  ];
}

interface Told {
  readonly user_id: bigint;
  readonly what: string;
  readonly columns: readonly { readonly column: string }[];
}

/** The first of the differences of one kind. */
function part(total: number, [one, several]: readonly [string, string], told: readonly Told[]): string[] {
  if (total === 0) return [];
  return [
    `${total} ${total === 1 ? one : several}:`,
    ...told
      .slice(0, SHOWN)
      .map(({ user_id, what, columns }) => `  user ${user_id}, ${what}: ${columns.map(({ column }) => column).join(', ')}`),
    ...(total > SHOWN ? [`  and ${total - SHOWN} more; --json tells the first thousand with their values`] : []),
  ];
}
