import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { FlashcaseError } from '../../errors/index.ts';
import type { Timestamp } from '../../schema/index.ts';
import { translateSqliteError } from './errors.ts';
import { freeBytesIn } from './free-bytes.ts';

/** Pages a turn of the event loop: 4 MiB. */
const PAGES_A_STEP = 1024;

/** Makes what was done in a folder (names, renames) outlive a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** `2026-11-24 19:31:36.123456` as a part of a file name that sorts. */
export function timeInName(now: Timestamp): string {
  return `${now.text.replace(/[-:.]/g, '').replace(' ', 'T')}Z`;
}

/** The bytes of a database with the log that is not in it yet. */
export function sizeWithLog(file: string): number {
  return [file, `${file}-wal`].reduce((sum, name) => sum + (statSync(name, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Throws `FC_DB_DISK_FULL` where the disk of this folder has no room for so many bytes more. */
export function refuseWithoutSpace(folder: string, bytes: number, what: string, hint: string): void {
  const free = freeBytesIn(folder);
  // The database itself has to grow meanwhile.
  if (free === undefined || free >= bytes * 1.1 + 16_777_216) return;
  throw new FlashcaseError('FC_DB_DISK_FULL', {
    what: `${what} needs ${mebibytes(bytes)}, and the disk has ${mebibytes(free)} left. Nothing was changed.`,
    where: folder,
    hint,
    details: { neededBytes: bytes, freeBytes: free },
  });
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 1_048_576)} MiB`;

/**
 * Copies a database by SQLite's backup API, commits in its log included, page by page: row numbers stay, which `VACUUM INTO` would not
 * promise. The copy is proved (integrity check, the rows of every table) and synced with its folder before it gets its name, and has no
 * log beside it. One read transaction is held over it all, so that it is one moment of the file; whoever needs that to be the newest one
 * keeps writers out. Throws `FC_DB_CORRUPT`. Returns the copy's bytes.
 * @param onBegun called when that moment is settled
 */
export async function copyVerified(file: string, copy: string, onBegun: () => void = () => {}): Promise<number> {
  const partial = `${copy}.partial`;
  try {
    // Made with the database's own rights: for no moment may others read what they could not read there.
    closeSync(openSync(partial, 'w', statSync(file).mode & 0o777));
    const source = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
    let rows: Map<string, number>;
    try {
      source.exec('BEGIN');
      rows = countRows(source);
      onBegun();
      await backup(source, partial, { rate: PAGES_A_STEP });
      source.exec('ROLLBACK');
    } finally {
      source.close();
    }
    const made = new DatabaseSync(partial);
    try {
      made.exec('PRAGMA journal_mode = DELETE');
      refuseDamaged(made, file, rows);
    } finally {
      made.close();
    }
    const handle = openSync(partial, 'r+');
    fsyncSync(handle);
    closeSync(handle);
    renameSync(partial, copy);
    syncFolder(dirname(copy));
    return statSync(copy).size;
  } catch (error) {
    removePartial(copy);
    throw error instanceof FlashcaseError ? error : translateSqliteError(error, file);
  }
}

/** Removes a database file, if it is there, with the files SQLite keeps beside it. */
export function removeDatabase(file: string): void {
  for (const end of ['', '-journal', '-wal', '-shm']) rmSync(file + end, { force: true });
}

/** Removes what a killed run has left of a copy that never got its name. */
export function removePartial(copy: string): void {
  removeDatabase(`${copy}.partial`);
}

/** Proves that a copy is still whole. Throws `FC_DB_CORRUPT`. */
export function verifyCopy(copy: string): void {
  const database = new DatabaseSync(copy, { readOnly: true });
  try {
    refuseDamaged(database, copy);
  } finally {
    database.close();
  }
}

function refuseDamaged(copy: DatabaseSync, file: string, rows?: ReadonlyMap<string, number>): void {
  const verdict = String(copy.prepare('PRAGMA integrity_check').get()?.integrity_check);
  const found = rows === undefined ? undefined : countRows(copy);
  const wrong = [...(rows ?? [])].filter(([table, count]) => found?.get(table) !== count).map(([table]) => table);
  if (verdict === 'ok' && wrong.length === 0) return;
  throw new FlashcaseError('FC_DB_CORRUPT', {
    what: 'The copy is not right. Nothing was changed.',
    where: file,
    why: verdict === 'ok' ? `other numbers of rows in ${wrong.join(', ')}` : verdict,
    hint: 'Run flashcase db check; if the file itself is damaged, restore a backup.',
  });
}

/** How many rows each table of a file has. */
export function countRows(database: DatabaseSync): Map<string, number> {
  const tables = database
    .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')")
    .all() as { name: string }[];
  return new Map(
    tables.map(({ name }) => [
      name,
      Number(database.prepare(`SELECT count(*) AS n FROM "${name.replaceAll('"', '""')}"`).get()?.n),
    ]),
  );
}
