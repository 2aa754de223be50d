import { systemClock } from '../db/clock.ts';
import { randomBytes } from '../db/random.ts';
import type { Revision } from '../revisions/revision.ts';
import type { Schema } from '../schema/table.ts';
import { carriedTables } from './carried-tables.ts';
import type { HomeOptions } from './home/home-options.ts';
import { type HomePlan, planHome } from './home/plan-home.ts';
import { abortHome, type HomeAborted, type HomeRun, runHome } from './home/run-home.ts';
import { type HomeStarted, startHome } from './home/start-home.ts';
import { type Aborted, abortMove } from './live/abort.ts';
import { type Finished, finishMove } from './live/finish.ts';
import { type FollowEvents, follow } from './live/follow.ts';
import { withSqlite } from './live/sides.ts';
import { type Started, type StartOptions, startMove } from './live/start.ts';
import { type MoveStatus, moveStatus } from './live/status.ts';
import { type LiveVerdict, verifyLive } from './live/verify-live.ts';
import type { MoveEvents } from './move-events.ts';
import { type Plan, planMove } from './plan/plan-move.ts';
import { readRules } from './plan/rules.ts';
import { type RunResult, runMove } from './run/run-move.ts';
import { type Gate, noGate } from './state/gate.ts';
import { cutover, type SwitchOptions } from './switch/cutover.ts';
import { processName, type Recovered, recover } from './switch/recover.ts';
import { rollback } from './switch/rollback.ts';
import type { SwitchReport } from './switch/switch-steps.ts';
import { type Verdict, verifyMove } from './verify/verify-move.ts';

/** What a move of an application is told. */
export interface MoveSettings {
  readonly schema: Schema;
  /** All of them: the file must be at their end, and the target's tables are made by them. */
  readonly revisions: readonly Revision[];
  readonly sqliteFile: string;
  /** PostgreSQL without a pooler between; its database is empty before a move. */
  readonly postgresUrl: string;
  /** Decisions about values PostgreSQL cannot hold: written by `plan`, read by every call. By default beside the SQLite file. */
  readonly rulesFile?: string;
  /** Holds a snapshot while a move copies. By default beside the SQLite file. */
  readonly workFolder?: string;
  /** The application's own gate, if it has one; without it the fence alone refuses writes on the side that follows. */
  readonly gate?: Gate;
  /** Tables of which each side has its own row, as that of a gate: a live move neither carries nor compares them. */
  readonly ownTables?: readonly string[];
  /** Forget an unfinished copy on the target and begin anew. */
  readonly isStartingOver?: boolean;
  /** Progress; by default nothing is told. */
  readonly events?: Partial<MoveEvents>;
}

/** What a move home is told beside the settings: see `flashcase move run --help`. */
export type HomeChoices = Pick<HomeOptions, 'isFencing' | 'isLeavingUnknown' | 'isParanoid' | 'signal'>;

