import { Worker } from 'node:worker_threads';
import { systemClock } from '../../db/clock.ts';
import type { Settings } from '../../db/settings.ts';
import { slotBefore } from '../../ops/backup/nightly.ts';
import type { UpkeepTold } from './maintain-worker.ts';

/** A server that was just started, or lives for a moment only, has other things to do. */
const FIRST_LOOK_MS = 420_000;
const LOOK_MS = 60_000;
/** After a failure, and while another process is at it. */
const AGAIN_MS = 3_600_000;
const STOP_MS = 3000;

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
  const clock = systemClock();
  let worker: Worker | undefined;
  let isStopped = false;
  let doneSlot = '';
  /** Of which it was told that another one is at it. */
  let toldSlot = '';
  let restsUntil = performance.now() + firstLookMs;
  const take = (slot: string, { outcome, line }: UpkeepTold): void => {
    if (outcome === 'failed') tell(`FAILED: ${line}`);
    else if (outcome === 'done' || (outcome === 'elsewhere' && slot !== toldSlot)) tell(line);
    if (outcome === 'elsewhere') toldSlot = slot;
    if (outcome === 'done' || outcome === 'already') doneSlot = slot;
    else restsUntil = performance.now() + againMs;
  };
  const look = (): void => {
    if (worker !== undefined || isStopped || performance.now() < restsUntil) return;
    const slot = slotBefore(clock.now(), minuteOfDay).text;
    if (slot === doneSlot) return;
    // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const started = new Worker(new URL(`./maintain-worker.${ending}`, import.meta.url), { workerData: { settings, slot } });
    worker = started;
    started.on('message', (told: UpkeepTold) => take(slot, told));
    started.on('error', (error) => take(slot, { outcome: 'failed', line: String(error) }));
    started.on('exit', () => {
      worker = undefined;
    });
  };
  const timer = setInterval(look, Math.min(lookMs, Math.max(firstLookMs, 10)));
  timer.unref();
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      const running = worker;
      if (running === undefined) return;
      // Every piece of upkeep may be ended at any moment: the rest is due still, for whoever asks next.
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.postMessage('stop');
      const late = setTimeout(() => void running.terminate(), STOP_MS);
      await ended;
      clearTimeout(late);
    },
  };
}
