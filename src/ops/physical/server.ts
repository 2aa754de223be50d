import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { openTarget } from '../../move/target/connect.ts';
import { refuseDistributed } from '../../revisions/refuse-distributed.ts';
import { Timestamp } from '../../schema/index.ts';
import type { BackupOptions } from '../backup/options.ts';

/** What a running server says of its files and of archiving. */
export interface RunningServer {
  readonly major: number;
  readonly version: string;
  readonly systemId: string;
  readonly isStandby: boolean;
  /** Absent where this role may not see it. */
  readonly dataDirectory: string | undefined;
  readonly port: number;
  readonly socketFolder: string | undefined;
  readonly roles: ReadonlySet<string>;
  readonly archiveMode: string;
  readonly archiveCommand: string | undefined;
  readonly archiveLibrary: string;
  readonly archiveTimeoutSeconds: number;
  readonly walLevel: string;
  readonly lastArchived: string | undefined;
}

const FACTS = `
  SELECT current_setting('server_version_num')::integer AS v_number, current_setting('server_version') AS v_version,
    (SELECT system_identifier::text FROM pg_control_system()) AS v_system, pg_is_in_recovery() AS v_standby,
    (SELECT last_archived_wal FROM pg_stat_archiver) AS v_last`;

const SETTINGS = [
  'archive_command',
  'archive_library',
  'archive_mode',
  'archive_timeout',
  'data_directory',
  'port',
  'unix_socket_directories',
  'wal_level',
];

/** Asks a server; writes nothing. */
export async function readRunningServer(connection: Connection): Promise<RunningServer> {
  const [facts = {}] = await connection.query(FACTS);
  const rows = await connection.query(
    'SELECT name::text AS v_name, setting AS v_value FROM pg_settings WHERE name = ANY ($1::text[])',
    [SETTINGS],
  );
  const roles = await connection.query('SELECT rolname::text AS v_role FROM pg_roles WHERE rolcanlogin');
  const settings = new Map(rows.map(({ v_name, v_value }) => [String(v_name), String(v_value)]));
  const [socketFolder] = (settings.get('unix_socket_directories') ?? '').split(/\s*,\s*/);
  return {
    major: Math.floor(Number(facts.v_number) / 10_000),
    version: String(facts.v_version),
    systemId: String(facts.v_system),
    isStandby: facts.v_standby === true,
    dataDirectory: settings.get('data_directory'),
    port: Number(settings.get('port') ?? 5432),
    socketFolder: socketFolder === '' ? undefined : socketFolder,
    roles: new Set(roles.map(({ v_role }) => String(v_role))),
    archiveMode: settings.get('archive_mode') ?? 'off',
    archiveCommand: settings.get('archive_command'),
    archiveLibrary: settings.get('archive_library') ?? '',
    archiveTimeoutSeconds: Number(settings.get('archive_timeout') ?? 0),
    walLevel: settings.get('wal_level') ?? '',
    lastArchived: facts.v_last === null ? undefined : String(facts.v_last),
  };
}

/** The id of the cluster in a folder: the first eight bytes of its control file. `undefined` where there is none that this process may read. */
export function systemIdOf(dataDirectory: string): string | undefined {
  try {
    const handle = openSync(join(dataDirectory, 'global/pg_control'), 'r');
    try {
      const head = Buffer.alloc(8);
      if (readSync(handle, head, 0, 8, 0) < 8) return undefined;
      return String(process.arch === 's390x' ? head.readBigUInt64BE() : head.readBigUInt64LE());
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
}

/** Runs work on the serving PostgreSQL, past any pooler. Throws `FC_PHYSICAL_SETUP` where SQLite serves. */
export async function onServer<T>(
  { database, directUrl }: Pick<BackupOptions, 'database' | 'directUrl'>,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  if (database.engine === 'sqlite')
    throw new FlashcaseError('FC_PHYSICAL_SETUP', {
      what: 'The data is in an SQLite file; physical backups are of PostgreSQL.',
      hint: 'flashcase backup now copies the file, and the change log has every moment between: flashcase restore --to TIME.',
    });
  const engine = openTarget(directUrl ?? database.url);
  try {
    return await engine.dedicated(async (connection) => {
      await refuseDistributed(
        connection,
        engine,
        'The tables of this database are spread over several nodes, and a physical backup is of the coordinator alone.',
        'Archive every node with a tool of its own, and mark one moment in all of them: SELECT citus_create_restore_point(…) on the coordinator. A moment before they were spread can be restored while this PostgreSQL is stopped.',
      );
      return work(connection);
    });
  } finally {
    await engine.close();
  }
}

/**
 * The folder of a running server, proved to be on this machine and of this very cluster. Throws `FC_PHYSICAL_SETUP` with what to do where it is not, or where this user may not read it.
 */
export function requireOwnHost(server: RunningServer): string {
  const { dataDirectory, systemId } = server;
  if (dataDirectory === undefined)
    throw new FlashcaseError('FC_PHYSICAL_SETUP', {
      what: 'This role may not see where PostgreSQL keeps its files.',
      hint: 'GRANT pg_read_all_settings TO the role of DATABASE_DIRECT_URL (or of DATABASE_URL).',
    });
  const found = systemIdOf(dataDirectory);
  if (found === systemId) return dataDirectory;
  const owner = statSync(dataDirectory, { throwIfNoEntry: false })?.uid;
  const isHere = owner !== undefined;
  throw new FlashcaseError('FC_PHYSICAL_SETUP', {
    what:
      isHere && found === undefined
        ? `The files of PostgreSQL may not be read by this user (they belong to user ${owner}).`
        : 'The files of this PostgreSQL are not on this machine.',
    where: dataDirectory,
    ...(isHere && found !== undefined ? { why: 'The folder of that name here is of another cluster.' } : {}),
    hint:
      isHere && found === undefined
        ? `Run it as the user the server runs as: sudo -u '#${owner}' --preserve-env flashcase …`
        : 'Run it where PostgreSQL runs; flashcase backup setup --print says what goes there.',
  });
}

const HEARTBEAT = 'SELECT pg_current_xact_id()::text AS v_xid, clock_timestamp()::text AS v_now';

/**
 * Commits a transaction that changes nothing, so that a moment before now has something behind it to stop at: an idle server would offer no moment since its last write. @returns the server's time after it
 */
export async function beat(connection: Connection): Promise<Timestamp> {
  await connection.query(HEARTBEAT);
  const [row] = await connection.query("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::text AS v_now");
  return Timestamp.parse(String(row?.v_now)) as Timestamp;
}

/** Begins a new piece of log, so that what is committed goes to the archive now. @returns the name of the piece that ends, `undefined` where this role may not */
export async function switchLog(connection: Connection): Promise<string | undefined> {
  try {
    const [row] = await connection.query('SELECT pg_walfile_name(pg_switch_wal())::text AS v_name');
    return String(row?.v_name);
  } catch {
    return undefined;
  }
}