/** Every step of a move, offline and live. Each may be called again after a kill, from any process with the same settings: it goes on. */
export interface ApplicationMove {
  /** Judges every row; writes nothing but the rules file, with each open decision in it. */
  plan(): Promise<Pick<Plan, 'rows' | 'groups' | 'open' | 'target'>>;
  /** Offline: copies everything. Nobody may write the file meanwhile. */
  run(): Promise<RunResult>;
  /** Offline: compares every row, and the schema, with the file. */
  verify(options?: { readonly isParanoid?: boolean }): Promise<Verdict>;
  /** Live: notes what is written from now on, and copies; then PostgreSQL is ready to follow. */
  start(): Promise<Started>;
  /** Live: carries what is written on the primary to the other side, whichever that is, until the signal comes or the move is over. */
  follow(signal: AbortSignal, events?: FollowEvents): Promise<void>;
  /** Live: where it stands. Changes nothing. */
  status(): Promise<MoveStatus>;
  /** Live: compares both sides at one moment, while users write. */
  verifyLive(options?: { readonly isParanoid?: boolean }): Promise<LiveVerdict>;
  /** Live: PostgreSQL becomes the primary, SQLite follows. */
  cutover(options?: SwitchOptions): Promise<SwitchReport>;
  /** Live: SQLite becomes the primary again, PostgreSQL follows. */
  rollback(options?: SwitchOptions): Promise<SwitchReport>;
  /** Live: puts a switch right whose process is gone; `cutover` and `rollback` do so too. */
  recover(): Promise<Recovered>;
  /** Live: ends the move with PostgreSQL; the file is kept under another name. There is no way back after it. */
  finish(): Promise<Finished>;
  /** Live: ends the move while SQLite is the primary, and removes what it made. */
  abort(): Promise<Aborted>;
  /** Home: judges every value of PostgreSQL that is to go to a new file; writes nothing. */
  planHome(options?: HomeChoices): Promise<HomePlan>;
  /** Home, offline: closes PostgreSQL for writes, makes the file, compares both, and gives it its name. */
  runHome(options?: HomeChoices): Promise<HomeRun>;
  /** Home, live: makes a file that follows PostgreSQL; `follow`, `rollback` and `abort` do the rest. */
  startHome(options?: HomeChoices): Promise<HomeStarted>;
  /** Home, offline: opens PostgreSQL again after a `runHome` that was killed before the file had its name. */
  abortHome(): Promise<HomeAborted>;
}

const silent: MoveEvents = { phase() {}, expect() {}, rows() {}, bytes() {}, done() {}, note() {} };

/**
 * The move of one application between its SQLite file and PostgreSQL. Opens nothing by itself: each call has connections of its own.
 * Throws `FC_MOVE_SOURCE_UNFIT` for a key of more columns than a journal holds.
 */
export function applicationMove(settings: MoveSettings): ApplicationMove {
  const { schema, revisions, sqliteFile, postgresUrl, gate = noGate, ownTables = [], isStartingOver = false } = settings;
  const rulesFile = settings.rulesFile ?? `${sqliteFile}.move.rules.yaml`;
  const events = { ...silent, ...settings.events };
  const fixed = {
    schema,
    revisions,
    sqliteFile,
    sourceFile: sqliteFile,
    postgresUrl,
    targetUrl: postgresUrl,
    workFolder: settings.workFolder ?? `${sqliteFile}.move`,
    rulesFile,
    gate,
    tables: carriedTables(schema, ownTables),
    isStartingOver,
    events,
    clock: systemClock(),
    newId: () => randomBytes(4).toString('hex'),
    by: processName(process.pid),
  };
  // Read at each call: a person may have decided in between.
  const decided = (): StartOptions & typeof fixed => ({ ...fixed, rules: readRules(rulesFile) });
  return {
    plan: () => planMove({ ...decided(), targetUrl: postgresUrl }, () => {}),
    run: () => runMove({ ...decided(), targetUrl: postgresUrl }),
    verify: ({ isParanoid = false } = {}) => verifyMove({ ...fixed, isParanoid }),
    start: () => startMove(decided()),
    follow: (signal, told) => follow(fixed, signal, told),
    status: () => moveStatus(fixed),
    verifyLive: ({ isParanoid = false } = {}) => verifyLive(fixed, { events, isParanoid }),
    cutover: (options) => cutover(fixed, options),
    rollback: (options) => rollback(fixed, options),
    recover: () => withSqlite(sqliteFile, (sqlite) => recover(sqlite, fixed)),
    finish: () => finishMove(fixed),
    abort: () => abortMove(fixed),
    planHome: (choices) => planHome({ ...fixed, ...choices }),
    runHome: (choices) => runHome({ ...fixed, ...choices }),
    startHome: (choices) => startHome({ ...fixed, ...choices }),
    abortHome: () => abortHome(fixed, false),
  };
}
