import { closeSync, fchmodSync, fchownSync, fsyncSync, openSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Connection } from '../../engine/engine.ts';
import { syncFolder } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { cellToJson } from '../../schema/stored-cell.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { raiseSequences, raiseSequencesToRows } from '../follow/sequences.ts';
import type { LostRow } from '../follow/sqlite-follower.ts';
import type { MoveEvents } from '../move-events.ts';
import { readEvents, recordEvent } from '../state/events.ts';
import { readSideState, type SideState } from '../state/postgres-state.ts';
import { JOURNAL_TABLE, type MoveState, requireMoveState, STATE_TABLE } from '../state/sqlite-state.ts';
import { closePostgres, inContendedTransaction, openPostgres } from '../state/transitions.ts';
import { NO_WITNESS } from '../state/witness.ts';
import { recover } from '../switch/recover.ts';
import { turningOf } from '../switch/turning.ts';
import { COMMAND, openReverseCarrier } from './carrying.ts';
import { findSetBack } from './find-set-back.ts';
import type { LiveOptions } from './live-options.ts';
import { withSides } from './sides.ts';
import { compareLevel } from './verify-live.ts';

export interface Accepted {
  /** Which side serves. */
  readonly primary: 'sqlite' | 'postgres';
  readonly setBack: 'sqlite' | 'postgres';
  /** Rows of the SQLite file that PostgreSQL has not, or has otherwise. */
  readonly rows: number;
  /** Where they are kept as they were; `undefined` when there are none. */
  readonly file: string | undefined;
  /** An earlier command did it; this one only put right what that had left, if it was killed. */
  readonly wasDone?: true;
}

/** The event. */
const ACCEPTED = 'set-back-accepted';

/** Keeps rows in a file beside the database before they go, one JSON object a line. */
class LostRows {
  rows = 0;
  file: string | undefined;
  readonly #name: string;
  readonly #sqliteFile: string;
  #fd: number | undefined;

  constructor(sqliteFile: string, name: string) {
    this.#sqliteFile = sqliteFile;
    this.#name = name;
  }

