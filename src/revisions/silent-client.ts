import type { Connection } from '../engine/engine.ts';

/**
 * In each setting's own unit. A peer that no longer answers is given up after half a minute, where the system's own patience is two hours.
 * A process that stands still inside a transaction (stopped, a laptop asleep) answers in its network all the same: it gets a minute, less
 * than others wait for its lock. A killed one frees its locks at once, also in the middle of a long statement.
 */
const LIMITS = {
  client_connection_check_interval: 500,
  tcp_keepalives_idle: 10,
  tcp_keepalives_interval: 5,
  tcp_keepalives_count: 4,
  tcp_user_timeout: 30_000,
  idle_in_transaction_session_timeout: 60_000,
};

/** What the server or the role has stricter stays. */
const limiting = (limits: readonly (readonly [name: string, most: number])[]): string =>
  `SELECT set_config(name, most::text, false) FROM pg_settings JOIN (VALUES ${limits.map(([name, most]) => `('${name}', ${most})`).join(', ')}) l (name, most) USING (name)
    WHERE setting::bigint = 0 OR setting::bigint > most`;

/**
 * PostgreSQL: lets the server end this session, and free its locks, when its client falls silent. Not every platform can each of it.
 * @param isResting the session has transactions that do nothing for long, on purpose: only a client that is gone is given up.
 */
export async function limitSilence(connection: Connection, isResting = false): Promise<void> {
  const limits = Object.entries(LIMITS).filter(([name]) => !isResting || name !== 'idle_in_transaction_session_timeout');
  try {
    await connection.query(limiting(limits));
  } catch {
    for (const limit of limits) await connection.query(limiting([limit])).catch(() => {});
  }
}
