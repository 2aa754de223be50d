import { dirname } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Database } from '../../db/database.ts';
import { REPLICA_OUTCOMES, type ReplicaOutcome, type Replicas } from '../../db/replicas.ts';
import type { Settings } from '../../db/settings.ts';
import type { Engine, EngineListeners, Reading } from '../../engine/engine.ts';
import type { Timestamp } from '../../schema/timestamp.ts';
import { markOf, type ServerState } from '../monitor/read-state.ts';
import { StatementTimes } from '../monitor/statement-times.ts';
import { addUp, type Counted } from './counted.ts';
import { LastLook, withinTime } from './last-look.ts';
import { type BackupsHere, backupReadings, lookAtBackups, readDatabase, readDisk, readSchemaDrift } from './read-installation.ts';
import { readMove } from './read-move.ts';
import { Counter, exposition, Histogram } from './series.ts';

/** The event loop is looked at this often; what it says includes this time. */
const LAG_EVERY_MS = 10;
/** A scrape does not wait longer for the database: what is known without it is told all the same. */
const DATABASE_MS = 3000;
/** A look that hangs is given up, with its connection: the next scrape asks anew. */
const GIVE_UP_MS = 10_000;
/** Comparing a schema asks more; each question of it has a limit of its own. */
const COMPARE_MS = 60_000;
/** Several Prometheus servers, or somebody who reloads, cost the database one look. */
const FRESH_MS = 1000;
const DRIFT_EVERY_MS = 600_000;
/** Told to the monitor: those that took most in all. */
const STATEMENTS = 100;

const RESULTS = ['acknowledged', 'refused', 'failed', 'abandoned'] as const;

/** Where the figures of a scrape are read. */
export interface MetricSources {
  readonly database: Database & { readonly sqliteFile?: string | undefined };
  readonly settings: Pick<Settings, 'backup' | 'database' | 'maintainMinuteOfDay'>;
  /** What the other processes of this server have counted; a server of one process has none. */
  readonly others?: (() => Promise<OtherProcesses>) | undefined;
}

export interface OtherProcesses {
  readonly counted: readonly Counted[];
  /** Processes that serve, this one among them, and those that ended without being asked to. */
  readonly workers: number;
  readonly deaths: number;
}

/** A question to the database that is under way. */
interface Look {
  /** It answered the simplest one. */
  isUp: boolean;
  readonly found: Promise<Reading[]>;
}

export type RequestOutcome = { readonly method: string; readonly route: string; readonly status: number | 'abandoned' };

