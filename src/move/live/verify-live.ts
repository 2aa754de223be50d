import { DatabaseSync } from 'node:sqlite';
import type { Connection } from '../../engine/engine.ts';
import { introspect } from '../../engine/postgres/introspect.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { postgresCaptureProblems } from '../capture/postgres-capture.ts';
import { sqliteCaptureProblems } from '../capture/sqlite-capture.ts';
import type { Level } from '../follow/carrier.ts';
import { raiseSequences } from '../follow/sequences.ts';
import type { MoveEvents } from '../move-events.ts';
import { recordEvent } from '../state/events.ts';
import { readSideState } from '../state/postgres-state.ts';
import { requireMoveState, STATE_TABLE } from '../state/sqlite-state.ts';
import { inContendedTransaction } from '../state/transitions.ts';
import { readRun } from '../target/bookkeeping.ts';
import { type DigestReaders, readersOf, withReaders } from '../verify/digest-threads.ts';
import type { TableVerdict } from '../verify/find-differences.ts';
import { compareSides, type Verdict } from '../verify/verify-move.ts';
import { openReverseCarrier, withCarrier } from './carrying.ts';
import { reverseSetBack } from './find-set-back.ts';
import { withJournalled } from './journalled-rows.ts';
import type { LiveOptions } from './live-options.ts';
import { withPostgres, withSqlite } from './sides.ts';

export interface LiveVerdict extends Verdict {
  readonly primary: 'sqlite' | 'postgres';
  /** The point of the primary's journal both sides were compared at. */
  readonly position: string;
  readonly rows: number;
  readonly seconds: number;
  /** Rows, schema and counters; `isEqual` says that the fences stand as well. */
  readonly areRowsEqual: boolean;
  /** What is not as it must be on the side that follows and on the one that serves: triggers that somebody changed, a fence that stands open. */
  readonly fenceProblems: readonly string[];
  /** One side was set back: nothing was carried before the comparison. */
  readonly setBack?: FlashcaseError;
}

export interface VerifyLiveOptions {
  readonly events: MoveEvents;
  readonly isParanoid: boolean;
}

/** Who carries, as a number that every claim raises: as long as it is the same, nobody else has written the side that follows. */
async function tokenOf(target: Connection, db: DatabaseSync, isForward: boolean): Promise<number | undefined> {
  if (isForward) return (await readSideState(target))?.followerToken;
  return db.prepare(`SELECT follower_token FROM ${STATE_TABLE}`).get()?.follower_token as number | undefined;
}

/** While PostgreSQL follows, its foreign keys can be checked late, so that a carrier can bring rows in any order; that ends with the cutover. */
const introspectFollower: typeof introspect = async (connection) =>
  (await introspect(connection)).map((line) => line.replace(/ deferrable$/, '')).toSorted();

/** Compares one moment of both sides: the primary as its open read transaction sees it, and the other side, which nobody else writes meanwhile. */
export async function compareLevel(
  options: LiveOptions,
  level: Level,
  token: number | undefined,
  verify: VerifyLiveOptions,
): Promise<Verdict> {
  return withPostgres(options.postgresUrl, async (target) => {
    // Counters of the side that follows stand where the last switch left them; what they would be set to at the next is what is compared.
    if (level.sqlite !== undefined) await raiseSequences(target, level.sqlite, options.tables);
    await target.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    if (level.postgresSnapshot !== undefined) await target.script(`SET TRANSACTION SNAPSHOT '${level.postgresSnapshot}'`);
    const own =
      level.sqlite === undefined ? new DatabaseSync(options.sqliteFile, { readOnly: true, timeout: 30_000 }) : undefined;
    const db = level.sqlite ?? (own as DatabaseSync);
    const compared = async (readers: DigestReaders): Promise<Verdict> => {
      if ((await tokenOf(target, db, level.sqlite !== undefined)) !== token)
        throw new FlashcaseError('FC_MOVE_TAKEN_OVER', {
          what: 'Another process carried changes between the last batch and the comparison.',
          hint: 'Run the command again.',
        });
      const run = await readRun(target);
      if (run === undefined)
        throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
          what: 'The target does not hold this move any more.',
          hint: 'Run flashcase move abort, then start anew.',
        });
      const carried = new Set(options.tables.map(({ table }) => table.name));
      const ownTables = Object.keys(options.schema.tables).filter((name) => !carried.has(name));
      const verdict = await compareSides(
        { introspect: level.sqlite === undefined ? introspect : introspectFollower },
        target,
        db,
        { ...options, ...verify, sourceFile: options.sqliteFile, ownTables, isFiled: false },
        run,
        readers,
      );
      const primary = level.sqlite === undefined ? { postgres: target } : { db };
      const tables: TableVerdict[] = [];
      for (const found of verdict.tables) {
        const of = options.tables.find(({ table }) => table.name === found.table);
        const { differences } = found;
        tables.push(of === undefined ? found : { ...found, differences: await withJournalled(primary, of, differences) });
      }
      return { ...verdict, tables };
    };
    try {
      return own === undefined ? await compared(readersOf(db)) : await withReaders(own, options.sqliteFile, compared);
    } finally {
      own?.close();
      await target.script('ROLLBACK').catch(() => {});
    }
  });
}

