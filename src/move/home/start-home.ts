import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import type { PostgresConnection } from '../../engine/postgres/connection.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { SqliteConnection } from '../../engine/sqlite/connection.ts';
import { removeDatabase } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { installPostgresCapture, removePostgresCapture } from '../capture/postgres-capture.ts';
import { installSqliteCapture } from '../capture/sqlite-capture.ts';
import { positionOf } from '../follow/journal-mark.ts';
import { PostgresJournal } from '../follow/postgres-journal.ts';
import { withSqlite } from '../live/sides.ts';
import { recordEvent } from '../state/events.ts';
import { readSideState } from '../state/postgres-state.ts';
import { inWriteTransaction, readMoveState, STATE_TABLE } from '../state/sqlite-state.ts';
import { firstWitness, type Witness } from '../state/witness.ts';
import { turningOf } from '../switch/turning.ts';
import {
  createBookkeeping,
  hasBookkeeping,
  homeRun,
  insertRun,
  isHomeRun,
  type MoveRun,
  readRun,
  setRunState,
} from '../target/bookkeeping.ts';
import { inTransaction, lockTarget, openTarget } from '../target/connect.ts';
import { readHome } from './fence.ts';
import { type HomeAccount, type HomeOptions, partialOf, SERVERS_LOOK_MS } from './home-options.ts';
import { refuseUnfit } from './inspect-source.ts';
import { makeFile } from './make-file.ts';
import { forgetPartial, publish } from './publish.ts';
import { checkSource, refuseDifferences, refuseMissing } from './run-home.ts';
import { compareHome } from './verify-home.ts';

export interface HomeStarted {
  readonly runId: string;
  readonly file: string;
  /** What was copied by this call; `undefined` when the file had its name before. */
  readonly tables: readonly HomeAccount[] | undefined;
}

/** The epoch of a database that never was in a move. */
const FIRST_EPOCH = 1;

/** True when the file of that move is there: from then on the move is like any other after its cutover. */
async function isStarted({ sqliteFile }: HomeOptions, run: MoveRun): Promise<boolean> {
  if (!existsSync(sqliteFile)) return false;
  return (await withSqlite(sqliteFile, readMoveState))?.runId === run.id;
}

/** The move this database is in, if it is this one. Throws for another one, and where the file that had taken over is gone. */
async function ownRun(postgres: Connection, options: HomeOptions): Promise<MoveRun | undefined> {
  const side = await readSideState(postgres);
  const run = await readRun(postgres);
  if (run === undefined || !isHomeRun(run) || (side === undefined && run.state === 'done')) return undefined;
  const where = `move ${run.id}`;
  if (run.sourceFile !== options.sqliteFile)
    throw new FlashcaseError('FC_MOVE_STATE', {
      what: `This database is on its way home to ${run.sourceFile}, not to ${options.sqliteFile}.`,
      where,
      hint: 'Name that file with --to.',
    });
  if (side !== undefined && !side.isWritable && !(await isStarted(options, run)))
    throw new FlashcaseError('FC_MOVE_STATE', {
      what: 'The file that went home is not there, or is in no move any more.',
      where: options.sqliteFile,
      hint: 'What was written to it since the rollback may not be in PostgreSQL: put it back.',
    });
  return run;
}

/** Journal and fence go on, with PostgreSQL open: from this commit on every write is noted. A record of an older move makes room for this one. */
async function beginCapture(postgres: Connection, options: HomeOptions, epoch: number): Promise<MoveRun> {
  const run = homeRun(`mv-${options.newId()}`, options.sqliteFile);
  await inTransaction(postgres, async () => {
    if (await hasBookkeeping(postgres)) await postgres.script('DROP SCHEMA flashcase_move CASCADE');
    await createBookkeeping(postgres);
    await insertRun(postgres, run);
  });
  await options.onStep?.('recorded');
  await installPostgresCapture(postgres, options.tables, { runId: run.id, epoch, position: 0n, isServing: true });
  return run;
}

/** Takes away what a start that did not come to its end left; users write on all the time. */
async function undoBegin(postgres: Connection, { sqliteFile }: HomeOptions): Promise<void> {
  await removePostgresCapture(postgres);
  await postgres.script('DROP SCHEMA IF EXISTS flashcase_move CASCADE');
  removeDatabase(partialOf(sqliteFile));
}

/**
 * Ends a start that was killed before the file had its name: PostgreSQL notes nothing any more. @returns the move it was; `undefined` when there is none
 * of that kind.
 */
export async function abortStart(postgres: Connection, options: Omit<HomeOptions, 'sqliteFile'>): Promise<MoveRun | undefined> {
  const run = await readRun(postgres);
  if (run === undefined || !isHomeRun(run)) return undefined;
  const here = { ...options, sqliteFile: run.sourceFile };
  if ((await isStarted(here, run)) || (await ownRun(postgres, here)) === undefined) return undefined;
  await undoBegin(postgres, here);
  return run;
}

/** Makes the file one that follows PostgreSQL, as after a cutover: state, journal and fence, and what it was carried up to. */
async function letFollow(
  file: string,
  options: HomeOptions,
  { runId, epoch, snapshot, witness }: { runId: string; epoch: number; snapshot: string; witness: Witness },
  tables: readonly HomeAccount[],
): Promise<void> {
  const sqlite = new SqliteConnection({ file, readOnly: false, busyTimeoutMs: 0, columnTypes: new Map() });
  try {
    await installSqliteCapture(sqlite, options.tables, { runId, target: locationOf(options.postgresUrl), epoch });
    await inWriteTransaction(sqlite, async () => {
      await sqlite.execute(
        `UPDATE ${STATE_TABLE} SET phase = 'reverse', is_writable = 0, position = ?, carried_snapshot = ?, witness = ?`,
        [String(positionOf(snapshot)), snapshot, JSON.stringify(witness)],
      );
      const { clock, by } = options;
      await recordEvent(sqlite, clock, 'started', { runId, target: locationOf(options.postgresUrl), by, from: 'postgres' });
      await recordEvent(sqlite, clock, 'copied', { tables });
      await recordEvent(sqlite, clock, 'decided', { primary: 'postgres', epoch, by });
    });
  } finally {
    sqlite.close();
  }
}

