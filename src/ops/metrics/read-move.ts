import { existsSync } from 'node:fs';
import type { Clock } from '../../db/clock.ts';
import type { Connection, Reading } from '../../engine/engine.ts';
import { SqliteConnection } from '../../engine/sqlite/connection.ts';
import { journalAfter, markAt, markOf } from '../../move/follow/journal-mark.ts';
import { JOURNAL_TABLE, readMoveState, STATE_TABLE } from '../../move/state/sqlite-state.ts';
import { isAbandoned } from '../../move/switch/recover.ts';
import { oneOf } from './series.ts';

const PHASES = ['none', 'copying', 'forward', 'reverse', 'finished', 'aborting'];

/** Keys in PostgreSQL's journal are counted up to here: a look must not become work. docs/monitoring/flashcase-alerts.yaml warns well below. */
const MOST_COUNTED = 250_000;

/** Asks the file, which is only read and never made. */
async function inFile<T>(file: string, look: (sqlite: Connection) => Promise<T>): Promise<T> {
  const connection = new SqliteConnection({ file, readOnly: true, busyTimeoutMs: 0, columnTypes: new Map() });
  try {
    return await look(connection);
  } finally {
    connection.close();
  }
}

/** Where the live move is, from the state in the SQLite file. */
export async function readMove(sqliteFile: string | undefined, clock: Clock): Promise<Reading[]> {
  if (sqliteFile === undefined || !existsSync(sqliteFile)) return oneOf('move_phase', 'phase', PHASES, 'none');
  return inFile(sqliteFile, async (sqlite) => {
    const state = await readMoveState(sqlite);
    const phase = oneOf('move_phase', 'phase', PHASES, state?.phase ?? 'none');
    if (state === undefined || state.phase === 'finished' || state.phase === 'aborting') return phase;
    const nowMs = Number(clock.now().micros / 1000n);
    return [
      ...phase,
      { name: 'move_paused', value: Number(state.isPaused) },
      { name: 'move_interrupted', value: Number(state.attempt !== undefined && isAbandoned(state.attempt, nowMs)) },
      // While PostgreSQL is the primary, what waits is in its journal.
      ...(state.phase === 'reverse' ? [] : [{ name: 'move_journal_rows', value: await rowsInFile(sqlite) }]),
    ];
  });
}

/** By the numbers at both ends: rows are carried and removed in order, and counting millions would hold the server up. */
async function rowsInFile(sqlite: Connection): Promise<number> {
  const [journal] = await sqlite.query(`SELECT coalesce(max(seq) - min(seq) + 1, 0) AS m_count FROM ${JOURNAL_TABLE}`);
  return Number(journal?.m_count);
}

/** What waits in the journal of the PostgreSQL that serves to be carried to the SQLite file; nothing where the file does not follow it. */
export async function readWaitingForFile(postgres: Connection, sqliteFile: string): Promise<Reading[]> {
  if (!existsSync(sqliteFile)) return [];
  const carried = await inFile(sqliteFile, async (sqlite) => {
    if ((await readMoveState(sqlite))?.phase !== 'reverse') return undefined;
    const [row] = await sqlite.query(`SELECT position AS m_position, carried_snapshot AS m_snapshot FROM ${STATE_TABLE}`);
    return { position: String(row?.m_position), snapshot: row?.m_snapshot as string | null };
  });
  if (carried === undefined) return [];
  const { position, snapshot } = carried;
  const mark = snapshot?.startsWith(`${position}:`) === true ? markOf(snapshot) : markAt(BigInt(position));
  const [row] = await postgres.query(
    `SELECT count(*) AS m_count FROM (SELECT FROM ${journalAfter(mark)} AS j LIMIT ${MOST_COUNTED}) AS counted`,
  );
  return [{ name: 'move_journal_rows', value: Number(row?.m_count) }];
}
