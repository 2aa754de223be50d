import { hostname } from 'node:os';
import type { Connection } from '../../engine/engine.ts';
import type { LiveOptions } from '../live/live-options.ts';
import { withAnswering } from '../live/sides.ts';
import { readSideState } from '../state/postgres-state.ts';
import { type Attempt, type MoveState, readMoveState } from '../state/sqlite-state.ts';
import { closePostgres, giveUpAttempt, openPostgres, reopenPostgres, type Turning } from '../state/transitions.ts';
import { setBackError } from '../state/witness.ts';
import { turningOf } from './turning.ts';

/** A switch that is this much over its limit is given up by whoever looks: its process is stopped or gone. */
const GRACE_MS = 3000;

/** What `recover` found and did, for people. */
export interface Recovered {
  readonly state: MoveState | undefined;
  /** Sentences; empty when nothing was to be done. */
  readonly done: readonly string[];
}

/** `host pid 4711`: who carries out an attempt. */
export function processName(pid: number): string {
  return `${hostname()} pid ${pid}`;
}

/** False when that process was on this machine and is gone. */
export function isAlive(by: string): boolean {
  const named = /^(.*) pid (\d+)$/.exec(by);
  if (named === null || named[1] !== hostname()) return true;
  try {
    process.kill(Number(named[2]), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** True when nobody carries this attempt on any more: its process is gone, or its time is long over. */
export function isAbandoned(attempt: Attempt, nowMs: number): boolean {
  return !isAlive(attempt.by) || nowMs > Date.parse(attempt.startedAt) + attempt.limitMs + GRACE_MS;
}

/**
 * Brings both sides into one of the states in which exactly one side is writable, whatever was killed where. Every command and every server calls it; several
 * may at once. A switch that somebody is carrying out is left alone.
 */
export async function recover(sqlite: Connection, options: LiveOptions): Promise<Recovered> {
  const before = await readMoveState(sqlite);
  if (before === undefined || before.phase === 'copying') return { state: before, done: [] };
  const turning = turningOf(options, before.runId, 'recovery');
  const done: string[] = [];
  const { attempt } = before;
  if (attempt !== undefined) {
    const nowMs = Number(options.clock.now().micros / 1000n);
    if (!isAbandoned(attempt, nowMs)) return { state: before, done };
    if (await giveUpAttempt(sqlite, turning, attempt.id, 'its process is gone'))
      done.push(`The switch that ${attempt.by} began at ${attempt.startedAt} was given up: its process is gone.`);
  }
  // SQLite already says who is primary. PostgreSQL is told when it can be reached.
  done.push(...(await withAnswering(options.postgresUrl, (postgres) => tellPostgres(sqlite, postgres, turning))));
  return { state: await readMoveState(sqlite), done };
}

/**
 * The order of reading matters: PostgreSQL first. A rollback registers in SQLite before it fences PostgreSQL, so a fence that is seen and an attempt that
 * is not seen afterwards mean that this attempt is over.
 */
async function tellPostgres(sqlite: Connection, postgres: Connection, turning: Turning): Promise<string[]> {
  const side = await readSideState(postgres);
  const state = await readMoveState(sqlite);
  if (side === undefined || side.runId !== state?.runId) return [];
  // Only a decision in the file raises an epoch.
  if (side.epoch > state.epoch) throw setBackError('sqlite', side.isWritable ? 'reverse' : 'forward', turning.sqliteAt);
  if (state.attempt !== undefined) return [];
  if (state.phase === 'reverse') {
    if (side.epoch < state.epoch && (await openPostgres(postgres, turning, state.epoch, state.witness)))
      return [`PostgreSQL was opened at epoch ${state.epoch}: the cutover had been decided.`];
    if (!side.isWritable && side.heldBy !== undefined && (await reopenPostgres(postgres, turning, side.heldBy)))
      return ['PostgreSQL was opened again after a rollback that was given up.'];
  }
  if (state.phase === 'forward' && side.epoch < state.epoch && (await closePostgres(postgres, turning, state.epoch)))
    return [`PostgreSQL was told that SQLite is the primary of epoch ${state.epoch}.`];
  return [];
}
