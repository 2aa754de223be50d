import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Engine } from '../../engine/engine.ts';
import { PARTITION_BEFORE_SCHEMA } from '../../engine/schema-form.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { isInTheWay } from '../../revisions/lock.ts';
import { limitSilence } from '../../revisions/silent-client.ts';
import { refuseInMove } from '../../revisions/underway-move.ts';
import { captureProblem } from './capture.ts';
import { carryKeys, carryMost, NoMonth } from './carry.ts';
import { sequenceMoves } from './make-table.ts';
import { namesOf, type Partitioned, type StorageForm } from './partitioned.ts';
import { missingReferences } from './references.ts';
import { setBuildState } from './state.ts';
import { safeWaitMs } from './when-free.ts';

/** Before the names are exchanged writers must not have waited longer: at a second PostgreSQL looks for deadlocks. */
const MOST_BEFORE_MS = 600;
/** How long, with the writers waiting, the last old snapshots may take to end. */
const SNAPSHOTS_MS = 300;
const LOOK_MS = 5;
/** The same, with nobody waiting. */
const READERS_MS = 2000;
/** A process that stands still with the writers held, as a machine that is put to sleep, loses the lock. */
const STANDSTILL_MS = 5000;
/** Between two tries, and how long the whole may take: a backup that runs is waited for. */
const REST_MS = 200;
const PATIENCE_MS = 1_800_000;

export interface Exchanged {
  /** From the moment on at which a write had to wait, to the moment at which the other table served. */
  readonly pauseMs: number;
  readonly tries: number;
}

export type OnExchangeStep = (step: 'held' | 'drained') => void | Promise<void>;

/** A session with a snapshot. */
interface Reader {
  readonly pid: number;
  /** Another one when it has taken another snapshot, unless nothing has ended meanwhile. */
  readonly snapshot: string;
  readonly who: string;
}

/** Of a session of another role PostgreSQL tells that it has a snapshot, and nothing else. */
const READERS = `
  SELECT pid AS p_pid, concat_ws(' ', pid, xact_start, backend_xmin) AS p_snapshot, pg_blocking_pids(pid)::text AS p_blockers,
    concat_ws(' ', nullif(application_name, ''), state, 'for', date_trunc('second', clock_timestamp() - xact_start)::text) AS p_who
  FROM pg_stat_activity
  WHERE datname = current_database() AND usesysid <> 0 AND pid <> pg_backend_pid() AND coalesce(backend_type, 'client backend') = 'client backend'
    AND (backend_xmin IS NOT NULL OR cardinality(pg_blocking_pids(pid)) > 0)`;

/**
 * Sessions that may read by a snapshot from before now: a transaction that reads as of its beginning would find in the exchanged table only what was
 * copied before that. Who waits for a lock of ours, or for somebody who does, is about to begin a statement, and takes a new snapshot for it.
 */
async function readers(connection: Connection, own: readonly number[]): Promise<Reader[]> {
  const rows = (await connection.query(READERS)).map((row) => ({
    pid: Number(row.p_pid),
    snapshot: String(row.p_snapshot),
    who: String(row.p_who),
    blockers: String(row.p_blockers).match(/\d+/g)?.map(Number) ?? [],
  }));
  const waiting = new Set(own);
  for (let known = 0; known < waiting.size; ) {
    known = waiting.size;
    for (const { pid, blockers } of rows) if (blockers.some((blocker) => waiting.has(blocker))) waiting.add(pid);
  }
  return rows.filter(({ pid }) => !waiting.has(pid));
}

/** Waits until those that are there now have ended or read anew. @returns those that have not, when the time is over */
async function waitForReaders(
  connection: Connection,
  own: readonly number[],
  limitMs: number,
  signal?: AbortSignal,
): Promise<string> {
  const first = new Set((await readers(connection, own)).map(({ snapshot }) => snapshot));
  for (const until = performance.now() + limitMs; ; ) {
    const left = (await readers(connection, own)).filter(({ snapshot }) => first.has(snapshot));
    if (left.length === 0) return '';
    if (performance.now() > until || signal?.aborted === true)
      return left.map(({ pid, who }) => `process ${pid} (${who})`).join(', ');
    await delay(LOOK_MS);
  }
}

const pidOf = async (connection: Connection): Promise<number> =>
  Number((await connection.query('SELECT pg_backend_pid() AS p_pid'))[0]?.p_pid);

class NotNow extends Error {
  readonly inTheWay: string;

  constructor(inTheWay: string) {
    super(inTheWay);
    this.inTheWay = inTheWay;
  }
}

/** Asked once more when nobody writes: what somebody took away meanwhile shows here. */
async function refuseUnready(connection: Connection, engine: Engine, partitioned: Partitioned): Promise<void> {
  await refuseInMove(connection, engine);
  const problem = await captureProblem(connection, partitioned);
  const missing = await missingReferences(connection, partitioned);
  if (problem === undefined && missing.length === 0) return;
  throw new FlashcaseError('FC_PARTITION_DIFFERS', {
    what: `The table that was built cannot serve: ${problem ?? `${missing.join(', ')} is not proved`}. Nothing was exchanged.`,
    hint: 'flashcase db partition undo gives it up; then run begins anew.',
  });
}

