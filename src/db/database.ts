import type { Kysely } from 'kysely';
import type { Capabilities, Connection, Engine, EngineListeners, EngineOptions } from '../engine/engine.ts';
import { openPostgres } from '../engine/postgres/engine.ts';
import { openSqlite } from '../engine/sqlite/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { type FlashcaseTables, flashcase } from '../schema/flashcase.ts';
import type { Clock } from './clock.ts';
import { gateGuard } from './gate.ts';
import { gateAndPosition, type Writer, writesFor } from './last-write.ts';
import type { Replicas } from './replicas.ts';
import type { Settings } from './settings.ts';

/**
 * One unit of work. Its queries run on one connection; a write session commits when its work succeeds and rolls back when it throws.
 */
export interface Session {
  readonly mode: 'read' | 'write';
  /** The query builder of this session's connection. */
  readonly kysely: Kysely<FlashcaseTables>;
  readonly connection: Connection;
  readonly engine: Engine;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  /** All of it sees one snapshot already. */
  readonly isAtOneMoment?: boolean;
}

/** The open database of one server or command. */
export interface Database {
  /** The engine that serves now; in a session use the session's. */
  readonly engine: Engine;
  readonly clock: Clock;
  /** Runs read-only work in a session of its own. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /**
   * Runs writing work through the gate. Acknowledged means committed and synced when the promise resolves.
   * @param writer for whom, so that replicas answer nobody who would miss it
   */
  write<T>(work: (session: Session) => Promise<T>, writer?: Writer): Promise<T>;
  /** What may read a little behind the primary; absent where no replica is set, or the serving side has none. */
  readonly replicas?: Replicas | undefined;
  close(): Promise<void>;
}

/**
 * Opens the database the settings name. Tables are not looked at: `revisions` brings them up to date.
 * @param isReadOnly for a look only: an SQLite file stays as it is, byte for byte
 */
export function openDatabase(settings: Settings, clock: Clock, listeners: EngineListeners = {}, isReadOnly = false): Database {
  const guard = settings.database.engine === 'postgres' ? gateAndPosition : gateGuard;
  const options = { schema: flashcase, guard, ...listeners };
  return databaseOn(openEngine(settings, options, isReadOnly), clock);
}

/** Opens the database the settings name with the tables of any application. */
export function openEngine(settings: Settings, options: EngineOptions, isReadOnly = false): Engine {
  if (settings.database.engine === 'sqlite') return openSqlite({ ...options, file: settings.database.file, isReadOnly });
  return openPostgres({
    ...options,
    url: settings.database.url,
    ...(settings.directUrl === undefined ? {} : { directUrl: settings.directUrl }),
    pool: {
      size: settings.poolSize,
      maxOverflow: settings.maxOverflow,
      timeoutSeconds: settings.poolTimeoutSeconds,
      recycleSeconds: settings.poolRecycleSeconds,
      statementSeconds: settings.statementTimeoutSeconds,
    },
  });
}

/** Sessions on an engine that is already open. */
function databaseOn(engine: Engine, clock: Clock): Database {
  const session = (mode: Session['mode'], connection: Connection): Session => ({
    mode,
    get kysely() {
      return connection.kysely as unknown as Kysely<FlashcaseTables>;
    },
    connection,
    engine,
    capabilities: engine.capabilities,
    clock,
  });
  return {
    engine,
    clock,
    read: (work) => engine.read((connection) => work(session('read', connection))),
    write: (work, writer) =>
      engine.write((connection) => {
        writesFor(connection, writer);
        return work(session('write', connection));
      }),
    close: () => engine.close(),
  };
}

/** True for a refused unique value (of the given column, if named): the conflict a caller expects and explains. */
export function isDuplicate(error: unknown, column?: string): boolean {
  if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_CONSTRAINT' || error.details.kind !== 'unique') return false;
  return column === undefined || (error.details.columns as string[] | undefined)?.includes(column) === true;
}
