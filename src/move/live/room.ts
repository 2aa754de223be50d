import { dirname } from 'node:path';
import type { Connection } from '../../engine/engine.ts';
import { freeBytesIn } from '../../engine/sqlite/free-bytes.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { stopSqliteCapture } from '../capture/sqlite-capture.ts';
import { recordEvent } from '../state/events.ts';
import { JOURNAL_TABLE, readMoveState, STATE_TABLE } from '../state/sqlite-state.ts';
import { inContendedTransaction } from '../state/transitions.ts';
import type { LiveOptions } from './live-options.ts';

const MEBIBYTE = 1_048_576;
/** What the users' own writes keep: with less beside the file the move ends, since its journal grows with each of them. */
export const RESERVE_BYTES = 64 * MEBIBYTE;
/** From here on `move status` warns: a journal row is some 50 bytes, so a million more would pass half of the way to the reserve. */
export const ALARM_BYTES = 256 * MEBIBYTE;
/** So many rows nobody carried are hours of a busy installation: nothing follows. */
export const ALARM_ROWS = 1_000_000;
/** Of PostgreSQL's journal, whose disk cannot be seen from here. */
export const ALARM_JOURNAL_BYTES = 1024 * MEBIBYTE;

/** The event of a move that ended for want of room. */
export const NO_ROOM = 'no-room';

/** Bytes free beside a file, for who writes it; `undefined` where the file system does not say. */
export const freeBytesOf = (file: string): number | undefined => freeBytesIn(dirname(file));

export const mebibytes = (bytes: number): string => `${Math.floor(bytes / MEBIBYTE)} MiB`;

/**
 * Ends the capture when the disk of the SQLite file has come to the reserve, while SQLite is the primary: users go on writing, and what the move
 * has of the disk beside its target is given back to the file. The move cannot go on after that; `abort` clears the rest. Looked at by every server
 * and every follower. Throws `FC_DB_DISK_FULL` when it was ended by this call.
 */
export async function keepRoom(sqlite: Connection, options: LiveOptions): Promise<void> {
  const freeBytes = freeBytesOf(options.sqliteFile);
  if (freeBytes === undefined || freeBytes >= RESERVE_BYTES || (await readMoveState(sqlite)) === undefined) return;
  const ended = await inContendedTransaction(sqlite, async () => {
    const changed = await sqlite.execute(
      `UPDATE ${STATE_TABLE} SET phase = 'aborting' WHERE phase IN ('copying', 'forward') AND attempt IS NULL`,
    );
    if (changed === 0) return undefined;
    const [row] = await sqlite.query(`SELECT count(*) AS m_rows FROM ${JOURNAL_TABLE}`);
    await recordEvent(sqlite, options.clock, NO_ROOM, { freeBytes, journalRows: row?.m_rows, by: options.by });
    await stopSqliteCapture(sqlite);
    return readMoveState(sqlite);
  });
  if (ended === undefined) return;
  throw new FlashcaseError('FC_DB_DISK_FULL', {
    what: `The move ${ended.runId} was ended: only ${mebibytes(freeBytes)} are left on the disk of the SQLite file.`,
    where: options.sqliteFile,
    why: 'Its journal grows with every write. Users write on, and nothing of theirs is lost.',
    hint: 'Make room. Then flashcase move abort clears the rest away, and flashcase move start begins anew.',
  });
}

/** Refuses a start that would soon come to the reserve. */
export function refuseWithoutRoom(sqliteFile: string): void {
  const free = freeBytesOf(sqliteFile);
  if (free === undefined || free >= ALARM_BYTES) return;
  throw new FlashcaseError('FC_DB_DISK_FULL', {
    what: `A live move needs ${mebibytes(ALARM_BYTES)} free beside the SQLite file, and ${mebibytes(free)} are.`,
    where: sqliteFile,
    why: 'It notes every write in the file until PostgreSQL has it.',
    hint: 'Make room, or move offline, with the server stopped: flashcase move run.',
  });
}
