import type { Reading } from '../../engine/engine.ts';
import type { MetricName } from '../metrics/metric-list.ts';
import type { Finding, Unit } from './finding.ts';
import { figureText } from './in-words.ts';

interface Limit {
  readonly metric: MetricName;
  /** Only of the reading with these labels. */
  readonly only?: Readonly<Record<string, string>>;
  /** Only where this figure is told beside it. */
  readonly beside?: MetricName;
  /** Divided by the reading of this name. */
  readonly per?: MetricName;
  readonly id: string;
  readonly unit: Unit;
  /** Past which value it is found; where it is a lower bound, below which. */
  readonly warning?: number;
  readonly page?: number;
  readonly isLowerBound?: true;
  /** @param figure as text @param on the label of the reading, where it has one */
  says(figure: string, on: string): string;
  readonly advice: string;
  readonly command?: string;
  /** The alert on the same figure (docs/monitoring/flashcase-alerts.yaml): its limits are these, and its page says more. */
  readonly runbook: string;
}

/** What a figure of `/metrics` may be. The alerts wait a while before they speak; a look says what is so now. */
export const LIMITS: readonly Limit[] = [
  {
    metric: 'disk_free_ratio',
    id: 'disk-low',
    unit: 'share',
    warning: 0.2,
    page: 0.1,
    isLowerBound: true,
    says: (figure, of) => `The disk of the ${of} has ${figure} left.`,
    advice: 'Make room, or move BACKUP_DIRECTORY to another disk.',
    command: 'flashcase backup prune',
    runbook: 'FlashcaseDiskLow',
  },
  {
    metric: 'schema_drift',
    id: 'schema-drift',
    unit: 'number',
    page: 0,
    says: (figure) => `The schema differs in ${figure} points from what the revisions made.`,
    advice: 'It names each of them, with the SQL that brings it back.',
    command: 'flashcase db check',
    runbook: 'FlashcaseSchemaDrift',
  },
  {
    metric: 'gate',
    only: { state: 'holding' },
    id: 'writes-held',
    unit: 'number',
    page: 0,
    says: () => 'Writes are held: a switch of the live move is under way, or was left.',
    advice: 'A switch takes seconds; one that was left is put right by:',
    command: 'flashcase move recover',
    runbook: 'FlashcaseWritesHeld',
  },
  {
    metric: 'move_interrupted',
    id: 'move-interrupted',
    unit: 'number',
    page: 0,
    says: () => 'A switch of the live move was interrupted.',
    advice: 'Put it right.',
    command: 'flashcase move recover',
    runbook: 'FlashcaseMoveInterrupted',
  },
  {
    metric: 'move_journal_rows',
    id: 'move-behind',
    unit: 'rows',
    warning: 100_000,
    says: (figure) => `${figure} changes wait to be carried to the other side of the move.`,
    advice: 'Is somebody carrying? It says who.',
    command: 'flashcase move status',
    runbook: 'FlashcaseMoveBehind',
  },
  {
    metric: 'backup_last_success_age_seconds',
    id: 'backup-old',
    unit: 'seconds',
    warning: 93_600,
    page: 259_200,
    says: (figure) => `No backup was made here ${figure === 'for ever' ? 'yet' : `for ${figure}`}.`,
    advice: 'Make one, and look at BACKUP_SCHEDULE.',
    command: 'flashcase backup now',
    runbook: 'FlashcaseBackupOld',
  },
  {
    metric: 'backup_last_failed',
    id: 'backup-failed',
    unit: 'number',
    warning: 0,
    says: () => 'The last backup failed.',
    advice: 'It says why.',
    command: 'flashcase backup list',
    runbook: 'FlashcaseBackupFailed',
  },
  {
    metric: 'restore_drill_last_success_age_seconds',
    id: 'drill-old',
    unit: 'seconds',
    warning: 129_600,
    page: 604_800,
    says: (figure) => `No backup was restored for a trial ${figure === 'for ever' ? 'yet' : `for ${figure}`}.`,
    advice: 'Try the newest one out.',
    command: 'flashcase drill',
    runbook: 'FlashcaseDrillOld',
  },
  {
    metric: 'restore_drill_last_failed',
    id: 'drill-failed',
    unit: 'number',
    page: 0,
    says: () => 'The last drill failed: the newest backup may be of no use.',
    advice: 'Try it out again; it says what is wrong.',
    command: 'flashcase drill',
    runbook: 'FlashcaseDrillFailed',
  },
  {
    metric: 'physical_backup_last_success_age_seconds',
    id: 'physical-backup-old',
    unit: 'seconds',
    warning: 93_600,
    page: 259_200,
    says: (figure) => `No physical backup was taken ${figure === 'for ever' ? 'yet' : `for ${figure}`}.`,
    advice: 'On the machine of PostgreSQL; flashcase backup setup says what is missing.',
    command: 'flashcase backup now --physical',
    runbook: 'FlashcasePhysicalBackupOld',
  },
  {
    metric: 'postgres_archive_last_success_age_seconds',
    // A server without physical backups here archives when it likes.
    beside: 'physical_backup_last_success_age_seconds',
    id: 'archive-behind',
    unit: 'seconds',
    warning: 180,
    page: 600,
    says: (figure) => `No log of PostgreSQL was archived for ${figure}: as much would be lost.`,
    advice: 'What keeps the server from archiving is named, with what mends it, by:',
    command: 'flashcase backup setup',
    runbook: 'FlashcaseArchiveBehind',
  },
  {
    metric: 'physical_drill_last_success_age_seconds',
    id: 'physical-drill-old',
    unit: 'seconds',
    warning: 129_600,
    says: (figure) => `No cluster was restored for a trial ${figure === 'for ever' ? 'yet' : `for ${figure}`}.`,
    advice: 'Try it out on the machine of PostgreSQL.',
    command: 'flashcase drill --physical',
    runbook: 'FlashcasePhysicalDrillOld',
  },
  {
    metric: 'physical_drill_last_failed',
    id: 'physical-drill-failed',
    unit: 'number',
    page: 0,
    says: () => 'The last drill of the physical backups failed.',
    advice: 'Try it out again; it says what is wrong.',
    command: 'flashcase drill --physical',
    runbook: 'FlashcasePhysicalDrillOld',
  },
  {
    metric: 'recoverable_window_seconds',
    only: { end: 'newest' },
    id: 'log-behind',
    unit: 'seconds',
    warning: 120,
    page: 600,
    says: (figure) =>
      figure === 'for ever' ? 'The change log can restore no moment.' : `The change log restores nothing of the last ${figure}.`,
    advice: 'A running server with BACKUP_LOG set writes it, beginning with a backup.',
    command: 'flashcase backup list',
    runbook: 'FlashcaseLogBehind',
  },
  {
    metric: 'maintain_last_success_age_seconds',
    id: 'upkeep-overdue',
    unit: 'seconds',
    warning: 93_600,
    says: (figure) => `No server has done its daily upkeep ${figure === 'for ever' ? 'yet' : `for ${figure}`}.`,
    advice: 'A running server with MAINTAIN_SCHEDULE set does it, at that time or a few minutes after its start. By hand:',
    command: 'flashcase db maintain',
    runbook: 'FlashcaseUpkeepOverdue',
  },
  {
    metric: 'sqlite_wal_bytes',
    id: 'sqlite-wal-large',
    unit: 'bytes',
    warning: 67_108_864,
    page: 1_073_741_824,
    says: (figure) => `The write-ahead log has ${figure}.`,
    advice: 'Somebody reads for a long time (flashcase db current names the processes). Without readers it is emptied by:',
    command: 'flashcase db maintain',
    runbook: 'FlashcaseWalLarge',
  },
  {
    metric: 'sqlite_checkpoint_overdue_seconds',
    id: 'sqlite-checkpoint-overdue',
    unit: 'seconds',
    warning: 300,
    says: (figure) => `No page of the write-ahead log has come into the file for ${figure}.`,
    advice: 'A process reads for a long time: end it. It is named by:',
    command: 'flashcase db current',
    runbook: 'FlashcaseCheckpointOverdue',
  },
  {
    metric: 'postgres_connections_used',
    per: 'postgres_connections_max',
    id: 'postgres-connections',
    unit: 'share',
    warning: 0.8,
    page: 0.95,
    says: (figure) => `${figure} of the server’s connections are taken.`,
    advice: 'Lower DB_POOL_SIZE and DB_MAX_OVERFLOW, or put PgBouncer between. How many fit is said by:',
    command: 'flashcase doctor --connect',
    runbook: 'FlashcasePostgresConnections',
  },
  {
    metric: 'postgres_locks_waiting',
    id: 'postgres-locks',
    unit: 'number',
    warning: 5,
    says: (figure) => `${figure} locks are waited for.`,
    advice: 'Who holds whom is listed under locks.',
    runbook: 'FlashcasePostgresLocks',
  },
  {
    metric: 'postgres_oldest_prepared_transaction_age_seconds',
    id: 'postgres-prepared-transaction',
    unit: 'seconds',
    page: 600,
    says: (figure) => `A prepared transaction has been open for ${figure}; FlashCase makes none.`,
    advice: 'Its name is in pg_prepared_xacts: ROLLBACK PREPARED ends it.',
    command: "SELECT format('ROLLBACK PREPARED %L;', gid) FROM pg_prepared_xacts ORDER BY prepared LIMIT 1;",
    runbook: 'FlashcasePostgresOldTransaction',
  },
  {
    metric: 'postgres_xid_age',
    id: 'postgres-xid-age',
    unit: 'transactions',
    warning: 250_000_000,
    page: 1_000_000_000,
    says: (figure) => `The oldest transaction id is ${figure} old; at 2.1 billion writes stop.`,
    advice: 'Old transactions and slots keep it: end them first. Then the tables that are old are frozen by:',
    command: 'flashcase db maintain',
    runbook: 'FlashcasePostgresXidAge',
  },
  {
    metric: 'partitions_ahead',
    id: 'partitions-missing',
    unit: 'number',
    warning: 3,
    page: 1,
    isLowerBound: true,
    says: (figure, table) => `${table} has ${figure} months ahead.`,
    advice: 'Make the twelve months ahead, as the role that owns the tables.',
    command: 'flashcase db maintain',
    runbook: 'FlashcasePartitionsMissing',
  },
  {
    metric: 'default_partition_rows',
    id: 'default-partition-rows',
    unit: 'rows',
    page: 0,
    says: (figure, table) => `${figure} rows of ${table} had no month.`,
    advice: 'Make their months; the rows go into them.',
    command: 'flashcase db maintain',
    runbook: 'FlashcaseDefaultPartitionRows',
  },
  {
    metric: 'postgres_replica_lag_seconds',
    id: 'postgres-replica-lag',
    unit: 'seconds',
    warning: 300,
    says: (figure) => `A standby is ${figure} behind.`,
    advice: 'Which one, and what it waits for:',
    command:
      'SELECT application_name, client_addr, state, replay_lag FROM pg_stat_replication ORDER BY replay_lag DESC NULLS LAST;',
    runbook: 'FlashcasePostgresReplicaLag',
  },
  {
    metric: 'postgres_replication_slots_inactive',
    id: 'postgres-slot-inactive',
    unit: 'number',
    page: 0,
    says: (figure) => `${figure} replication slots have no reader; the server keeps its log for them.`,
    advice: 'Bring the reader back. One that is gone for good is named, with what drops its slot, by:',
    command: "SELECT format('SELECT pg_drop_replication_slot(%L);', slot_name) FROM pg_replication_slots WHERE NOT active;",
    runbook: 'FlashcasePostgresSlotInactive',
  },
  {
    metric: 'postgres_wal_retained_bytes',
    id: 'postgres-wal-retained',
    unit: 'bytes',
    warning: 10_737_418_240,
    says: (figure) => `The server keeps ${figure} of log for a replication slot.`,
    advice: 'Set max_slot_wal_keep_size, so that a slot cannot fill the disk.',
    command: "ALTER SYSTEM SET max_slot_wal_keep_size = '16GB'; SELECT pg_reload_conf();",
    runbook: 'FlashcasePostgresSlotInactive',
  },
];

