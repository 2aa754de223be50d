import { Timestamp } from '../schema/timestamp.ts';

/** Where the present time comes from; tests pass their own. */
export interface Clock {
  now(): Timestamp;
}

/** The system clock, rising strictly within this process: two calls in one microsecond differ by one. */
export function systemClock(): Clock {
  let last = 0n;
  return {
    now() {
      const micros = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000));
      last = micros > last ? micros : last + 1n;
      return Timestamp.fromMicros(last);
    },
  };
}
