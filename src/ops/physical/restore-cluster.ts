import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { refuseWithoutSpace, syncFolder, timeInName } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Timestamp } from '../../schema/index.ts';
import { type BackupOptions, keyOf } from '../backup/options.ts';
import { record } from '../backup/record.ts';
import { archiveNow } from './archive-now.ts';
import { type ClusterFound, type ClusterTrial, checkCluster } from './check-cluster.ts';
import { openPgbackrest } from './pgbackrest.ts';
import { clusterFolder, configText, makePrivateFolder, readerFile, writePrivateFile } from './pgbackrest-config.ts';
import type { Inventory, PhysicalBackup, PhysicalSet, RecoveryTarget } from './physical-backup.ts';
import { type Identity, identityOf } from './run-program.ts';
import { serverPrograms, startScratch, TargetNotReached } from './scratch-cluster.ts';
import { physicalOf } from './setup.ts';
import { currentTimeline, outsidePhysicalWindows, type PhysicalWindow, physicalWindows, reaching, setFor } from './windows.ts';

const RESTORING = '.restoring-';
const ASIDE = '.before-restore-';
const NOT_RIGHT = '.not-right-';

export interface ClusterRestoreOptions extends BackupOptions {
  readonly trial: ClusterTrial;
}

/** A cluster that was restored; no server runs in it. */
export interface RestoredCluster extends ClusterFound {
  readonly folder: string;
  readonly set: string;
  /** The moment that was asked for; absent for the end of the log. */
  readonly to: string | undefined;
  /** The last commit in it, UTC. */
  readonly reached: string | undefined;
  /** What was in the place of the folder. */
  readonly aside: string | undefined;
  /** Whether it archives again once a server is started in it: only in the folder physical backups are set up for. */
  readonly isArchiving: boolean;
  /** Whether the folder has a postgresql.conf; Debian's clusters have theirs elsewhere. */
  readonly hasSettings: boolean;
  /** The folder of `pg_ctl` and `postgres`. */
  readonly bin: string;
  readonly seconds: number;
}

const refused = (folder: string, what: string, hint: string): FlashcaseError =>
  new FlashcaseError('FC_RESTORE_TARGET', { what, where: folder, hint });

/** Whether a server runs in a folder, by the process its lock file names. */
function runningIn(folder: string): number | undefined {
  const file = join(folder, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number.parseInt(readFileSync(file, 'latin1'), 10);
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined;
  }
}

/** What is in the place now. Throws `FC_RESTORE_TARGET` where it may not be taken. */
export function lookAtPlace(folder: string): 'nothing' | 'empty' | 'cluster' {
  if (!existsSync(folder)) return 'nothing';
  if (!statSync(folder).isDirectory())
    throw refused(folder, 'There is a file of that name.', 'Name another place: --into cluster:FOLDER.');
  if (readdirSync(folder).length === 0) return 'empty';
  if (!existsSync(join(folder, 'PG_VERSION')))
    throw refused(folder, 'What is in the folder is no cluster of PostgreSQL.', 'Name another place: --into cluster:FOLDER.');
  const pid = runningIn(folder);
  if (pid === undefined) return 'cluster';
  throw refused(
    folder,
    `A server runs in the folder (process ${pid}).`,
    'Stop it first (systemctl stop postgresql, or pg_ctl stop), or name a new folder to look at: --into cluster:FOLDER.',
  );
}

/** Whom a restored cluster belongs to: whom the one in its place does, or else the repository. */
function ownerOf(folder: string, options: BackupOptions): Identity | undefined {
  const { repository, directory } = physicalOf(options);
  const known = [folder, ...(repository.kind === 'folder' ? [repository.path] : []), directory, dirname(folder)];
  for (const path of known) {
    const owner = existsSync(path) ? identityOf(path) : undefined;
    if (owner !== undefined) return owner;
  }
  return undefined;
}

/** The tool, for what needs the repository and its key only: the running server may be gone, and its configuration with it. */
export async function openReader(
  options: BackupOptions,
  owner: Identity | undefined,
  config = readerFile(physicalOf(options)),
  folder = physicalOf(options).directory,
): Promise<PhysicalBackup> {
  const tool = await openPgbackrest({ config, as: owner });
  makePrivateFolder(folder, owner);
  for (const name of ['log', 'lock', 'spool']) makePrivateFolder(join(folder, name), owner);
  const text = configText(physicalOf(options), keyOf(options), folder);
  if (!existsSync(config) || readFileSync(config, 'utf8') !== text) writePrivateFile(config, text, owner);
  return tool;
}

