import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../db/clock.ts';
import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { inTransaction } from '../target/connect.ts';
import { recordEvent } from './events.ts';
import type { Gate } from './gate.ts';
import { type Attempt, inWriteTransaction, STATE_TABLE } from './sqlite-state.ts';
import { readWitnesses, setBackError, sideSetBack, WITNESSES_SQL, type Witness } from './witness.ts';

/**
 * Every change of who is the primary, each a conditional update in one transaction of one side. A process that was stopped and goes on too late
 * finds its condition false and changes nothing (docs/design/move.md).
 */
export interface Turning {
  readonly gate: Gate;
  readonly clock: Clock;
  /** For people: `move mv-… cutover`. */
  readonly by: string;
  /** Where each side is, without a password: what the gate of the other says when it has moved. */
  readonly sqliteAt: string;
  readonly postgresAt: string;
}

/** Tries for the write lock this often; a loaded server leaves it free for less than a millisecond between two groups of writes. */
const LOCK_TRY_MS = 1;
/** Longer than any single write of a server may take. */
const LOCK_WAIT_MS = 15_000;

/**
 * As `inWriteTransaction`, under the load of another process that takes the lock again and again: SQLite's own waiting sleeps up to 100 ms between two
 * tries and can miss every gap.
 * @param waitMs how long it tries. Throws `FC_DB_BUSY` then.
 */
export async function inContendedTransaction<T>(sqlite: Connection, work: () => Promise<T>, waitMs = LOCK_WAIT_MS): Promise<T> {
  const deadline = performance.now() + waitMs;
  await sqlite.script('PRAGMA busy_timeout = 0');
  try {
    for (;;) {
      try {
        return await inWriteTransaction(sqlite, work);
      } catch (error) {
        if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_BUSY' || performance.now() > deadline) throw error;
        await delay(LOCK_TRY_MS);
      }
    }
  } finally {
    await sqlite.script('PRAGMA busy_timeout = 5000');
  }
}

/** A prepared transaction, or a session that sleeps in its own, may keep the side's row: whoever opens or closes PostgreSQL tries again instead of waiting for it. */
const OPEN_LOCK_MS = 5000;

const ofAttempt = "json_extract(attempt, '$.id') = ?";

const readEpoch = async (sqlite: Connection): Promise<number> =>
  (await sqlite.query(`SELECT epoch AS m_epoch FROM ${STATE_TABLE}`))[0]?.m_epoch as number;

/**
 * `held` of a cutover: from this commit on nobody writes the SQLite file, and nobody is in the middle of writing it.
 * @returns the attempt, or `undefined` when the move is not where a cutover can begin.
 * @param begin called when the write lock is ours: the attempt and its pause begin here, the wait for it hurts nobody.
 */
export async function holdSqlite(sqlite: Connection, turning: Turning, begin: () => Attempt): Promise<Attempt | undefined> {
  return inContendedTransaction(sqlite, async () => {
    const attempt = begin();
    const changed = await sqlite.execute(
      `UPDATE ${STATE_TABLE} SET attempt = ?, is_writable = 0 WHERE phase = 'forward' AND attempt IS NULL AND is_paused = 0`,
      [JSON.stringify(attempt)],
    );
    if (changed === 0) return undefined;
    await turning.gate.turn(sqlite, 'sqlite', { state: 'holding', epoch: await readEpoch(sqlite), by: turning.by });
    await recordEvent(sqlite, turning.clock, 'held', { attempt: attempt.id, by: attempt.by });
    return attempt;
  });
}

/**
 * `decided` of a cutover: PostgreSQL is the primary from this commit on. False when the attempt is no longer ours.
 * @param witness what PostgreSQL has since it has everything.
 * @param waitMs how long the write lock is waited for: writes are held meanwhile.
 * @param lookLast called with the write lock, right before; what it throws leaves everything as it was.
 */
