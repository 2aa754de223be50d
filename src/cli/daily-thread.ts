import { Worker } from 'node:worker_threads';
import { systemClock } from '../db/clock.ts';
import { slotBefore } from '../ops/backup/nightly.ts';
import { endThread } from './end-thread.ts';

/** Work a server has once a day, in a thread of its own. */
export interface DailyThread<Told> {
  /** The worker's file; it is given the settings and the slot, the moment of the day it stands for. */
  readonly script: URL;
  readonly settings: unknown;
  readonly minuteOfDay: number;
  readonly firstLookMs: number;
  readonly lookMs: number;
  /** After anything but a day that is done. */
  readonly againMs: number;
  /** What a thread that broke down would have told. */
  readonly broken: (error: unknown) => Told;
  /** Takes what the thread tells. @returns whether the day is done */
  readonly take: (slot: string, told: Told) => boolean;
}

/** Does it at its time or, where no server ran then, later; once, as long as it is done. @returns what ends it; a thread that is at work is asked to stop, then ended */
export function eachDay<Told>(day: DailyThread<Told>): () => Promise<void> {
  const { firstLookMs, lookMs } = day;
  const clock = systemClock();
  let worker: Worker | undefined;
  let isStopped = false;
  let doneSlot = '';
  let restsUntil = performance.now() + firstLookMs;
  const take = (slot: string, told: Told): void => {
    if (day.take(slot, told)) doneSlot = slot;
    else restsUntil = performance.now() + day.againMs;
  };
  const look = (): void => {
    if (worker !== undefined || isStopped || performance.now() < restsUntil) return;
    const slot = slotBefore(clock.now(), day.minuteOfDay).text;
    if (slot === doneSlot) return;
    const started = new Worker(day.script, { workerData: { settings: day.settings, slot } });
    worker = started;
    started.on('message', (told: Told) => take(slot, told));
    started.on('error', (error) => take(slot, day.broken(error)));
    started.on('exit', () => {
      worker = undefined;
    });
  };
  const timer = setInterval(look, Math.min(lookMs, Math.max(firstLookMs, 10)));
  timer.unref();
  return async () => {
    isStopped = true;
    clearInterval(timer);
    if (worker !== undefined) await endThread(worker);
  };
}
