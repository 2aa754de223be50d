import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../../db/clock.ts';
import { readGate } from '../../db/gate.ts';
import type { BackupSettings } from '../../db/settings.ts';
import type { Connection, Engine, Reading } from '../../engine/engine.ts';
import { SqliteConnection } from '../../engine/sqlite/connection.ts';
import { JOURNAL_TABLE, readMoveState } from '../../move/state/sqlite-state.ts';
import { isAbandoned } from '../../move/switch/recover.ts';
import { readDrift } from '../../revisions/drift.ts';
import { readLedger } from '../../revisions/ledger.ts';
import { stateOf } from '../../revisions/run.ts';
import { Timestamp } from '../../schema/index.ts';
import { project } from '../../versions/project.ts';
import { backupHealth } from '../backup/backup-health.ts';
import { readRecord } from '../backup/record.ts';

const oneOf = (name: string, label: string, all: readonly string[], now: string): Reading[] =>
  all.map((value) => ({ name, value: Number(value === now), labels: { [label]: value } }));

/** A look waits no longer for somebody's lock, and holds none when it is given up. */
const LOOK_MS = 2000;

/** Runs a look in a read transaction that ends by itself; behind a pooler nothing of it stays in the session. */
async function limited<T>({ capabilities }: Engine, connection: Connection, look: () => Promise<T>): Promise<T> {
  await connection.script(capabilities.isLocalFile ? 'BEGIN' : `BEGIN READ ONLY; SET LOCAL statement_timeout = ${LOOK_MS}`);
  try {
    return await look();
  } finally {
    await connection.script('ROLLBACK').catch(() => {});
  }
}

/** What the database says of itself, on a connection of its own: it can be asked when the pool is exhausted too. */
export function readDatabase(engine: Engine): Promise<Reading[]> {
  return engine.dedicated(async (connection) => {
    const gate = await limited(engine, connection, () => readGate(connection)).catch(() => undefined);
    return [
      ...(await engine.vitals(connection)),
      ...(gate === undefined ? [] : oneOf('gate', 'state', ['open', 'holding', 'moved'], gate.state)),
    ];
  });
}

/** Differences between the live schema and what the applied revisions made. */
export async function readSchemaDrift(engine: Engine): Promise<number> {
  const drift = await engine.dedicated((connection) =>
    limited(engine, connection, async () =>
      readDrift(connection, engine, stateOf(project.revisions, await readLedger(connection, engine))),
    ),
  );
  return drift.items.length;
}

/** What lies further in the future was written by a clock that was wrong, and says nothing of today. */
const CLOCK_SECONDS = 600;

/** Backups and drills of this machine, from their record; one that was removed is none. */
export function readBackups({ directory, minuteOfDay }: BackupSettings, clock: Clock): Reading[] {
  if (minuteOfDay === undefined) return [];
  const entries = readRecord(directory);
  const now = clock.now();
  const age = (at: string | undefined): number => {
    const then = at === undefined ? undefined : Timestamp.parse(at);
    return then === undefined ? Number.POSITIVE_INFINITY : ageOf(Number(now.micros - then.micros) / 1e6);
  };
  const ageOf = (seconds: number): number => (seconds < -CLOCK_SECONDS ? Number.POSITIVE_INFINITY : seconds);
  const last = (kinds: readonly string[], isGood?: boolean) =>
    entries.findLast((entry) => kinds.includes(entry.kind) && (isGood === undefined || entry.isGood === isGood));
  const failed = (kind: string): number => Number(last([kind])?.isGood === false);
  return [
    {
      name: 'backup_last_success_age_seconds',
      value: ageOf(backupHealth(directory, now).ageSeconds ?? Number.POSITIVE_INFINITY),
    },
    { name: 'backup_last_verified_age_seconds', value: age(last(['backup', 'verify', 'drill'], true)?.at) },
    { name: 'backup_last_failed', value: failed('backup') },
    { name: 'restore_drill_last_success_age_seconds', value: age(last(['drill'], true)?.at) },
    { name: 'restore_drill_last_failed', value: failed('drill') },
  ];
}

/** Room on the disks this machine writes to; PostgreSQL's own disk is not seen from here. */
export function readDisks(sqliteFile: string | undefined, { directory }: BackupSettings): Reading[] {
  const free = (of: string, folder: string): Reading[] => {
    if (!existsSync(folder)) return [];
    const { bavail, blocks } = statfsSync(folder);
    return blocks === 0 ? [] : [{ name: 'disk_free_ratio', value: bavail / blocks, labels: { of } }];
  };
  return [...(sqliteFile === undefined ? [] : free('data', dirname(sqliteFile))), ...free('backup', directory)];
}

const PHASES = ['none', 'copying', 'forward', 'reverse', 'finished', 'aborting'];

/** Where the live move is, from the state in the SQLite file; the file is only read, and never made. */
export async function readMove(sqliteFile: string | undefined, clock: Clock): Promise<Reading[]> {
  if (sqliteFile === undefined || !existsSync(sqliteFile)) return oneOf('move_phase', 'phase', PHASES, 'none');
  const connection = new SqliteConnection({ file: sqliteFile, readOnly: true, busyTimeoutMs: 0, columnTypes: new Map() });
  try {
    return await moveReadings(connection, clock);
  } finally {
    connection.close();
  }
}

async function moveReadings(connection: Connection, clock: Clock): Promise<Reading[]> {
  const state = await readMoveState(connection);
  const phase = oneOf('move_phase', 'phase', PHASES, state?.phase ?? 'none');
  if (state === undefined || state.phase === 'finished' || state.phase === 'aborting') return phase;
  // By the numbers at both ends: rows are carried and removed in order, and counting millions would hold the server up.
  const [journal] = await connection.query(`SELECT coalesce(max(seq) - min(seq) + 1, 0) AS m_count FROM ${JOURNAL_TABLE}`);
  const nowMs = Number(clock.now().micros / 1000n);
  return [
    ...phase,
    { name: 'move_paused', value: Number(state.isPaused) },
    { name: 'move_interrupted', value: Number(state.attempt !== undefined && isAbandoned(state.attempt, nowMs)) },
    { name: 'move_journal_rows', value: Number(journal?.m_count) },
  ];
}
