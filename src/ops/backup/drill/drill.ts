import { join } from 'node:path';
import type { Database } from '../../../db/database.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { upgrade } from '../../../revisions/run.ts';
import { newestBackup, newestListed, withDirectory } from '../backup-folder.ts';
import { recordFailure } from '../make-backup.ts';
import type { Manifest } from '../manifest.ts';
import { type BackupOptions, namingFullDisk } from '../options.ts';
import { record } from '../record.ts';
import { standAlone } from '../restore/stand-alone.ts';
import { unpackDatabase } from '../restore/unpack-database.ts';
import { withScratch } from '../scratch.ts';
import { type CheckedStates, checkCardStates } from './check-card-states.ts';
import type { StateCheck } from './sm2-state.ts';

export interface DrillOptions extends BackupOptions {
  /** Opens the restored file as a server would. */
  readonly open: (file: string) => Database;
  /** Logs somebody in and reads their decks; throws where that does not work. The database is the scratch one. */
  readonly logIn: (database: Database) => Promise<string>;
  readonly stateProblem: StateCheck;
}

export interface DrillReport {
  readonly backup: string;
  readonly madeAt: string;
  readonly revision: string | undefined;
  readonly rows: number;
  readonly cardStates: Pick<CheckedStates, 'total' | 'checked'>;
  /** Who logged in; absent for a database of the original app. */
  readonly user?: string;
  readonly seconds: number;
}

/** What a server of today makes of the restored file. */
async function tryOut(
  file: string,
  manifest: Manifest,
  options: DrillOptions,
): Promise<Pick<DrillReport, 'cardStates' | 'user'>> {
  // A database of the original app is adopted by people, not by a trial.
  if (manifest.revision === undefined) return { cardStates: { total: 0, checked: 0 } };
  await standAlone(file, (manifest.epoch ?? 0) + 1, 'drill', options);
  const database = options.open(file);
  try {
    await upgrade({ engine: database.engine, revisions: options.project.revisions, clock: options.clock });
    options.say('recomputing card states');
    const { total, checked, problems } = await checkCardStates(database, options.stateProblem);
    if (problems.length > 0) throw failed(manifest, problems);
    options.say('logging in');
    const user = await options.logIn(database).catch((error: unknown) => {
      throw failed(manifest, [`nobody can log in: ${error instanceof Error ? error.message : String(error)}`]);
    });
    return { cardStates: { total, checked }, user };
  } finally {
    await database.close();
  }
}

function failed({ name }: Manifest, problems: readonly string[]): FlashcaseError {
  return new FlashcaseError('FC_DRILL_FAILED', {
    what: `The backup ${name} was restored for a trial, and is not right: ${problems.join('; ')}.`,
    hint: 'Look whether the serving database has the same trouble: flashcase db check. Then make a backup now: flashcase backup now, and try again: flashcase drill.',
    details: { backup: name, problems },
  });
}

/**
 * Restores the newest backup into a scratch place and tries it out: every byte, page, reference and row; today's schema; card states recomputed from the reviews; a login. How it
 * went is recorded, whichever way. Nothing of it is left. Throws what is wrong. The directory must be held.
 */
export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  const { clock, backup } = options;
  const { directory } = backup;
  const started = performance.now();
  const seconds = (): number => Math.round(performance.now() - started) / 1000;
  let name: string | undefined;
  try {
    const now = clock.now();
    // The newest one, whether it can be read or not: an older one that can be read is no answer.
    const newest = newestListed(directory, now);
    name = newest?.name;
    if (newest?.error !== undefined) throw newest.error;
    const manifest = newestBackup(directory, now);
    name = manifest.name;
    const tried = await withScratch(backup, async (folder) => {
      const file = join(folder, 'restored.db');
      await unpackDatabase(manifest, file, options);
      // The original app checked no reference; adoption sets such rows aside.
      if (manifest.orphans > 0 && manifest.revision !== undefined)
        throw failed(manifest, [`${manifest.orphans} rows refer to rows that are not there`]);
      return tryOut(file, manifest, options);
    });
    const report = {
      backup: manifest.name,
      madeAt: manifest.madeAt,
      revision: manifest.revision,
      rows: manifest.tables.reduce((sum, { table, rows }) => sum + (table.startsWith('sqlite_') ? 0 : rows), 0),
      ...tried,
      seconds: seconds(),
    };
    record(directory, { at: clock.now().text, kind: 'drill', backup: manifest.name, isGood: true, seconds: report.seconds });
    return report;
  } catch (error) {
    const named = namingFullDisk(error, options);
    // A full disk or a missing key says nothing about the backup itself.
    const isAboutBackup = named instanceof FlashcaseError && ['FC_BACKUP_DAMAGED', 'FC_DRILL_FAILED'].includes(named.code);
    recordFailure(options, 'drill', named, seconds(), isAboutBackup ? (name ?? String(named.details.backup)) : undefined);
    throw named;
  }
}

/** `flashcase drill`. Throws `FC_BACKUP_BUSY` while a backup is made. */
export function drill(options: DrillOptions): Promise<DrillReport> {
  return withDirectory(options.backup.directory, () => runDrill(options));
}
