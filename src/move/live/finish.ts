import { chmodSync, chownSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import { SqliteConnection } from '../../engine/sqlite/connection.ts';
import { makeDurable } from '../../engine/sqlite/file-checks.ts';
import { copyVerified, refuseWithoutSpace, removeDatabase, sizeWithLog, syncFolder } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { removePostgresCapture } from '../capture/postgres-capture.ts';
import { removeSqliteCapture } from '../capture/sqlite-capture.ts';
import { fileQuarantined, quarantineTableOf } from '../run/file-quarantined.ts';
import { hashFile } from '../source/snapshot.ts';
import { quoted } from '../source/source-tables.ts';
import { type MoveEvent, readEvents, recordEvent } from '../state/events.ts';
import { type MoveState, requireMoveState, STATE_TABLE } from '../state/sqlite-state.ts';
import { inContendedTransaction } from '../state/transitions.ts';
import { requirePhase } from '../switch/cutover.ts';
import { recover } from '../switch/recover.ts';
import { readRun } from '../target/bookkeeping.ts';
import { inTransaction } from '../target/connect.ts';
import type { LiveOptions } from './live-options.ts';
import { withPostgres, withSqlite } from './sides.ts';

export interface Finished {
  readonly runId: string;
  readonly epoch: number;
  /** Where the old file is now. */
  readonly keptFile: string;
  /** Of the file as it is kept. */
  readonly sha256: string;
  readonly events: readonly MoveEvent[];
}

/** Name of the file a finished move keeps: the epoch says how often it was switched. */
export function keptFileOf(sqliteFile: string, epoch: number): string {
  return `${sqliteFile}.epoch${epoch}`;
}

async function decideFinish(sqlite: Connection, options: LiveOptions, state: MoveState): Promise<void> {
  await inContendedTransaction(sqlite, async () => {
    const changed = await sqlite.execute(
      `UPDATE ${STATE_TABLE} SET phase = 'finished' WHERE phase = 'reverse' AND attempt IS NULL AND epoch = ?`,
      [state.epoch],
    );
    if (changed === 0)
      throw new FlashcaseError('FC_MOVE_STATE', {
        what: 'Another command changed the move just now.',
        hint: 'Look at flashcase move status, then run the command again.',
      });
    await recordEvent(sqlite, options.clock, 'finished', { epoch: state.epoch, by: options.by });
  });
}

/** The gate of PostgreSQL names the file no more: servers on other machines stop to ask where it is, and none looks for it at a start. */
async function forgetFile(postgres: Connection, { gate }: LiveOptions, { runId, epoch }: MoveState): Promise<void> {
  await inTransaction(postgres, () =>
    gate.turn(postgres, 'postgres', { state: 'open', epoch, movedTo: '', by: `move ${runId} finish` }),
  );
}

/** Files the rows set aside by the copy and since in the schema's own quarantine table: at the end of the move PostgreSQL alone hands out its ids. */
async function fileOnce(postgres: Connection, { schema }: LiveOptions): Promise<void> {
  const table = quarantineTableOf(schema);
  const run = await readRun(postgres);
  if (table === undefined || run === undefined) return;
  await inTransaction(postgres, async () => {
    const filed = await postgres.query(`SELECT 1 AS m_found FROM ${quoted(table)} WHERE run_id = $1 LIMIT 1`, [run.id]);
    // Killed afterwards, the same command comes here again.
    if (filed.length === 0) await fileQuarantined(postgres, schema, run);
  });
}

const LOG_TRIES = 100;

/** Leaves no log beside the name that goes; servers may still have the file open, and only a reader in the middle of its work is waited for. */
async function emptyLog(sqlite: Connection, file: string): Promise<void> {
  for (let i = 0; i < LOG_TRIES; i++) {
    const [row] = await sqlite.query('PRAGMA wal_checkpoint(TRUNCATE)');
    if (row?.busy === 0) return;
    await delay(100);
  }
  throw new FlashcaseError('FC_DB_BUSY', {
    what: 'The write-ahead log of the old file could not be emptied: another process keeps reading it.',
    where: file,
    hint: 'Stop what reads the file (flashcase db current names it), then run flashcase move finish again.',
  });
}

/**
 * Makes the file that is kept: a proved copy without the move, read-only. The old file is not changed into it, because a program that has it open goes on
 * writing whatever its rights are: it keeps its fence for as long as anybody has it.
 */
async function makeKept(sqliteFile: string, kept: string): Promise<string> {
  removeDatabase(kept);
  await copyVerified(sqliteFile, kept);
  // Not opened as an engine, which would give it a log.
  const connection = new SqliteConnection({ file: kept, readOnly: false, busyTimeoutMs: 1000, columnTypes: new Map() });
  try {
    makeDurable(connection, kept);
    connection.raw.exec('PRAGMA journal_mode = DELETE');
    await removeSqliteCapture(connection);
  } finally {
    connection.close();
  }
  const { uid, gid } = statSync(sqliteFile);
  if (process.getuid?.() === 0) chownSync(kept, uid, gid);
  chmodSync(kept, 0o400);
  return hashFile(kept);
}

/** True when this finish, killed later, had given the file its name already. */
async function isKept(sqlite: Connection, kept: string): Promise<boolean> {
  if (!existsSync(kept)) return false;
  const made = (await readEvents(sqlite, 'kept')).at(-1);
  if (made !== undefined && made.details.sha256 === (await hashFile(kept))) return true;
  throw new FlashcaseError('FC_MOVE_STATE', {
    what: `There is a file ${kept} already.`,
    hint: 'Move it away, then run the command again.',
  });
}

/** Decides that the move is over, clears PostgreSQL, and makes the file that is kept. */
async function endAndKeep(options: LiveOptions): Promise<Finished> {
  const { sqliteFile } = options;
  return withSqlite(sqliteFile, async (sqlite) => {
    await recover(sqlite, options);
    let state = await requireMoveState(sqlite, sqliteFile);
    if (state.phase !== 'finished') {
      requirePhase(state, 'reverse', 'a finish', Number(options.clock.now().micros / 1000n));
      refuseWithoutSpace(
        dirname(sqliteFile),
        sizeWithLog(sqliteFile),
        'The file that a finished move keeps',
        'Free space there, then run the command again.',
      );
      await decideFinish(sqlite, options, state);
      await options.onStep?.('decided');
      state = await requireMoveState(sqlite, sqliteFile);
    }
    const kept = keptFileOf(sqliteFile, state.epoch);
    const isMade = await isKept(sqlite, kept);
    // While the state says `finished`, nobody goes back, and the same command clears away the rest.
    await withPostgres(options.postgresUrl, async (postgres) => {
      await fileOnce(postgres, options);
      await removePostgresCapture(postgres);
      // A rollback that slept may have held it since the decision; from here on there is nothing it could hold, and nobody who would open it.
      await forgetFile(postgres, options, state);
    });
    await options.onStep?.('postgres cleared');
    if (!isMade) {
      const making = `${kept}.making`;
      const sha256 = await makeKept(sqliteFile, making);
      await options.onStep?.('copied');
      await inContendedTransaction(sqlite, () => recordEvent(sqlite, options.clock, 'kept', { file: basename(kept), sha256 }));
      renameSync(making, kept);
      syncFolder(dirname(kept));
    }
    await options.onStep?.('kept');
    await emptyLog(sqlite, sqliteFile);
    const events = await readEvents(sqlite);
    const sha256 = String(events.findLast(({ kind }) => kind === 'kept')?.details.sha256);
    return { runId: state.runId, epoch: state.epoch, keptFile: kept, sha256, events };
  });
}

/**
 * Ends a move for good, with PostgreSQL as the primary: capture and fence go from PostgreSQL; a copy of the file without them is kept under another name, read-only,
 * with its checksum, and the file itself goes. After this there is no way back without loss. Killed, the same call goes on.
 * @param writeReport called before the file goes, and with it its record.
 */
export async function finishMove(options: LiveOptions, writeReport: (report: Finished) => void = () => {}): Promise<Finished> {
  const { sqliteFile } = options;
  const report = await endAndKeep(options);
  writeReport(report);
  rmSync(sqliteFile, { force: true });
  for (const rest of ['-wal', '-shm']) rmSync(sqliteFile + rest, { force: true });
  // After a power cut the old name would name a file that nothing follows any more.
  syncFolder(dirname(sqliteFile));
  await options.onStep?.('removed');
  return report;
}
