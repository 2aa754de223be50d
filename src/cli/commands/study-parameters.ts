import type { Command } from 'commander';
import type { Database } from '../../db/database.ts';
import { listUserIds } from '../../db/stores/study-recompute.ts';
import { findUser, type User } from '../../db/stores/users.ts';
import { FlashcaseError } from '../../errors/index.ts';
import {
  adoptWeights,
  type CalibrationAnswer,
  calibrationOfUser,
  type Fit,
  fitParameters,
  memoriesUnder,
  type Read,
  settleWeights,
} from '../../services/parameters.ts';
import { studySettings } from '../../services/study-settings.ts';
import { exitCodes } from '../exit-codes.ts';
import { print, withReadyDatabase } from './open.ts';

const USERS = 500;

async function userNamed(database: Database, username: string): Promise<User> {
  const user = await database.read((session) => findUser(session, { username }));
  if (user === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: `There is no user ${username}` });
  return user;
}

const figures = (name: string, fit: CalibrationAnswer | null): string =>
  `  ${name.padEnd(22)}${fit === null ? 'none' : `log loss ${fit.log_loss.toFixed(4)}   RMSE(bins) ${fit.rmse_bins.toFixed(4)}   ${fit.answers} answers`}`;

/** `flashcase study optimise` and `calibration`. */
export function addParameterCommands(command: Command): void {
  exitCodes(command.command('optimise'), { 3: 'No better parameters were found; those in force stay.' })
    .description(
      'fit the parameters of FSRS to a user’s answers: learned from the earlier four fifths, judged by the newest fifth; adopts nothing unless asked to',
    )
    .requiredOption('--user <name>', 'whose answers')
    .option('--adopt', 'put them in force where the log loss of what was held out falls; no date moves')
    .option('--json', 'for machines')
    .action(async (options: { user: string; adopt?: boolean; json?: boolean }) => {
      const found = await withReadyDatabase(async (database) => {
        const read: Read = (work) => database.read(work);
        const user = await userNamed(database, options.user);
        const { weights: before } = await read((session) => studySettings(session, user.id));
        const fit = await fitParameters(read, user.id);
        const isAdopted = options.adopt === true && fit.weights !== null;
        if (isAdopted) {
          const { weights } = fit as { weights: readonly number[] };
          const memories = await memoriesUnder(read, user.id, weights);
          await database.write((session) => adoptWeights(session, user, weights, memories, before));
          await database.write((session) => settleWeights(session, user));
        }
        return { ...fit, is_adopted: isAdopted };
      });
      print(options.json === true, found, () => linesOf(found));
      if (found.weights === null) process.exitCode = 3;
    });
  command
    .command('calibration')
    .description(
      'how well answers were predicted: by each user’s parameters, by the published ones, and by SM-2; changes nothing',
    )
    .option('--user <name>', 'of one user; of all when absent')
    .option('--json', 'for machines')
    .action(async (options: { user?: string; json?: boolean }) => {
      const found = await withReadyDatabase(async (database) => {
        const read: Read = (work) => database.read(work);
        const ids = options.user === undefined ? await allUserIds(read) : [(await userNamed(database, options.user)).id];
        const users = [];
        for (const id of ids) users.push({ user_id: id, ...(await calibrationOfUser(read, id)) });
        return users.filter(({ published }) => published !== null);
      });
      print(options.json === true, found, () =>
        found.length === 0
          ? ['Nobody has answered a card on a later day than the day before: there is nothing to judge by.']
          : found.flatMap(({ user_id, cards, own, published, sm2 }) => [
              `User ${user_id}, ${cards} cards:`,
              figures('own parameters', own),
              figures('published parameters', published),
              figures('SM-2', sm2),
            ]),
      );
    });
}

async function allUserIds(read: Read): Promise<bigint[]> {
  const all: bigint[] = [];
  for (let after: bigint | undefined; ; ) {
    const ids = await read((session) => listUserIds(session, after, USERS));
    all.push(...ids);
    after = ids.at(-1);
    if (ids.length < USERS) return all;
  }
}

function linesOf({ learned, held_out, before, after, weights, is_adopted: isAdopted }: Fit & { is_adopted: boolean }): string[] {
  const looked = `Learned from ${learned} answers, judged by the newest ${held_out}.`;
  if (after === null) return [looked, 'That is too few: parameters of one’s own need 400. Those in force stay.'];
  return [
    looked,
    figures('in force', before),
    figures('fitted', after),
    weights === null
      ? 'They are no better: those in force stay.'
      : isAdopted
        ? 'Adopted. No date was moved; each card’s memory was computed anew.'
        : 'They are better. To put them in force: the same with --adopt',
  ];
}
