import { chmodSync, chownSync, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { readGate } from '../../../db/gate.ts';
import { peerFileOf } from '../../../db/peer.ts';
import type { Engine } from '../../../engine/engine.ts';
import { capabilities } from '../../../engine/sqlite/capabilities.ts';
import { SqliteConnection } from '../../../engine/sqlite/connection.ts';
import { ddl } from '../../../engine/sqlite/ddl.ts';
import { refuseNetworkFileSystem } from '../../../engine/sqlite/file-checks.ts';
import { removeDatabase, timeInName } from '../../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { readMoveState } from '../../../move/state/sqlite-state.ts';
import { hasTable } from '../../../revisions/ledger.ts';
import { giveToOwnerOf, withDirectory } from '../backup-folder.ts';
import { makeBackup } from '../make-backup.ts';
import { type Manifest, rowsOf } from '../manifest.ts';
import { type BackupOptions, namingFullDisk } from '../options.ts';
import { record } from '../record.ts';
import { isThere, removePlan, restoringOf } from './exchange-plan.ts';
import { holdPlace } from './hold-place.ts';
import { isDatabase, isTaken, putInNewPlace, putInPlaceOf, refuseOpen, refuseTaken } from './put-in-place.ts';
import { realFile, settleHeld } from './settle-restore.ts';
import { refuseOtherRows, standAlone } from './stand-alone.ts';
import { type Unpack, unpackDatabase } from './unpack-database.ts';

export interface Restored {
  readonly backup: string;
  readonly rows: number;
  readonly file: string;
  /** The database that was in this place, with its log. */
  readonly aside: string | undefined;
  /** The backup that was made of it. */
  readonly restorePoint: string | undefined;
  /** True where the file stays in the move it is in; what comes next is the move's matter. */
  readonly isInMove: boolean;
}

/** What is in the place of the restore. */
interface Live {
  /** `nothing`, or what is no database, has no move and no epoch; of what cannot be read nobody knows. */
  readonly kind: 'nothing' | 'no database' | 'database' | 'unreadable';
  readonly epoch: number;
  readonly runId: string | undefined;
}

/** What a restore in the place of the live file is told. */
export interface InPlace {
  readonly skipsRestorePoint: boolean;
  /** Goes on although what is there cannot be read: somebody has said that it may go. */
  readonly acceptsUnreadable?: boolean;
}

/** Reads the move and the epoch of the live file. Throws what keeps it from being read. */
async function readLive(file: string): Promise<Live> {
  if (!isThere(file)) return { kind: 'nothing', epoch: 0, runId: undefined };
  if (!isDatabase(file)) return { kind: 'no database', epoch: 0, runId: undefined };
  const connection = new SqliteConnection({ file, readOnly: true, busyTimeoutMs: 2000, columnTypes: new Map() });
  try {
    const state = await readMoveState(connection);
    const hasGate = await hasTable(connection, { capabilities, ddl } as Engine, 'write_gate');
    return {
      kind: 'database',
      epoch: hasGate ? ((await readGate(connection))?.epoch ?? 0) : 0,
      runId: state === undefined || state.phase === 'finished' ? undefined : state.runId,
    };
  } finally {
    connection.close();
  }
}

/**
 * Looks at what is in the place of the restore. A lost or damaged database is what backups are for; but whether it is in a live move must be known, or somebody must say that it does not matter.
 * Throws `FC_DB_BUSY`, `FC_RESTORE_TARGET` for what cannot be read, and `FC_MOVE_UNDERWAY` where beside what tells nothing lies the file of a move.
 */
async function lookAt(file: string, acceptsUnreadable: boolean): Promise<Live> {
  let live: Live;
  try {
    live = await readLive(file);
  } catch (cause) {
    if (cause instanceof FlashcaseError && cause.code === 'FC_DB_BUSY') throw cause;
    if (!acceptsUnreadable)
      throw new FlashcaseError('FC_RESTORE_TARGET', {
        what: 'What is in the place of the restore cannot be read, so nobody knows whether it is in a live move. Nothing was changed.',
        where: file,
        why: `${(cause as Error).message}${cause instanceof FlashcaseError && cause.why !== undefined ? ` ${cause.why}` : ''}`,
        hint: 'Correct the cause. If the file is lost, say so: --accept-unreadable; it keeps a name of its own. Or restore into a new place: --into FILE.',
        cause,
      });
    live = { kind: 'unreadable', epoch: 0, runId: undefined };
  }
  if (live.kind !== 'database' && !acceptsUnreadable && isThere(peerFileOf(file)))
    throw new FlashcaseError('FC_MOVE_UNDERWAY', {
      what: 'The database is in a live move, as the file beside it says, and cannot be asked how far that is. Nothing was changed.',
      where: peerFileOf(file),
      why: live.kind === 'nothing' ? 'The database itself is not there.' : 'What is there is no database.',
      hint: 'Does the other side have the data? flashcase move status. If not, say so: --accept-unreadable. Or restore into a new place: --into FILE.',
    });
  return live;
}

/** Whether the restored file goes on in the move that the live one is in. Throws `FC_MOVE_UNDERWAY` where it cannot. */
function staysInMove({ name, move }: Manifest, live: Live, file: string): boolean {
  if (live.runId !== undefined && move?.runId !== live.runId)
    throw new FlashcaseError('FC_MOVE_UNDERWAY', {
      what: `The database is in the live move ${live.runId}; the backup ${name} was made ${move === undefined ? 'outside of it' : 'in another one'}.`,
      where: file,
      hint: 'End the move first: flashcase move abort. Or restore into a new place: --into FILE.',
    });
  // Of a live file that cannot be read any more the peer file says that it is in a move.
  return move !== undefined && (live.runId === move.runId || (live.kind !== 'database' && isThere(peerFileOf(file))));
}

async function restorePointOf(options: BackupOptions, isSkipped: boolean): Promise<string | undefined> {
  if (isSkipped) return undefined;
  options.say('making a restore point of what is there now');
  try {
    return (await makeBackup(options, true)).name;
  } catch (error) {
    // A restore needs no healthy database; the file itself is kept in any case.
    if (!(error instanceof FlashcaseError)) throw error;
    options.say(`no restore point could be made (${error.code}: ${error.message}); the file itself is kept`);
    return undefined;
  }
}

/** The rights and the owner of the file it replaces, or those of its folder. */
function giveRights(ready: string, file: string): void {
  if (!existsSync(file)) {
    giveToOwnerOf(dirname(ready), ready);
    return;
  }
  const { mode, uid, gid } = statSync(file);
  chmodSync(ready, mode & 0o777);
  if (process.getuid?.() === 0) chownSync(ready, uid, gid);
}

/**
 * Restores a backup into a new file. Nothing is overwritten. What `unpack` makes of it is restored: the backup itself, or the moment behind it. Throws `FC_RESTORE_TARGET` where something is, and what `unpackDatabase` throws.
 */
export async function restoreIntoNewFile(
  given: Manifest,
  file: string,
  options: BackupOptions,
  unpack: Unpack = unpackDatabase,
): Promise<Restored> {
  refuseTaken(file);
  refuseNetworkFileSystem(file);
  return withPlace(file, options, () =>
    orNothing(file, options, async (ready) => {
      const manifest = await unpack(given, ready, options);
      await standAlone(ready, (manifest.epoch ?? 0) + 1, `restore of ${manifest.name}`, options);
      refuseOtherRows(ready, manifest, options);
      giveRights(ready, file);
      putInNewPlace(ready, file);
      recordRestored(manifest, options);
      return { backup: manifest.name, rows: rowsOf(manifest), file, aside: undefined, restorePoint: undefined, isInMove: false };
    }),
  );
}

/** The database behind every link. Throws `FC_RESTORE_TARGET` where a link leads to nothing (a disk that is not mounted, for example), or nobody can tell. */
function placeOf(given: string): string {
  try {
    return realFile(given);
  } catch (cause) {
    throw new FlashcaseError('FC_RESTORE_TARGET', {
      what: 'The place of the restore cannot be reached. Nothing was changed.',
      where: given,
      why: (cause as Error).message,
      hint: 'Mount the disk it is on, or correct the link or the rights of its folder.',
      cause,
    });
  }
}

/**
 * Restores a backup in the place of the live SQLite file, which must be open nowhere. The backup is proved before anything else is touched; the old file keeps a name of its own;
 * when anything fails, everything is as it was; killed anywhere, the next restore or start brings it to an end. Throws `FC_BACKUP_BUSY`, `FC_DB_BUSY`, `FC_MOVE_UNDERWAY`, `FC_RESTORE_TARGET`, `FC_RESTORE_FAILED`, and
 * what `unpackDatabase` throws.
 */
export async function restoreInPlace(
  wanted: Manifest,
  given: string,
  options: BackupOptions,
  { skipsRestorePoint, acceptsUnreadable = false }: InPlace,
  unpack: Unpack = unpackDatabase,
): Promise<Restored> {
  const file = placeOf(given);
  refuseNetworkFileSystem(file);
  // Asked again when it is exchanged; now, because reading a large backup takes its time.
  refuseOpen(file);
  return withPlace(file, options, async () => {
    settleHeld(file, options.say);
    return orNothing(file, options, async (ready) => {
      const manifest = await unpack(wanted, ready, options);
      await options.onStep?.('unpacked');
      const live = await lookAt(file, acceptsUnreadable);
      const isInMove = staysInMove(manifest, live, file);
      const by = `restore of ${manifest.name}`;
      if (!isInMove) await standAlone(ready, Math.max(live.epoch, manifest.epoch ?? 0) + 1, by, options);
      giveRights(ready, file);
      await options.onStep?.('made ready');
      const hasNone = live.kind === 'nothing' || live.kind === 'no database';
      const restorePoint = await restorePointOf(options, skipsRestorePoint || hasNone);
      refuseOtherRows(ready, manifest, options);
      const wasTaken = isTaken(file);
      const plan = { backup: manifest.name, aside: `${file}.before-restore-${timeInName(options.clock.now())}` };
      if (wasTaken) await putInPlaceOf(ready, file, plan, acceptsUnreadable, (step) => void options.onStep?.(step));
      else putInNewPlace(ready, file);
      recordRestored(manifest, options);
      removePlan(file);
      await options.onStep?.('recorded');
      return {
        backup: manifest.name,
        rows: rowsOf(manifest),
        file,
        aside: wasTaken ? plan.aside : undefined,
        restorePoint,
        isInMove,
      };
    });
  });
}

/** Holds the backups, and the place: another restore into it may be of another directory. */
const withPlace = <T>(file: string, { backup }: BackupOptions, work: () => Promise<T>): Promise<T> =>
  withDirectory(backup.directory, () => holdPlace(file, work));

/** What was unpacked goes when the restore fails. */
async function orNothing<T>(file: string, options: BackupOptions, work: (ready: string) => Promise<T>): Promise<T> {
  const ready = restoringOf(file);
  try {
    return await work(ready);
  } catch (error) {
    removeDatabase(ready);
    throw namingFullDisk(error, options);
  }
}

function recordRestored({ name }: Manifest, { backup, clock }: BackupOptions): void {
  try {
    record(backup.directory, { at: clock.now().text, kind: 'restore', backup: name, isGood: true });
  } catch {
    // The restore is done; a full disk of the backups is told by the next one.
  }
}
