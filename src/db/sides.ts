import { existsSync } from 'node:fs';
import { locationOf } from '../engine/postgres/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Clock } from './clock.ts';
import { openDatabase } from './database.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { type GateRow, readGate } from './gate.ts';
import { type Peer, peerFileOf, readPeer } from './peer.ts';
import type { Settings } from './settings.ts';

/** How long a look at the other side waits for its server: this side can serve without it. */
const LOOK_SECONDS = 3;

/** Which database serves, out of the one the settings name and the other side of its move. */
export interface Sides {
  readonly serving: Settings;
  /** The side that does not serve, where there is one. */
  readonly other: Settings | undefined;
  readonly peer: Peer | undefined;
  /** Says which setting is out of date, when the other side serves than the settings name. */
  readonly outdated: string | undefined;
  /** True on PostgreSQL when its gate names an SQLite file that is not on this machine. */
  readonly isElsewhere: boolean;
  /** False in the middle of a switch, and when the gates disagree: `recover` of the move has to look at it. */
  readonly isSettled: boolean;
  /** Set when the gates disagree in a way that no switch leaves behind. */
  readonly conflict: FlashcaseError | undefined;
}

/**
 * Looks at the gates of both sides. The SQLite file decides, as docs/design/move.md says: it is local, and its commit is the switch. Changes
 * nothing. Throws `FC_GATE_MOVED` when the data is where this process cannot find it, and `FC_DB_UNREACHABLE` when the serving side is away.
 * @param beforeFile told of the SQLite file that a gate of PostgreSQL names, before anybody looks at it
 */
export async function findSides(
  settings: Settings,
  clock: Clock,
  beforeFile: (file: string) => Promise<void> = async () => {},
): Promise<Sides> {
  const alone = {
    serving: settings,
    other: undefined,
    peer: undefined,
    outdated: undefined,
    conflict: undefined,
    isElsewhere: false,
    isSettled: true,
  };
  if (settings.database.engine === 'sqlite') {
    const { file } = settings.database;
    const local = await lookAtFile(settings, clock);
    const peer = readPeer(file);
    if (peer !== undefined) return decide(settings, settings, peer, local, clock);
    if (local?.state === 'moved')
      throw movedAway(file, local, `Set DATABASE_URL to ${local.movedTo ?? 'the PostgreSQL database'}.`);
    return alone;
  }
  const { url } = settings.database;
  const remote = await lookAtServer(settings, clock);
  const file = fileNamedBy(remote);
  if (file !== undefined) await beforeFile(file);
  if (file === undefined || !existsSync(file)) {
    // Beside a file that a finished move took away its peer file stays.
    if (remote?.state !== 'moved') return { ...alone, isElsewhere: file !== undefined && !existsSync(peerFileOf(file)) };
    throw movedAway(
      locationOf(url),
      remote,
      'Start the server on the machine where this file is: it serves the data now. Or bring it back: flashcase move cutover, there.',
    );
  }
  const named = readPeer(file);
  // Only the move's own file makes an old SQLite file the other side again; but where the data has gone, it must be found.
  if (named === undefined && remote?.state !== 'moved') return alone;
  const peer: Peer = {
    sqliteFile: file,
    postgresUrl: url,
    ...(settings.directUrl === undefined ? {} : { directUrl: settings.directUrl }),
  };
  const local = await lookAtFile(onFile(settings, peer), clock);
  // The file is of no use, and nobody needs it.
  if (local === undefined && remote?.state === 'open') return alone;
  return decide(settings, onFile(settings, peer), peer, local, clock, remote);
}

/** The SQLite file that a gate of PostgreSQL names. */
export function fileNamedBy(gate: GateRow | undefined): string | undefined {
  const address = gate?.movedTo === undefined ? undefined : parseDatabaseUrl(gate.movedTo, '/');
  return typeof address === 'object' && address.engine === 'sqlite' ? address.file : undefined;
}

/** The settings of the SQLite side. */
export function onFile(settings: Settings, { sqliteFile }: Peer): Settings {
  return { ...settings, database: { engine: 'sqlite', file: sqliteFile }, directUrl: undefined };
}

