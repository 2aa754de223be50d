import { Command } from 'commander';
import { systemClock } from '../../db/clock.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { listBackups, newestBackup } from '../../ops/backup/backup-folder.ts';
import { verifyLogs } from '../../ops/backup/log/verify-log.ts';
import { listChains } from '../../ops/backup/log/windows.ts';
import { backupNow } from '../../ops/backup/make-backup.ts';
import { keyOf } from '../../ops/backup/options.ts';
import { pruneBackups } from '../../ops/backup/prune-backups.ts';
import { readRecord } from '../../ops/backup/record.ts';
import { leftovers } from '../../ops/backup/scratch.ts';
import { verifyBackups } from '../../ops/backup/verify-backup.ts';
import { backupOptions } from '../backup/backup-options.ts';
import { listText, madeText, pruneText, verifyText, windowsText } from '../backup/backup-text.ts';
import { exitCodes } from '../exit-codes.ts';
import { commandSettings, print, servingSettings } from './open.ts';

const DAMAGED = 3;

interface Flags {
  readonly json?: boolean;
}

/** What goes on is told on standard error, so that the result can be read by itself. */
const saying =
  ({ json }: Flags) =>
  (line: string): void => {
    if (json !== true) process.stderr.write(`${line} …\n`);
  };

async function now(flags: Flags): Promise<void> {
  const settings = await servingSettings();
  const manifest = await backupNow(backupOptions(settings, saying(flags)));
  print(flags.json === true, manifest, () => madeText(manifest, settings.backup.directory));
}

function list(flags: Flags): void {
  const { backup } = commandSettings();
  const { directory } = backup;
  const backups = listBackups(directory);
  const entries = readRecord(directory);
  const left = leftovers(backup);
  const chains = listChains(directory, keyOf({ backup }), true);
  const result = {
    directory,
    windows: chains.map(({ name, window, error }) => ({
      log: name,
      ...(window === undefined ? {} : { from: window.from, to: window.to, undated: window.undated, ended: window.head.ended }),
      ...(error === undefined ? {} : { error }),
    })),
    backups: backups.map(({ name, manifest, error }) => ({ name, ...(error === undefined ? manifest : { error }) })),
    record: entries,
    leftovers: left,
  };
  print(flags.json === true, result, () => [
    ...listText(backups, entries, systemClock().now()),
    ...windowsText(chains),
    ...left.map((name) => `${name} is being worked on, or was left by a killed process; the next backup removes it then.`),
  ]);
}

/** Damage is told by the exit code, whatever else was found: what could not be looked at may be whole. */
async function verify(
  name: string | undefined,
  flags: Flags & { readonly all?: boolean; readonly acceptUnsealed?: boolean },
): Promise<void> {
  const options = {
    ...backupOptions(commandSettings(), saying(flags)),
    acceptsUnsealed: flags.acceptUnsealed === true,
  };
  const { directory } = options.backup;
  if (name !== undefined && flags.all === true)
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Name one backup, or say --all.', hint: 'flashcase backup list' });
  // Where there is none, "all are whole" would be no news: the newest is asked for, and not found.
  const isAll = flags.all === true && listBackups(directory).length > 0;
  const wanted = isAll ? undefined : [name ?? newestBackup(directory, options.clock.now()).name];
  const logs = name === undefined ? verifyLogs(options, isAll) : [];
  const results = [...(await verifyBackups(wanted, options)), ...logs];
  const errors = results.flatMap(({ error }) => (error === undefined ? [] : [error]));
  // One that was asked for by name is an error like any other; of many each is told.
  if (errors[0] !== undefined && flags.all !== true) throw errors[0];
  print(flags.json === true, { directory, results }, () => verifyText(results));
  if (errors.length > 0) process.exitCode = errors.some(({ code }) => code === 'FC_BACKUP_DAMAGED') ? DAMAGED : 1;
}

async function prune(flags: Flags & { readonly dryRun?: boolean }): Promise<void> {
  const options = backupOptions(commandSettings(), saying(flags));
  const fates = await pruneBackups(options, flags.dryRun === true);
  print(flags.json === true, { directory: options.backup.directory, fates }, () => pruneText(fates, flags.dryRun === true));
}

/** `flashcase backup now | list | verify | prune`. */
export function backup(): Command {
  const command = new Command('backup').description('Make, list, verify and prune backups; a server makes one every night.');
  command
    .command('now')
    .description('make a backup of the serving database while people use it, and prove it')
    .option('--json', 'for machines')
    .action(now);
  command
    .command('list')
    .description('list the backups, what is known of each, the last drill, and the moments that can be restored')
    .option('--json', 'for machines')
    .action(list);
  exitCodes(command.command('verify [name]'), {
    0: 'Whole, to the last byte; with --all every one of them.',
    1: 'An error, or with --all: none is damaged, but one could not be read to its end (its key, its version).',
    [DAMAGED]: 'A backup is damaged, with --all one or more of them; what was found is told.',
  })
    .description('read every byte of a backup and compare it with what was made (default: the newest, and the change log)')
    .option('--all', 'all of them')
    .option('--accept-unsealed', 'read also what is not encrypted or not sealed although a key is set')
    .option('--json', 'for machines')
    .action(verify);
  command
    .command('prune')
    .description('remove backups that are past their time (BACKUP_RETENTION); never the newest one that is whole')
    .option('--dry-run', 'say what would be removed; remove nothing')
    .option('--json', 'for machines')
    .action(prune);
  return command;
}
