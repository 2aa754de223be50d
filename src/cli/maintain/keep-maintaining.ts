import type { Settings } from '../../db/settings.ts';
import { eachDay } from '../daily-thread.ts';
import type { UpkeepTold } from './maintain-worker.ts';

/** A server that was just started, or lives for a moment only, has other things to do. */
const FIRST_LOOK_MS = 420_000;
const LOOK_MS = 60_000;
/** After a failure, and while another process is at it. */
const AGAIN_MS = 3_600_000;

export interface Maintaining {
  stop(): Promise<void>;
}

/**
 * Does the upkeep of each day in a thread of this process, at its time or, where no server ran then, later.
 * @param tell a line for the log.
 */
export function keepMaintaining(
  settings: Settings,
  tell: (line: string) => void,
  {
    firstLookMs = FIRST_LOOK_MS,
    lookMs = LOOK_MS,
    againMs = AGAIN_MS,
  }: { readonly firstLookMs?: number; readonly lookMs?: number; readonly againMs?: number } = {},
): Maintaining {
  const { maintainMinuteOfDay: minuteOfDay } = settings;
  if (minuteOfDay === undefined) return { stop: async () => {} };
  /** Of which it was told that another one is at it. */
  let toldSlot = '';
  // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return {
    stop: eachDay<UpkeepTold>({
      script: new URL(`./maintain-worker.${ending}`, import.meta.url),
      settings,
      minuteOfDay,
      firstLookMs,
      lookMs,
      againMs,
      broken: (error) => ({ outcome: 'failed', line: String(error) }),
      take(slot, { outcome, line }) {
        if (outcome === 'failed') tell(`FAILED: ${line}`);
        else if (outcome === 'done' || (outcome === 'elsewhere' && slot !== toldSlot)) tell(line);
        if (outcome === 'elsewhere') toldSlot = slot;
        return outcome === 'done' || outcome === 'already';
      },
    }),
  };
}
