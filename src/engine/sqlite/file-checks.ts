import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { FlashcaseError } from '../../errors/index.ts';
import type { SqliteConnection } from './connection.ts';

/** 3.51.3 fixed a race that could corrupt the file when the WAL was reset (facts operations 1.2). */
export const SQLITE_FLOOR = '3.51.3';

/** Linux `statfs` types whose locks cannot be trusted between machines: NFS, SMB, CIFS, AFS, 9p, Ceph. */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x5346414f, 'AFS'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
]);

/** Names the network file system of this `statfs` type, or `undefined` for a local one. */
export function networkFileSystem(type: number): string | undefined {
  return NETWORK_FILE_SYSTEMS.get(type >>> 0);
}

/** Refuses a folder on a network file system: two machines would not see each other's locks. */
export function refuseNetworkFileSystem(file: string): void {
  let kind: string | undefined;
  try {
    kind = networkFileSystem(statfsSync(dirname(file)).type);
  } catch (cause) {
    throw new FlashcaseError('FC_DB_UNREACHABLE', {
      what: 'The folder of the database file cannot be read.',
      where: file,
      why: (cause as Error).message,
      hint: 'Make the folder, correct its rights, or correct DATABASE_URL.',
      cause,
    });
  }
  if (kind === undefined) return;
  throw new FlashcaseError('FC_DB_NETWORK_FILE_SYSTEM', {
    what: `The database file lies on ${kind}, where SQLite's locks and syncs cannot be trusted.`,
    where: file,
    hint: 'Put the file on a local disk, or set DATABASE_URL to a PostgreSQL server.',
  });
}

export function isOlder(version: string, floor: string): boolean {
  const left = version.split('.').map(Number);
  const right = floor.split('.').map(Number);
  for (let i = 0; i < right.length; i++) {
    if ((left[i] ?? 0) !== (right[i] ?? 0)) return (left[i] ?? 0) < (right[i] ?? 0);
  }
  return false;
}

/**
 * Sets what keeps acknowledged writes on disk and reads each back: these are per connection, and some builds reset them.
 * Throws `FC_DB_UNSUPPORTED` when one does not hold.
 */
export function makeDurable(connection: SqliteConnection, file: string): void {
  const version = String(connection.runSync('SELECT sqlite_version() AS v').rows[0]?.v);
  if (isOlder(version, SQLITE_FLOOR)) {
    throw new FlashcaseError('FC_DB_UNSUPPORTED', {
      what: `SQLite ${version} is too old; ${SQLITE_FLOOR} is needed.`,
      hint: 'Start FlashCase with its pinned Node (npm start).',
    });
  }
  const expected: [string, string | number, string | number][] = [
    ['journal_mode', 'WAL', 'wal'],
    ['synchronous', 'FULL', 2],
    ['foreign_keys', 'ON', 1],
    // A WAL grown by one large change is cut back to this after its checkpoint.
    ['journal_size_limit', 67_108_864, 67_108_864],
  ];
  for (const [pragma, value, readBack] of expected) {
    connection.pragma(`${pragma} = ${value}`);
    const actual = connection.pragma(pragma);
    if (actual !== readBack) {
      throw new FlashcaseError('FC_DB_UNSUPPORTED', {
        what: `SQLite did not accept ${pragma} = ${value} (it says ${String(actual)}).`,
        where: file,
        hint: 'Check that the folder is on a local disk and can be written.',
      });
    }
  }
}
