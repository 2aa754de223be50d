import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { writeDurably } from '../../db/durable-file.ts';
import type { Connection } from '../../engine/engine.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { copyVerified, refuseWithoutSpace, sizeWithLog } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { AskBothSides, RehearsedAnswers } from '../answers/rehearsed-answers.ts';
import type { RunResult } from '../run/run-move.ts';
import { quoted } from '../source/source-tables.ts';
import { readMoveState } from '../state/sqlite-state.ts';
import { cutover } from '../switch/cutover.ts';
import { isAlive } from '../switch/recover.ts';
import { rollback } from '../switch/rollback.ts';
import { clearTarget } from './abort.ts';
import { withPostgres, withSqlite } from './sides.ts';
import { type StartOptions, startMove } from './start.ts';
import { type LiveVerdict, verifyLive } from './verify-live.ts';

export interface RehearseOptions extends StartOptions {
  /** Switches to practise, there and back in turn. */
  readonly switches: number;
  /** An empty database for it; one is made on the target's server, and dropped, when absent. */
  readonly scratchUrl?: string;
  /** Asks the application the same on both sides; its answers are not compared when absent. */
  readonly askBothSides?: AskBothSides;
}

export interface Rehearsed {
  readonly copy: RunResult;
  readonly verdict: LiveVerdict;
  readonly answers: RehearsedAnswers | undefined;
  /** Milliseconds writes waited, in the order of the switches: cutover, rollback, cutover … */
  readonly pausesMs: readonly number[];
  /** Rows written a second meanwhile. */
  readonly writesPerSecond: number;
  /** What the copy needed: of PostgreSQL's disk, of its log, and beside the file. */
  readonly postgresBytes: number;
  readonly logBytes: number;
  readonly besideBytes: number;
}

const NAME = 'flashcase_rehearsal_';

/** What a rehearsal makes, written down in its folder before it is made, so that what a kill leaves is found. */
interface Rehearsal {
  /** Host and pid. */
  readonly by: string;
  /** Where, without a password. */
  readonly server: string;
  /** To be dropped; absent where the operator named a database. */
  readonly database?: string;
}

/** Where the copy of the file is while a rehearsal runs. */
export const rehearsalFolderOf = (sqliteFile: string): string => `${sqliteFile}.rehearsal`;
const recordIn = (folder: string): string => join(folder, 'rehearsal.json');
const copyIn = (folder: string): string => join(folder, 'copy.db');

/**
 * The whole live move, practised: a copy of the file is moved into a database of its own on the target's server, compared, and switched there and back, while
 * rows of the copy are written. The file and the target are only read; everything made is removed, also what a killed rehearsal left.
 * Throws `FC_MOVE_DECISION_NEEDED` as a start would, `FC_MOVE_UNDERWAY` when the file is in a move or is being rehearsed, `FC_MOVE_TARGET_UNFIT` where no
 * database may be made.
 */
export async function rehearse(options: RehearseOptions): Promise<Rehearsed> {
  const { sqliteFile, events } = options;
  const folder = rehearsalFolderOf(sqliteFile);
  await refuseUnderway(sqliteFile);
  await clearLeftover(options, folder);
  refuseWithoutSpace(
    dirname(sqliteFile),
    2 * sizeWithLog(sqliteFile),
    'A rehearsal',
    'Make room, or go on without: flashcase move plan, flashcase move start.',
  );
  const record = begin(options, folder);
  try {
    const scratch = await makeScratch(options, record);
    events.phase('copy', 'copying the file');
    const file = copyIn(folder);
    await copyVerified(sqliteFile, file);
    await options.askBothSides?.prepare(file);
    const copied = { ...options, sqliteFile: file, sourceFile: file, postgresUrl: scratch, workFolder: join(folder, 'work') };
    const practised = await practise(copied, options.switches);
    const besideBytes = 2 * statSync(file).size;
    await clear(options, folder, record);
    return { ...practised, besideBytes };
  } catch (error) {
    // The first error is the one to report; what is left then, the next rehearsal removes.
    await clear(options, folder, record).catch(() => {});
    throw error;
  }
}

/** Makes the folder, which only one can. */
function begin(options: RehearseOptions, folder: string): Rehearsal {
  const database = options.scratchUrl === undefined ? { database: `${NAME}${options.newId()}` } : {};
  const record: Rehearsal = { by: options.by, server: locationOf(options.scratchUrl ?? options.postgresUrl), ...database };
  const { uid, gid } = statSync(options.sqliteFile);
  // Under another name first: a folder without its record is nobody's.
  const making = `${folder}.${options.newId()}`;
  mkdirSync(making, { mode: 0o700 });
  writeDurably(recordIn(making), Buffer.from(`${JSON.stringify(record)}\n`), { mode: 0o600, uid, gid });
  try {
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw rehearsedBy('another process', folder);
    throw error;
  }
  return record;
}

function rehearsedBy(who: string, folder: string): FlashcaseError {
  return new FlashcaseError('FC_MOVE_UNDERWAY', {
    what: `${who} is rehearsing the move of this file.`,
    where: folder,
    hint: 'Wait for it to end, or stop it; then run the command again.',
  });
}

