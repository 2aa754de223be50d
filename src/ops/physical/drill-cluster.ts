import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { randomInt } from '../../db/random.ts';
import { refuseWithoutSpace } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { upgrade } from '../../revisions/run.ts';
import type { Timestamp } from '../../schema/index.ts';
import { takeLock } from '../backup/lock.ts';
import { recordFailure } from '../backup/make-backup.ts';
import { record } from '../backup/record.ts';
import { archiveNow } from './archive-now.ts';
import { checkCluster, refuseCoordinatorAlone } from './check-cluster.ts';
import { makePrivateFolder } from './pgbackrest-config.ts';
import { addressIn, type ClusterRestoreOptions, openReader, repositoryOwner, requireCurrent } from './restore-cluster.ts';
import { isEnding } from './run-program.ts';
import { serverPrograms, startScratch } from './scratch-cluster.ts';
import { physicalOf } from './setup.ts';
import { type PhysicalWindow, physicalWindows, reaching, setFor } from './windows.ts';

/** The folders in BACKUP_PHYSICAL drills work in. */
const SCRATCH = 'drill-';
const LOCK = '.drill-lock';

export interface ClusterDrillReport {
  readonly set: string;
  /** The moment that was restored, drawn at random. */
  readonly moment: string;
  readonly revision: string | undefined;
  readonly rows: number;
  readonly cardStates: { readonly total: number; readonly checked: number };
  readonly user: string;
  /** Whether the repository is encrypted: then it was opened with the key file alone. */
  readonly isEncrypted: boolean;
  readonly seconds: number;
}

const failed = (what: string, problems: readonly string[]): FlashcaseError =>
  new FlashcaseError('FC_DRILL_FAILED', {
    what: `${what} was restored for a trial from the physical backups, and is not right: ${problems.join('; ')}.`,
    hint: 'Look whether the serving database has the same trouble: flashcase db check. Then take a set (flashcase backup now --physical full), and try again: flashcase drill.',
    details: { problems },
  });

/** Ends the server that runs in a folder. A number that went to another process since is none of it: a server of PostgreSQL works in its data directory. */
async function endServerIn(dataDirectory: string): Promise<void> {
  const file = join(dataDirectory, 'postmaster.pid');
  const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN;
  const isThere = (): boolean => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDirectory);
    } catch {
      return false;
    }
  };
  if (!(pid > 1) || !isThere()) return;
  process.kill(pid, 'SIGQUIT');
  for (let looks = 0; looks < 100 && isThere(); looks++) await delay(50);
}

/** @returns how many there were */
async function removeLeft(directory: string): Promise<number> {
  const left = readdirSync(directory).filter((entry) => entry.startsWith(SCRATCH));
  for (const name of left) {
    await endServerIn(join(directory, name, 'data'));
    rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 3 });
  }
  return left.length;
}

/** Removes what killed drills left, with the server that may still run in it: the cluster lies there in plain. One that is at work keeps its own. @param directory of physical backups @returns how many there were */
export async function removeLeftDrills(directory: string): Promise<number> {
  if (!existsSync(directory) || !readdirSync(directory).some((entry) => entry.startsWith(SCRATCH))) return 0;
  const lock = takeLock(join(directory, LOCK));
  if (lock === undefined) return 0;
  try {
    return await removeLeft(directory);
  } finally {
    lock.close();
  }
}

/**
 * A moment of a window with something behind it in the archive to stop at: a piece is archived later than the last commit in it. `undefined` right after a set: the tool tells its end in whole seconds, and nothing may
 * have been committed behind that yet.
 */
function someMoment({ from, to }: PhysicalWindow, until: Timestamp): Timestamp | undefined {
  const micros = (until.isBefore(to) ? until : to).micros - from.micros;
  return micros < 0n ? undefined : from.plusMicros((BigInt(randomInt(1_000_000)) * micros) / 1_000_000n);
}

/**
 * Restores the cluster as of a random moment into a scratch folder, with nothing but the repository and the key file, starts it as a server that writes, brings it to today's schema and tries it out: every reference, card states
 * recomputed, a login. How it went is recorded. Nothing of it is left. Throws what is wrong.
 */
