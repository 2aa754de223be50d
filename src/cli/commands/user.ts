import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { randomToken } from '../../db/random.ts';
import { listUsers } from '../../db/stores/users.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { register, resetPassword, setActive } from '../../services/accounts.ts';
import { print, withReadyDatabase } from './open.ts';

const PAGE = 500;

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
          const page = await database.read((session) => listUsers(session, { after, limit: PAGE }));
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
    .description('give a user a new password; every login of theirs ends')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (username: string, options: { passwordStdin?: boolean }) => {
      const { password, isMade } = await choosePassword(options.passwordStdin);
      await withReadyDatabase((database) => resetPassword(database, username, password));
      process.stdout.write(
        `The password of ${username} is new; every login of theirs has ended.\n${isMade ? `Password (shown once): ${password}\n` : ''}`,
      );
    });
  for (const [name, isActive, about] of [
    ['disable', false, 'log a user out everywhere and let them log in no more'],
    ['enable', true, 'let a disabled user log in again'],
  ] as const) {
    command
      .command(`${name} <username>`)
      .description(about)
      .action(async (username: string) => {
        await withReadyDatabase((database) => setActive(database, username, isActive));
        process.stdout.write(
          isActive ? `${username} can log in again.\n` : `${username} is logged out everywhere and cannot log in.\n`,
        );
      });
  }
  return command;
}
