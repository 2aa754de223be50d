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

/** PostgreSQL's history is not the one that was carried: until both sides were found equal, nobody goes back. */
export const HISTORY_CHANGED = 'history-changed';

/** The event of a changed history that no comparison which found both sides equal came after. */
export function openHistoryChange(events: readonly MoveEvent[]): MoveEvent | undefined {
  const changed = events.findLast(({ kind }) => kind === HISTORY_CHANGED);
  const equal = events.findLast(({ kind, details }) => kind === 'verified' && details.isEqual === true);
  return changed !== undefined && changed.seq > (equal?.seq ?? 0) ? changed : undefined;
}

/** Such an event as a sentence. */
export function historyWords({ at, details }: MoveEvent): string {
  return `PostgreSQL's history is another one since ${at.slice(0, 19)} UTC: ${String(details.why)}.`;
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
