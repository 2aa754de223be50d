import { existsSync } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { readGate } from '../../db/gate.ts';
import { lastUpkeep } from '../../db/stores/upkeep.ts';
import type { Connection, Engine, Reading } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { readDrift } from '../../revisions/drift.ts';
import { readLedger } from '../../revisions/ledger.ts';
import { stateOf } from '../../revisions/run.ts';
import type { FlashcaseTables } from '../../schema/flashcase.ts';
import { Timestamp } from '../../schema/index.ts';
import { project } from '../../versions/project.ts';
import { folderOf } from '../backup/backup-folder.ts';
import { lookAtWindow, type WindowSeen } from '../backup/log/look-at-window.ts';
import { MANIFEST } from '../backup/manifest.ts';
import { type Recorded, readRecordAside } from '../backup/record.ts';
import { readWaitingForFile } from './read-move.ts';
import { oneOf } from './series.ts';

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

/** How a look at the database ends early, and who hears that the database answers at all. */
export interface Looking {
  readonly signal?: AbortSignal;
  /** Called after the simplest question. */
  readonly onAnswer?: () => void;
  /** The time it is, where upkeep is done by a schedule. */
  readonly upkeepAt?: Timestamp | undefined;
  /** The SQLite file that may follow this database in a live move. */
  readonly sqliteFile?: string | undefined;
}

/** Opening a file that is not there would make an empty one in its place. */
function requireFile({ capabilities, location }: Engine): void {
  if (capabilities.isLocalFile && !existsSync(location))
    throw new FlashcaseError('FC_DB_MISSING', { what: 'The database file is gone.', where: location, hint: 'Put it back.' });
}

/** What the database says of itself, on a connection of its own: it can be asked when the pool is exhausted too. What it does not say is left out. */
export async function readDatabase(
  engine: Engine,
  { signal, onAnswer, sqliteFile, upkeepAt: now }: Looking = {},
): Promise<Reading[]> {
  requireFile(engine);
  return engine.dedicated(async (connection) => {
    await connection.query(engine.capabilities.isLocalFile ? 'SELECT 1 AS v FROM sqlite_schema LIMIT 1' : 'SELECT 1 AS v');
    onAnswer?.();
    const gate = await limited(engine, connection, () => readGate(connection)).catch(() => undefined);
    const waiting =
      engine.capabilities.isLocalFile || sqliteFile === undefined
        ? []
        : await limited(engine, connection, () => readWaitingForFile(connection, sqliteFile)).catch(() => []);
    const upkeep = now === undefined ? [] : await limited(engine, connection, () => readUpkeep(connection, now)).catch(() => []);
    return [
      ...(await engine.vitals(connection)),
      ...waiting,
      ...upkeep,
      ...(gate === undefined ? [] : oneOf('gate', 'state', ['open', 'holding', 'moved'], gate.state)),
    ];
  }, signal);
}

/** When upkeep was last done by its schedule, and whether the last one went well. */
async function readUpkeep(connection: Connection, now: Timestamp): Promise<Reading[]> {
  const runs = await lastUpkeep({ kysely: connection.kysely as unknown as Kysely<FlashcaseTables> }, 60);
  const last = runs.find(({ ended_at }) => ended_at !== null);
  const good = runs.find(({ went_well }) => went_well === true)?.ended_at;
  const age = good == null ? Number.POSITIVE_INFINITY : Math.max(0, Number(now.micros - good.micros) / 1e6);
  return [
    { name: 'maintain_last_success_age_seconds', value: age },
    ...(last === undefined ? [] : [{ name: 'maintain_last_failed', value: Number(last.went_well !== true) }]),
  ];
}

/** Differences between the live schema and what the applied revisions made. */
export async function readSchemaDrift(engine: Engine, signal?: AbortSignal): Promise<number> {
  requireFile(engine);
  const drift = await engine.dedicated(
    (connection) =>
      limited(engine, connection, async () =>
        readDrift(connection, engine, stateOf(project.revisions, await readLedger(connection, engine))),
      ),
    signal,
  );
  return drift.items.length;
}

