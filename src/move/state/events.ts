import type { Clock } from '../../db/clock.ts';
import type { Connection } from '../../engine/engine.ts';
import { EVENT_TABLE } from './sqlite-state.ts';

export interface MoveEvent {
  readonly seq: number;
  /** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly at: string;
  /** `started`, `copied`, `verified`, `held`, `decided`, `given-up`, … */
  readonly kind: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Records what happened, in the caller's transaction of the SQLite side. */
export async function recordEvent(
  sqlite: Connection,
  clock: Clock,
  kind: string,
  details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await sqlite.execute(`INSERT INTO ${EVENT_TABLE} (at, kind, details) VALUES (?, ?, ?)`, [
    clock.now().text,
    kind,
    JSON.stringify(details),
  ]);
}

/** Everything recorded, oldest first; of one kind when it is named. */
export async function readEvents(sqlite: Connection, kind?: string): Promise<MoveEvent[]> {
  const rows = await sqlite.query(
    `SELECT seq AS m_seq, at AS m_at, kind AS m_kind, details AS m_details FROM ${EVENT_TABLE} WHERE ?1 IS NULL OR kind = ?1 ORDER BY seq`,
    [kind ?? null],
  );
  return rows.map((row) => ({
    seq: row.m_seq as number,
    at: row.m_at as string,
    kind: row.m_kind as string,
    details: JSON.parse(row.m_details as string) as Record<string, unknown>,
  }));
}
