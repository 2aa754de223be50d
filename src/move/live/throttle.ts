import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import { recentLatency } from '../latency/recent-latency.ts';
import { type RestMark, removeRestMark, writeRestMark } from '../latency/rest-mark.ts';
import { limitOf, p99Before, slownessOf, type ThrottleSetting } from '../latency/users-limit.ts';
import { readEvents, recordEvent } from '../state/events.ts';
import { type MoveState, readMoveState, requireMoveState, STATE_TABLE } from '../state/sqlite-state.ts';
import { inContendedTransaction } from '../state/transitions.ts';
import type { LiveOptions } from './live-options.ts';
import { withSqlite } from './sides.ts';

/** What users felt in so many seconds decides. */
const FELT_SECONDS = 10;
/** Servers write what they measured this often. */
const LOOK_MS = 2000;
/** However slow users are, the move works this part of the time: it always comes to its end. */
const LEAST_SHARE = 0.1;
/** A rest looks again this often whether it may end. */
const SLICE_MS = 100;
/** What is known of the time before the move is there within seconds of its begin, if at all. */
const BEFORE_KNOWN_MS = 30_000;

type Options = Pick<LiveOptions, 'sqliteFile' | 'clock' | 'by'>;

const nowOf = ({ clock }: Options): number => Number(clock.now().micros / 1000n);
const iso = (ms: number): string => new Date(ms).toISOString();
const quietly = (work: () => void): void => {
  try {
    work();
  } catch {}
};

/** When the move began, in milliseconds since 1970. */
async function startedMs(sqlite: Connection): Promise<number> {
  const [started] = await readEvents(sqlite, 'started');
  return started === undefined ? Number.NEGATIVE_INFINITY : Date.parse(`${started.at.slice(0, 23).replace(' ', 'T')}Z`);
}

/**
 * Slows one part of a live move down while its users wait longer than they may. It holds nothing while it rests: a piece of work is over before, the next one
 * not begun. Without requests, or without servers that measure, it never rests.
 */
export class Throttle {
  readonly #sqlite: Connection;
  readonly #options: Options;
  readonly #doing: RestMark['doing'];
  readonly #tell: (text: string) => void;
  readonly #sleep: (ms: number) => Promise<unknown>;
  #mark: RestMark | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #before: { readonly p99Ms: number | undefined } | undefined;
  #restedMs = 0;

  /** @param tell hears when users begin to wait for the move, and when they do no more. */
  constructor(
    sqlite: Connection,
    options: Options,
    doing: RestMark['doing'],
    tell: (text: string) => void,
    sleep: (ms: number) => Promise<unknown> = delay,
  ) {
    // A follower begins after each switch: that writes waited for that is no sign of load.
    if (doing === 'follow') this.#lookedAt = nowOf(options) + FELT_SECONDS * 1000;
    this.#sqlite = sqlite;
    this.#options = options;
    this.#doing = doing;
    this.#tell = tell;
    this.#sleep = sleep;
  }

  /** True while users wait longer than they may, as of the last look. */
  get isSlow(): boolean {
    return this.#mark !== undefined;
  }

  /** Milliseconds rested so far, by `rest`. */
  get restedMs(): number {
    return this.#restedMs;
  }