/** What lies further in the future was written by a clock that was wrong, and says nothing of today. */
const CLOCK_SECONDS = 600;

/** The record of this machine's backups, and the newest good one that is there. */
export interface BackupsHere {
  readonly entries: readonly Recorded[];
  readonly newest: Recorded | undefined;
  /** What the log that is being written can restore; absent where none ever was. */
  readonly window: WindowSeen | undefined;
}

/** Looks at the folder of the backups, which may be on a share. */
export async function lookAtBackups(directory: string, now: Timestamp): Promise<BackupsHere> {
  const entries = await readRecordAside(directory);
  const window = await lookAtWindow(directory, now);
  for (const entry of entries.toReversed()) {
    if (entry.kind !== 'backup' || !entry.isGood || entry.backup === undefined) continue;
    const isThere = await access(join(folderOf(directory, entry.backup), MANIFEST)).then(
      () => true,
      () => false,
    );
    if (isThere) return { entries, newest: entry, window };
  }
  return { entries, newest: undefined, window };
}

/**
 * Ages of backups and drills of this machine; one that was removed is none. A machine that has neither a record nor a schedule tells nothing, and whether
 * the last one failed is told only where there was one: among several servers it would hide the failure of another.
 * @param isPhysical whether this machine is to take physical backups of PostgreSQL.
 */
export function backupReadings(
  { entries, newest, window }: BackupsHere,
  isScheduled: boolean,
  now: Timestamp,
  isPhysical = false,
): Reading[] {
  if (entries.length === 0 && !isScheduled && window === undefined) return [];
  const age = (at: string | undefined): number => {
    const then = at === undefined ? undefined : Timestamp.parse(at);
    const seconds = then === undefined ? Number.POSITIVE_INFINITY : Number(now.micros - then.micros) / 1e6;
    return seconds < -CLOCK_SECONDS ? Number.POSITIVE_INFINITY : seconds;
  };
  const last = (...kinds: readonly string[]) => entries.findLast(({ kind, isGood }) => isGood && kinds.includes(kind))?.at;
  const failed = (name: string, kind: Recorded['kind']): Reading[] => {
    const entry = entries.findLast((known) => known.kind === kind);
    return entry === undefined ? [] : [{ name, value: Number(!entry.isGood) }];
  };
  return [
    { name: 'backup_last_success_age_seconds', value: age(newest?.at) },
    { name: 'backup_last_verified_age_seconds', value: age(last('backup', 'verify', 'drill')) },
    ...failed('backup_last_failed', 'backup'),
    { name: 'restore_drill_last_success_age_seconds', value: age(last('drill')) },
    ...failed('restore_drill_last_failed', 'drill'),
    ...(isPhysical || last('physical') !== undefined
      ? [
          { name: 'physical_backup_last_success_age_seconds', value: age(last('physical')) },
          { name: 'physical_drill_last_success_age_seconds', value: age(last('physical-drill')) },
        ]
      : []),
    ...failed('physical_backup_last_failed', 'physical'),
    ...failed('physical_drill_last_failed', 'physical-drill'),
    ...(window === undefined
      ? []
      : [
          { name: 'recoverable_window_seconds', value: age(window.oldest), labels: { end: 'oldest' } },
          { name: 'recoverable_window_seconds', value: age(window.newest), labels: { end: 'newest' } },
        ]),
  ];
}

/** Room on a disk this machine writes to; PostgreSQL's own disk is not seen from here. */
export async function readDisk(of: 'data' | 'backup', folder: string): Promise<Reading[]> {
  const { bavail, blocks } = await statfs(folder);
  return blocks === 0 ? [] : [{ name: 'disk_free_ratio', value: bavail / blocks, labels: { of } }];
}
