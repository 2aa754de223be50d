import { systemClock } from '../../db/clock.ts';
import { type Database, openDatabase, type Session } from '../../db/database.ts';
import { readEnv } from '../../db/env.ts';
import { Replicas } from '../../db/replicas.ts';
import { readSettings, type Settings } from '../../db/settings.ts';
import { findSides } from '../../db/sides.ts';
import type { EngineListeners } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { standingOf } from '../../revisions/boot.ts';
import { readLedger } from '../../revisions/ledger.ts';
import { toJson } from '../../schema/json.ts';

/** The settings of this folder's environment. */
export function commandSettings(): Settings {
  return readSettings(readEnv(), process.cwd());
}

/** `DEBUG=true` tells each statement, in development. */
export function debugging(settings: Settings): EngineListeners {
  if (!settings.isDevelopment || !settings.isDebug) return {};
  return { onQuery: (sql, milliseconds) => process.stderr.write(`${milliseconds.toFixed(1)} ms  ${sql}\n`) };
}

/**
 * The settings with the database that serves: where a live move has taken the data, every command works there, and says so.
 * Throws `FC_GATE_MOVED` when it cannot be found from here, and `FC_GATE_CONFLICT` when both sides claim to be it.
 */
export async function servingSettings(): Promise<Settings> {
  const { serving, outdated, conflict } = await findSides(commandSettings(), systemClock());
  if (conflict !== undefined) throw conflict;
  if (outdated !== undefined) process.stderr.write(`${outdated}\n`);
  return serving;
}

/**
 * Runs a command on the database that serves and closes it, whatever happens.
 * @param isReadOnly for commands that only look
 */
export async function withDatabase<T>(work: (database: Database) => Promise<T>, isReadOnly = false): Promise<T> {
  const settings = await servingSettings();
  const database = openDatabase(settings, systemClock(), debugging(settings), isReadOnly);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The same for commands that need today's tables; throws `FC_REVISION_PENDING` where they are missing. */
export function withReadyDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  return withDatabase(async (database) => {
    const { engine } = database;
    const { project } = await import('../../versions/project.ts');
    const standing = await engine.dedicated(async (connection) => standingOf(project, await readLedger(connection, engine)));
    if (standing.isFit) return work(database);
    throw new FlashcaseError('FC_REVISION_PENDING', {
      what: 'This database does not have today’s tables yet.',
      where: engine.location,
      hint: 'Run flashcase db upgrade, or start the server once.',
    });
  });
}

/** Runs read-only work on a replica that has everything the primary has now, or on the primary; it may run again from its start. */
export async function readBehind<T>(database: Database, userId: bigint, work: (session: Session) => Promise<T>): Promise<T> {
  const settings = commandSettings();
  if (settings.replicaUrls.length === 0 || database.engine.capabilities.isLocalFile) return database.read(work);
  const replicas = new Replicas(database.engine, settings, database.clock, {
    note: (line) => process.stderr.write(`${line}\n`),
    isServer: false,
  });
  try {
    await replicas.looked;
    const position = await database.read((session) => replicas.positionOf(session, userId));
    const answer = await replicas.read(position, work);
    return answer === undefined ? await database.read(work) : answer.value;
  } finally {
    await replicas.close();
  }
}

/** Prints a result for people, or as one line of JSON for machines. */
export function print(isJson: boolean, result: unknown, lines: () => readonly string[]): void {
  const text = isJson ? [toJson(result)] : lines();
  process.stdout.write(text.map((line) => `${line}\n`).join(''));
}
