import { readLatency } from './latency-files.ts';
import { type Felt, feltOf } from './latency-record.ts';

/** When a move rests: by what users felt before it (`auto`), above so many milliseconds, or never. */
export type ThrottleSetting = 'auto' | 'off' | number;

/** Below this nobody feels a wait, however fast the answers were before. */
const LEAST_LIMIT_MS = 100;
/** Where nothing is known of the time before the move. */
const UNKNOWN_LIMIT_MS = 200;
/** Users may wait this many times as long as before. */
const TIMES_BEFORE = 2;
/** Of fewer requests the slowest one alone would be the p99: a sign-in, whose password is meant to take long. */
const ENOUGH_REQUESTS = 20;

/** What users feel, as one figure. */
export interface Slowness {
  readonly measure: 'p99' | 'p50';
  readonly ms: number;
}

/** The p99 of these requests, or their median where they are few. `undefined` without requests. */
export function slownessOf({ requests, p50Ms, p99Ms }: Felt): Slowness | undefined {
  if (p50Ms === undefined || p99Ms === undefined) return undefined;
  return requests >= ENOUGH_REQUESTS ? { measure: 'p99', ms: p99Ms } : { measure: 'p50', ms: p50Ms };
}

/** Above which slowness the move rests; `undefined`: never. @param beforeMs the p99 of the time before the move, if it is known. */
export function limitOf(setting: ThrottleSetting, beforeMs: number | undefined): number | undefined {
  if (setting === 'off') return undefined;
  if (setting !== 'auto') return setting;
  return beforeMs === undefined ? UNKNOWN_LIMIT_MS : Math.max(LEAST_LIMIT_MS, Math.round(TIMES_BEFORE * beforeMs));
}

/** The p99 users felt before the move: of the hour that servers remember. Reads all that was measured. */
export async function p99Before(sqliteFile: string, startedMs: number): Promise<number | undefined> {
  const records = await readLatency(sqliteFile);
  return feltOf(records.filter(({ to }) => to <= startedMs)).all.p99Ms;
}
