import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Kysely } from 'kysely';
import type { Clock } from '../../db/clock.ts';
import type { Settings } from '../../db/settings.ts';
import { lastUpkeep, type UpkeepRun } from '../../db/stores/upkeep.ts';
import type { Connection, Engine, PoolState, Reading } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { readLedger } from '../../revisions/ledger.ts';
import type { FlashcaseTables } from '../../schema/flashcase.ts';
import type { Recorded } from '../backup/record.ts';
import { type Due, dueUpkeep } from '../maintain/maintain.ts';
import { withinTime } from '../metrics/last-look.ts';
import {
  type BackupsHere,
  backupReadings,
  lookAtBackups,
  readDatabase,
  readDisk,
  readSchemaDrift,
} from '../metrics/read-installation.ts';
import { readMove } from '../metrics/read-move.ts';
import { findMissingIndexes, type MissingIndex } from './find-missing-indexes.ts';
import { type Finding, inOrder } from './finding.ts';
import { judgeReadings } from './judge-readings.ts';
import { judgeTables } from './judge-tables.ts';
import { judgePool, judgeRoom, judgeSessions, judgeStatements, judgeUpkeep } from './judge-work.ts';
import { type GrowthState, readGrowth } from './read-growth.ts';
import { readSessions, type Sessions } from './read-sessions.ts';
import { type CountedStatements, readStatements, type Statements } from './read-statements.ts';
import { readTables, type TableState } from './read-tables.ts';

/** What a running server knows and its database does not. */
export interface ServerState {
  /** Which database it serves, as `markOf` says it. */
  readonly serves: string;
  readonly pool: PoolState;
  readonly statements: CountedStatements;
}

/** Says of two servers whether they serve the same database, and not which: paths and hosts are told to administrators only. */
export const markOf = ({ location }: Pick<Engine, 'location'>): string => createHash('sha256').update(location).digest('hex');

export interface StateSources {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly settings: Pick<Settings, 'backup' | 'database' | 'maintainMinuteOfDay'>;
  /** The SQLite file of a live move, where one is under way. */
  readonly sqliteFile?: string | undefined;
  /** Absent where no server answers. */
  readonly server?: ServerState | undefined;
  /** As they were a moment ago: reading the sizes of tables takes seconds on a large file, and comparing the schema asks much. */
  readonly tables?: readonly TableState[] | undefined;
  readonly drift?: number | undefined;
  readonly signal?: AbortSignal;
}

/** How the database is, with what somebody should do: for the monitor, the page of administrators, and machines. */
export interface DatabaseState {
  /** ISO 8601, UTC. */
  readonly seenAt: string;
  readonly engine: Engine['name'];
  readonly version: string;
  readonly location: string;
  /** The newest revision that was applied; null where there is none. */
  readonly revision: string | null;
  /** The most urgent first. */
  readonly findings: readonly Finding[];
  /** As `/metrics` tells them; an age that is for ever is left out. */
  readonly readings: readonly Reading[];
  readonly tables: readonly TableState[];
  readonly sessions: Sessions;
  readonly statements: Statements;
  /** Of the server that answered; null where none did. */
  readonly pool: PoolState | null;
  readonly upkeep: UpkeepState;
  readonly growth: GrowthState;
  readonly backups: BackupState;
  /** What could not be read, and why. */
  readonly unread: readonly string[];
}

export interface UpkeepState {
  readonly due: readonly Pick<Due, 'on' | 'why' | 'sql' | 'obstacle'>[];
  /** Minutes after midnight, UTC; null: never. */
  readonly minuteOfDay: number | null;
  /** What was done by the schedule, newest first. */
  readonly runs: readonly {
    /** When it was due. */
    readonly slot: string;
    readonly host: string;
    /** Null while it runs, or was left by a process that is gone. */
    readonly endedAt: string | null;
    readonly wentWell: boolean | null;
    readonly told: string | null;
  }[];
}

export interface BackupState {
  readonly directory: string;
  /** Minutes after midnight, UTC; null: never. */
  readonly minuteOfDay: number | null;
  /** Backups, drills and what else was recorded here, newest first. */
  readonly recorded: readonly Recorded[];
  /** The newest backup that is there; null where there is none. */
  readonly newest: Recorded | null;
  /** The moments the change log can restore; null where there is no log. */
  readonly window: { readonly oldest: string | null; readonly newest: string | null } | null;
}

const RECORDED = 10;
const RUNS = 7;

const asSession = (connection: Connection) => ({ kysely: connection.kysely as unknown as Kysely<FlashcaseTables> });
/** A folder on a share whose server is gone never answers. */
const DISK_MS = 2000;

