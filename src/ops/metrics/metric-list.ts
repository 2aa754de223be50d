/** One metric: what it counts, and by which labels. Every value a label can have is known before: no user, no text of a request, no statement. */
export interface Metric {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly about: string;
  readonly labels?: readonly string[];
  /** The engine that has it; both when absent. */
  readonly on?: 'sqlite' | 'postgres';
  /** Only where this is so. */
  readonly when?: string;
}

/** Every metric of `/metrics`, without the `flashcase_` before its name. docs/reference/metrics.md is made of this list. */
export const METRICS = {
  info: { kind: 'gauge', about: 'Always 1: the version that runs and the engine that serves.', labels: ['version', 'engine'] },
  start_time_seconds: { kind: 'gauge', about: 'When the process started, in seconds since 1970.' },
  cpu_seconds_total: { kind: 'counter', about: 'Processor time of the process.' },
  memory_bytes: { kind: 'gauge', about: 'Memory of the process: resident, and the heap in use.', labels: ['kind'] },
  event_loop_lag_seconds: {
    kind: 'gauge',
    about: 'How late the event loop was since the last look: every request of this process waits as long.',
    labels: ['percentile'],
  },

  workers: { kind: 'gauge', about: 'Processes of this server that serve.', when: 'WORKERS is 2 or more' },
  worker_deaths_total: {
    kind: 'counter',
    about: 'Processes of this server that ended without being asked to; another one took the place.',
    when: 'WORKERS is 2 or more',
  },

  http_requests_total: {
    kind: 'counter',
    about: 'Requests by pattern of the route and status; abandoned: the client had gone.',
    labels: ['method', 'route', 'status'],
  },
  http_request_duration_seconds: {
    kind: 'histogram',
    about: 'From the request’s arrival to the end of its answer.',
    labels: ['method', 'route'],
  },
  errors_total: { kind: 'counter', about: 'Errors by code (docs/reference/errors.md).', labels: ['code'] },
  reviews_total: {
    kind: 'counter',
    about: 'Answers of students: acknowledged (on the disk), refused (4xx), failed (5xx), abandoned.',
    labels: ['result'],
  },

  pool_connections: { kind: 'gauge', about: 'Connections of this process: in_use, idle.', labels: ['state'] },
  pool_limit: { kind: 'gauge', about: 'How many connections this process may have; on SQLite: readers, beside the one writer.' },
  pool_waiting: { kind: 'gauge', about: 'Pieces of work that wait for a connection, or for their turn to write.' },
  pool_wait_seconds: { kind: 'histogram', about: 'How long they waited.' },

  replicas: {
    kind: 'gauge',
    about: 'Replicas of DATABASE_REPLICA_URLS by whether they are read from: used, aside; counted by each process.',
    labels: ['state'],
    on: 'postgres',
    when: 'DATABASE_REPLICA_URLS is set',
  },
  replica_reads_total: {
    kind: 'counter',
    about:
      'Reads that a replica might answer: replica (it did); or the primary did, because every replica was behind the user’s last write for 250 ms (behind), none was there (away), or it failed there (failed).',
    labels: ['outcome'],
    on: 'postgres',
    when: 'DATABASE_REPLICA_URLS is set',
  },

  database_up: { kind: 'gauge', about: '1 when the database answered a simple question within 3 s.' },
  database_bytes: { kind: 'gauge', about: 'Size of the database.' },
  schema_drift: {
    kind: 'gauge',
    about:
      'Differences between the live schema and what its revisions made, looked at every ten minutes: flashcase db check names them.',
  },
  gate: { kind: 'gauge', about: '1 for the state the write gate is in: open, holding, moved.', labels: ['state'] },
  disk_free_ratio: {
    kind: 'gauge',
    about: 'Free share of the disk of data (the SQLite file) and backup (BACKUP_DIRECTORY).',
    labels: ['of'],
    when: 'it is on this machine',
  },

  move_phase: {
    kind: 'gauge',
    about: '1 for the phase the live move is in: none, copying, forward, reverse, finished, aborting.',
    labels: ['phase'],
  },
  move_paused: { kind: 'gauge', about: '1 while the move is paused.', when: 'in a live move' },
  move_interrupted: {
    kind: 'gauge',
    about: '1 when the process of a switch is gone: flashcase move recover.',
    when: 'in a live move',
  },
  move_journal_rows: {
    kind: 'gauge',
    about:
      'Changes the side that follows does not have yet: keys in the journal of the SQLite file, at most; while PostgreSQL is the primary, those in its journal, counted up to 250 000.',
    when: 'in a live move; while PostgreSQL is the primary, as long as it answers',
  },

  backup_last_success_age_seconds: {
    kind: 'gauge',
    about: 'Age of the newest backup of this machine that was made and read back; +Inf: there is none.',
    when: 'a schedule is set, or backups were made here',
  },
  backup_last_verified_age_seconds: {
    kind: 'gauge',
    about: 'Since a backup was last proved whole: when it was made, verified, or tried out in a drill; +Inf: never.',
    when: 'a schedule is set, or backups were made here',
  },
  backup_last_failed: { kind: 'gauge', about: '1 when the last backup of this machine failed.', when: 'there was one' },
  restore_drill_last_success_age_seconds: {
    kind: 'gauge',
    about: 'Since a backup was last restored for a trial and was right; +Inf: never.',
    when: 'a schedule is set, or backups were made here',
  },
  restore_drill_last_failed: { kind: 'gauge', about: '1 when the last drill of this machine failed.', when: 'there was one' },

  physical_backup_last_success_age_seconds: {
    kind: 'gauge',
    about: 'Since this machine last took a physical backup of PostgreSQL; +Inf: never.',
    when: 'BACKUP_PHYSICAL is set, or one was taken here',
  },
  physical_backup_last_failed: { kind: 'gauge', about: '1 when the last physical backup failed.', when: 'there was one' },
  physical_drill_last_success_age_seconds: {
    kind: 'gauge',
    about: 'Since a cluster was last restored from the physical backups for a trial and was right; +Inf: never.',
    when: 'BACKUP_PHYSICAL is set, or one was taken here',
  },
  physical_drill_last_failed: {
    kind: 'gauge',
    about: '1 when the last trial of the physical backups failed.',
    when: 'there was one',
  },

  recoverable_window_seconds: {
    kind: 'gauge',
    about:
      'How long ago the oldest and the newest moment is that the change log being written can restore (flashcase restore --to); +Inf: no moment.',
    labels: ['end'],
    when: 'the change log is on, or was written here',
  },

  maintain_last_success_age_seconds: {
    kind: 'gauge',
    about: 'Since a server last did the upkeep of a day (MAINTAIN_SCHEDULE); +Inf: it never was.',
    when: 'a schedule is set',
  },
  maintain_last_failed: { kind: 'gauge', about: '1 when the last upkeep by schedule failed.', when: 'there was one' },

  sqlite_free_bytes: { kind: 'gauge', about: 'Pages of the file that hold nothing.', on: 'sqlite' },
  sqlite_wal_bytes: { kind: 'gauge', about: 'Size of the write-ahead log.', on: 'sqlite' },
  sqlite_wal_frames_waiting: { kind: 'gauge', about: 'Pages of the log that are not in the file yet.', on: 'sqlite' },
  sqlite_checkpoint_overdue_seconds: {
    kind: 'gauge',
    about: 'For how long no checkpoint has come forward while one is due (1000 pages wait), as seen by the looks.',
    on: 'sqlite',
  },
  sqlite_busy_waits_total: {
    kind: 'counter',
    about: 'Times a write met another process’s lock and tried again.',
    on: 'sqlite',
  },

  postgres_connections_used: { kind: 'gauge', about: 'Connections to the whole server, of everybody.', on: 'postgres' },
  postgres_connections_max: { kind: 'gauge', about: 'max_connections without the reserved ones.', on: 'postgres' },
  postgres_locks_waiting: { kind: 'gauge', about: 'Locks somebody waits for.', on: 'postgres' },
  postgres_oldest_transaction_age_seconds: {
    kind: 'gauge',
    about: 'Of the longest open transaction but FlashCase’s own backup; those of other roles are seen by members of pg_monitor.',
    on: 'postgres',
  },
  postgres_oldest_prepared_transaction_age_seconds: {
    kind: 'gauge',
    about: 'Of the longest prepared transaction (two-phase commit); FlashCase makes none.',
    on: 'postgres',
  },
  postgres_xid_age: {
    kind: 'gauge',
    about: 'Age of the oldest transaction id of any database; at 2.1 billion writes stop.',
    on: 'postgres',
  },
  postgres_in_recovery: { kind: 'gauge', about: '1 when the server is a standby.', on: 'postgres' },
  postgres_replicas: { kind: 'gauge', about: 'Standbys that are connected.', on: 'postgres' },
  postgres_replica_lag_seconds: {
    kind: 'gauge',
    about: 'Of the one farthest behind.',
    on: 'postgres',
    when: 'a standby is behind, and the role is in pg_monitor',
  },
  postgres_replication_slots_inactive: { kind: 'gauge', about: 'Replication slots nobody reads.', on: 'postgres' },
  postgres_wal_retained_bytes: {
    kind: 'gauge',
    about: 'Log the server keeps for the slot that is farthest behind.',
    on: 'postgres',
    when: 'not on a standby',
  },
  postgres_archive_failed_total: {
    kind: 'counter',
    about: 'Failed tries to archive.',
    on: 'postgres',
    when: 'archive_mode is on',
  },
  postgres_archive_last_success_age_seconds: {
    kind: 'gauge',
    about: 'Since a piece of log was last archived.',
    on: 'postgres',
    when: 'archive_mode is on',
  },
  postgres_commits_total: { kind: 'counter', about: 'Committed transactions of this database.', on: 'postgres' },
  postgres_rollbacks_total: { kind: 'counter', about: 'Rolled back transactions of this database.', on: 'postgres' },
  postgres_deadlocks_total: { kind: 'counter', about: 'Deadlocks of this database.', on: 'postgres' },
  postgres_blocks_hit_total: { kind: 'counter', about: 'Pages found in the server’s memory.', on: 'postgres' },
  postgres_blocks_read_total: { kind: 'counter', about: 'Pages the server had to read.', on: 'postgres' },
  postgres_temp_bytes_total: { kind: 'counter', about: 'Written to temporary files by sorts and joins.', on: 'postgres' },
  postgres_live_rows: {
    kind: 'gauge',
    about: 'Rows of each of FlashCase’s tables, as PostgreSQL estimates.',
    labels: ['table'],
    on: 'postgres',
  },
  postgres_dead_rows: { kind: 'gauge', about: 'Row versions that a VACUUM would free.', labels: ['table'], on: 'postgres' },
  partitions_ahead: {
    kind: 'gauge',
    about: 'Months after this one that are there without a gap; -1 when this one is missing.',
    labels: ['table'],
    on: 'postgres',
    when: 'reviews are stored by months',
  },
  default_partition_rows: {
    kind: 'gauge',
    about: 'Rows that had no month; always 0 when all is well.',
    labels: ['table'],
    on: 'postgres',
    when: 'reviews are stored by months',
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;

/** Before every name, so that nobody else's metric has it. */
export const PREFIX = 'flashcase_';