/** The owner of the repository, for looking at it. */
export const repositoryOwner = (options: BackupOptions): Identity | undefined => ownerOf(physicalOf(options).directory, options);

/** What is restored from what. */
interface Plan {
  readonly inventory: Inventory;
  readonly windows: readonly PhysicalWindow[];
  /** The one that is restored along. */
  readonly window: PhysicalWindow;
  readonly set: PhysicalSet;
  readonly target: RecoveryTarget;
}

/** Refuses the end of the log where that of the timeline that serves is out of reach: the end of an earlier one is something else. Throws `FC_RESTORE_WINDOW`. */
export function requireCurrent({ isCurrent }: PhysicalWindow, inventory: Inventory): void {
  if (isCurrent) return;
  throw new FlashcaseError('FC_RESTORE_WINDOW', {
    what: 'The end of the log cannot be restored.',
    why: `timeline ${currentTimeline(inventory)} was begun by an earlier restore, and no set with its log reaches it yet.`,
    hint: 'Take one where PostgreSQL runs: flashcase backup now --physical full. Or name a moment: flashcase backup list shows the windows.',
  });
}

async function planRestore(wanted: Timestamp | 'latest', tool: PhysicalBackup, options: BackupOptions): Promise<Plan> {
  const now = await archiveNow(options);
  if (now.until === undefined) options.say(`${now.why}; what is archived has to do`);
  const inventory = await tool.inventory();
  const until = now.until !== undefined && now.systemId === inventory.cluster?.systemId ? now.until : undefined;
  const windows = reaching(physicalWindows(inventory), until);
  const [newest] = windows;
  if (wanted !== 'latest') return { inventory, windows, ...setFor(wanted, windows), target: { at: wanted } };
  const set = newest?.sets.at(-1);
  if (newest === undefined || set === undefined)
    throw new FlashcaseError('FC_BACKUP_NOT_FOUND', {
      what: 'There is no physical backup with its log here.',
      hint: 'Make one: flashcase backup now --physical. Or correct BACKUP_PHYSICAL_REPOSITORY.',
    });
  requireCurrent(newest, inventory);
  if (until !== undefined && !until.isBefore(set.stoppedAt.plusSeconds(1)))
    return { inventory, windows, window: newest, set, target: { at: until } };
  return { inventory, windows, window: newest, set, target: 'end' };
}

export const addressIn = (options: BackupOptions): { user: string; database: string } => {
  const url = new URL((options.database as { readonly url: string }).url);
  return { user: decodeURIComponent(url.username) || 'postgres', database: decodeURIComponent(url.pathname.slice(1)) };
};

/** What was restored has something wrong in it: kept under a name that says so, because it may be the best there is. */
function keepAside(restored: string, folder: string, name: string, problems: readonly string[]): FlashcaseError {
  const kept = `${folder}${NOT_RIGHT}${name}`;
  renameSync(restored, kept);
  syncFolder(dirname(folder));
  return new FlashcaseError('FC_RESTORE_FAILED', {
    what: `What was restored is not right: ${problems.join('; ')}. The place it was for was not touched.`,
    where: kept,
    hint: 'Restore an earlier moment, or look whether the serving database has the same trouble: flashcase db check. What was restored lies there for you to look at; remove it when you need it no more.',
    details: { problems, kept },
  });
}

/** Starts the restored cluster for a look, without a write, and leaves it so that its own server goes on to the target and serves. */
async function tryRestored(
  {
    dataDirectory,
    bin,
    as,
    plan,
    tool,
  }: { dataDirectory: string; bin: string; as: Identity | undefined; plan: Plan; tool: PhysicalBackup },
  options: ClusterRestoreOptions,
): Promise<ClusterFound & { reached: string | undefined }> {
  const { target, windows, window } = plan;
  options.say('replaying the log');
  try {
    const cluster = await startScratch({
      dataDirectory,
      bin,
      as,
      fetchCommand: tool.fetchCommand(dataDirectory),
      until: target === 'end' ? 'follow' : 'pause',
      lastLog: window.lastLog,
      ...addressIn(options),
    });
    try {
      const database = options.trial.openAt(cluster.url);
      try {
        return { ...(await checkCluster(database, options.trial, options)), reached: cluster.reached };
      } finally {
        await database.close();
      }
    } finally {
      await cluster.stop();
    }
  } catch (error) {
    if (!(error instanceof TargetNotReached) || target === 'end') throw error;
    throw outsidePhysicalWindows(
      target.at,
      windows,
      `the archived log has no commit behind it, so nobody knows what was committed by then${error.last === undefined ? '' : ` (its last one is of ${error.last.slice(0, 23)} UTC)`}`,
    );
  }
}

