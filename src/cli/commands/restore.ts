import { isAbsolute, resolve } from 'node:path';
import { Command } from 'commander';
import { parseDatabaseUrl, withoutPassword } from '../../db/database-url.ts';
import type { Settings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { backupNamed, newestBackup } from '../../ops/backup/backup-folder.ts';
import { planMoment, unpackMoment } from '../../ops/backup/log/restore-moment.ts';
import { momentOf } from '../../ops/backup/log/windows.ts';
import type { Manifest } from '../../ops/backup/manifest.ts';
import type { BackupOptions } from '../../ops/backup/options.ts';
import { type Restored, restoreInPlace, restoreIntoNewFile } from '../../ops/backup/restore/restore-file.ts';
import { settleRestore } from '../../ops/backup/restore/settle-restore.ts';
import { type Unpack, unpackDatabase } from '../../ops/backup/restore/unpack-database.ts';
import { restoreCluster } from '../../ops/physical/restore-cluster.ts';
import { backupOptions } from '../backup/backup-options.ts';
import { clusterOptions } from '../backup/drill-options.ts';
import { restoredClusterText } from '../backup/physical-text.ts';
import { restoreIntoPostgres } from '../backup/restore-into-postgres.ts';
import { exitCodes } from '../exit-codes.ts';
import { grouped } from '../move/progress.ts';
import { commandSettings, print, servingSettings } from './open.ts';

interface Flags {
  readonly latest?: boolean;
  readonly to?: string;
  readonly into?: string;
  readonly skipRestorePoint?: boolean;
  readonly acceptUnsealed?: boolean;
  readonly acceptUnreadable?: boolean;
  readonly json?: boolean;
}

type Place = Settings['database'];

const CLUSTER = 'cluster:';

/** The folder of a whole PostgreSQL cluster; `undefined` where the place is another kind. */
const clusterNamed = (into: string | undefined): string | undefined =>
  into?.startsWith(CLUSTER) === true ? resolve(process.cwd(), into.slice(CLUSTER.length)) : undefined;

function placeNamed(into: string): Place {
  const folder = process.cwd();
  if (!/^[a-z0-9+]+:\/\//i.test(into)) return { engine: 'sqlite', file: isAbsolute(into) ? into : resolve(folder, into) };
  const address = parseDatabaseUrl(into, folder);
  if (typeof address !== 'string') return address;
  throw new FlashcaseError('FC_INPUT_INVALID', { what: `--into ${withoutPassword(into)} ${address}.` });
}

/** What is to be restored, and how it is made. */
interface Wanted {
  readonly manifest: Manifest;
  readonly unpack: Unpack;
  /** In words, at the beginning of a sentence. */
  readonly words: string;
}

/** What is meant. Nothing is restored that nobody named. */
async function wanted(options: BackupOptions, name: string | undefined, { latest, to }: Flags): Promise<Wanted> {
  const { directory } = options.backup;
  if ([name !== undefined, latest === true, to !== undefined].filter(Boolean).length !== 1)
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: 'Name the backup to restore, or say --latest, or --to TIME.',
      hint: 'flashcase backup list shows them, and the moments that can be restored.',
    });
  if (to !== undefined) {
    const plan = await planMoment(momentOf(to), options);
    return {
      manifest: plan.base,
      unpack: (_, target, given) => unpackMoment(plan, target, given),
      words: `The moment ${plan.moment.text} UTC (backup ${plan.base.name} and the change log behind it)`,
    };
  }
  const manifest = name === undefined ? newestBackup(directory, options.clock.now()) : backupNamed(directory, name);
  return { manifest, unpack: unpackDatabase, words: `Backup ${manifest.name} of ${manifest.madeAt.slice(0, 16)} UTC` };
}

/** The database that serves. Where it cannot be asked any more, as it may be when a restore is needed, the one the settings name. */
const liveSettings = (): Promise<Settings> =>
  servingSettings().catch((error: unknown) => {
    const settings = commandSettings();
    if (settings.database.engine === 'sqlite' && !(error instanceof FlashcaseError && error.code.startsWith('FC_GATE_')))
      return settings;
    throw error;
  });

function restoredText(
  words: string,
  { rows, file, aside, restorePoint, isInMove }: Restored,
  into: string | undefined,
): string[] {
  return [
    `${words} is restored: ${grouped(rows)} rows, every table as it was.`,
    `  file    ${file}`,
    ...(aside === undefined ? [] : [`  before  ${aside} (what was there; remove it when you are sure)`]),
    ...(restorePoint === undefined ? [] : [`  and as  backup ${restorePoint}`]),
    isInMove
      ? 'Next: flashcase move status. The file is in a live move, and is older than its other side knows it.'
      : into === undefined
        ? 'Next: start the server.'
        : `Next: DATABASE_URL=sqlite:///${file}`,
  ];
}

