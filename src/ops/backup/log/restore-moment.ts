import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { removeDatabase, verifyCopy } from '../../../engine/sqlite/verified-copy.ts';
import { Timestamp } from '../../../schema/index.ts';
import { describeFile } from '../describe-file.ts';
import { damagedLog } from '../findings.ts';
import { isVouchedFor, type Manifest } from '../manifest.ts';
import { type BackupOptions, keyOf } from '../options.ts';
import { refuseNewer, unpackDatabase } from '../restore/unpack-database.ts';
import { chainFolder, type Head, SEEN_LATE_MICROS } from './chain.ts';
import { type LogPoint, UNKNOWN_FRAME } from './log-point.ts';
import { recordsAfter } from './records.ts';
import { type Base, basesFor, listChains, outsideWindows, type Window } from './windows.ts';

/** Where a restore to a moment stops. */
interface Stop {
  readonly seq: number;
  readonly frame: number;
  readonly pages: number;
}

/** A restore to a moment: which backup it begins with, and how far the log is applied. */
export interface MomentPlan {
  readonly moment: Timestamp;
  readonly window: Window;
  readonly base: Base;
  /** Absent where nothing was written between the backup and the moment. */
  readonly stop: Stop | undefined;
}

const recordsOf = (directory: string, { chain, keys, head }: Window, { log }: Base) =>
  recordsAfter(log.after, { folder: chainFolder(directory, chain.name), name: chain.name, keys }, head);

/** Tells of each commit behind the backup's record, in order, whether the backup has it nevertheless: it was made while the copy was begun. */
function overlapOf({ from, reach, at }: LogPoint) {
  const begun = (Timestamp.parse(at)?.micros ?? 0n) + SEEN_LATE_MICROS;
  const isNone = from.salt === reach.salt && from.frame >= reach.frame;
  // The log had just been started over: its end is not known, its time is.
  const isByTime = reach.salt === '' || reach.frame === UNKNOWN_FRAME;
  let wasThere = from.salt === reach.salt;
  return {
    has(salt: string, frame: number, micros: bigint): boolean {
      if (isNone) return false;
      if (isByTime) return micros <= begun;
      if (salt !== reach.salt) return !wasThere;
      wasThere = true;
      return frame <= reach.frame;
    },
    /** Whether a log that ends here has all the backup has. */
    isCovered({ position, completeTo }: Head): boolean {
      if (isNone) return true;
      if (isByTime) return (Timestamp.parse(completeTo)?.micros ?? 0n) > begun;
      return wasThere && (position.salt !== reach.salt || position.frame >= reach.frame);
    },
  };
}

/**
 * Reads the log from the backup to the moment: every byte of it is proved. @returns the last commit by then, `undefined` for none behind the backup, or `'too early'` where the backup has a commit dated later
 */
async function findStop(
  directory: string,
  window: Window,
  base: Base,
  { micros }: Timestamp,
): Promise<Stop | undefined | 'too early'> {
  const overlap = overlapOf(base.log);
  let inBackup = BigInt(base.log.from.micros);
  let stop: Stop | undefined;
  for (const { seq, salt, commits } of recordsOf(directory, window, base)) {
    await turn();
    for (const [frame, date, pages] of commits) {
      const at = BigInt(date);
      if (overlap.has(salt, frame, at)) inBackup = at;
      else if (at > micros) return inBackup > micros ? 'too early' : stop;
      if (inBackup > micros) return 'too early';
      stop = { seq, frame, pages };
    }
  }
  return overlap.isCovered(window.head) && inBackup <= micros ? stop : 'too early';
}

/**
 * Finds what a moment is restored from, and proves the log on the way to it. Nothing is written. Throws `FC_RESTORE_WINDOW` for a moment out of reach with the windows that there are, and `FC_BACKUP_DAMAGED`.
 */
export async function planMoment(moment: Timestamp, options: BackupOptions): Promise<MomentPlan> {
  const { backup, acceptsUnsealed = false, say } = options;
  const key = keyOf(options);
  const chains = listChains(backup.directory, key, acceptsUnsealed);
  say(`looking for ${moment.text.slice(0, 19)} UTC`);
  for (const { window, base } of basesFor(moment, chains)) {
    const stretch = window.undated.find(({ after, upTo }) => after < moment.text && moment.text < upTo);
    if (stretch !== undefined)
      throw outsideWindows(
        moment,
        chains,
        `when the changes between ${stretch.after} and ${stretch.upTo} were made nobody noted: their server was killed before it could. Those two moments can be restored: without these changes, and with all of them`,
      );
    if (!acceptsUnsealed && !isVouchedFor(base, key)) continue;
    const stop = await findStop(backup.directory, window, base, moment);
    if (stop !== 'too early') return { moment, window, base, stop };
  }
  throw outsideWindows(moment, chains, 'it lies within the making of the first backup of its log');
}

/** Writes the pages of a record's commits over those of the file. */
function applyRecord(
  handle: number,
  record: { first: number; pages: readonly number[]; pageBytes: number; images: Buffer },
  upTo: number,
): void {
  const { first, pages, pageBytes, images } = record;
  pages.forEach((page, i) => {
    if (first + i > upTo) return;
    const at = (page - 1) * pageBytes;
    // A disk that fills takes a part first.
    for (let done = 0; done < pageBytes; ) done += writeSync(handle, images, i * pageBytes + done, pageBytes - done, at + done);
  });
}

/** Pages of a file; 1 stands for 65536. */
function pageBytesOf(handle: number): number {
  const head = Buffer.alloc(2);
  readSync(handle, head, 0, 2, 16);
  const found = head.readUInt16BE(0);
  return found === 1 ? 65_536 : found;
}

async function apply(
  target: string,
  { window, base, stop }: MomentPlan,
  { backup: { directory }, say }: BackupOptions,
): Promise<void> {
  if (stop === undefined) return;
  say('applying the change log');
  const handle = openSync(target, 'r+');
  try {
    const pageBytes = pageBytesOf(handle);
    for (const record of recordsOf(directory, window, base)) {
      if (record.seq > stop.seq) break;
      if (record.pageBytes !== pageBytes)
        throw damagedLog('log_changed', window.chain.name, 'Its pages have another size than those of the backup.', directory);
      applyRecord(handle, record, record.seq === stop.seq ? stop.frame : Number.MAX_SAFE_INTEGER);
      await turn();
    }
    ftruncateSync(handle, stop.pages * pageBytes);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  // Its pages say that it has a log beside it; it has none.
  const db = new DatabaseSync(target);
  try {
    db.exec('PRAGMA journal_mode = DELETE');
  } finally {
    db.close();
  }
}

/**
 * Makes the database of a moment in a new file: the backup before it, proved, and every change that was committed by then. @returns what the file is, as the manifest of a backup made at that moment would say. Throws what
 * `unpackDatabase` throws; no file is left then.
 */
export async function unpackMoment(plan: MomentPlan, target: string, options: BackupOptions): Promise<Manifest> {
  const { moment, base } = plan;
  await unpackDatabase(base, target, options);
  try {
    await apply(target, plan, options);
    options.say('checking the restored database');
    verifyCopy(target);
    const { version: _, ...described } = await describeFile(target, options);
    const { revision: __, epoch: ___, move: ____, ...rest } = base;
    const made: Manifest = { ...rest, ...described, madeAt: moment.text };
    await refuseNewer(target, made, options);
    return made;
  } catch (error) {
    removeDatabase(target);
    throw error;
  }
}
