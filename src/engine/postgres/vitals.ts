import type { Schema } from '../../schema/table.ts';
import type { Connection, Reading, Row } from '../engine.ts';

/** A look that takes longer is given up: monitoring must not add to the trouble it tells of. */
const LOOK_MS = 2000;

/**
 * One column a figure, by its name; null where the server does not say. Sessions of other roles show their age to members of pg_monitor only. Counting by
 * `pg_stat_database` takes no rights. What the log position is asked for fails on a standby, so it is not asked there.
 */
const FIGURES = `
  SELECT pg_database_size(current_database())::float8 AS database_bytes,
    (SELECT sum(numbackends) FROM pg_stat_database)::float8 AS postgres_connections_used,
    current_setting('max_connections')::float8 - current_setting('superuser_reserved_connections')::float8
      - coalesce(current_setting('reserved_connections', true), '0')::float8 AS postgres_connections_max,
    (SELECT count(*) FROM pg_locks WHERE NOT granted)::float8 AS postgres_locks_waiting,
    (SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0) FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())::float8 AS postgres_oldest_transaction_age_seconds,
    (SELECT coalesce(extract(epoch FROM max(clock_timestamp() - prepared)), 0) FROM pg_prepared_xacts)::float8 AS postgres_oldest_prepared_transaction_age_seconds,
    (SELECT max(age(datfrozenxid)) FROM pg_database)::float8 AS postgres_xid_age,
    pg_is_in_recovery()::int::float8 AS postgres_in_recovery,
    (SELECT count(*) FROM pg_stat_replication)::float8 AS postgres_replicas,
    (SELECT extract(epoch FROM max(replay_lag)) FROM pg_stat_replication)::float8 AS postgres_replica_lag_seconds,
    (SELECT count(*) FROM pg_replication_slots WHERE NOT active)::float8 AS postgres_replication_slots_inactive,
    CASE WHEN NOT pg_is_in_recovery() THEN
      (SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0) FROM pg_replication_slots) END::float8 AS postgres_wal_retained_bytes,
    archiver.*, d.*
  FROM (SELECT xact_commit::float8 AS postgres_commits_total, xact_rollback::float8 AS postgres_rollbacks_total, deadlocks::float8 AS postgres_deadlocks_total,
      blks_hit::float8 AS postgres_blocks_hit_total, blks_read::float8 AS postgres_blocks_read_total, temp_bytes::float8 AS postgres_temp_bytes_total
    FROM pg_stat_database WHERE datname = current_database()) AS d
  LEFT JOIN (SELECT failed_count::float8 AS postgres_archive_failed_total,
      extract(epoch FROM clock_timestamp() - coalesce(last_archived_time, stats_reset))::float8 AS postgres_archive_last_success_age_seconds
    FROM pg_stat_archiver WHERE current_setting('archive_mode') <> 'off') AS archiver ON true`;

const TABLES = `
  SELECT relname::text AS v_table, n_live_tup::float8 AS postgres_live_rows, n_dead_tup::float8 AS postgres_dead_rows
  FROM pg_stat_user_tables WHERE schemaname = current_schema()::text AND relname::text = ANY ($1::text[])`;

const readingsOf = (row: Row, labels?: Readonly<Record<string, string>>): Reading[] =>
  Object.entries(row).flatMap(([name, value]) =>
    typeof value === 'number' ? [{ name, value, ...(labels === undefined ? {} : { labels }) }] : [],
  );

/** Reads the figures of the database and of the application's tables. */
export async function readVitals(connection: Connection, { tables }: Schema): Promise<Reading[]> {
  await connection.script(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${LOOK_MS}`);
  try {
    const [figures = {}] = await connection.query(FIGURES);
    const rows = await connection.query(TABLES, [Object.values(tables).map(({ name }) => name)]);
    return [...readingsOf(figures), ...rows.flatMap((row) => readingsOf(row, { table: String(row.v_table) }))];
  } finally {
    await connection.script('ROLLBACK').catch(() => {});
  }
}