/** The settings of the PostgreSQL side. */
export function onServer(settings: Settings, { postgresUrl, directUrl }: Peer): Settings {
  return { ...settings, database: { engine: 'postgres', url: postgresUrl }, directUrl };
}

async function decide(
  settings: Settings,
  sqlite: Settings,
  peer: Peer,
  local: GateRow | undefined,
  clock: Clock,
  known?: GateRow,
): Promise<Sides> {
  const postgres = onServer(settings, peer);
  const remote =
    known ??
    (await lookAtServer(postgres, clock).catch((error: unknown) => {
      // The file serves, whatever became of the server. One that is not there, or empty, must not become a new installation.
      if (local === undefined || local.state === 'moved') throw error;
      return undefined;
    }));
  const isMoved = local === undefined ? remote?.state === 'open' : local.state === 'moved';
  const serving = isMoved ? postgres : sqlite;
  const isConfigured = serving.database.engine === settings.database.engine;
  const where = `${peer.sqliteFile} and ${locationOf(peer.postgresUrl)}`;
  return {
    serving,
    other: !isMoved ? postgres : local === undefined ? undefined : sqlite,
    peer,
    isElsewhere: false,
    outdated: isConfigured ? undefined : outdated(settings, serving),
    isSettled: isMoved ? remote?.state === 'open' : local?.state !== 'holding' && (remote?.state ?? 'moved') === 'moved',
    conflict:
      remote === undefined && (isMoved || local === undefined)
        ? conflict(where, 'The data is not in the SQLite file, and the PostgreSQL database holds no FlashCase data.')
        : !isMoved && remote?.state === 'open'
          ? conflict(where, `Both take writes: SQLite in epoch ${local?.epoch}, PostgreSQL in epoch ${remote.epoch}.`)
          : undefined,
  };
}

async function lookAtFile(settings: Settings, clock: Clock): Promise<GateRow | undefined> {
  if (settings.database.engine !== 'sqlite' || !existsSync(settings.database.file)) return undefined;
  // A file that cannot be read this way (damaged, another program's) is reported by whoever opens it for work.
  return look(settings, clock).catch(() => undefined);
}

function lookAtServer(settings: Settings, clock: Clock): Promise<GateRow | undefined> {
  return look({ ...settings, poolTimeoutSeconds: Math.min(settings.poolTimeoutSeconds, LOOK_SECONDS) }, clock);
}

/** Opens a database for a look only, and closes it. */
async function look(settings: Settings, clock: Clock): Promise<GateRow | undefined> {
  const database = openDatabase(settings, clock, undefined, true);
  try {
    return await database.read(async ({ connection, capabilities }) => {
      const [found] = await connection.query(
        capabilities.isLocalFile
          ? "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'write_gate'"
          : "SELECT 1 AS found WHERE to_regclass('write_gate') IS NOT NULL",
      );
      return found === undefined ? undefined : readGate(connection);
    });
  } finally {
    await database.close();
  }
}

function outdated(settings: Settings, serving: Settings): string {
  const nameOf = ({ database }: Settings): string => (database.engine === 'sqlite' ? database.file : locationOf(database.url));
  return `DATABASE_URL is out of date: it names ${nameOf(settings)}, but the data has moved to ${nameOf(serving)}, which is used.`;
}

function movedAway(where: string, { epoch, movedTo }: GateRow, hint: string): FlashcaseError {
  return new FlashcaseError('FC_GATE_MOVED', {
    what: 'The data of this database has been moved, and this process cannot find where it is now.',
    where,
    why: `Its gate says: moved to ${movedTo ?? 'a place it does not name'}.`,
    hint,
    details: { epoch },
  });
}

function conflict(where: string, why: string): FlashcaseError {
  return new FlashcaseError('FC_GATE_CONFLICT', {
    what: 'The two sides of the move do not agree which of them serves.',
    where,
    why,
    hint: 'Was one of them restored from a backup? flashcase move status shows both. Keep the one you need: point DATABASE_URL at it, and move the other away.',
  });
}