/** Copies one snapshot of PostgreSQL into a file, compares the two, and gives the file its name as the side that follows. */
async function makeFollower(
  postgres: Connection,
  where: string,
  run: MoveRun,
  epoch: number,
  options: HomeOptions,
): Promise<HomeAccount[]> {
  const partial = partialOf(options.sqliteFile);
  const journal = new PostgresJournal(options.postgresUrl, options.tables);
  const turning = turningOf(options, run.id, 'start');
  try {
    return await journal.inSnapshot(async (snapshot, server) => {
      options.events.phase('copy', 'copying rows');
      const tables = await makeFile(await journal.connection(), partial, where, options, (sqlite) =>
        options.gate.turn(sqlite, 'sqlite', { state: 'moved', epoch, movedTo: turning.postgresAt, by: turning.by }),
      );
      refuseMissing(tables);
      const exported = await journal.exportSnapshot();
      refuseDifferences(await compareHome(postgres as PostgresConnection, partial, options, { snapshot: exported }), where);
      await options.onStep?.('verified');
      const witness = await journal.testify(firstWitness(run.id), server);
      await letFollow(partial, options, { runId: run.id, epoch, snapshot, witness }, tables);
      await setRunState(postgres, run, 'done');
      await options.onStep?.('following');
      publish(options.sqliteFile);
      await options.onStep?.('named');
      return tables;
    });
  } finally {
    await journal.close();
  }
}

/** The gate of PostgreSQL names the file from now on: servers find it, and turn with the switch. */
async function tellServers(postgres: Connection, options: HomeOptions, run: MoveRun): Promise<void> {
  const turning = turningOf(options, run.id, 'start');
  await inTransaction(postgres, async () => {
    const [side] = await postgres.query('SELECT epoch AS m_epoch FROM flashcase_move.side WHERE is_writable FOR UPDATE');
    // A switch may have come between: it tells where the data is.
    if (side === undefined) return;
    await options.gate.turn(postgres, 'postgres', {
      state: 'open',
      epoch: Number(side.m_epoch),
      movedTo: turning.sqliteAt,
      by: turning.by,
    });
  });
}

/**
 * Begins a live move home: PostgreSQL notes what is written, a new file is made of one snapshot of it, and follows from there. What comes then is what comes after
 * any cutover: follow, verify, rollback. People write all the time. Killed anywhere, the same call goes on: it makes the file anew, or finds that it has its name.
 */
export async function startHome(options: HomeOptions): Promise<HomeStarted> {
  const engine = openTarget(options.postgresUrl);
  const where = locationOf(options.postgresUrl);
  const { sqliteFile } = options;
  try {
    return await engine.dedicated(async (postgres) => {
      await lockTarget(postgres, where);
      const home = await readHome(postgres);
      if (home !== undefined)
        throw new FlashcaseError('FC_MOVE_STATE', {
          what: `This database is closed: ${home.state === 'published' ? 'it went' : 'it is on its way'} home to ${home.file}.`,
          where,
          hint: 'Go on with flashcase move run, or open it again: flashcase move abort.',
        });
      const existing = await ownRun(postgres, options);
      if (existing !== undefined && (await isStarted(options, existing))) {
        forgetPartial(sqliteFile);
        options.whenNamed?.();
        await tellServers(postgres, options, existing);
        return { runId: existing.id, file: sqliteFile, tables: undefined };
      }
      if (existing !== undefined) await undoBegin(postgres, options);
      await refuseUnfit(postgres, where, options);
      const { setAside } = await checkSource(engine, postgres, where, options);
      // The record of this move takes the place of that one's.
      if (setAside > 0)
        throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
          what: `${setAside} rows an earlier move set aside are in flashcase_move.quarantine of PostgreSQL, and nowhere else.`,
          where,
          hint: 'Give them another place first: ALTER TABLE flashcase_move.quarantine SET SCHEMA public.',
        });
      const gate = await options.gate.read?.(postgres);
      if (gate !== undefined && gate.state !== 'open')
        throw new FlashcaseError('FC_MOVE_STATE', {
          what: 'This database does not take writes: its data has been moved, or is being moved.',
          where,
          hint: 'flashcase move status says where the data is.',
        });
      const epoch = (gate?.epoch ?? FIRST_EPOCH) + 1;
      options.events.phase('capture', 'noting what is written from now on');
      const run = await beginCapture(postgres, options, epoch);
      try {
        await options.onStep?.('captured');
        const tables = await makeFollower(postgres, where, run, epoch, options);
        options.whenNamed?.();
        await tellServers(postgres, options, run);
        if (options.gate.read !== undefined) await delay(SERVERS_LOOK_MS);
        return { runId: run.id, file: sqliteFile, tables };
      } catch (error) {
        // The file may have got its name: then the same command goes on.
        if (!(await isStarted(options, run))) await undoBegin(postgres, options).catch(() => {});
        throw error;
      }
    });
  } finally {
    await engine.close();
  }
}
