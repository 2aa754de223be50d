import { chmodSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import { SqliteConnection } from '../../engine/sqlite/connection.ts';
import { syncFolder } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { removePostgresCapture } from '../capture/postgres-capture.ts';
import { removeSqliteCapture } from '../capture/sqlite-capture.ts';
import { fileQuarantined, quarantineTableOf } from '../run/file-quarantined.ts';
import { hashFile } from '../source/snapshot.ts';
import { quoted } from '../source/source-tables.ts';
import { type MoveEvent, readEvents, recordEvent } from '../state/events.ts';
import { type MoveState, readMoveState, requireMoveState, STATE_TABLE } from '../state/sqlite-state.ts';
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
  /** Of the file as it is kept; `undefined` while it is being cleared. */
  readonly sha256: string | undefined;
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
const SQLITE_BUSY = 5;

/** Brings everything into the one file that is kept; servers may still have it open, and only a reader in the middle of its work is waited for. */
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

/** The kept file is one by itself: in WAL mode, reading it would need to write beside it. Where another process has it open still, it stays as it is. */
function takeLogAway(file: string): void {
  const connection = new SqliteConnection({ file, readOnly: false, busyTimeoutMs: 1000, columnTypes: new Map() });
  try {
    connection.raw.exec('PRAGMA journal_mode = DELETE');
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
  } finally {
    connection.close();
  }
}

/** The file a finish was killed over after it had its other name already. */
export async function begunFinish(sqliteFile: string): Promise<string | undefined> {
  if (existsSync(sqliteFile)) return undefined;
  const kept = `${basename(sqliteFile)}.epoch`;
  for (const name of readdirSync(dirname(sqliteFile))) {
    if (!name.startsWith(kept) || !/^\d+$/.test(name.slice(kept.length))) continue;
    const file = join(dirname(sqliteFile), name);
    // One that was finished is read-only, and in no move.
    if ((statSync(file).mode & 0o200) !== 0 && (await withSqlite(file, readMoveState)) !== undefined) return file;
  }
  return undefined;
}

/** Decides that the move is over, clears PostgreSQL, and gives the file its other name. */
async function endAndRename(options: LiveOptions): Promise<string> {
  const { sqliteFile } = options;
  const keptFile = await withSqlite(sqliteFile, async (sqlite) => {
    await recover(sqlite, options);
    let state = await requireMoveState(sqlite, sqliteFile);
    if (state.phase !== 'finished') {
      requirePhase(state, 'reverse', 'a finish', Number(options.clock.now().micros / 1000n));
      await decideFinish(sqlite, options, state);
      await options.onStep?.('decided');
      state = await requireMoveState(sqlite, sqliteFile);
    }
    const kept = keptFileOf(sqliteFile, state.epoch);
    if (existsSync(kept))
      throw new FlashcaseError('FC_MOVE_STATE', {
        what: `There is a file ${kept} already.`,
        hint: 'Move it away, then run the command again.',
      });
    // While the state says `finished`, nobody goes back, and the same command clears away the rest.
    await withPostgres(options.postgresUrl, async (postgres) => {
      await fileOnce(postgres, options);
      await removePostgresCapture(postgres);
      // A rollback that slept may have held it since the decision; from here on there is nothing it could hold, and nobody who would open it.
      await forgetFile(postgres, options, state);
    });
    await options.onStep?.('postgres cleared');
    await emptyLog(sqlite, sqliteFile);
    return kept;
  });
  renameSync(sqliteFile, keptFile);
  for (const rest of ['-wal', '-shm']) rmSync(sqliteFile + rest, { force: true });
  // After a power cut the old name would name a file that nothing follows and no fence guards any more.
  syncFolder(dirname(sqliteFile));
  await options.onStep?.('renamed');
  return keptFile;
}

/**
 * Ends a move for good, with PostgreSQL as the primary: capture and fence go from both sides, and the file is kept under another name, read-only, with its
 * checksum. After this there is no way back without loss. Killed, the same call goes on.
 * @param writeReport called before the record leaves the file, and again when the checksum is known.
 */
export async function finishMove(options: LiveOptions, writeReport: (report: Finished) => void = () => {}): Promise<Finished> {
  const keptFile = (await begunFinish(options.sqliteFile)) ?? (await endAndRename(options));
  const finished = await withSqlite(keptFile, async (sqlite) => {
    const { runId, epoch } = await requireMoveState(sqlite, keptFile);
    const report: Finished = { runId, epoch, keptFile, sha256: undefined, events: await readEvents(sqlite) };
    writeReport(report);
    await removeSqliteCapture(sqlite);
    await emptyLog(sqlite, keptFile);
    return report;
  });
  takeLogAway(keptFile);
  chmodSync(keptFile, 0o400);
  const report = { ...finished, sha256: await hashFile(keptFile) };
  writeReport(report);
  return report;
}
