import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { SqliteConnection } from '../../engine/sqlite/connection.ts';
import { translateSqliteError } from '../../engine/sqlite/errors.ts';
import { freeBytesIn } from '../../engine/sqlite/free-bytes.ts';
import { FlashcaseError } from '../../errors/index.ts';

/** Pages copied between two reports of progress: 64 MB of 4 KB pages. */
const PAGES_A_STEP = 16_384;

export interface Snapshot {
  readonly file: string;
  readonly bytes: number;
  /** Size of the write-ahead log whose commits the copy includes. */
  readonly walBytes: number;
}

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** SHA-256 of a file's bytes. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Opens the source for reading only. Throws `FC_MOVE_SOURCE_UNFIT` when it is not there, and names the file in every other error. */
export function openSource(file: string): DatabaseSync {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
      what: 'There is no SQLite database to move.',
      where: file,
      hint: 'Set DATABASE_URL to the file (sqlite:////path/to/flashcase.db).',
    });
  }
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 30_000 });
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch (error) {
    throw translateSqliteError(error, file);
  }
}

function refuseWithoutSpace(sourceFile: string, folder: string, needed: number): void {
  const free = freeBytesIn(folder);
  if (free === undefined || free >= needed) return;
  throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
    what: `The copy of the source needs ${needed} bytes, but the disk of the working folder has ${free} free.`,
    where: `${sourceFile} → ${folder}`,
    hint: 'Free space there, or name another folder with --work-dir.',
    details: { neededBytes: needed, freeBytes: free },
  });
}

/**
 * Copies the source by SQLite's backup API, commits still in its write-ahead log included (facts T-39), while others may read and write it:
 * one read transaction is held over the whole copy, so that it is one moment and no writer makes it start again (T-45).
 * The copy is left without a log, so that its pages can be read directly. The source is not written.
 * @param prepare changes the copy before anybody reads it.
 * @param onProgress bytes copied so far and in all.
 */
export async function takeSnapshot(
  sourceFile: string,
  file: string,
  prepare: (copy: SqliteConnection) => Promise<void>,
  onProgress: (bytes: number, total: number) => void,
): Promise<Snapshot> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const walBytes = sizeOf(`${sourceFile}-wal`);
  refuseWithoutSpace(sourceFile, dirname(file), sizeOf(sourceFile) + walBytes);
  const partial = `${file}.partial`;
  for (const old of [file, partial, `${partial}-wal`, `${partial}-shm`, `${partial}-journal`]) rmSync(old, { force: true });
  const source = openSource(sourceFile);
  try {
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    const pageBytes = Number(source.prepare('PRAGMA page_size').get()?.page_size);
    await backup(source, partial, {
      rate: PAGES_A_STEP,
      progress: ({ totalPages, remainingPages }) => onProgress((totalPages - remainingPages) * pageBytes, totalPages * pageBytes),
    });
    source.exec('ROLLBACK');
  } catch (error) {
    rmSync(partial, { force: true });
    throw translateSqliteError(error, sourceFile);
  } finally {
    source.close();
  }
  // Not opened as an engine, which would give it a log again.
  const copy = new SqliteConnection({ file: partial, readOnly: false, busyTimeoutMs: 0, columnTypes: new Map() });
  try {
    copy.raw.exec('PRAGMA foreign_keys = OFF; PRAGMA journal_mode = DELETE');
    await prepare(copy);
  } catch (error) {
    throw translateSqliteError(error, sourceFile);
  } finally {
    copy.close();
  }
  renameSync(partial, file);
  return { file, bytes: sizeOf(file), walBytes };
}

/** The working folder of moves of this source: beside it, so that it is on a disk that can hold it. */
export function workFolderOf(sourceFile: string): string {
  return `${sourceFile}.move`;
}

export function snapshotFile(workFolder: string): string {
  return join(workFolder, 'snapshot.db');
}

/** Removes a working folder nothing is left in. It may be a folder of the operator's, so nothing else is ever removed with it. */
export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EEXIST') throw error;
  }
}
