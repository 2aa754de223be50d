import { chmodSync, chownSync, existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { readGate } from '../../../db/gate.ts';
import { peerFileOf } from '../../../db/peer.ts';
import { SqliteConnection } from '../../../engine/sqlite/connection.ts';
import { refuseNetworkFileSystem } from '../../../engine/sqlite/file-checks.ts';
import { removeDatabase, timeInName } from '../../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { readMoveState } from '../../../move/state/sqlite-state.ts';
import { giveToOwnerOf, withDirectory } from '../backup-folder.ts';
import { makeBackup } from '../make-backup.ts';
import type { Manifest } from '../manifest.ts';
import { type BackupOptions, namingFullDisk } from '../options.ts';
import { record } from '../record.ts';
import { isDatabase, isTaken, putInNewPlace, putInPlaceOf, refuseOpen, refuseTaken } from './put-in-place.ts';
import { standAlone } from './stand-alone.ts';
import { unpackDatabase } from './unpack-database.ts';

export interface Restored {
  readonly backup: string;
  readonly file: string;
  /** The database that was in this place, with its log. */
  readonly aside: string | undefined;
  /** The backup that was made of it. */
  readonly restorePoint: string | undefined;
  /** True where the file stays in the move it is in; what comes next is the move's matter. */
  readonly isInMove: boolean;
}

/** What the live file says; nothing where it cannot be read, which is no reason against a restore. */
interface Live {
  /** False where there is no file, or one that is no database. */
  readonly isDatabase: boolean;
  readonly epoch: number;
  readonly runId: string | undefined;
}

async function lookAt(file: string): Promise<Live> {
  if (!isDatabase(file)) return { isDatabase: false, epoch: 0, runId: undefined };
  let connection: SqliteConnection | undefined;
  try {
    connection = new SqliteConnection({ file, readOnly: true, busyTimeoutMs: 2000, columnTypes: new Map() });
    const state = await readMoveState(connection);
    const gate = await readGate(connection).catch(() => undefined);
    return {
      isDatabase: true,
      epoch: gate?.epoch ?? 0,
      runId: state === undefined || state.phase === 'finished' ? undefined : state.runId,
    };
  } catch (error) {
    if (!(error instanceof FlashcaseError)) throw error;
    return { isDatabase: true, epoch: 0, runId: undefined };
  } finally {
    connection?.close();
  }
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
  return move !== undefined && (live.runId === move.runId || (live.epoch === 0 && existsSync(peerFileOf(file))));
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

const restoringOf = (file: string): string => `${file}.restoring`;

/**
 * Restores a backup into a new file. Nothing is overwritten. Throws `FC_RESTORE_TARGET` where something is, and what `unpackDatabase` throws.
 */
export async function restoreIntoNewFile(manifest: Manifest, file: string, options: BackupOptions): Promise<Restored> {
  refuseTaken(file);
  refuseNetworkFileSystem(file);
  return withDirectory(options.backup.directory, () =>
    orNothing(file, options, async (ready) => {
      await unpackDatabase(manifest, ready, options);
      await standAlone(ready, (manifest.epoch ?? 0) + 1, `restore of ${manifest.name}`, options);
      giveRights(ready, file);
      putInNewPlace(ready, file);
      recordRestored(manifest, options);
      return { backup: manifest.name, file, aside: undefined, restorePoint: undefined, isInMove: false };
    }),
  );
}

/**
 * Restores a backup in the place of the live SQLite file, which must be open nowhere. The backup is proved before anything else is touched; the old file keeps a name of its own;
 * when anything fails, everything is as it was. Throws `FC_DB_BUSY`, `FC_MOVE_UNDERWAY`, `FC_RESTORE_FAILED`, and what `unpackDatabase` throws.
 */
export async function restoreInPlace(
  manifest: Manifest,
  given: string,
  options: BackupOptions,
  { skipsRestorePoint }: { readonly skipsRestorePoint: boolean },
): Promise<Restored> {
  const file = existsSync(given) ? realpathSync(given) : given;
  refuseNetworkFileSystem(file);
  // Asked again when it is exchanged; now, because reading a large backup takes its time.
  refuseOpen(file);
  return withDirectory(options.backup.directory, () =>
    orNothing(file, options, async (ready) => {
      await unpackDatabase(manifest, ready, options);
      await options.onStep?.('unpacked');
      const live = await lookAt(file);
      const isInMove = staysInMove(manifest, live, file);
      const by = `restore of ${manifest.name}`;
      if (!isInMove) await standAlone(ready, Math.max(live.epoch, manifest.epoch ?? 0) + 1, by, options);
      giveRights(ready, file);
      const restorePoint = await restorePointOf(options, skipsRestorePoint || !live.isDatabase);
      const wasTaken = isTaken(file);
      const aside = `${file}.before-restore-${timeInName(options.clock.now())}`;
      if (wasTaken) await putInPlaceOf(ready, file, aside, (step) => void options.onStep?.(step));
      else putInNewPlace(ready, file);
      recordRestored(manifest, options);
      return { backup: manifest.name, file, aside: wasTaken ? aside : undefined, restorePoint, isInMove };
    }),
  );
}

/** What was unpacked goes when the restore fails. */
async function orNothing<T>(file: string, options: BackupOptions, work: (ready: string) => Promise<T>): Promise<T> {
  const ready = restoringOf(file);
  try {
    return await work(ready);
  } catch (error) {
    removeDatabase(ready);
    throw namingFullDisk(error, options.backup.directory);
  }
}

function recordRestored({ name }: Manifest, { backup, clock }: BackupOptions): void {
  try {
    record(backup.directory, { at: clock.now().text, kind: 'restore', backup: name, isGood: true });
  } catch {
    // The restore is done; a full disk of the backups is told by the next one.
  }
}
