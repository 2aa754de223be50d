import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import type { Database } from '../../db/database.ts';
import { randomToken } from '../../db/random.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { register, resetPassword } from '../../services/accounts.ts';
import { accountSeen, browseAccounts, changeAccount } from '../../services/administer.ts';
import { deleteAccount, removeClosedAccounts } from '../../services/delete-account.ts';
import { exportAccount } from '../../services/export-account.ts';
import { userNamed } from '../../services/import-file.ts';
import { makeResetLink } from '../../services/password-resets.ts';
import { exitCodes } from '../exit-codes.ts';
import { commandSettings, print, withReadyDatabase } from './open.ts';

const PAGE = 500;

const userOf = (database: Database, username: string) => database.read((session) => userNamed(session, username));

/** The password of `--password-stdin`, or a random one that is printed once. On the command line it would be in the shell's history. */
async function choosePassword(isFromStdin: boolean | undefined): Promise<{ password: string; isMade: boolean }> {
  if (isFromStdin !== true) return { password: randomToken(15), isMade: true };
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    return { password: line, isMade: false };
  }
  throw new FlashcaseError('FC_INPUT_INVALID', {
    what: 'No password came on standard input.',
    hint: 'printf %s "$PASSWORD" | flashcase user … --password-stdin',
  });
}

