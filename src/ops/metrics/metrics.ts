import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Database } from '../../db/database.ts';
import type { Settings } from '../../db/settings.ts';
import type { Engine, EngineListeners, Reading } from '../../engine/engine.ts';
import { readBackups, readDatabase, readDisks, readMove, readSchemaDrift } from './read-installation.ts';
import { Counter, exposition, Histogram } from './series.ts';

/** The event loop is looked at this often; what it says includes this time. */
const LAG_EVERY_MS = 10;
/** A scrape does not wait longer for the database: what is known without it is told all the same. */
const DATABASE_MS = 3000;
/** Several Prometheus servers, or somebody who reloads, cost the database one look. */
const FRESH_MS = 1000;
const DRIFT_EVERY_MS = 600_000;

const RESULTS = ['acknowledged', 'refused', 'failed', 'abandoned'] as const;

/** Where the figures of a scrape are read. */
export interface MetricSources {
  readonly database: Database & { readonly sqliteFile?: string | undefined };
  readonly settings: Pick<Settings, 'backup' | 'database'>;
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
  readonly #waits = new Histogram('pool_wait_seconds');
  readonly #busy = new Counter('sqlite_busy_waits_total', [{}]);
  #lag: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #looking: { readonly at: number; readonly found: Promise<Reading[]> } | undefined;
  /** One look at a database that does not answer is enough: it keeps a connection until the network gives it up. */
  #underway: Promise<Reading[]> | undefined;
  #isComparing = false;
  #drift: { readonly at: number; readonly value: number } | undefined;

  /** @param version of FlashCase, as `info` says it. */
  constructor(version = 'unknown') {
    this.#version = version;
    this.listeners = { onWait: (ms) => this.#waits.add(ms / 1000), onBusy: () => this.#busy.add() };
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

  error(code: string): void {
    this.#errors.add({ code });
  }

  /** Everything as Prometheus reads it. Never throws, and never waits long for a database that is away. */
  async text(sources: MetricSources): Promise<string> {
    if (this.#looking === undefined || performance.now() - this.#looking.at > FRESH_MS)
      this.#looking = { at: performance.now(), found: this.#look(sources) };
    const { engine } = sources.database;
    const { capabilities } = engine;
    const readings = [
      ...(await this.#looking.found),
      ...this.#process(),
      ...pool(engine),
      ...[this.#requests, this.#errors, this.#reviews, ...(capabilities.isLocalFile ? [this.#busy] : [])].flatMap((counter) =>
        counter.readings(),
      ),
      { name: 'info', value: 1, labels: { version: this.#version, engine: engine.name } },
    ];
    return exposition(readings, { http_request_duration_seconds: this.#durations, pool_wait_seconds: this.#waits });
  }

  close(): void {
    this.#lag?.disable();
  }

  async #look({ database, settings }: MetricSources): Promise<Reading[]> {
    const { clock, engine } = database;
    const file = settings.database.engine === 'sqlite' ? settings.database.file : database.sqliteFile;
    this.#underway ??= readDatabase(engine).finally(() => {
      this.#underway = undefined;
    });
    const inTime = await withinTime(this.#underway);
    if (inTime !== undefined) this.#lookForDrift(engine);
    return [
      { name: 'database_up', value: Number(inTime !== undefined) },
      ...(inTime ?? []),
      ...(this.#drift === undefined ? [] : [{ name: 'schema_drift', value: this.#drift.value }]),
      ...quiet(() => readBackups(settings.backup, clock)),
      ...quiet(() => readDisks(file, settings.backup)),
      // A file that is being exchanged, or locked for a moment, says it at the next scrape.
      ...(await readMove(file, clock).catch(() => [])),
    ];
  }

  /** Looked at beside the scrape, which does not wait for it: comparing a schema waits for whoever changes a table. */
  #lookForDrift(engine: Engine): void {
    if (this.#isComparing || (this.#drift !== undefined && performance.now() - this.#drift.at < DRIFT_EVERY_MS)) return;
    this.#isComparing = true;
    readSchemaDrift(engine)
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

function pool(engine: Engine): Reading[] {
  const { limit, inUse, idle, waiting } = engine.pool();
  return [
    { name: 'pool_connections', value: inUse, labels: { state: 'in_use' } },
    { name: 'pool_connections', value: idle, labels: { state: 'idle' } },
    { name: 'pool_limit', value: limit },
    { name: 'pool_waiting', value: waiting },
  ];
}

/** Readings that cannot be had now (a disk that is away) are left out. */
function quiet(read: () => Reading[]): Reading[] {
  try {
    return read();
  } catch {
    return [];
  }
}

/** `undefined` when the database does not answer in time. */
async function withinTime(looking: Promise<Reading[]>): Promise<Reading[] | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), DATABASE_MS);
  });
  try {
    return await Promise.race([looking.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
