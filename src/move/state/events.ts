import type { Clock } from '../../db/clock.ts';
import type { Connection } from '../../engine/engine.ts';
import { CHAIN_BEGIN, chainHash } from './event-chain.ts';
import { EVENT_TABLE } from './sqlite-state.ts';

export interface MoveEvent {
  readonly seq: number;
  /** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly at: string;
  /** `started`, `copied`, `verified`, `held`, `decided`, `given-up`, … */
  readonly kind: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** The hash of this event and all before it (event-chain.ts). */
  readonly chain: string;
}

/** The event that follows the last one, chained to it. */
export function nextEvent(
  last: Pick<MoveEvent, 'seq' | 'chain'> | undefined,
  at: string,
  kind: string,
  details: Readonly<Record<string, unknown>>,
): MoveEvent {
  const seq = (last?.seq ?? 0) + 1;
  return {
    seq,
    at,
    kind,
    details,
    chain: chainHash(last?.chain ?? CHAIN_BEGIN, { seq, at, kind, details: JSON.stringify(details) }),
  };
}

/** Records what happened, in the caller's transaction of the SQLite side. */
export async function recordEvent(
  sqlite: Connection,
  clock: Clock,
  kind: string,
  details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const [last] = await sqlite.query(`SELECT seq AS m_seq, chain AS m_chain FROM ${EVENT_TABLE} ORDER BY seq DESC LIMIT 1`);
  const known = last === undefined ? undefined : { seq: last.m_seq as number, chain: last.m_chain as string };
  const { seq, at, chain } = nextEvent(known, clock.now().text, kind, details);
  await sqlite.execute(`INSERT INTO ${EVENT_TABLE} (seq, at, kind, details, chain) VALUES (?, ?, ?, ?, ?)`, [
    seq,
    at,
    kind,
    JSON.stringify(details),
    chain,
  ]);
}

/** Everything recorded, oldest first; of one kind when it is named. */
export async function readEvents(sqlite: Connection, kind?: string): Promise<MoveEvent[]> {
  const rows = await sqlite.query(
    `SELECT seq AS m_seq, at AS m_at, kind AS m_kind, details AS m_details, chain AS m_chain FROM ${EVENT_TABLE} WHERE ?1 IS NULL OR kind = ?1 ORDER BY seq`,
    [kind ?? null],
  );
  return rows.map((row) => ({
    seq: row.m_seq as number,
    at: row.m_at as string,
    kind: row.m_kind as string,
    details: JSON.parse(row.m_details as string) as Record<string, unknown>,
    chain: row.m_chain as string,
  }));
}
