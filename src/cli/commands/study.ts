import { Command } from 'commander';
import { type CheckedCounts, checkReviewCounts, recountReviews } from '../../services/review-counts.ts';
import { exitCodes } from '../exit-codes.ts';
import { print, withReadyDatabase } from './open.ts';

export function study(): Command {
  const command = new Command('study').description('Look after what follows from reviews.');
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
  return command;
}
