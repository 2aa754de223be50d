import { hostname } from 'node:os';
import type { Clock } from '../db/clock.ts';
import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { PROGRESS_TABLE } from '../engine/schema-form.ts';
import { writeLockHolder } from '../engine/sqlite/lock-holder.ts';
import { Timestamp } from '../schema/index.ts';
import { hasTable, placeholdersOf } from './ledger.ts';
import { ensureProgress, NOTE_PART, writeProgress } from './progress.ts';

/** Who is changing the schema, as far as it can be known. */
export interface Holder {
  readonly revision?: string;
  readonly host?: string;
  readonly pid?: number;
  /** How long it has been at it. */
  readonly seconds?: number;
  /** The holder's command line, or its backend in PostgreSQL. */
  readonly process?: string;
}

/** One sentence without its full stop: `pid 4711 on web1 (node …) has been applying revision 0007 for 12 s`. */
export function describeHolder(holder: Holder): string {
  const who = holder.pid === undefined ? 'another process' : `pid ${holder.pid}`;
  const where = holder.host === undefined ? '' : ` on ${holder.host}`;
  const what = holder.revision === undefined ? 'changing this database' : `applying revision ${holder.revision}`;
  return `${who}${where}${holder.process === undefined ? '' : ` (${holder.process})`} has been ${what}${holder.seconds === undefined ? '' : ` for ${Math.round(holder.seconds)} s`}`;
}

/** The number of the advisory lock of this database and schema: two applications in two schemas do not meet (facts F33). */
export const LOCK_KEY = "hashtextextended('flashcase revisions ' || current_schema(), 0)";

/**
 * Rows of `pg_locks` that hold the revision lock: a key of 64 bits is shown as two halves.
 */
export const LOCK_ROWS = `pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid::bigint = (${LOCK_KEY} >> 32 & 4294967295) AND l.objid::bigint = (${LOCK_KEY} & 4294967295)`;

/** What the session calls itself in `pg_stat_activity`; PostgreSQL keeps 63 bytes, so the host comes last. */
export function applicationName(revisionId: string): string {
  return `flashcase revision ${revisionId} pid ${process.pid} on ${hostname()}`;
}

/**
 * Who holds the revision lock now. PostgreSQL knows it. On SQLite the lock is the file's own and has no name: the kernel tells the
 * process (Linux), and the note that a revision's run commits before it begins tells revision and time. The note alone proves
 * nothing, since a killed process leaves it; it is believed for a process that is alive, or on another host.
 */
export async function holderOf(connection: Connection, engine: Engine, clock: Clock): Promise<Holder | undefined> {
  return engine.capabilities.isLocalFile ? sqliteHolder(connection, engine, clock) : postgresHolder(connection);
}

async function postgresHolder(connection: Connection): Promise<Holder | undefined> {
  const [row] = await catalogQuery(
    connection,
    {
      name: 'a.application_name',
      backend: 'a.pid',
      client: 'host(a.client_addr)',
      seconds: 'extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.query_start, a.backend_start))::float8',
    },
    `FROM pg_stat_activity a WHERE a.pid IN (SELECT l.pid FROM ${LOCK_ROWS})`,
  );
  if (row === undefined) return undefined;
  const named = /^flashcase revision (\S+) pid (\d+) on (.*)$/.exec(String(row.name));
  const from = row.client === null ? '' : ` from ${String(row.client)}`;
  return {
    ...(named === null ? {} : { revision: named[1] as string, pid: Number(named[2]), host: named[3] as string }),
    ...(row.seconds === null ? {} : { seconds: Number(row.seconds) }),
    process: `backend ${String(row.backend)}${from}${named === null && row.name !== '' ? `, ${String(row.name)}` : ''}`,
  };
}

interface Note {
  readonly revision: string;
  readonly host: string;
  readonly pid: number;
  readonly since: Timestamp;
}

async function readNote(connection: Connection, engine: Engine): Promise<Note | undefined> {
  if (!(await hasTable(connection, engine, PROGRESS_TABLE))) return undefined;
  const [row] = await catalogQuery(
    connection,
    { revision: 'revision_id', by: 'checkpoint', since: 'updated_at' },
    `FROM ${engine.ddl.quote(PROGRESS_TABLE)} WHERE part = ${NOTE_PART} ORDER BY updated_at DESC LIMIT 1`,
  );
  const named = /^(\d+) (.*)$/s.exec(String(row?.by));
  const since = row === undefined ? undefined : Timestamp.parse(String(row.since));
  if (named === null || since === undefined) return undefined;
  return { revision: String(row?.revision), pid: Number(named[1]), host: named[2] as string, since };
}

/** Says, for whoever has to wait, that this process is about to apply a revision. Part of the transaction it is called in. */
export async function leaveNote(connection: Connection, engine: Engine, clock: Clock, revisionId: string): Promise<void> {
  await ensureProgress(connection, engine);
  await removeNote(connection, engine);
  await writeProgress(connection, engine, clock, {
    revisionId,
    part: NOTE_PART,
    hash: '',
    state: 'begun',
    checkpoint: `${process.pid} ${hostname()}`,
  });
}

export async function removeNote(connection: Connection, engine: Engine): Promise<void> {
  if (await hasTable(connection, engine, PROGRESS_TABLE))
    await connection.execute(`DELETE FROM ${engine.ddl.quote(PROGRESS_TABLE)} WHERE part = ${placeholdersOf(engine, 1)}`, [
      NOTE_PART,
    ]);
}

async function sqliteHolder(connection: Connection, engine: Engine, clock: Clock): Promise<Holder | undefined> {
  const kernel = writeLockHolder(engine.location);
  const note = await readNote(connection, engine);
  const seconds = note === undefined ? 0 : Number(clock.now().micros - note.since.micros) / 1_000_000;
  if (kernel !== undefined) {
    const known = {
      pid: kernel.pid,
      host: hostname(),
      ...(kernel.command === undefined ? {} : { process: kernel.command }),
    };
    return note?.pid === kernel.pid && note.host === hostname() ? { ...known, revision: note.revision, seconds } : known;
  }
  if (note === undefined || (note.host === hostname() && !isAlive(note.pid))) return undefined;
  return { revision: note.revision, pid: note.pid, host: note.host, seconds };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
