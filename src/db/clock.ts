import { Timestamp } from '../schema/timestamp.ts';

/** Where the present time comes from; tests pass their own. */
export interface Clock {
  now(): Timestamp;
}

/**
 * The system clock in microseconds, rising strictly within this process: two calls in one microsecond differ by one, and a clock that
 * was set back is waited for at half its speed.
 */
export function systemClock(): Clock {
  // Date.now() is right and has whole milliseconds, performance.now() has the rest, but stands while a machine sleeps and never hears that its clock was set: a server that slept a night would date its reviews a night early until it is started again.
  let offset = performance.timeOrigin * 1000;
  let lastSteady = 0;
  let last = 0;
  return {
    now() {
      const steady = performance.now() * 1000;
      const millisecond = Date.now() * 1000;
      offset = Math.min(Math.max(offset, millisecond - steady), millisecond + 999 - steady);
      const micros = Math.floor(steady + offset);
      last = micros > last ? micros : last + Math.max(1, Math.floor((steady - lastSteady) / 2));
      lastSteady = steady;
      return Timestamp.fromMicros(BigInt(last));
    },
  };
}
