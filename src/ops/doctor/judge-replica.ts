import type { Connection } from '../../engine/engine.ts';
import { connections, type Demand, type Finding, tls } from './judge-server.ts';
import type { ServerFacts } from './server-facts.ts';

/** Farther behind it seldom answers who has just written. */
const LAG_SECONDS = 10;

export interface ReplicaFacts {
  readonly server: ServerFacts;
  readonly system: string;
  readonly hasGate: boolean;
  /** Since the last transaction it has replayed, while it has more to replay. */
  readonly lagSeconds: number;
  /** Queries are cancelled after so long where the log needs what they hold; -1: never. */
  readonly cancelAfterMs: number;
}

/** The cluster and database a connection leads to, whichever of its servers answers. */
export async function systemOf(connection: Connection): Promise<string> {
  const [row] = await connection.query(
    `SELECT (SELECT system_identifier FROM pg_control_system())::text || ' ' || oid::text AS v_system FROM pg_database WHERE datname = current_database()`,
  );
  return String(row?.v_system);
}

export async function readReplicaFacts(connection: Connection, server: ServerFacts): Promise<ReplicaFacts> {
  const [row] = await connection.query(
    `SELECT to_regclass('write_gate') IS NOT NULL AS v_gate,
      coalesce(CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END, 0)::float8 AS v_lag,
      extract(epoch FROM current_setting('max_standby_streaming_delay')::interval)::float8 * 1000 AS v_delay`,
  );
  return {
    server,
    system: await systemOf(connection),
    hasGate: row?.v_gate === true,
    lagSeconds: Number(row?.v_lag),
    cancelAfterMs: Number(row?.v_delay),
  };
}

/** Whether statistics, searches and exports can be read there. @param primary where `DATABASE_URL` leads, as `systemOf` says it */
export function judgeReplica(
  at: string,
  { server, system, hasGate, lagSeconds, cancelAfterMs }: ReplicaFacts,
  primary: { readonly system: string; readonly versionNumber: number },
  demand: Demand,
): Finding[] {
  const check = `replica ${at}`;
  const problem = (says: string, next: string): Finding => ({ check, level: 'problem', says, next });
  const advice = (says: string, next: string): Finding => ({ check, level: 'advice', says, next });
  if (!server.isReplica)
    return [problem('It is not in recovery: it is no replica, and is not used.', 'Name a streaming replica of the primary.')];
  if (system !== primary.system)
    return [problem('It holds another database than the primary, and is not used.', 'Correct DATABASE_REPLICA_URLS.')];
  const sum = connections(server, demand);
  return [
    { check, level: 'good', says: `PostgreSQL ${server.version}, a replica of this primary, ${lagSeconds.toFixed(1)} s behind.` },
    ...(hasGate ? [] : [advice('It does not have FlashCase’s tables yet.', 'Wait until it has replayed them.')]),
    ...(lagSeconds > LAG_SECONDS
      ? [
          advice(
            `It is ${Math.round(lagSeconds)} s behind: who has just written is answered by the primary, after 250 ms.`,
            'Look at its disk and network.',
          ),
        ]
      : []),
    ...(cancelAfterMs === 0
      ? [
          advice(
            'max_standby_streaming_delay is 0: queries are cancelled as soon as the log needs what they hold; they are asked of the primary again.',
            'Set it to a few seconds.',
          ),
        ]
      : []),
    { ...tls(server, 'DATABASE_REPLICA_URLS'), check: `${check}, tls` },
    { ...sum, check: `${check}, connections` },
  ];
}
