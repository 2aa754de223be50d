import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../db/clock.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { listBackups, makeDirectory, newestBackup } from '../../ops/backup/backup-folder.ts';
import { verifyLogs } from '../../ops/backup/log/verify-log.ts';
import { listChains } from '../../ops/backup/log/windows.ts';
import { backupNow } from '../../ops/backup/make-backup.ts';
import { type BackupOptions, keyOf } from '../../ops/backup/options.ts';
import { pruneBackups } from '../../ops/backup/prune-backups.ts';
import { readRecord } from '../../ops/backup/record.ts';
import { leftovers } from '../../ops/backup/scratch.ts';
import { type VerifiedBackup, verifyBackups } from '../../ops/backup/verify-backup.ts';
import type { PhysicalKind } from '../../ops/physical/physical-backup.ts';
import { pruneSets } from '../../ops/physical/prune-sets.ts';
import { openReader, repositoryOwner } from '../../ops/physical/restore-cluster.ts';
import { setUpPhysical } from '../../ops/physical/setup.ts';
import { takeSet } from '../../ops/physical/take-set.ts';
import { verifyRepository } from '../../ops/physical/verify-repository.ts';
import { physicalWindows } from '../../ops/physical/windows.ts';
import { backupOptions } from '../backup/backup-options.ts';
import { listText, madeText, pruneText, verifyText, windowsText } from '../backup/backup-text.ts';
import { physicalListText, setupText, takenText } from '../backup/physical-text.ts';
import { exitCodes } from '../exit-codes.ts';
import { commandSettings, print, servingSettings } from './open.ts';

const DAMAGED = 3;
const TO_DO = 3;

interface Flags {
  readonly json?: boolean;
}

/** What goes on is told on standard error, so that the result can be read by itself. */
const saying =
  ({ json }: Flags) =>
  (line: string): void => {
    if (json !== true) process.stderr.write(`${line} …\n`);
  };

const KINDS: readonly PhysicalKind[] = ['full', 'diff', 'incr'];

function physicalKind(text: string): PhysicalKind {
  const kind = KINDS.find((known) => known === text);
  if (kind === undefined) throw new InvalidArgumentError(`It is one of ${KINDS.join(', ')}.`);
  return kind;
}

async function now(flags: Flags & { readonly physical?: PhysicalKind | true }): Promise<void> {
  const settings = await servingSettings();
  if (flags.physical !== undefined) {
    const options = backupOptions(settings, saying(flags));
    makeDirectory(options.backup.directory);
    const taken = await takeSet(options, flags.physical === true ? undefined : flags.physical);
    print(flags.json === true, taken, () => takenText(taken));
    return;
  }
  const manifest = await backupNow(backupOptions(settings, saying(flags)));
  print(flags.json === true, manifest, () => madeText(manifest, settings.backup.directory));
}

async function setup(flags: Flags & { readonly print?: boolean }): Promise<void> {
  const settings = await servingSettings();
  const made = await setUpPhysical(backupOptions(settings, saying(flags)), flags.print === true);
  const { config, ...rest } = made;
  print(flags.json === true, { ...rest, config: config.file }, () => setupText(made, flags.print === true));
  if (!made.isReady && flags.print !== true) process.exitCode = TO_DO;
}

/** What the physical backups give; nothing where there are none. A repository that cannot be read keeps nobody from the rest of the list. */
async function physicalList(flags: Flags) {
  const settings = commandSettings();
  if (settings.backup.physical === undefined) return undefined;
  try {
    const options = backupOptions(settings, saying(flags));
    const tool = await openReader(options, repositoryOwner(options));
    const inventory = await tool.inventory();
    return { sets: inventory.sets, windows: physicalWindows(inventory), error: undefined };
  } catch (error) {
    if (!(error instanceof FlashcaseError)) throw error;
    return { sets: [], windows: [], error };
  }
}

async function list(flags: Flags): Promise<void> {
  const { backup } = commandSettings();
  const { directory } = backup;
  const backups = listBackups(directory);
  const entries = readRecord(directory);
  const left = leftovers(backup);
  const chains = listChains(directory, keyOf({ backup }), true);
  const physical = await physicalList(flags);
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
    ...(physical === undefined
      ? {}
      : {
          physical: {
            sets: physical.sets,
            windows: physical.windows.map(({ from, to }) => ({ from: from.text, to: to.text })),
            ...(physical.error === undefined ? {} : { error: physical.error }),
          },
        }),
  };
  print(flags.json === true, result, () => [
    ...listText(backups, entries, systemClock().now()),
    ...windowsText(chains),
    ...left.map((name) => `${name} is being worked on, or was left by a killed process; the next backup removes it then.`),
    ...(physical === undefined
      ? []
      : physical.error === undefined
        ? physicalListText(physical.sets, physical.windows, entries, systemClock().now())
        : ['', `The physical backups: ${physical.error.code} ${physical.error.message} ${physical.error.why ?? ''}`.trim()]),
  ]);
}

async function verifiedRepository(options: BackupOptions): Promise<VerifiedBackup> {
  const name = 'physical backups';
  try {
    await verifyRepository(options);
    return { name };
  } catch (error) {
    if (error instanceof FlashcaseError) return { name, error };
    throw error;
  }
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
  const physical = name === undefined && options.backup.physical !== undefined ? [await verifiedRepository(options)] : [];
  const results = [...(await verifyBackups(wanted, options)), ...logs, ...physical];
  const errors = results.flatMap(({ error }) => (error === undefined ? [] : [error]));
  // One that was asked for by name is an error like any other; of many each is told.
  if (errors[0] !== undefined && flags.all !== true) throw errors[0];
  print(flags.json === true, { directory, results }, () => verifyText(results));
  if (errors.length > 0) process.exitCode = errors.some(({ code }) => code === 'FC_BACKUP_DAMAGED') ? DAMAGED : 1;
}

async function prune(flags: Flags & { readonly dryRun?: boolean }): Promise<void> {
  const options = backupOptions(commandSettings(), saying(flags));
  const isDryRun = flags.dryRun === true;
  const physical = options.backup.physical === undefined ? [] : await pruneSets(options, isDryRun);
  const fates = [...(await pruneBackups(options, isDryRun)), ...physical];
  print(flags.json === true, { directory: options.backup.directory, fates }, () => pruneText(fates, isDryRun));
}

/** `flashcase backup setup | now | list | verify | prune`. */
export function backup(): Command {
  const command = new Command('backup').description('Make, list, verify and prune backups; a server makes one every night.');
  command
    .command('now')
    .description('make a backup of the serving database while people use it, and prove it')
    .option(
      '--physical [kind]',
      'PostgreSQL: of the files of the whole cluster, by pgBackRest; full, diff or incr (default: full once a week, or else incr)',
      (text: string) => physicalKind(text),
    )
    .option('--json', 'for machines')
    .action(now);
  exitCodes(command.command('setup'), {
    0: 'Ready: a piece of log was seen to arrive. With --print: printed.',
    [TO_DO]: 'PostgreSQL has to be set first; the lines are printed.',
  })
    .description(
      'PostgreSQL: set up physical backups and the archiving of its log (BACKUP_PHYSICAL), and see a piece of log arrive',
    )
    .option('--print', 'print what would be written and what has to be typed; change nothing')
    .option('--json', 'for machines')
    .action(setup);
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
