import { isAbsolute, resolve } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../../db/clock.ts';
import { parseDatabaseUrl, withoutPassword } from '../../db/database-url.ts';
import type { Settings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { backupNamed, newestBackup } from '../../ops/backup/backup-folder.ts';
import type { Manifest } from '../../ops/backup/manifest.ts';
import { type Restored, restoreInPlace, restoreIntoNewFile } from '../../ops/backup/restore/restore-file.ts';
import { settleRestore } from '../../ops/backup/restore/settle-restore.ts';
import { backupOptions } from '../backup/backup-options.ts';
import { rowsOf } from '../backup/backup-text.ts';
import { restoreIntoPostgres } from '../backup/restore-into-postgres.ts';
import { exitCodes } from '../exit-codes.ts';
import { grouped } from '../move/progress.ts';
import { commandSettings, print, servingSettings } from './open.ts';

interface Flags {
  readonly latest?: boolean;
  readonly into?: string;
  readonly skipRestorePoint?: boolean;
  readonly acceptUnsealed?: boolean;
  readonly acceptUnreadable?: boolean;
  readonly json?: boolean;
}

type Place = Settings['database'];

function placeNamed(into: string): Place {
  const folder = process.cwd();
  if (!/^[a-z0-9+]+:\/\//i.test(into)) return { engine: 'sqlite', file: isAbsolute(into) ? into : resolve(folder, into) };
  const address = parseDatabaseUrl(into, folder);
  if (typeof address !== 'string') return address;
  throw new FlashcaseError('FC_INPUT_INVALID', { what: `--into ${withoutPassword(into)} ${address}.` });
}

/** The backup that is meant. Nothing is restored that nobody named. */
function wanted(directory: string, name: string | undefined, { latest }: Flags): Manifest {
  if ((name === undefined) === (latest !== true))
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: 'Name the backup to restore, or say --latest.',
      hint: 'flashcase backup list shows them.',
    });
  return name === undefined ? newestBackup(directory, systemClock().now()) : backupNamed(directory, name);
}

/** The database that serves. Where it cannot be asked any more, as it may be when a restore is needed, the one the settings name. */
const liveSettings = (): Promise<Settings> =>
  servingSettings().catch((error: unknown) => {
    const settings = commandSettings();
    if (settings.database.engine === 'sqlite' && !(error instanceof FlashcaseError && error.code.startsWith('FC_GATE_')))
      return settings;
    throw error;
  });

function restoredText(manifest: Manifest, { file, aside, restorePoint, isInMove }: Restored, into: string | undefined): string[] {
  return [
    `Backup ${manifest.name} of ${manifest.madeAt.slice(0, 16)} UTC is restored: ${grouped(rowsOf(manifest))} rows, every table as it was.`,
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

async function run(name: string | undefined, flags: Flags): Promise<void> {
  const say = (line: string): void => {
    if (flags.json !== true) process.stderr.write(`${line} …\n`);
  };
  const configured = commandSettings();
  // Before anything opens the file: it may have lost its log to a restore that was killed.
  if (flags.into === undefined && configured.database.engine === 'sqlite') settleRestore(configured.database.file, say);
  const settings = flags.into === undefined ? await liveSettings() : configured;
  const options = { ...backupOptions(settings, say), acceptsUnsealed: flags.acceptUnsealed === true };
  const { directory } = options.backup;
  const manifest = wanted(directory, name, flags);
  const place = flags.into === undefined ? undefined : placeNamed(flags.into);
  if (place?.engine === 'postgres') {
    const result = await restoreIntoPostgres(manifest, place.url, options);
    print(flags.json === true, result, () => [
      `Backup ${manifest.name} of ${manifest.madeAt.slice(0, 16)} UTC is restored into ${result.location}: ${grouped(rowsOf(manifest))} rows, compared and equal.`,
      `Next: DATABASE_URL=${withoutPassword(place.url)}`,
    ]);
    return;
  }
  if (place === undefined && settings.database.engine === 'postgres')
    throw new FlashcaseError('FC_RESTORE_TARGET', {
      what: 'The data is in PostgreSQL, and nothing is restored over a PostgreSQL database.',
      hint: `Make an empty one, and name it: flashcase restore ${manifest.name} --into postgresql://user:password@host:5432/new. Or as a file: --into flashcase.db.`,
    });
  const restored =
    place?.engine === 'sqlite'
      ? await restoreIntoNewFile(manifest, place.file, options)
      : await restoreInPlace(manifest, (settings.database as { file: string }).file, options, {
          skipsRestorePoint: flags.skipRestorePoint === true,
          acceptsUnreadable: flags.acceptUnreadable === true,
        });
  print(flags.json === true, restored, () => restoredText(manifest, restored, flags.into));
}

/** `flashcase restore [NAME | --latest] [--into PLACE]`. */
export function restore(): Command {
  return exitCodes(new Command('restore'), { 3: 'The backup is damaged; nothing was touched.' })
    .description('Restore a backup: in the place of the SQLite file, whose old state is kept, or into a new place.')
    .argument('[name]', 'the backup, as flashcase backup list shows it')
    .option('--latest', 'the newest one')
    .option('--into <place>', 'a new SQLite file, or an empty PostgreSQL database (its URL), whichever engine the backup is of')
    .option('--skip-restore-point', 'make no backup of what is there now; the old file is kept in any case')
    .option('--accept-unsealed', 'take a backup that is not encrypted or not sealed although a key is set')
    .option(
      '--accept-unreadable',
      'go on although the file that is there cannot be read, or is of a live move and tells nothing; it is kept aside',
    )
    .option('--json', 'for machines')
    .action(run);
}