/** The whole cluster from its physical backups, into a folder in which no server runs. */
async function intoCluster(folder: string, name: string | undefined, flags: Flags, say: (line: string) => void): Promise<void> {
  const settings = commandSettings();
  if (name !== undefined || (flags.latest === true) === (flags.to !== undefined))
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: 'For a cluster say --to TIME or --latest.',
      hint: 'flashcase backup list shows the moments that can be restored.',
    });
  if (settings.database.engine !== 'postgres')
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: 'DATABASE_URL is no PostgreSQL: it says which database of the cluster is FlashCase’s, and is tried out.',
      hint: 'Set DATABASE_URL to the address the restored server will have.',
    });
  const wanted = flags.to === undefined ? 'latest' : momentOf(flags.to);
  const restored = await restoreCluster(wanted, folder, clusterOptions(settings, say));
  print(flags.json === true, restored, () => restoredClusterText(restored, settings));
}

async function run(name: string | undefined, flags: Flags): Promise<void> {
  const say = (line: string): void => {
    if (flags.json !== true) process.stderr.write(`${line} …\n`);
  };
  const folder = clusterNamed(flags.into);
  if (folder !== undefined) return intoCluster(folder, name, flags, say);
  const configured = commandSettings();
  // Before anything opens the file: it may have lost its log to a restore that was killed.
  if (flags.into === undefined && configured.database.engine === 'sqlite') settleRestore(configured.database.file, say);
  const settings = flags.into === undefined ? await liveSettings() : configured;
  if (flags.into === undefined && flags.to !== undefined && settings.database.engine === 'postgres')
    throw new FlashcaseError('FC_RESTORE_TARGET', {
      what: 'The data is in PostgreSQL, and nothing is restored over a PostgreSQL database.',
      hint:
        settings.backup.physical === undefined
          ? 'Moments of PostgreSQL need physical backups (BACKUP_PHYSICAL, flashcase backup setup). A moment of the SQLite file it was moved from: --into FILE.'
          : `The whole cluster as of that moment: flashcase restore --to ${JSON.stringify(flags.to)} --into cluster:FOLDER.`,
    });
  const options = { ...backupOptions(settings, say), acceptsUnsealed: flags.acceptUnsealed === true };
  const { manifest, unpack, words } = await wanted(options, name, flags);
  const place = flags.into === undefined ? undefined : placeNamed(flags.into);
  if (place?.engine === 'postgres') {
    const result = await restoreIntoPostgres(manifest, place.url, options, unpack);
    const rows = result.tables.reduce((sum, table) => sum + table.rows, 0);
    print(flags.json === true, result, () => [
      `${words} is restored into ${result.location}: ${grouped(rows)} rows, compared and equal.`,
      `Next: DATABASE_URL=${withoutPassword(place.url)}`,
    ]);
    return;
  }
  if (place === undefined && settings.database.engine === 'postgres')
    throw new FlashcaseError('FC_RESTORE_TARGET', {
      what: 'The data is in PostgreSQL, and nothing is restored over a PostgreSQL database.',
      hint: `Make an empty one, and name it: flashcase restore ${manifest.name} --into postgresql://user:password@host:5432/new. Or as a file: --into flashcase.db.${configured.backup.physical === undefined ? '' : ' The whole cluster as of any moment: flashcase restore --to TIME --into cluster:FOLDER.'}`,
    });
  const restored =
    place?.engine === 'sqlite'
      ? await restoreIntoNewFile(manifest, place.file, options, unpack)
      : await restoreInPlace(
          manifest,
          (settings.database as { file: string }).file,
          options,
          { skipsRestorePoint: flags.skipRestorePoint === true, acceptsUnreadable: flags.acceptUnreadable === true },
          unpack,
        );
  print(flags.json === true, restored, () => restoredText(words, restored, flags.into));
}

/** `flashcase restore [NAME | --latest | --to TIME] [--into PLACE]`. */
export function restore(): Command {
  return exitCodes(new Command('restore'), { 3: 'The backup is damaged; nothing was touched.' })
    .description('Restore a backup or a moment: in the place of the SQLite file, whose old state is kept, or into a new place.')
    .argument('[name]', 'the backup, as flashcase backup list shows it')
    .option('--latest', 'the newest one')
    .option(
      '--to <time>',
      'a moment, to the second or finer, in UTC or with an offset: every change committed by then, and none after',
    )
    .option(
      '--into <place>',
      'a new SQLite file, an empty PostgreSQL database (its URL), whichever engine the backup is of; or cluster:FOLDER for the whole PostgreSQL cluster from its physical backups',
    )
    .option('--skip-restore-point', 'make no backup of what is there now; the old file is kept in any case')
    .option('--accept-unsealed', 'take a backup that is not encrypted or not sealed although a key is set')
    .option(
      '--accept-unreadable',
      'go on although the file that is there cannot be read, or is of a live move and tells nothing; it is kept aside',
    )
    .option('--json', 'for machines')
    .action(run);
}
