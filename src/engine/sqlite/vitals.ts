import { statSync } from 'node:fs';
import type { Connection, Reading } from '../engine.ts';

/** SQLite begins a checkpoint by itself at this many frames; fewer need none. */
const CHECKPOINT_FRAMES = 1000;

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

async function pragma(connection: Connection, name: string): Promise<number> {
  const [row] = await connection.query(`PRAGMA ${name}`);
  return Number(row === undefined ? 0 : Object.values(row)[0]);
}

/**
 * Reads the figures of one file. How long a checkpoint is overdue is known from the looks before: SQLite keeps no time of it.
 * The files are only asked for their size: opening and closing one would drop this process's locks on it.
 */
export function watchVitals(file: string): (connection: Connection) => Promise<Reading[]> {
  let checkpointed = -1;
  let cameForwardAt = performance.now();
  const log = async (connection: Connection): Promise<Reading[]> => {
    // NOOP checkpoints nothing: it tells how many frames the log has, and how many of them are in the file already.
    const [wal = {}] = await connection.query('PRAGMA wal_checkpoint(NOOP)');
    const [, frames = 0, done = 0] = Object.values(wal).map((value) => Math.max(0, Number(value)));
    const waiting = Math.max(0, frames - done);
    if (waiting < CHECKPOINT_FRAMES || done !== checkpointed) cameForwardAt = performance.now();
    checkpointed = done;
    return [
      { name: 'sqlite_wal_frames_waiting', value: waiting },
      { name: 'sqlite_checkpoint_overdue_seconds', value: (performance.now() - cameForwardAt) / 1000 },
    ];
  };
  const pages = async (connection: Connection): Promise<Reading[]> => {
    const free = await pragma(connection, 'freelist_count');
    return [{ name: 'sqlite_free_bytes', value: free * (await pragma(connection, 'page_size')) }];
  };
  return async (connection) => [
    { name: 'database_bytes', value: sizeOf(file) },
    { name: 'sqlite_wal_bytes', value: sizeOf(`${file}-wal`) },
    // One that fails takes no other with it.
    ...(await pages(connection).catch(() => [])),
    ...(await log(connection).catch(() => [])),
  ];
}