/** Puts a restored folder in its place; what was there keeps a name of its own. */
function putInPlace(restored: string, folder: string, place: ReturnType<typeof lookAtPlace>, name: string): string | undefined {
  const aside = place === 'cluster' ? `${folder}${ASIDE}${name}` : undefined;
  if (place === 'empty') rmdirSync(folder);
  if (aside !== undefined) {
    // Started meanwhile, it would be moved under its own feet.
    lookAtPlace(folder);
    renameSync(folder, aside);
  }
  renameSync(restored, folder);
  syncFolder(dirname(folder));
  return aside;
}

/** What restores that were killed left beside the place. */
const leftBeside = (folder: string): string[] =>
  existsSync(dirname(folder))
    ? readdirSync(dirname(folder)).filter((name) => name.startsWith(`${basename(folder)}${RESTORING}`))
    : [];

/**
 * Restores the whole cluster as of a moment, or with everything that is archived, into a folder in which no server runs. It is made beside, recovered, and looked at from end to end without a write; only then it takes the place, and what
 * was there keeps a name of its own. Throws `FC_RESTORE_WINDOW` with the windows for a moment out of reach, `FC_RESTORE_TARGET`, and `FC_RESTORE_FAILED`; nothing is left then.
 */
export async function restoreCluster(
  wanted: Timestamp | 'latest',
  into: string,
  options: ClusterRestoreOptions,
): Promise<RestoredCluster> {
  const started = performance.now();
  const settings = physicalOf(options);
  const folder = existsSync(into) ? realpathSync(into) : into;
  const place = lookAtPlace(folder);
  const owner = ownerOf(folder, options);
  const isOwn = folder === clusterFolder(settings);
  for (const name of leftBeside(folder))
    options.say(
      `${join(dirname(folder), name)} was left by a restore that was killed, or is being made; remove it when none runs`,
    );
  const tool = await openReader(options, owner);
  options.say('looking for the moment');
  const plan = await planRestore(wanted, tool, options);
  const { cluster } = plan.inventory;
  const bin = await serverPrograms(cluster?.major ?? 0, settings.postgresBin);
  tool.requireServes(cluster?.major ?? 0);
  refuseWithoutSpace(dirname(folder), plan.set.clusterBytes, 'The restored cluster', 'Make room there, or name another place.');
  const name = timeInName(options.clock.now());
  const restored = `${folder}${RESTORING}${name}`;
  const tablespaces = `${folder}.tablespaces-${name}`;
  mkdirSync(restored, { mode: 0o700 });
  try {
    if (owner !== undefined) chownSync(restored, owner.uid, owner.gid);
    options.say(`restoring ${plan.set.label}`);
    await tool.restore({
      into: restored,
      set: plan.set.label,
      target: plan.target,
      timeline: plan.window.timeline,
      finalFolder: folder,
      tablespaces,
      keepsArchiving: isOwn,
    });
    const found = await tryRestored({ dataDirectory: restored, bin, as: owner, plan, tool }, options);
    if (found.problems.length > 0) throw keepAside(restored, folder, name, found.problems);
    const aside = putInPlace(restored, folder, place, name);
    record(options.backup.directory, { at: options.clock.now().text, kind: 'restore', backup: plan.set.label, isGood: true });
    return {
      ...found,
      folder,
      set: plan.set.label,
      to: plan.target === 'end' ? undefined : plan.target.at.text,
      aside,
      isArchiving: isOwn,
      hasSettings: existsSync(join(folder, 'postgresql.conf')),
      bin,
      seconds: Math.round(performance.now() - started) / 1000,
    };
  } catch (error) {
    // Where what was restored is kept aside, its tablespaces are a part of it; once it has its place, too.
    if (existsSync(restored)) for (const left of [restored, tablespaces]) rmSync(left, { recursive: true, force: true });
    throw error;
  }
}