/** What is past its limit, and how urgent it is. */
export function judgeReadings(readings: readonly Reading[]): Finding[] {
  const figureOf = (name: string): number | undefined => readings.find((reading) => reading.name === name)?.value;
  return LIMITS.filter(({ beside }) => beside === undefined || figureOf(beside) !== undefined).flatMap((limit): Finding[] =>
    readings
      .filter(({ name, labels }) => name === limit.metric && isOf(labels, limit.only))
      .flatMap(({ value, labels = {} }): Finding[] => {
        const whole = limit.per === undefined ? 1 : (figureOf(limit.per) ?? 0);
        if (whole <= 0) return [];
        const figure = value / whole;
        const isPast = (bound: number | undefined): bound is number =>
          bound !== undefined && (limit.isLowerBound === true ? figure < bound : figure > bound);
        const severity = isPast(limit.page) ? 'page' : isPast(limit.warning) ? 'warning' : undefined;
        if (severity === undefined) return [];
        const [on] = limit.only === undefined ? Object.values(labels) : [];
        const { id, unit, advice, command, runbook } = limit;
        return [
          {
            id,
            severity,
            ...(on === undefined ? {} : { on }),
            says: limit.says(figureText(figure, unit), on ?? ''),
            figure,
            threshold: limit[severity] as number,
            unit,
            advice,
            ...(command === undefined ? {} : { command }),
            runbook,
          },
        ];
      }),
  );
}

const isOf = (labels: Reading['labels'] = {}, only: Reading['labels'] = {}): boolean =>
  Object.entries(only).every(([name, value]) => labels[name] === value);