/** What a killed rehearsal left. Throws where it cannot be removed from here: the record stays, so that it is found again. */
async function clearLeftover(options: RehearseOptions, folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const record = JSON.parse(readFileSync(recordIn(folder), 'utf8')) as Rehearsal;
  if (isAlive(record.by)) throw rehearsedBy(record.by, folder);
  const here = locationOf(record.database === undefined ? (options.scratchUrl ?? options.postgresUrl) : options.postgresUrl);
  const isThere = record.database === undefined ? here === record.server : hostOf(here) === hostOf(record.server);
  if (!isThere)
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what: `A rehearsal that was killed left something on another server: ${record.database ?? 'its tables'} at ${record.server}.`,
      where: folder,
      hint: `Rehearse once with ${record.database === undefined ? '--scratch' : '--to'} naming that server, which removes it; or remove it there by hand, then ${folder}.`,
    });
  await clear(options, folder, record);
}

const hostOf = (location: string): string => location.slice(0, location.lastIndexOf('/'));

/** Removes what a rehearsal made: its database by name, or its tables from the one that was named, then its folder. */
async function clear(options: RehearseOptions, folder: string, { database }: Rehearsal): Promise<void> {
  if (database !== undefined)
    await withPostgres(options.postgresUrl, (postgres) =>
      postgres.script(`DROP DATABASE IF EXISTS ${quoted(database)} WITH (FORCE)`),
    );
  else if (existsSync(copyIn(folder))) {
    const state = await withSqlite(copyIn(folder), readMoveState);
    if (state !== undefined) await clearTarget({ ...options, postgresUrl: options.scratchUrl as string }, state.runId);
  }
  rmSync(folder, { recursive: true, force: true });
}

async function refuseUnderway(sqliteFile: string): Promise<void> {
  const state = await withSqlite(sqliteFile, readMoveState);
  if (state === undefined) return;
  throw new FlashcaseError('FC_MOVE_UNDERWAY', {
    what: `This file is in a move already: ${state.runId} to ${state.target}.`,
    where: sqliteFile,
    hint: 'A switch of the move itself can be practised: flashcase move cutover --practice.',
  });
}

async function practise(options: RehearseOptions, switches: number): Promise<Omit<Rehearsed, 'besideBytes'>> {
  const { events, sqliteFile, postgresUrl } = options;
  const before = await withPostgres(postgresUrl, logPlace);
  const { copy } = await startMove(options);
  const logBytes = Number((await withPostgres(postgresUrl, logPlace)) - before);
  const postgresBytes = await withPostgres(postgresUrl, async (postgres) => {
    const [row] = await postgres.query('SELECT pg_database_size(current_database())::text AS m_bytes');
    return Number(row?.m_bytes);
  });
  const verdict = await verifyLive(options, { events, isParanoid: false });
  events.phase('answers', 'asking both sides');
  const answers = await options.askBothSides?.compare({ sqliteFile, postgresUrl });
  events.phase('switch', `practising ${switches} switches`);
  const writer = startWriter(options);
  const pausesMs: number[] = [];
  const began = performance.now();
  try {
    for (let i = 0; i < switches; i++) pausesMs.push((await (i % 2 === 0 ? cutover : rollback)(options)).pauseMs);
    // Where it began: what is cleared away then is nobody's primary.
    if (switches % 2 === 1) await rollback(options);
  } finally {
    await writer.stop();
  }
  const writesPerSecond = Math.round(writer.written() / ((performance.now() - began) / 1000));
  // A first start always copies.
  return { copy: copy as RunResult, verdict, answers, pausesMs, writesPerSecond, postgresBytes, logBytes };
}

async function logPlace(postgres: Connection): Promise<bigint> {
  const [row] = await postgres.query("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text AS m_place");
  return BigInt(row?.m_place as string);
}

/** Writes rows of the copy as they are, in a thread of its own: each is journalled, and those of a switch wait for it or are refused. */
function startWriter({ sqliteFile, tables }: RehearseOptions): { written(): number; stop(): Promise<void> } {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const writes = new Int32Array(new SharedArrayBuffer(8));
  const names = tables.map(({ table }) => [
    quoted(table.name),
    quoted(Object.entries(table.columns).find(([, { computed }]) => computed === undefined)?.[0] ?? ''),
  ]);
  const worker = new Worker(new URL(`./rehearsal-writer.${ending}`, import.meta.url), {
    workerData: { sqliteFile, tables: names, writes },
  });
  const ended = new Promise<void>((done) => worker.once('exit', () => done()));
  // What it cannot write is not what is rehearsed.
  worker.on('error', () => {});
  return {
    written: () => Atomics.load(writes, 0),
    async stop() {
      Atomics.store(writes, 1, 1);
      await ended;
    },
  };
}

async function makeScratch({ scratchUrl, postgresUrl }: RehearseOptions, { database }: Rehearsal): Promise<string> {
  if (database === undefined) return scratchUrl as string;
  const url = new URL(postgresUrl);
  url.pathname = `/${database}`;
  await withPostgres(postgresUrl, (postgres) =>
    postgres.script(`CREATE DATABASE ${quoted(database)} TEMPLATE template0 ENCODING 'UTF8'`),
  ).catch((error: unknown) => {
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what: 'No database for the rehearsal can be made on this server.',
      where: locationOf(postgresUrl),
      why: (error as Error).message,
      hint: 'Let this role make one for a while (ALTER ROLE … CREATEDB), or name an empty database: --scratch URL.',
      cause: error,
    });
  });
  return url.toString();
}