/** What a running server counts, and how its state is read when Prometheus asks. */
export class Metrics {
  /** For the engines of this server's database. */
  readonly listeners: EngineListeners;
  readonly #version: string;
  readonly #requests = new Counter('http_requests_total');
  readonly #durations = new Histogram('http_request_duration_seconds');
  readonly #errors = new Counter('errors_total');
  readonly #reviews = new Counter(
    'reviews_total',
    RESULTS.map((result) => ({ result })),
  );
  readonly #replicaReads = new Counter(
    'replica_reads_total',
    REPLICA_OUTCOMES.map((outcome) => ({ outcome })),
  );
  readonly #waits = new Histogram('pool_wait_seconds');
  readonly #busy = new Counter('sqlite_busy_waits_total', [{}]);
  readonly #statements = new StatementTimes(new Date(performance.timeOrigin).toISOString());
  #lag: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #looking: { readonly at: number; readonly found: Promise<Reading[]> } | undefined;
  /** One look at a database that does not answer is enough: it keeps a connection until it is given up. */
  #underway: Look | undefined;
  #isComparing = false;
  readonly #ending = new Set<AbortController>();
  readonly #backups = new LastLook<BackupsHere>();
  readonly #disks = { data: new LastLook<Reading[]>(), backup: new LastLook<Reading[]>() };
  #drift: { readonly at: number; readonly value: number } | undefined;

  /** @param version of FlashCase, as `info` says it. */
  constructor(version = 'unknown') {
    this.#version = version;
    this.listeners = {
      onQuery: this.#statements.add,
      onWait: (ms) => this.#waits.add(ms / 1000),
      onBusy: () => this.#busy.add(),
    };
  }

  /** A request whose answer has left, or whose client has gone. */
  request({ method, route, status }: RequestOutcome, seconds: number): void {
    this.#requests.add({ method, route, status: String(status) });
    this.#durations.add(seconds, { method, route });
  }

  review(status: number | 'abandoned'): void {
    const result: (typeof RESULTS)[number] =
      status === 'abandoned' ? status : status < 300 ? 'acknowledged' : status < 500 ? 'refused' : 'failed';
    this.#reviews.add({ result });
  }

  /** A read that a replica might have answered. */
  replicaRead(outcome: ReplicaOutcome): void {
    this.#replicaReads.add({ outcome });
  }

  error(code: string): void {
    this.#errors.add({ code });
  }

  /** Everything as Prometheus reads it. Never throws, and never waits long for a database that is away. */
  async text(sources: MetricSources): Promise<string> {
    if (this.#looking === undefined || performance.now() - this.#looking.at > FRESH_MS)
      this.#looking = { at: performance.now(), found: this.#look(sources) };
    const others = await sources.others?.().catch(() => undefined);
    const own = this.counted(sources.database);
    const { readings, times } = others === undefined ? own : addUp([own, ...others.counted]);
    const workers =
      others === undefined
        ? []
        : [
            { name: 'workers', value: others.workers },
            { name: 'worker_deaths_total', value: others.deaths },
          ];
    return exposition([...(await this.#looking.found), ...readings, ...workers], times);
  }

  /** What this process has counted, and how it stands. */
  counted({ engine, replicas: ofDatabase }: Pick<Database, 'engine' | 'replicas'>): Counted {
    const { capabilities } = engine;
    const readings = [
      ...this.#process(),
      ...pool(engine),
      ...(ofDatabase === undefined ? [] : [...replicas(ofDatabase), ...this.#replicaReads.readings()]),
      ...[this.#requests, this.#errors, this.#reviews, ...(capabilities.isLocalFile ? [this.#busy] : [])].flatMap((counter) =>
        counter.readings(),
      ),
      { name: 'info', value: 1, labels: { version: this.#version, engine: engine.name } },
    ];
    return { readings, times: Object.fromEntries([this.#durations, this.#waits].map((times) => [times.name, times.times()])) };
  }

  /** What the monitor asks a server for: its connections, and how long its statements took. */
  server(engine: Engine): ServerState {
    return {
      serves: markOf(engine),
      pool: engine.pool(),
      statements: { since: this.#statements.since, list: this.#statements.list(STATEMENTS) },
    };
  }

  close(): void {
    this.#lag?.disable();
    for (const ending of this.#ending) ending.abort();
  }

  async #look({ database, settings }: MetricSources): Promise<Reading[]> {
    const { clock, engine } = database;
    const file = settings.database.engine === 'sqlite' ? settings.database.file : database.sqliteFile;
    const { directory, minuteOfDay, physical } = settings.backup;
    const look = this.#ask(engine, file, settings.maintainMinuteOfDay === undefined ? undefined : clock.now());
    const [inTime = [], backups, data = [], backup = [], move] = await Promise.all([
      withinTime(look.found, DATABASE_MS),
      this.#backups.take(() => lookAtBackups(directory, clock.now())),
      file === undefined ? undefined : this.#disks.data.take(() => readDisk('data', dirname(file))),
      this.#disks.backup.take(() => readDisk('backup', directory)),
      // A file that is being exchanged, or locked for a moment, says it at the next scrape.
      readMove(file, clock).catch(() => []),
    ]);
    if (look.isUp) this.#lookForDrift(engine);
    return [
      { name: 'database_up', value: Number(look.isUp) },
      ...inTime,
      ...(this.#drift === undefined ? [] : [{ name: 'schema_drift', value: this.#drift.value }]),
      ...(backups === undefined
        ? []
        : backupReadings(
            backups,
            minuteOfDay !== undefined,
            clock.now(),
            physical !== undefined && !engine.capabilities.isLocalFile,
          )),
      ...data,
      ...backup,
      ...move,
    ];
  }

  /** Asks the database, or waits for the answer to what was asked before. */
  #ask(engine: Engine, sqliteFile: string | undefined, upkeepAt: Timestamp | undefined): Look {
    if (this.#underway !== undefined) return this.#underway;
    const forget = (): void => {
      if (this.#underway === look) this.#underway = undefined;
    };
    const look: Look = {
      isUp: false,
      found: this.#limited(GIVE_UP_MS, (signal) => {
        signal.addEventListener('abort', forget);
        return readDatabase(engine, {
          signal,
          sqliteFile,
          upkeepAt,
          onAnswer: () => {
            look.isUp = true;
          },
        });
      }),
    };
    look.found.then(forget, forget);
    this.#underway = look;
    return look;
  }

  /** Work that is ended after a time, or when the server stops. */
  async #limited<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const ending = new AbortController();
    const late = setTimeout(() => ending.abort(), ms);
    this.#ending.add(ending);
    try {
      return await work(ending.signal);
    } finally {
      clearTimeout(late);
      this.#ending.delete(ending);
    }
  }

  /** Looked at beside the scrape, which does not wait for it: comparing a schema waits for whoever changes a table. */
  #lookForDrift(engine: Engine): void {
    if (this.#isComparing || (this.#drift !== undefined && performance.now() - this.#drift.at < DRIFT_EVERY_MS)) return;
    this.#isComparing = true;
    this.#limited(COMPARE_MS, (signal) => readSchemaDrift(engine, signal))
      // A schema that cannot be compared now (a revision is under way) is no drift.
      .catch(() => undefined)
      .then((value) => {
        this.#drift = value === undefined ? undefined : { at: performance.now(), value };
        this.#isComparing = false;
      });
  }

  #process(): Reading[] {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    // The first look begins the measuring: commands that build the application for a moment measure nothing.
    const lag = this.#lag;
    if (lag === undefined) {
      this.#lag = monitorEventLoopDelay({ resolution: LAG_EVERY_MS });
      this.#lag.enable();
    }
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - LAG_EVERY_MS / 1000);
    const lags =
      lag === undefined || lag.count === 0 ? [0, 0, 0] : [late(lag.percentile(50)), late(lag.percentile(99)), late(lag.max)];
    lag?.reset();
    return [
      { name: 'start_time_seconds', value: performance.timeOrigin / 1000 },
      { name: 'cpu_seconds_total', value: (user + system) / 1e6 },
      { name: 'memory_bytes', value: rss, labels: { kind: 'resident' } },
      { name: 'memory_bytes', value: heapUsed, labels: { kind: 'heap' } },
      ...['50', '99', '100'].map((percentile, i) => ({
        name: 'event_loop_lag_seconds',
        value: lags[i] as number,
        labels: { percentile },
      })),
    ];
  }
}

function replicas(of: Replicas): Reading[] {
  const { configured, usable } = of.standing();
  return [
    { name: 'replicas', value: usable, labels: { state: 'used' } },
    { name: 'replicas', value: configured - usable, labels: { state: 'aside' } },
  ];
}

function pool(engine: Engine): Reading[] {
  const { limit, inUse, idle, waiting } = engine.pool();
  return [
    { name: 'pool_connections', value: inUse, labels: { state: 'in_use' } },
    { name: 'pool_connections', value: idle, labels: { state: 'idle' } },
    { name: 'pool_limit', value: limit },
    { name: 'pool_waiting', value: waiting },
  ];
}
