import type { Clock } from '../../db/clock.ts';
import { readRecentLatency } from './latency-files.ts';
import { type FeltByKind, feltOf } from './latency-record.ts';

/**
 * What users felt in the last seconds: all server processes beside this SQLite file taken together, while the file is in a move. Cheap enough to be asked
 * every second (a file of at most half a megabyte for each process that runs); touches neither database.
 *
 * Servers write what they measured every 2 s, so ask for 6 s or more. `all.requests` is 0 when nobody studied, or no server runs: that is no reason to
 * slow anything down. The percentiles are `undefined` then. Times are those of the servers' clock: of requests to `/api/v1`, from their arrival to the
 * end of the answer; writes held by a switch are among them, with the time they waited.
 *
 * @example const { all } = await recentLatency(sqliteFile, clock, 10); if ((all.p99Ms ?? 0) > limitMs) …
 */
export async function recentLatency(sqliteFile: string, clock: Clock, seconds = 10): Promise<FeltByKind> {
  const since = Number(clock.now().micros / 1000n) - seconds * 1000;
  return feltOf(await readRecentLatency(sqliteFile, since));
}