export async function decideCutover(
  sqlite: Connection,
  turning: Turning,
  attemptId: string,
  witness: Witness,
  waitMs: number,
  lookLast: () => Promise<void>,
): Promise<boolean> {
  return inContendedTransaction(
    sqlite,
    async () => {
      await lookLast();
      const changed = await sqlite.execute(
        `UPDATE ${STATE_TABLE} SET phase = 'reverse', epoch = epoch + 1, attempt = NULL, witness = ? WHERE phase = 'forward' AND ${ofAttempt}`,
        [JSON.stringify(witness), attemptId],
      );
      if (changed === 0) return false;
      const epoch = await readEpoch(sqlite);
      await turning.gate.turn(sqlite, 'sqlite', { state: 'moved', epoch, movedTo: turning.postgresAt, by: turning.by });
      await recordEvent(sqlite, turning.clock, 'decided', { attempt: attemptId, primary: 'postgres', epoch });
      return true;
    },
    waitMs,
  );
}

const SIDE_BEFORE = `SELECT is_writable AS m_writable, ${WITNESSES_SQL} AS m_witnesses FROM flashcase_move.side WHERE epoch < $1 FOR UPDATE`;

/**
 * Throws unless PostgreSQL could be opened at this epoch now: it answers, it is the server that has everything, and nobody keeps the row that is changed then.
 * @param limitMs how long that row is waited for.
 */
export async function refuseUnopenable(
  postgres: Connection,
  turning: Turning,
  epoch: number,
  witness: Witness,
  limitMs: number,
): Promise<void> {
  return inTransaction(postgres, async () => {
    // Nothing is changed, so nothing has to wait for the disk.
    await postgres.script(`SET LOCAL lock_timeout = ${limitMs}; SET LOCAL synchronous_commit = off`);
    const [side] = await postgres.query(SIDE_BEFORE, [epoch]);
    if (side !== undefined && sideSetBack(witness, readWitnesses(side.m_witnesses)) === undefined) return;
    throw setBackError('postgres', 'forward', turning.postgresAt);
  });
}

/**
 * `opened`: PostgreSQL takes writes at this epoch. Does nothing when it does already, or when a newer epoch has begun. Throws `FC_MOVE_SET_BACK` when a
 * server answers that has not everything the decision was made about.
 */
export async function openPostgres(postgres: Connection, turning: Turning, epoch: number, witness: Witness): Promise<boolean> {
  return inTransaction(postgres, async () => {
    await postgres.script(`SET LOCAL lock_timeout = ${OPEN_LOCK_MS}`);
    const [side] = await postgres.query(SIDE_BEFORE, [epoch]);
    if (side === undefined) return false;
    if (sideSetBack(witness, readWitnesses(side.m_witnesses)) === 'postgres')
      throw setBackError('postgres', side.m_writable === true ? 'reverse' : 'decided', turning.postgresAt);
    const changed = await postgres.execute(
      'UPDATE flashcase_move.side SET is_writable = true, held_by = NULL, epoch = $1 WHERE epoch < $1',
      [epoch],
    );
    if (changed > 0) await turning.gate.turn(postgres, 'postgres', { state: 'open', epoch, by: turning.by });
    return changed > 0;
  });
}

/** `registered` of a rollback: only one switch at a time. */
export async function registerRollback(sqlite: Connection, turning: Turning, attempt: Attempt): Promise<boolean> {
  return inContendedTransaction(sqlite, async () => {
    const changed = await sqlite.execute(
      `UPDATE ${STATE_TABLE} SET attempt = ? WHERE phase = 'reverse' AND attempt IS NULL AND is_paused = 0`,
      [JSON.stringify(attempt)],
    );
    if (changed > 0) await recordEvent(sqlite, turning.clock, 'registered', { attempt: attempt.id, by: attempt.by });
    return changed > 0;
  });
}

/**
 * `held` of a rollback: no statement that begins after this commit writes PostgreSQL; transactions that run already are waited for elsewhere. False when
 * another attempt's fence stands: one that slept would take it over, and give it up with its own. Waits for no lock longer than the pause may last, and the
 * server itself takes back a fence that is not committed by then: its client is gone with the network.
 * @param onLocked called when the side's row is ours: the pause begins here at the earliest. Until then nobody is refused.
 */