interface Exchange {
  readonly engine: Engine;
  readonly connection: Connection;
  /** The role the table belongs to. */
  readonly owner: string;
  readonly partitioned: Partitioned;
  readonly form: StorageForm;
  readonly onStep?: OnExchangeStep | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly say: (line: string) => void;
}

/**
 * One try. A second connection holds the writers, by a lock that readers do not meet; meanwhile this one carries the last keys and commits them, so that
 * whoever takes a snapshot from now on sees the same rows in either table; when nobody has an older one any more, the tables change names.
 */
async function tryOnce({ engine, connection, owner, partitioned, form, onStep }: Exchange, lockMs: number): Promise<number> {
  const { live, made, before } = namesOf(partitioned);
  const sequences = await sequenceMoves(connection, { live });
  const own = await pidOf(connection);
  return engine.dedicated(async (holder) => {
    await limitSilence(holder);
    // Of the same owner as the table that was built.
    await holder.query("SELECT set_config('role', $1, false)", [owner]);
    const ownPids = [own, await pidOf(holder)];
    let isHeld = false;
    try {
      await holder.script(
        `BEGIN; SET LOCAL lock_timeout = ${lockMs}; SET LOCAL idle_in_transaction_session_timeout = ${STANDSTILL_MS}`,
      );
      const began = performance.now();
      await holder.script(`LOCK TABLE ${live} IN SHARE ROW EXCLUSIVE MODE`);
      isHeld = true;
      await onStep?.('held');
      await connection.script(`SET lock_timeout = ${lockMs}`);
      while ((await carryKeys(connection, partitioned, form, false)) > 0);
      await refuseUnready(connection, engine, partitioned);
      await onStep?.('drained');
      const left = await waitForReaders(connection, ownPids, SNAPSHOTS_MS);
      if (left !== '') throw new NotNow(left);
      if (performance.now() - began > MOST_BEFORE_MS) throw new NotNow('more was written than can be carried in a moment');
      for (const sql of sequences.loosen) await holder.script(sql);
      await holder.script(`ALTER TABLE ${live} SET SCHEMA ${PARTITION_BEFORE_SCHEMA}`);
      await holder.script(
        `DO $do$ BEGIN EXECUTE format('ALTER TABLE ${made.replaceAll("'", "''").replaceAll('%', '%%')} SET SCHEMA %I', current_schema()); END $do$`,
      );
      for (const sql of sequences.tie) await holder.script(sql);
      await setBuildState(holder, 'swapped');
      // Its foreign keys stay until it is dropped. Without rows they keep nobody from deleting a card.
      if (form === 'months') await holder.script(`TRUNCATE ${before}`);
      await holder.script('COMMIT');
      isHeld = false;
      return performance.now() - began;
    } finally {
      if (isHeld) await holder.script('ROLLBACK').catch(() => {});
      await connection.script('RESET lock_timeout').catch(() => {});
    }
  });
}

/**
 * Puts the table that was built in the place of the live one. Writers wait for the moment of a few short statements; a try that cannot get what it needs
 * within its time lets them go on, and another one follows. Throws `FC_PARTITION_BLOCKED` naming who was in the way all the time.
 */
export async function exchange(options: Exchange): Promise<Exchanged> {
  const { connection, partitioned, form, say, signal } = options;
  const until = performance.now() + PATIENCE_MS;
  const own = await pidOf(connection);
  const lockMs = await safeWaitMs(connection);
  let told = '';
  for (let tries = 1; ; tries++) {
    // Everything that takes time before anybody has to wait: the keys, and whoever reads by an old snapshot.
    await carryMost(connection, partitioned, form);
    let inTheWay = await waitForReaders(connection, [own], READERS_MS, signal);
    if (inTheWay === '') {
      try {
        return { pauseMs: await tryOnce(options, lockMs), tries };
      } catch (error) {
        if (error instanceof NotNow) inTheWay = error.inTheWay;
        else if (error instanceof NoMonth) inTheWay = 'a row of a month that is not made yet';
        else if (isInTheWay(error)) inTheWay = 'transactions that write or read the table for long';
        else throw error;
      }
    }
    if (signal?.aborted === true || performance.now() > until) {
      throw new FlashcaseError('FC_PARTITION_BLOCKED', {
        what: `The table was never free: ${inTheWay}. Everything is built, and nothing was exchanged yet.`,
        where: partitioned.table.name,
        hint: 'Let them end, or end them (SELECT pg_terminate_backend(<pid>)), and type the same command.',
        details: { tries },
      });
    }
    if (inTheWay !== told) say(`waiting for ${inTheWay}`);
    told = inTheWay;
    await delay(REST_MS);
  }
}
