import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { MOST_KEY_COLUMNS } from '../carried-tables.ts';
import type { ThrottleSetting } from '../latency/users-limit.ts';
import { inTransaction } from '../target/connect.ts';
import { firstWitness, type Witness } from './witness.ts';

export const STATE_TABLE = 'flashcase_move';
export const JOURNAL_TABLE = 'flashcase_move_journal';
/** What happened, for `status` and the report: written in the transaction that did it. */
export const EVENT_TABLE = 'flashcase_move_event';

export type Phase = 'copying' | 'forward' | 'reverse' | 'finished' | 'aborting';

/** A switch that is under way. */
export interface Attempt {
  readonly id: string;
  /** Host and pid of the process that carries it out. */
  readonly by: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly limitMs: number;
}

/** The state row of the SQLite side: docs/design/move.md says what each field means. */
export interface MoveState {
  readonly runId: string;
  readonly target: string;
  readonly phase: Phase;
  readonly epoch: number;
  readonly attempt: Attempt | undefined;
  readonly isWritable: boolean;
  readonly isPaused: boolean;
  /** When it rests for users' sake. */
  readonly throttle: ThrottleSetting;
  /** PostgreSQL's xid below which every change was carried to SQLite. */
  readonly position: bigint;
  /** The word both sides keep since the last thing that was carried. */
  readonly witness: Witness;
  readonly followerToken: number;
  readonly follower: string | undefined;
  readonly followedAt: string | undefined;
}

/** In the order of `STATE_SQL`. */
export const STATE_TABLES: readonly string[] = [STATE_TABLE, EVENT_TABLE, JOURNAL_TABLE];

/** Columns `k1` to `k8` have no type: keys keep the storage class they have in their table. */
const keyColumns = Array.from({ length: MOST_KEY_COLUMNS }, (_, i) => `k${i + 1}`).join(', ');

/**
 * The statements that make state and journal, for the caller's transaction. By the word of its newest row PostgreSQL knows the journal again: in an older
 * file that was put back, the same numbers are handed out again.
 */
export const STATE_SQL = `
  CREATE TABLE ${STATE_TABLE} (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    run_id TEXT NOT NULL,
    target TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('copying', 'forward', 'reverse', 'finished', 'aborting')),
    epoch INTEGER NOT NULL,
    attempt TEXT,
    is_writable INTEGER NOT NULL,
    pass INTEGER NOT NULL DEFAULT 0,
    is_paused INTEGER NOT NULL DEFAULT 0,
    throttle TEXT NOT NULL DEFAULT 'auto',
    position TEXT NOT NULL DEFAULT '0',
    carried_snapshot TEXT,
    witness TEXT,
    follower_token INTEGER NOT NULL DEFAULT 0,
    follower TEXT,
    followed_at TEXT
  );
  CREATE TABLE ${EVENT_TABLE} (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, details TEXT NOT NULL, chain TEXT NOT NULL);
  CREATE TABLE ${JOURNAL_TABLE} (seq INTEGER PRIMARY KEY, table_no INTEGER NOT NULL, word INTEGER NOT NULL DEFAULT (random() % 2147483648), ${keyColumns})`;

/** The column `witness` of the state row. */
export const witnessOf = (stored: unknown, runId: string): Witness =>
  stored === null ? firstWitness(runId) : (JSON.parse(stored as string) as Witness);

const hasTable = async (sqlite: Connection, name: string): Promise<boolean> =>
  (await sqlite.query("SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = ?", [name])).length > 0;

/** The state of the move this file is in; `undefined` when it is in none. */
export async function readMoveState(sqlite: Connection): Promise<MoveState | undefined> {
  if (!(await hasTable(sqlite, STATE_TABLE))) return undefined;
  // Under names of their own: results are decoded by the names of the application's columns.
  const [row] = await sqlite.query(
    `SELECT run_id AS m_run, target AS m_target, phase AS m_phase, epoch AS m_epoch, attempt AS m_attempt, is_writable AS m_writable,
       is_paused AS m_paused, throttle AS m_throttle, position AS m_position, witness AS m_witness, follower_token AS m_token, follower AS m_follower, followed_at AS m_followed FROM ${STATE_TABLE}`,
  );
  if (row === undefined) return undefined;
  return {
    runId: row.m_run as string,
    target: row.m_target as string,
    phase: row.m_phase as Phase,
    epoch: row.m_epoch as number,
    attempt: row.m_attempt === null ? undefined : (JSON.parse(row.m_attempt as string) as Attempt),
    isWritable: row.m_writable === 1,
    isPaused: row.m_paused === 1,
    throttle: row.m_throttle === 'auto' || row.m_throttle === 'off' ? row.m_throttle : Number(row.m_throttle),
    position: BigInt(row.m_position as string),
    witness: witnessOf(row.m_witness, row.m_run as string),
    followerToken: row.m_token as number,
    follower: (row.m_follower as string | null) ?? undefined,
    followedAt: (row.m_followed as string | null) ?? undefined,
  };
}

/** As `readMoveState`; throws `FC_MOVE_NOT_STARTED` when the file is in no move. */
export async function requireMoveState(sqlite: Connection, where: string): Promise<MoveState> {
  const state = await readMoveState(sqlite);
  if (state !== undefined) return state;
  throw new FlashcaseError('FC_MOVE_NOT_STARTED', {
    what: 'No move is under way.',
    where,
    hint: 'Look first: flashcase move plan --to URL. Then: flashcase move start --to URL.',
  });
}

/** Runs work in a transaction that takes SQLite's write lock at once, so that what it reads stays true until it commits. */
export function inWriteTransaction<T>(sqlite: Connection, work: () => Promise<T>): Promise<T> {
  return inTransaction(sqlite, work, 'BEGIN IMMEDIATE');
}
