import type { Connection, Engine } from '../../engine/engine.ts';

/** A session that waits for another one. */
export interface Blocked {
  readonly pid: number;
  readonly application: string;
  readonly waitsSeconds: number;
  readonly by: number;
  readonly byApplication: string;
  /** What the other one does: `active`, `idle in transaction`; empty where the role may not see it. */
  readonly byState: string;
}

/** A session whose transaction is open. */
export interface OpenTransaction {
  readonly pid: number;
  readonly application: string;
  readonly state: string;
  readonly ageSeconds: number;
}

export interface Sessions {
  readonly blocked: readonly Blocked[];
  readonly transactions: readonly OpenTransaction[];
}

const SHOWN = 20;
const LOOK_MS = 2000;

const BLOCKED = `
  SELECT a.pid::float8 AS v_pid, coalesce(a.application_name, '') AS v_application, coalesce(extract(epoch FROM clock_timestamp() - a.query_start), 0)::float8 AS v_waits,
    b.pid::float8 AS v_by, coalesce(b.application_name, '') AS v_by_application, coalesce(b.state, '') AS v_by_state
  FROM pg_stat_activity AS a CROSS JOIN LATERAL unnest(pg_blocking_pids(a.pid)) AS h (pid) JOIN pg_stat_activity AS b ON b.pid = h.pid
  WHERE a.datname = current_database() ORDER BY 3 DESC LIMIT ${SHOWN}`;

/** FlashCase's own backup reads one snapshot for as long as it takes; it is no forgotten session. */
const TRANSACTIONS = `
  SELECT pid::float8 AS v_pid, coalesce(application_name, '') AS v_application, coalesce(state, '') AS v_state,
    extract(epoch FROM clock_timestamp() - xact_start)::float8 AS v_age
  FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    AND coalesce(application_name, '') <> 'flashcase backup'
  ORDER BY 4 DESC LIMIT ${SHOWN}`;

/** Who waits for whom, and who has a transaction open. What sessions say is not read: it may hold somebody's words. None on SQLite, which has no sessions. */
export async function readSessions(connection: Connection, { capabilities }: Engine): Promise<Sessions> {
  if (capabilities.isLocalFile) return { blocked: [], transactions: [] };
  await connection.script(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${LOOK_MS}`);
  try {
    const blocked = await connection.query(BLOCKED);
    const transactions = await connection.query(TRANSACTIONS);
    return {
      blocked: blocked.map((row) => ({
        pid: Number(row.v_pid),
        application: String(row.v_application),
        waitsSeconds: Number(row.v_waits),
        by: Number(row.v_by),
        byApplication: String(row.v_by_application),
        byState: String(row.v_by_state),
      })),
      transactions: transactions.map((row) => ({
        pid: Number(row.v_pid),
        application: String(row.v_application),
        state: String(row.v_state),
        ageSeconds: Number(row.v_age),
      })),
    };
  } finally {
    await connection.script('ROLLBACK').catch(() => {});
  }
}
