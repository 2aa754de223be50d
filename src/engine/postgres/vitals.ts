import type { Schema } from '../../schema/table.ts';
import type { Connection, Reading, Row } from '../engine.ts';
import { ddl } from './ddl.ts';
import { defaultPartition, monthsAhead, readMonthTables } from './months.ts';

/** A look that takes longer is given up: monitoring must not add to the trouble it tells of. */
const LOOK_MS = 2000;

/**
 * Figures by name; null where the server does not say. Sessions of other roles show their age to members of pg_monitor only. Counting by
 * `pg_stat_database` takes no rights. What the log position is asked for fails on a standby, so it is not asked there.
 */
const FIGURES: Readonly<Record<string, string>> = {
  database_bytes: 'pg_database_size(current_database())',
  postgres_connections_used: 'SELECT sum(numbackends) FROM pg_stat_database',
  postgres_connections_max: `current_setting('max_connections')::float8 - current_setting('superuser_reserved_connections')::float8
    - coalesce(current_setting('reserved_connections', true), '0')::float8`,
  postgres_locks_waiting: 'SELECT count(*) FROM pg_locks WHERE NOT granted',
  postgres_oldest_transaction_age_seconds: `SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND coalesce(application_name, '') <> 'flashcase backup'`,
  postgres_oldest_prepared_transaction_age_seconds:
    'SELECT coalesce(extract(epoch FROM max(clock_timestamp() - prepared)), 0) FROM pg_prepared_xacts',
  postgres_xid_age: 'SELECT max(age(datfrozenxid)) FROM pg_database',
  postgres_in_recovery: 'pg_is_in_recovery()::int',
  postgres_replicas: 'SELECT count(*) FROM pg_stat_replication',
  postgres_replica_lag_seconds: 'SELECT extract(epoch FROM max(replay_lag)) FROM pg_stat_replication',
  postgres_replication_slots_inactive: 'SELECT count(*) FROM pg_replication_slots WHERE NOT active',
  postgres_wal_retained_bytes: `CASE WHEN NOT pg_is_in_recovery() THEN
    (SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0) FROM pg_replication_slots) END`,
};

const selecting = (figures: Readonly<Record<string, string>>): string =>
  `SELECT ${Object.entries(figures)
    .map(([name, sql]) => `(${sql})::float8 AS ${name}`)
    .join(', ')}`;

const COUNTS = `
  SELECT xact_commit::float8 AS postgres_commits_total, xact_rollback::float8 AS postgres_rollbacks_total, deadlocks::float8 AS postgres_deadlocks_total,
    blks_hit::float8 AS postgres_blocks_hit_total, blks_read::float8 AS postgres_blocks_read_total, temp_bytes::float8 AS postgres_temp_bytes_total
  FROM pg_stat_database WHERE datname = current_database()`;

const ARCHIVE = `
  SELECT failed_count::float8 AS postgres_archive_failed_total,
    extract(epoch FROM clock_timestamp() - coalesce(last_archived_time, stats_reset))::float8 AS postgres_archive_last_success_age_seconds
  FROM pg_stat_archiver WHERE current_setting('archive_mode') <> 'off'`;

const TABLES = `
  SELECT t.name AS v_table, coalesce(sum(s.n_live_tup), 0)::float8 AS postgres_live_rows, coalesce(sum(s.n_dead_tup), 0)::float8 AS postgres_dead_rows
  FROM unnest($1::text[]) AS t (name) JOIN pg_class c ON c.relname = t.name AND c.relnamespace = current_schema()::regnamespace
  JOIN pg_stat_user_tables s ON s.relid = c.oid OR (c.relkind = 'p' AND s.relid IN (SELECT relid FROM pg_partition_tree(c.oid) WHERE isleaf))
  GROUP BY t.name`;

const readingsOf = (row: Row, labels?: Readonly<Record<string, string>>): Reading[] =>
  Object.entries(row).flatMap(([name, value]) =>
    typeof value === 'number' ? [{ name, value, ...(labels === undefined ? {} : { labels }) }] : [],
  );

/** A look in a transaction of its own: what one question meets is not the next one's trouble. */
async function look(connection: Connection, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  await connection.script(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${LOOK_MS}`);
  try {
    return await connection.query(sql, parameters);
  } finally {
    await connection.script('ROLLBACK').catch(() => {});
  }
}

/** Of tables stored by months. */
async function months(connection: Connection, names: readonly string[]): Promise<Reading[]> {
  const readings: Reading[] = [];
  const [row] = await connection.query("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM') AS v_now");
  for (const table of await readMonthTables(connection)) {
    if (!names.includes(table.name)) continue;
    const labels = { table: table.name };
    readings.push({ name: 'partitions_ahead', value: monthsAhead(table, String(row?.v_now)), labels });
    const rows = await look(connection, `SELECT count(*)::float8 AS v_rows FROM ${ddl.quote(defaultPartition(table.name))}`);
    readings.push({ name: 'default_partition_rows', value: Number(rows[0]?.v_rows), labels });
  }
  return readings;
}

/** Reads the figures of the database and of the application's tables. One that fails (a right that is missing, a lock) is left out. */
export async function readVitals(connection: Connection, { tables }: Schema): Promise<Reading[]> {
  const quiet = (sql: string, parameters?: readonly unknown[]): Promise<Row[]> =>
    look(connection, sql, parameters).catch(() => []);
  const found = await quiet(selecting(FIGURES));
  // One by one, where one of them keeps all from being told.
  if (found.length === 0)
    for (const [name, sql] of Object.entries(FIGURES)) found.push(...(await quiet(selecting({ [name]: sql }))));
  for (const sql of [COUNTS, ARCHIVE]) found.push(...(await quiet(sql)));
  const names = Object.values(tables).map(({ name }) => name);
  const rows = await quiet(TABLES, [names]);
  return [
    ...found.flatMap((row) => readingsOf(row)),
    ...(await months(connection, names).catch(() => [])),
    ...rows.flatMap((row) => readingsOf(row, { table: String(row.v_table) })),
  ];
}
