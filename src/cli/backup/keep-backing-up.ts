import { systemClock } from '../../db/clock.ts';
import type { Settings } from '../../db/settings.ts';
import { type BackupHealth, backupHealth } from '../../ops/backup/backup-health.ts';
import { eachDay } from '../daily-thread.ts';
import type { NightTold } from './nightly-worker.ts';

/** A server that was just started, or lives for a moment only, has other things to do. */
const FIRST_LOOK_MS = 300_000;
const LOOK_MS = 60_000;
/** After a failure, and while another process is at it. */
const AGAIN_MS = 3_600_000;
/** A probe may come every second. */
const HEALTH_MS = 10_000;

export interface BackingUp {
  /** What `/ready` says; `undefined` where no schedule is set. */
  health(): BackupHealth | undefined;
  stop(): Promise<void>;
}

/**
 * Makes the backup of each night in a thread of this process, tries it out, and removes what is past its time. A night that was missed, because no server ran, is made up for.
 * @param tell a line for the log.
 */
export function keepBackingUp(
  settings: Settings,
  tell: (line: string) => void,
  { firstLookMs = FIRST_LOOK_MS, lookMs = LOOK_MS }: { readonly firstLookMs?: number; readonly lookMs?: number } = {},
): BackingUp {
  const { minuteOfDay, directory } = settings.backup;
  if (minuteOfDay === undefined) return { health: () => undefined, stop: async () => {} };
  const clock = systemClock();
  let toldSlot = '';
  /** Another machine has the nights of this database, and is taken over from when it fails. */
  let isElsewhere = false;
  // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const stop = eachDay<NightTold>({
    script: new URL(`./nightly-worker.${ending}`, import.meta.url),
    settings,
    minuteOfDay,
    firstLookMs,
    lookMs,
    againMs: AGAIN_MS,
    broken: (error) => ({ outcome: 'failed', line: String(error) }),
    take(slot, { outcome, line, physical }) {
      if (line !== undefined && (outcome === 'failed' || slot !== toldSlot))
        tell(outcome === 'failed' ? `FAILED: ${line}` : line);
      if (physical?.line !== undefined) tell(physical.isGood ? physical.line : `FAILED: ${physical.line}`);
      toldSlot = slot;
      isElsewhere = outcome === 'elsewhere' && line !== undefined;
      return (outcome === 'done' || outcome === 'already') && physical?.isGood !== false;
    },
  });
  let known: { readonly at: number; readonly health: BackupHealth } | undefined;
  return {
    health() {
      if (known === undefined || performance.now() - known.at > HEALTH_MS)
        known = { at: performance.now(), health: backupHealth(directory, clock.now()) };
      return { ...known.health, isGood: known.health.isGood || isElsewhere };
    },
    // What it has begun is no backup yet, and the next one removes it. A PostgreSQL it tries out is no part of it, and would live on: the thread ends it.
    stop,
  };
}