/** Reads everything once, changing nothing. A part that cannot be read is left out and named; throws where the database itself does not answer. */
export async function readState(sources: StateSources): Promise<DatabaseState> {
  const { engine, clock, settings, server, signal } = sources;
  const now = clock.now();
  const file = engine.capabilities.isLocalFile ? engine.location : undefined;
  const sqliteFile = file ?? sources.sqliteFile;
  const unread: string[] = [];
  const part = async <T>(what: string, work: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      unread.push(
        `${what}: ${error instanceof FlashcaseError ? `${error.message}${error.why === undefined ? '' : ` ${error.why}`}` : String(error)}`,
      );
      return otherwise;
    }
  };
  const isScheduled = settings.maintainMinuteOfDay !== undefined;
  const looking = { sqliteFile, upkeepAt: isScheduled ? now : undefined, ...(signal === undefined ? {} : { signal }) };
  const { directory, minuteOfDay, physical } = settings.backup;
  const vitals = await readDatabase(engine, looking);
  const [backups, data, backup, move, drift] = await Promise.all([
    withinTime(lookAtBackups(directory, now), DISK_MS),
    file === undefined ? [] : withinTime(readDisk('data', dirname(file)), DISK_MS),
    withinTime(readDisk('backup', directory), DISK_MS),
    part('the live move', readMove(sqliteFile, clock), []),
    sources.drift ?? part('the schema', readSchemaDrift(engine, signal), undefined),
  ]);
  const readings: Reading[] = [
    ...vitals,
    ...(drift === undefined ? [] : [{ name: 'schema_drift', value: drift }]),
    ...(backups === undefined
      ? []
      : backupReadings(backups, minuteOfDay !== undefined, now, physical !== undefined && !engine.capabilities.isLocalFile)),
    ...(data ?? []),
    ...(backup ?? []),
    ...move,
  ];
  const databaseBytes = vitals.find(({ name }) => name === 'database_bytes')?.value;
  const details = await engine.dedicated(async (connection) => {
    const tables = sources.tables ?? (await part('the tables', readTables(connection, engine), []));
    return {
      revision: await part('the revisions', newestRevision(connection, engine), null),
      tables,
      growth: await part<GrowthState>('the growth', readGrowth(connection, engine, now, { tables, databaseBytes }), {
        since: null,
        days: 0,
        list: [],
      }),
      missing: await part<MissingIndex[]>('the indexes', findMissingIndexes(connection, engine), []),
      sessions: await part<Sessions>('the sessions', readSessions(connection, engine), { blocked: [], transactions: [] }),
      statements: await part<Statements>(
        'the statements',
        readStatements(connection, engine, server?.statements),
        NOTHING_COUNTED,
      ),
      upkeep: await part<Due[]>('the upkeep', dueUpkeep(connection, engine, now), []),
      runs: await part<UpkeepRun[]>('the runs of the upkeep', lastUpkeep(asSession(connection), RUNS), []),
      sharedBuffers: engine.capabilities.isLocalFile
        ? undefined
        : await part<string | undefined>('the settings', sharedBuffersOf(connection), undefined),
    };
  }, signal);
  const { revision, tables, missing, sessions, statements, upkeep, runs, growth, sharedBuffers } = details;
  return {
    seenAt: isoOf(now.text),
    engine: engine.name,
    version: await engine.version(),
    location: engine.location,
    revision,
    findings: inOrder([
      ...judgeReadings(readings),
      ...judgeTables(tables, missing, engine),
      ...judgeSessions(sessions),
      ...(server === undefined ? [] : judgePool(server.pool)),
      ...judgeStatements(statements, missing),
      ...judgeRoom(readings, sharedBuffers, file),
      ...judgeUpkeep(upkeep),
    ]),
    readings: readings.filter(({ value }) => Number.isFinite(value)),
    tables,
    sessions,
    statements,
    pool: server?.pool ?? null,
    upkeep: {
      due: upkeep.map(({ work: _, ...due }) => due),
      minuteOfDay: settings.maintainMinuteOfDay ?? null,
      runs: runs.map(({ slot_at, host, ended_at, went_well, told }) => ({
        slot: isoOf(slot_at.text),
        host,
        endedAt: ended_at === null ? null : isoOf(ended_at.text),
        wentWell: went_well,
        told,
      })),
    },
    growth,
    backups: backupState(directory, minuteOfDay, backups),
    unread,
  };
}

const NOTHING_COUNTED: Statements = { source: 'nobody', since: null, list: [], howTo: null };

/** `2026-11-27 03:00:00.000000` as ISO 8601. */
export const isoOf = (at: string): string => `${at.slice(0, 19).replace(' ', 'T')}Z`;

async function newestRevision(connection: Connection, engine: Engine): Promise<string | null> {
  return (await readLedger(connection, engine)).at(-1)?.id ?? null;
}

async function sharedBuffersOf(connection: Connection): Promise<string> {
  const [row] = await connection.query("SELECT current_setting('shared_buffers') AS v");
  return String(row?.v);
}

function backupState(directory: string, minuteOfDay: number | undefined, backups: BackupsHere | undefined): BackupState {
  const window = backups?.window;
  const iso = (at: string | undefined): string | null => (at === undefined ? null : isoOf(at));
  const shown = (entry: Recorded): Recorded => ({ ...entry, at: isoOf(entry.at) });
  return {
    directory,
    minuteOfDay: minuteOfDay ?? null,
    recorded: (backups?.entries ?? []).slice(-RECORDED).toReversed().map(shown),
    newest: backups?.newest === undefined ? null : shown(backups.newest),
    window: window === undefined ? null : { oldest: iso(window.oldest), newest: iso(window.newest) },
  };
}
