import { Worker } from 'node:worker_threads';
import { systemClock } from '../../db/clock.ts';
import type { Settings } from '../../db/settings.ts';
import { type BackupHealth, backupHealth } from '../../ops/backup/backup-health.ts';
import { slotBefore } from '../../ops/backup/nightly.ts';
import type { NightTold } from './nightly-worker.ts';

/** A server that was just started, or lives for a moment only, has other things to do. */
const FIRST_LOOK_MS = 300_000;
const LOOK_MS = 60_000;
/** After a failure, and while another process is at it. */
const AGAIN_MS = 3_600_000;
/** A probe may come every second. */
const HEALTH_MS = 10_000;
const STOP_MS = 3000;

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
  let worker: Worker | undefined;
  let isStopped = false;
  let doneSlot = '';
  let toldSlot = '';
  /** Another machine has the nights of this database, and is taken over from when it fails. */
  let isElsewhere = false;
  let restsUntil = performance.now() + firstLookMs;
  const take = (slot: string, { outcome, line, physical }: NightTold): void => {
    if (line !== undefined && (outcome === 'failed' || slot !== toldSlot)) tell(outcome === 'failed' ? `FAILED: ${line}` : line);
    if (physical?.line !== undefined) tell(physical.isGood ? physical.line : `FAILED: ${physical.line}`);
    toldSlot = slot;
    isElsewhere = outcome === 'elsewhere' && line !== undefined;
    if ((outcome === 'done' || outcome === 'already') && physical?.isGood !== false) doneSlot = slot;
    else restsUntil = performance.now() + AGAIN_MS;
  };
  const look = (): void => {
    if (worker !== undefined || isStopped || performance.now() < restsUntil) return;
    const slot = slotBefore(clock.now(), minuteOfDay).text;
    if (slot === doneSlot) return;
    // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const started = new Worker(new URL(`./nightly-worker.${ending}`, import.meta.url), { workerData: { settings, slot } });
    worker = started;
    started.on('message', (told: NightTold) => take(slot, told));
    started.on('error', (error) => take(slot, { outcome: 'failed', line: String(error) }));
    started.on('exit', () => {
      worker = undefined;
    });
  };
  const timer = setInterval(look, Math.min(lookMs, Math.max(firstLookMs, 10)));
  timer.unref();
  let known: { readonly at: number; readonly health: BackupHealth } | undefined;
  return {
    health() {
      if (known === undefined || performance.now() - known.at > HEALTH_MS)
        known = { at: performance.now(), health: backupHealth(directory, clock.now()) };
      return { ...known.health, isGood: known.health.isGood || isElsewhere };
    },
    async stop() {
      isStopped = true;
      clearInterval(timer);
      const running = worker;
      if (running === undefined) return;
      // What it has begun is no backup yet, and the next one removes it. A PostgreSQL it tries out is no part of it, and would live on.
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.postMessage('stop');
      const late = setTimeout(() => void running.terminate(), STOP_MS);
      await ended;
      clearTimeout(late);
    },
  };
}