  add({ table }: CarriedTable, lost: Iterable<LostRow>): void {
    for (const { row, isGone } of lost) {
      const was = Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cellToJson(cell)]));
      const key = Object.fromEntries(table.primaryKey.map((name) => [name, was[name]]));
      writeSync(
        this.#open(),
        `${JSON.stringify({ table: table.name, key, onPostgres: isGone ? 'no row' : 'another row', was })}\n`,
      );
      this.rows++;
    }
    if (this.#fd !== undefined) fsyncSync(this.#fd);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    this.file = `${this.#sqliteFile}.${this.#name}`;
    this.#fd = openSync(this.file, 'w', 0o600);
    fchmodSync(this.#fd, 0o600);
    // Whoever serves the file must be able to read it, also when root types the command.
    const { uid, gid } = statSync(this.#sqliteFile);
    if (process.getuid?.() === 0) fchownSync(this.#fd, uid, gid);
    syncFolder(dirname(this.file));
    return this.#fd;
  }
}

/** PostgreSQL never was opened at this epoch, so nobody has written it: SQLite has all there is, and serves again. */
async function serveFromSqlite(sqlite: Connection, postgres: Connection, options: LiveOptions, state: MoveState): Promise<void> {
  const turning = turningOf(options, state.runId, 'recovery');
  const epoch = state.epoch + 1;
  await inContendedTransaction(sqlite, async () => {
    const changed = await sqlite.execute(
      `UPDATE ${STATE_TABLE} SET phase = 'forward', epoch = ?, is_writable = 1 WHERE phase = 'reverse' AND attempt IS NULL AND epoch = ?`,
      [epoch, state.epoch],
    );
    if (changed === 0) throw changedMeanwhile();
    await options.gate.turn(sqlite, 'sqlite', { state: 'open', epoch, by: turning.by });
    await recordEvent(sqlite, options.clock, ACCEPTED, {
      primary: 'sqlite',
      setBack: 'postgres',
      rows: 0,
      epoch,
      by: options.by,
    });
  });
  await options.onStep?.('served');
  await closePostgres(postgres, turning, epoch).catch(() => false);
}

/** An older file that believes to be the primary: it follows, and nothing is carried into it before all of it is made anew. PostgreSQL serves. */
async function followFromOlder(
  sqlite: Connection,
  postgres: Connection,
  options: LiveOptions,
  state: MoveState,
  epoch: number,
): Promise<void> {
  const turning = turningOf(options, state.runId, 'recovery');
  // Before: from the commit on any server may open PostgreSQL, and no id may be handed out twice.
  await raiseSequencesToRows(postgres, options.tables);
  await inContendedTransaction(sqlite, async () => {
    const changed = await sqlite.execute(
      `UPDATE ${STATE_TABLE} SET phase = 'reverse', epoch = ?, is_writable = 0, attempt = NULL, witness = ? WHERE phase = 'forward' AND epoch = ?`,
      [epoch, JSON.stringify(NO_WITNESS), state.epoch],
    );
    if (changed === 0) throw changedMeanwhile();
    await options.gate.turn(sqlite, 'sqlite', { state: 'moved', epoch, movedTo: turning.postgresAt, by: turning.by });
    await recordEvent(sqlite, options.clock, 'decided', { primary: 'postgres', epoch, by: options.by });
  });
  await options.onStep?.('followed');
  await openPostgres(postgres, turning, epoch, NO_WITNESS);
}

/** The file's journal as it is now is the one PostgreSQL has everything of, as soon as both are the same. */
async function knowJournal(sqlite: Connection, postgres: Connection): Promise<void> {
  const [newest] = await sqlite.query(`SELECT seq AS m_seq, word AS m_word FROM ${JOURNAL_TABLE} ORDER BY seq DESC LIMIT 1`);
  await postgres.execute('UPDATE flashcase_move.side SET position = $1, position_word = $2', [
    String(newest?.m_seq ?? 0),
    newest === undefined ? null : String(newest.m_word),
  ]);
}

function raiseCounters(postgres: Connection, { sqliteFile, tables }: LiveOptions): Promise<number> {
  const db = new DatabaseSync(sqliteFile, { readOnly: true, timeout: 30_000 });
  return raiseSequences(postgres, db, tables).finally(() => db.close());
}

const changedMeanwhile = (): FlashcaseError =>
  new FlashcaseError('FC_MOVE_STATE', {
    what: 'Another command changed the move just now.',
    hint: 'Look at flashcase move status, then run the command again.',
  });

/** What an earlier command accepted, unless a switch came since; killed at its end, it could not say where it kept the rows. */
async function acceptedBefore(sqlite: Connection, { sqliteFile }: LiveOptions): Promise<Accepted | undefined> {
  const last = (await readEvents(sqlite)).findLast(({ kind }) => kind === ACCEPTED || kind === 'decided');
  if (last?.kind !== ACCEPTED) return undefined;
  const { primary, setBack, rows, file } = last.details as unknown as Accepted;
  return {
    primary,
    setBack,
    rows,
    file: file === undefined ? undefined : join(dirname(sqliteFile), file),
    wasDone: true,
  };
}

/**
 * Goes on after one side was set back, with what is there: where PostgreSQL serves, or the file is an older one, PostgreSQL is the primary and SQLite is made
 * what it is; the rows SQLite had besides are kept in a file. Where PostgreSQL was set back to before its opening, SQLite serves again. Killed anywhere, the
 * same call goes on. `undefined` when no side was set back. Throws `FC_MOVE_SET_BACK` where PostgreSQL follows and lacks something: a new move is the way.
 */
export async function acceptSetBack(options: LiveOptions, events: MoveEvents): Promise<Accepted | undefined> {
  return withSides(options, async ({ sqlite, postgres }) => {
    let state = await requireMoveState(sqlite, options.sqliteFile);
    const setBack = await findSetBack(sqlite, postgres, options);
    if (setBack === undefined) {
      await recover(sqlite, options);
      return acceptedBefore(sqlite, options);
    }
    const { setBack: side, phase } = setBack.details as { setBack: 'sqlite' | 'postgres'; phase: string };
    if (phase === 'forward' && side === 'postgres') throw setBack;
    if (phase === 'decided') {
      await serveFromSqlite(sqlite, postgres, options, state);
      return { primary: 'sqlite', setBack: side, rows: 0, file: undefined };
    }
    if (state.phase === 'forward') {
      const { epoch, isWritable } = (await readSideState(postgres)) as SideState;
      await followFromOlder(sqlite, postgres, options, state, isWritable ? epoch : Math.max(epoch, state.epoch) + 1);
    }
    const carrier = await openReverseCarrier(options, state.runId);
    const lost = new LostRows(options.sqliteFile, `${state.runId}.lost-${options.newId()}.jsonl`);
    try {
      await carrier.claim(`${COMMAND}${options.by}`);
      await carrier.prepare();
      await options.onStep?.('prepared');
      state = await requireMoveState(sqlite, options.sqliteFile);
      const { followerToken } = state;
      await knowJournal(sqlite, postgres);
      // An id that was handed out stays whose it was.
      await raiseCounters(postgres, options);
      await options.onStep?.('counted');
      await carrier.carryAnew(
        async (level) => {
          const { tables } = await compareLevel(options, level, followerToken, { events, isParanoid: false });
          return new Set(tables.filter(({ differing }) => differing > 0).map(({ table }) => table));
        },
        (table, rows) => lost.add(table, rows),
        async (file) => {
          await options.onStep?.('kept');
          const kept = lost.file === undefined ? {} : { file: basename(lost.file) };
          await recordEvent(file, options.clock, ACCEPTED, {
            primary: 'postgres',
            setBack: side,
            rows: lost.rows,
            ...kept,
            by: options.by,
          });
        },
      );
      await options.onStep?.('carried');
      const { witness } = await requireMoveState(sqlite, options.sqliteFile);
      await openPostgres(postgres, turningOf(options, state.runId, 'recovery'), state.epoch, witness);
    } finally {
      lost.close();
      await carrier.close();
    }
    await options.onStep?.('opened');
    return { primary: 'postgres', setBack: side, rows: lost.rows, file: lost.file };
  });
}