/** Names every row that differs after a side was set back. Nothing is carried or recorded: what only the file has stays in it. */
async function compareAsIs(options: LiveOptions, setBack: FlashcaseError, verify: VerifyLiveOptions): Promise<LiveVerdict> {
  const started = performance.now();
  const { runId, followerToken, position } = await withSqlite(options.sqliteFile, (sqlite) =>
    requireMoveState(sqlite, options.sqliteFile),
  );
  const carrier = await openReverseCarrier(options, runId);
  try {
    let verdict: Verdict | undefined;
    await carrier.showAsIs(async (level) => {
      verdict = await compareLevel(options, level, followerToken, verify);
    });
    const found = verdict as unknown as Verdict;
    return {
      ...found,
      areRowsEqual: found.isEqual,
      fenceProblems: [],
      primary: 'postgres',
      position: String(position),
      rows: found.tables.reduce((sum, { rows }) => sum + rows, 0),
      seconds: (performance.now() - started) / 1000,
      setBack,
    };
  } finally {
    await carrier.close();
  }
}

const NAMES = { sqlite: 'The SQLite file', postgres: 'PostgreSQL' } as const;

/** Journal and fence of both sides: equal rows say nothing about who may write next. */
async function fenceProblems(sqlite: Connection, options: LiveOptions, primary: 'sqlite' | 'postgres'): Promise<string[]> {
  return withPostgres(options.postgresUrl, async (postgres) => {
    const state = await requireMoveState(sqlite, options.sqliteFile);
    const side = await readSideState(postgres);
    const other = primary === 'sqlite' ? 'postgres' : 'sqlite';
    const isOpen = { sqlite: state.isWritable, postgres: side?.isWritable === true };
    // In the middle of a switch neither is.
    return [
      ...(isOpen[other] ? [`${NAMES[other]} takes writes, although ${NAMES[primary]} is the primary.`] : []),
      ...(await sqliteCaptureProblems(sqlite, options.tables)),
      ...(await postgresCaptureProblems(postgres, options.tables)),
    ];
  });
}

/**
 * Compares every row of both sides at one moment, while users go on writing: the carrier brings the side that follows to exactly the primary's state of an open
 * read transaction, and these two are compared. Carrying rests meanwhile. What was found is recorded, and `cutover` asks for it.
 */
export async function verifyLive(options: LiveOptions, verify: VerifyLiveOptions): Promise<LiveVerdict> {
  const started = performance.now();
  const setBack = await reverseSetBack(options);
  if (setBack !== undefined) return compareAsIs(options, setBack, verify);
  return withCarrier(options, async ({ sqlite, direction, carrier }) => {
    const token =
      direction === 'forward'
        ? (await withPostgres(options.postgresUrl, readSideState))?.followerToken
        : (await requireMoveState(sqlite, options.sqliteFile)).followerToken;
    let verdict: Verdict | undefined;
    const { position } = await carrier.carry(undefined, async (level) => {
      verdict = await compareLevel(options, level, token, verify);
    });
    const found = verdict as unknown as Verdict;
    const serving = direction === 'forward' ? 'sqlite' : 'postgres';
    const problems = await fenceProblems(sqlite, options, serving);
    const result: LiveVerdict = {
      ...found,
      isEqual: found.isEqual && problems.length === 0,
      areRowsEqual: found.isEqual,
      fenceProblems: problems,
      primary: serving,
      position: String(position),
      rows: found.tables.reduce((sum, { rows }) => sum + rows, 0),
      seconds: (performance.now() - started) / 1000,
    };
    const { isEqual, primary, rows, seconds } = result;
    await inContendedTransaction(sqlite, () =>
      recordEvent(sqlite, options.clock, 'verified', {
        isEqual,
        primary,
        rows,
        seconds: Math.round(seconds * 1000) / 1000,
        position: result.position,
        isParanoid: verify.isParanoid,
        tables: result.tables.map(({ table, rows, digests }) => ({ table, rows, ...digests })),
        differing: result.tables.filter(({ differing }) => differing > 0).map(({ table, differing }) => ({ table, differing })),
      }),
    );
    return result;
  });
}