export function user(): Command {
  const command = new Command('user').description('Create, list and help users.');
  command
    .command('create <username> <email>')
    .description('create a user, with a random password that is printed once unless one is given')
    .option('--admin', 'with the rights of an admin')
    .option('--password-stdin', 'read the password from standard input')
    .option('--json', 'for machines')
    .action(async (username: string, email: string, options: { admin?: boolean; passwordStdin?: boolean; json?: boolean }) => {
      const { password, isMade } = await choosePassword(options.passwordStdin);
      const created = await withReadyDatabase((database) =>
        register(database, { username, email, password, isAdmin: options.admin === true }),
      );
      const shown = { id: created.id, username, email, is_admin: created.is_admin, ...(isMade ? { password } : {}) };
      print(options.json === true, shown, () => [
        `User ${created.id} ${username} created${created.is_admin ? ' as admin' : ''}.`,
        ...(isMade ? [`Password (shown once): ${password}`] : []),
      ]);
    });
  command
    .command('list')
    .description('list all users')
    .option('--json', 'for machines')
    .action(async (options: { json?: boolean }) => {
      const users = await withReadyDatabase(async (database) => {
        const all = [];
        for (let after: bigint | undefined; ; ) {
          const page = await database.read((session) => browseAccounts(session, undefined, { after, limit: PAGE }));
          all.push(
            ...page.map(({ id, username, email, is_active, is_admin, created_at }) => ({
              id,
              username,
              email,
              is_active,
              is_admin,
              created_at,
            })),
          );
          const last = page.at(-1);
          if (page.length < PAGE || last === undefined) return all;
          after = last.id;
        }
      });
      print(options.json === true, users, () =>
        users.map(
          (entry) =>
            `${String(entry.id).padStart(6)}  ${entry.username.padEnd(24)} ${entry.email.padEnd(32)} ${entry.is_active ? 'active' : 'disabled'}${entry.is_admin ? ' admin' : ''}`,
        ),
      );
    });
  command
    .command('reset-password <username>')
    .description('print a link with which a user chooses a new password, once; it works for 45 minutes')
    .option('--password-stdin', 'set the password that stands on standard input instead, at once')
    .option('--json', 'for machines')
    .action(async (username: string, options: { passwordStdin?: boolean; json?: boolean }) => {
      if (options.passwordStdin === true) {
        const { password } = await choosePassword(true);
        await withReadyDatabase((database) => resetPassword(database, username, password));
        print(options.json === true, { username }, () => [
          `The password of ${username} is new; every login, API token and passkey of theirs has ended.`,
        ]);
        return;
      }
      const { publicUrl, host, port } = commandSettings();
      const { path, expiresAt } = await withReadyDatabase((database) =>
        database.write(async (session) => makeResetLink(session, await userNamed(session, username))),
      );
      const link = `${publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`}${path}`;
      print(options.json === true, { username, link, expires_at: expiresAt }, () => [
        `${username} chooses a new password here, once, until ${expiresAt.text} UTC:`,
        link,
        'Their old password works until then; every login, API token and passkey of theirs ends with it.',
      ]);
    });
  for (const [name, wanted, about, done] of [
    [
      'disable',
      { is_active: false },
      'log a user out everywhere and let them log in no more',
      'is logged out everywhere and cannot log in',
    ],
    ['enable', { is_active: true }, 'let a disabled user log in again', 'can log in again'],
    ['grant-admin', { is_admin: true }, 'make a user an administrator', 'is an administrator'],
    ['revoke-admin', { is_admin: false }, 'make a user an administrator no more', 'is an administrator no more'],
  ] as const) {
    command
      .command(`${name} <username>`)
      .description(about)
      .action(async (username: string) => {
        await withReadyDatabase(async (database) => changeAccount(database, (await userOf(database, username)).id, wanted));
        process.stdout.write(`${username} ${done}.\n`);
      });
  }
  command
    .command('quota <username> [cards]')
    .description(
      'let a user have so many cards in decks of their own; without a number as many as everybody (MAX_CARDS_PER_USER)',
    )
    .action(async (username: string, cards: string | undefined) => {
      if (cards !== undefined && !(/^\d{1,10}$/.test(cards) && Number(cards) <= 2_147_483_647))
        throw new FlashcaseError('FC_INPUT_INVALID', { what: `${cards} is not a number of cards.` });
      const limit = cards === undefined ? null : Number(cards);
      await withReadyDatabase(async (database) =>
        changeAccount(database, (await userOf(database, username)).id, { max_cards: limit }),
      );
      process.stdout.write(`${username} may have ${limit === null ? 'as many cards as everybody' : `${limit} cards`}.\n`);
    });
  command
    .command('show <username>')
    .description('show who a user is and how much they keep')
    .option('--json', 'for machines')
    .action(async (username: string, options: { json?: boolean }) => {
      const { user, storage, logins } = await withReadyDatabase((database) =>
        database.read(async (session) => accountSeen(session, (await userNamed(session, username)).id)),
      );
      const { id, email, is_active, is_admin, max_cards, created_at } = user;
      const shown = { ...{ id, username, email, is_active, is_admin, max_cards, created_at }, logins, storage };
      print(options.json === true, shown, () => [
        `${username} (${id}), ${email}, ${is_active ? 'active' : 'disabled'}${is_admin ? ', admin' : ''}, since ${created_at.text} UTC`,
        `${storage.decks} decks, ${storage.notes} notes, ${storage.cards} cards, ${storage.reviews} reviews, ${storage.characters} characters of text`,
        `${logins} logins, ${max_cards === null ? 'as many cards as everybody' : `at most ${max_cards} cards`}`,
      ]);
    });
  command
    .command('export <username>')
    .description('write everything that is stored about a user into a new zip file')
    .requiredOption('-o, --output <file>', 'the new file; one that exists is not overwritten')
    .action(async (username: string, options: { output: string }) => {
      const file = resolve(options.output);
      await withReadyDatabase((database) =>
        database.read(async (session) => exportAccount(session, await userNamed(session, username), file)),
      );
      process.stdout.write(`Everything of ${username} is in ${file}.\n`);
    });
  exitCodes(command.command('delete <username>'), { 2: 'Nothing was deleted: it says what would go; --yes is needed.' })
    .description('delete a user for good, with their decks, cards and reviews; copies that others made stay theirs')
    .option('--yes', 'it is meant: without it only what would go is said')
    .action(async (username: string, options: { yes?: boolean }) => {
      await withReadyDatabase(async (database) => {
        const { id } = await userOf(database, username);
        if (options.yes !== true) {
          const { storage } = await database.read((session) => accountSeen(session, id));
          process.exitCode = 2;
          process.stdout.write(
            `${username} has ${storage.decks} decks, ${storage.cards} cards and ${storage.reviews} reviews, which would be gone for good.\nNext: flashcase user delete ${username} --yes\n`,
          );
          return;
        }
        await deleteAccount(database, id);
        await removeClosedAccounts(database);
        process.stdout.write(`${username} is deleted. Backups hold the account until they are pruned.\n`);
      });
    });
  return command;
}