  /** How long to rest after work of so many milliseconds, unless users are served well before: at most `mostMs`. */
  async owes(workedMs: number, mostMs: number): Promise<number> {
    if (this.#mark === undefined && nowOf(this.#options) - this.#lookedAt >= LOOK_MS) await this.look();
    return this.#mark === undefined ? 0 : Math.min(mostMs, workedMs * (1 / LEAST_SHARE - 1));
  }

  /** Rests after a piece of work, if users wait for it. */
  async rest(workedMs: number, mostMs: number): Promise<void> {
    for (let left = await this.owes(workedMs, mostMs); left > 0 && this.isSlow; left -= SLICE_MS) {
      const slice = Math.min(left, SLICE_MS);
      await this.#sleep(slice);
      this.#restedMs += slice;
    }
  }

  /** Looks what users feel. Nothing here stops the move: what cannot be read says nothing about users. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch(() => this.#set(undefined))
      .finally(() => {
        this.#looking = undefined;
        this.#lookedAt = nowOf(this.#options);
      });
    return this.#looking;
  }

  /** Leaves no sign of a rest: this part of the move is over, or waits for another reason. */
  async end(): Promise<void> {
    await this.#looking;
    if (this.#mark !== undefined) this.#clear();
  }

  async #look(): Promise<void> {
    const { sqliteFile, clock, by } = this.#options;
    const slowness = slownessOf((await recentLatency(sqliteFile, clock, FELT_SECONDS)).all);
    const setting = slowness === undefined ? 'off' : ((await readMoveState(this.#sqlite))?.throttle ?? 'off');
    const beforeMs = setting === 'auto' ? await this.#p99Before() : undefined;
    const limitMs = limitOf(setting, beforeMs);
    if (slowness === undefined || limitMs === undefined || slowness.ms <= limitMs) return this.#set(undefined);
    const at = iso(nowOf(this.#options));
    this.#set({
      doing: this.#doing,
      by,
      since: this.#mark?.since ?? at,
      at,
      ...slowness,
      limitMs,
      ...(beforeMs === undefined ? {} : { beforeMs }),
    });
  }

  async #p99Before(): Promise<number | undefined> {
    if (this.#before !== undefined) return this.#before.p99Ms;
    const started = await startedMs(this.#sqlite);
    const p99Ms = await p99Before(this.#options.sqliteFile, started);
    if (p99Ms !== undefined || nowOf(this.#options) - started > BEFORE_KNOWN_MS) this.#before = { p99Ms };
    return p99Ms;
  }

  #set(mark: RestMark | undefined): void {
    const was = this.#mark;
    if (mark === undefined) {
      if (was === undefined) return;
      this.#clear();
      this.#tell('Users are served fast enough: the move goes on at full pace.');
      return;
    }
    this.#mark = mark;
    // Where it cannot be shown (a full disk), it rests all the same.
    quietly(() => writeRestMark(this.#options.sqliteFile, mark));
    if (was !== undefined) return;
    // Also while a long piece of work goes on, and while there is none.
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
    this.#tell(`${restReason(mark)}: the move works a tenth of the time until they are served faster.`);
  }

  #clear(): void {
    this.#mark = undefined;
    clearInterval(this.#timer);
    quietly(() => removeRestMark(this.#options.sqliteFile, this.#doing));
  }
}

/** `The p99 of users’ requests is 340 ms, above 200 ms (p99 before the move: 98 ms)`. */
export function restReason({ measure, ms, limitMs, beforeMs }: RestMark): string {
  const whose = measure === 'p99' ? 'The p99 of users’ requests' : 'The median of users’ few requests';
  return `${whose} is ${Math.round(ms)} ms, above ${limitMs} ms${beforeMs === undefined ? '' : ` (p99 before the move: ${Math.round(beforeMs)} ms)`}`;
}

/** What a throttle would do now: the limit, and what it comes from. */
export interface ThrottleShown {
  readonly setting: ThrottleSetting;
  /** `undefined`: it never rests. */
  readonly limitMs: number | undefined;
  /** The p99 before the move, where it is known. */
  readonly beforeMs: number | undefined;
}

/** Shows when the move rests. Throws `FC_MOVE_NOT_STARTED`. */
export async function showThrottle(options: LiveOptions): Promise<ThrottleShown> {
  return withSqlite(options.sqliteFile, async (sqlite) => {
    const { throttle: setting } = await requireMoveState(sqlite, options.sqliteFile);
    const beforeMs = await p99Before(options.sqliteFile, await startedMs(sqlite));
    return { setting, limitMs: limitOf(setting, beforeMs), beforeMs };
  });
}

/** Sets when the move rests; what is under way follows within seconds. Typed twice, it changes nothing the second time. */
export async function setThrottle(options: LiveOptions, setting: ThrottleSetting): Promise<MoveState> {
  return withSqlite(options.sqliteFile, (sqlite) =>
    inContendedTransaction(sqlite, async () => {
      const state = await requireMoveState(sqlite, options.sqliteFile);
      if (state.throttle === setting) return state;
      await sqlite.execute(`UPDATE ${STATE_TABLE} SET throttle = ?`, [String(setting)]);
      await recordEvent(sqlite, options.clock, 'throttle', { setting, by: options.by });
      return { ...state, throttle: setting };
    }),
  );
}