export async function drillCluster(options: ClusterRestoreOptions): Promise<ClusterDrillReport> {
  const { backup, clock, say, trial } = options;
  const started = performance.now();
  const seconds = (): number => Math.round(performance.now() - started) / 1000;
  try {
    const report = await runDrill(options);
    record(backup.directory, {
      at: clock.now().text,
      kind: 'physical-drill',
      backup: report.set,
      isGood: true,
      seconds: seconds(),
    });
    return { ...report, seconds: seconds() };
  } catch (error) {
    if (!isEnding()) recordFailure(options, 'physical-drill', error, seconds());
    throw error;
  }

  async function runDrill(given: ClusterRestoreOptions): Promise<Omit<ClusterDrillReport, 'seconds'>> {
    const settings = physicalOf(given);
    const owner = repositoryOwner(given);
    makePrivateFolder(settings.directory, owner);
    const lock = takeLock(join(settings.directory, LOCK));
    if (lock === undefined)
      throw new FlashcaseError('FC_BACKUP_BUSY', {
        what: 'Another process tries the physical backups out.',
        where: settings.directory,
        hint: 'Wait until it is done, then run the same command again.',
      });
    // What a killed one left: the cluster lies in it in plain.
    await removeLeft(settings.directory);
    const scratch = mkdtempSync(join(settings.directory, SCRATCH));
    try {
      if (owner !== undefined) chownSync(scratch, owner.uid, owner.gid);
      // The configuration is made anew: what the server's own has in it beside the key file is no part of what must be kept.
      const tool = await openReader(given, owner, join(scratch, 'pgbackrest.conf'), join(scratch, 'tool'));
      const now = await archiveNow(given);
      if (now.until === undefined) say(`${now.why}; what is archived has to do`);
      const inventory = await tool.inventory();
      const until = now.until !== undefined && now.systemId === inventory.cluster?.systemId ? now.until : undefined;
      const windows = reaching(physicalWindows(inventory), until);
      const [newest] = windows;
      if (newest === undefined)
        throw new FlashcaseError('FC_BACKUP_NOT_FOUND', {
          what: 'There is no physical backup with its log to try out.',
          hint: 'Take one: flashcase backup now --physical.',
        });
      requireCurrent(newest, inventory);
      const moment = until === undefined ? undefined : someMoment(newest, until);
      const set = moment === undefined ? newest.sets.at(-1) : setFor(moment, [newest]).set;
      if (set === undefined) throw new Error('a window without a set');
      const major = inventory.cluster?.major ?? 0;
      const bin = await serverPrograms(major, settings.postgresBin);
      refuseWithoutSpace(
        scratch,
        set.clusterBytes,
        'A drill of the physical backups',
        'Make room there, or set BACKUP_PHYSICAL to another disk.',
      );
      const into = join(scratch, 'data');
      mkdirSync(into, { mode: 0o700 });
      if (owner !== undefined) chownSync(into, owner.uid, owner.gid);
      say(`restoring ${set.label}${moment === undefined ? '' : ` as of ${moment.text.slice(0, 19)} UTC`}`);
      await tool.restore({
        into,
        set: set.label,
        target: moment === undefined ? 'end' : { at: moment },
        timeline: newest.timeline,
        finalFolder: into,
        tablespaces: join(scratch, 'tablespaces'),
        keepsArchiving: false,
      });
      say('replaying the log');
      const cluster = await startScratch({
        dataDirectory: into,
        bin,
        as: owner,
        fetchCommand: tool.fetchCommand(into),
        until: 'promote',
        ...addressIn(given),
      });
      try {
        const database = trial.openAt(cluster.url);
        try {
          // Before `upgrade`, which would refuse it with the words for a database that serves.
          await refuseCoordinatorAlone(database);
          await upgrade({ engine: database.engine, revisions: given.project.revisions, clock });
          const found = await checkCluster(database, trial, given);
          const what = `The moment ${moment?.text ?? cluster.reached ?? 'at the end of the log'}`;
          if (found.problems.length > 0) throw failed(what, found.problems);
          say('logging in');
          const user = await trial.logIn(database).catch((error: unknown) => {
            throw failed(what, [`nobody can log in: ${error instanceof Error ? error.message : String(error)}`]);
          });
          return {
            set: set.label,
            moment: moment?.text ?? cluster.reached ?? newest.to.text,
            revision: found.revision,
            rows: found.rows,
            cardStates: found.cardStates,
            user,
            isEncrypted: backup.keyFile !== undefined,
          };
        } finally {
          await database.close();
        }
      } finally {
        await cluster.stop();
      }
    } finally {
      rmSync(scratch, { recursive: true, force: true });
      lock.close();
    }
  }
}
