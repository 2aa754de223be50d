import { Command } from 'commander';
import { systemClock } from '../../db/clock.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { leftovers, listBackups, newestBackup } from '../../ops/backup/backup-folder.ts';
import { backupNow } from '../../ops/backup/make-backup.ts';
import { pruneBackups } from '../../ops/backup/prune-backups.ts';
import { readRecord } from '../../ops/backup/record.ts';
import { verifyBackups } from '../../ops/backup/verify-backup.ts';
import { backupOptions } from '../backup/backup-options.ts';
import { listText, madeText, pruneText, verifyText } from '../backup/backup-text.ts';
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
  const { directory } = commandSettings().backup;
  const backups = listBackups(directory);
  const entries = readRecord(directory);
  const left = leftovers(directory);
  const result = {
    directory,
    backups: backups.map(({ name, manifest, error }) => ({ name, ...(error === undefined ? manifest : { error }) })),
    record: entries,
    leftovers: left,
  };
  print(flags.json === true, result, () => [
    ...listText(backups, entries, systemClock().now()),
    ...left.map((name) => `${name} was left by a killed process; the next backup removes it.`),
  ]);
}

async function verify(name: string | undefined, flags: Flags & { readonly all?: boolean }): Promise<void> {
  const options = backupOptions(commandSettings(), saying(flags));
  const { directory } = options.backup;
  if (name !== undefined && flags.all === true)
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Name one backup, or say --all.', hint: 'flashcase backup list' });
  const results = await verifyBackups(flags.all === true ? undefined : [name ?? newestBackup(directory).name], options);
  const failed = results.find(({ error }) => error !== undefined)?.error;
  // One that was asked for by name is an error like any other; of many each is told.
  if (failed !== undefined && flags.all !== true) throw failed;
  print(flags.json === true, { directory, results }, () => verifyText(results));
  if (failed !== undefined) process.exitCode = DAMAGED;
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
    .description('list the backups, what is known of each, and the last drill')
    .option('--json', 'for machines')
    .action(list);
  exitCodes(command.command('verify [name]'), {
    0: 'Whole, to the last byte.',
    [DAMAGED]: 'A backup is damaged; what was found is told.',
  })
    .description('read every byte of a backup and compare it with what was made (default: the newest)')
    .option('--all', 'all of them')
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
