import { Timestamp } from '../schema/timestamp.ts';

/** Where the present time comes from; tests pass their own. */
export interface Clock {
  now(): Timestamp;
}

/** Set back by more, the clock is followed back: dated by an error until it is over, reviews and leases would last for as long again. */
const WAITED_FOR_MICROS = 60_000_000;

/**
 * The system clock in microseconds. It rises strictly within this process, two calls in one microsecond differ by one, but where it was set
 * back: by a minute at most it is waited for at half its speed, by more it is followed.
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
      const isBehind = micros <= last && last - micros <= WAITED_FOR_MICROS;
      last = isBehind ? last + Math.max(1, Math.floor((steady - lastSteady) / 2)) : micros;
      lastSteady = steady;
      return Timestamp.fromMicros(BigInt(last));
    },
  };
}
