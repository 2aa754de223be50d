import { join } from 'node:path';
import type { Database } from '../../../db/database.ts';
import { randomInt } from '../../../db/random.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { upgrade } from '../../../revisions/run.ts';
import { Timestamp } from '../../../schema/index.ts';
import { newestBackup, newestListed, withDirectory } from '../backup-folder.ts';
import { planMoment, unpackMoment } from '../log/restore-moment.ts';
import { listChains } from '../log/windows.ts';
import { recordFailure } from '../make-backup.ts';
import { type Manifest, rowsOf } from '../manifest.ts';
import { type BackupOptions, keyOf, namingFullDisk } from '../options.ts';
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
  /** A moment that was restored from the change log as well, and its rows. */
  readonly moment?: { readonly at: string; readonly rows: number };
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

/** What lies so near the beginning of a window may be within the making of its backup. */
const MARGIN_SECONDS = 2;

/** A moment of the window the newest log has, drawn at random; `undefined` where there is no such window. Throws what is wrong with that log. */
function someMoment(options: BackupOptions): Timestamp | undefined {
  const [newest] = listChains(options.backup.directory, keyOf(options));
  if (newest?.error !== undefined) throw newest.error;
  const from = Timestamp.parse(newest?.window?.from ?? '')?.plusSeconds(MARGIN_SECONDS);
  const to = Timestamp.parse(newest?.window?.to ?? '');
  if (from === undefined || to === undefined || to.micros <= from.micros) return undefined;
  const moment = from.plusSeconds(randomInt(Number((to.micros - from.micros) / 1_000_000n) + 1));
  const stretch = newest?.window?.undated.find(({ after, upTo }) => after < moment.text && moment.text < upTo);
  // The end of one may lie behind what is complete so far.
  return stretch === undefined ? moment : Timestamp.parse(stretch.upTo <= to.text ? stretch.upTo : stretch.after);
}

/** Restores a moment from the change log and tries that out, too. */
async function tryMoment(options: DrillOptions): Promise<DrillReport['moment']> {
  const moment = someMoment(options);
  if (moment === undefined) return undefined;
  const plan = await planMoment(moment, options);
  return withScratch(options.backup, async (folder) => {
    const file = join(folder, 'restored.db');
    const made = await unpackMoment(plan, file, options);
    await tryOut(file, made, options);
    return { at: moment.text, rows: rowsOf(made) };
  });
}

/**
 * Restores the newest backup into a scratch place and tries it out: every byte, page, reference and row; today's schema; card states recomputed from the reviews; a login. Then a moment of the change log, in the same way. How it
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
    const moment = await tryMoment(options);
    const report = {
      backup: manifest.name,
      madeAt: manifest.madeAt,
      revision: manifest.revision,
      rows: rowsOf(manifest),
      ...tried,
      ...(moment === undefined ? {} : { moment }),
      seconds: seconds(),
    };
    record(directory, { at: clock.now().text, kind: 'drill', backup: manifest.name, isGood: true, seconds: report.seconds });
    return report;
  } catch (error) {
    const named = namingFullDisk(error, options);
    // A full disk or a missing key says nothing about the backup itself.
    const isAboutBackup =
      named instanceof FlashcaseError &&
      ['FC_BACKUP_DAMAGED', 'FC_DRILL_FAILED'].includes(named.code) &&
      named.details.log === undefined;
    recordFailure(options, 'drill', named, seconds(), isAboutBackup ? (name ?? String(named.details.backup)) : undefined);
    throw named;
  }
}

/** `flashcase drill`. Throws `FC_BACKUP_BUSY` while a backup is made. */
export function drill(options: DrillOptions): Promise<DrillReport> {
  return withDirectory(options.backup.directory, () => runDrill(options));
}