export async function holdPostgres(
  postgres: Connection,
  turning: Turning,
  attempt: Attempt,
  epoch: number,
  onLocked: () => void,
): Promise<boolean> {
  const begin = `BEGIN; SET LOCAL lock_timeout = ${attempt.limitMs}; SET LOCAL idle_in_transaction_session_timeout = ${attempt.limitMs}`;
  const work = async (): Promise<boolean> => {
    const changed = await postgres.execute(
      'UPDATE flashcase_move.side SET is_writable = false, held_by = $1 WHERE epoch = $2 AND is_writable AND held_by IS NULL',
      [attempt.id, epoch],
    );
    onLocked();
    if (changed > 0) await turning.gate.turn(postgres, 'postgres', { state: 'holding', epoch, by: turning.by });
    return changed > 0;
  };
  return inTransaction(postgres, work, begin);
}

/**
 * `decided` of a rollback: SQLite is the primary from this commit on. False when the attempt is no longer ours.
 * @param waitMs as for `decideCutover`, and so is `lookLast`.
 */
export async function decideRollback(
  sqlite: Connection,
  turning: Turning,
  attemptId: string,
  waitMs: number,
  lookLast: () => void,
): Promise<boolean> {
  return inContendedTransaction(
    sqlite,
    async () => {
      lookLast();
      const changed = await sqlite.execute(
        `UPDATE ${STATE_TABLE} SET phase = 'forward', epoch = epoch + 1, attempt = NULL, is_writable = 1 WHERE phase = 'reverse' AND ${ofAttempt}`,
        [attemptId],
      );
      if (changed === 0) return false;
      const epoch = await readEpoch(sqlite);
      await turning.gate.turn(sqlite, 'sqlite', { state: 'open', epoch, by: turning.by });
      await recordEvent(sqlite, turning.clock, 'decided', { attempt: attemptId, primary: 'sqlite', epoch });
      return true;
    },
    waitMs,
  );
}

/** `closed` of a rollback: tells those who still look at PostgreSQL where the data is. */
export async function closePostgres(postgres: Connection, turning: Turning, epoch: number): Promise<boolean> {
  return inTransaction(postgres, async () => {
    await postgres.script(`SET LOCAL lock_timeout = ${OPEN_LOCK_MS}`);
    const changed = await postgres.execute(
      'UPDATE flashcase_move.side SET is_writable = false, held_by = NULL, epoch = $1 WHERE epoch < $1',
      [epoch],
    );
    if (changed > 0)
      await turning.gate.turn(postgres, 'postgres', { state: 'moved', epoch, movedTo: turning.sqliteAt, by: turning.by });
    return changed > 0;
  });
}

/** Gives an attempt up on the SQLite side: after this commit its decision cannot be taken. False when it was over already. */
export async function giveUpAttempt(sqlite: Connection, turning: Turning, attemptId: string, why: string): Promise<boolean> {
  return inContendedTransaction(sqlite, async () => {
    const changed = await sqlite.execute(
      `UPDATE ${STATE_TABLE} SET attempt = NULL, is_writable = CASE phase WHEN 'forward' THEN 1 ELSE is_writable END WHERE ${ofAttempt}`,
      [attemptId],
    );
    if (changed === 0) return false;
    const [row] = await sqlite.query(`SELECT phase AS m_phase, epoch AS m_epoch FROM ${STATE_TABLE}`);
    if (row?.m_phase === 'forward')
      await turning.gate.turn(sqlite, 'sqlite', { state: 'open', epoch: row.m_epoch as number, by: turning.by });
    await recordEvent(sqlite, turning.clock, 'given-up', { attempt: attemptId, why });
    return true;
  });
}

/** Opens PostgreSQL again after a rollback that was given up, only if it is that attempt's fence. */
export async function reopenPostgres(postgres: Connection, turning: Turning, attemptId: string): Promise<boolean> {
  return inTransaction(postgres, async () => {
    // The fence itself may still be on its way, from a connection that was cut off: it is waited for, so that it is seen.
    await postgres.script(`SET LOCAL lock_timeout = ${OPEN_LOCK_MS}; SELECT FROM flashcase_move.side FOR UPDATE`);
    const [row] = await postgres.query(
      `UPDATE flashcase_move.side SET is_writable = true, held_by = NULL WHERE held_by = $1 AND NOT is_writable RETURNING epoch AS m_epoch`,
      [attemptId],
    );
    if (row === undefined) return false;
    await turning.gate.turn(postgres, 'postgres', { state: 'open', epoch: Number(row.m_epoch), by: turning.by });
    return true;
  });
}
