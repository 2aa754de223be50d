import { lasting } from '../lib/storage.ts';

/** By how many milliseconds the server's clock is ahead of this browser's, as when it was last heard; kept for times without a connection. */
const NAME = 'flashcase.clock-ahead';

const read = (): number => {
  const kept = Number(lasting.read(NAME) ?? 0);
  return Number.isFinite(kept) ? kept : 0;
};
let ahead = read();

/** Sets the clock by a time that the server has just told. @param now in milliseconds */
export function setServerClock(now: number): void {
  ahead = now - Date.now();
  lasting.write(NAME, String(ahead));
}

/** Milliseconds of the server's clock: a device whose own is wrong neither studies on another day nor answers in the future. */
export const serverNow = (): number => Date.now() + ahead;

/** A time of the server's in milliseconds of this browser's clock, for its reader. */
export const asShownHere = (time: number): number => time - ahead;
