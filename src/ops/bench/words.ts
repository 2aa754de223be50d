import type { BenchResult } from './bench-result.ts';
import type { StepFigures } from './figures.ts';
import { grouped } from './grouped.ts';

export const milliseconds = (value: number): string => {
  if (value === 0) return '0 ms';
  if (value >= 10) return `${grouped(value)} ms`;
  return `${Number(value.toPrecision(2))} ms`;
};

/** For a plot's axis: short, whatever its unit. */
export const shortTime = (value: number): string =>
  value >= 1000 ? `${Number((value / 1000).toPrecision(3))} s` : milliseconds(value);

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
}

/** Of the processors: a machine that has more to do before the load is not quiet. */
const BUSY = 0.25;

export interface StepCost {
  readonly serverCpuMs: number;
  readonly databaseCpuMs: number | undefined;
  /** Of both, as far as it is known. */
  readonly cpuMsPerRequest: number;
  readonly writtenBytes: number | undefined;
}

/** A step's costs a request. */
export function costOfStep({ cost, sent }: StepFigures): StepCost {
  const each = (value: number): number => value / Math.max(1, sent);
  const serverCpuMs = each(cost.serverCpuSeconds * 1000);
  const databaseCpuMs = cost.databaseCpuSeconds === undefined ? undefined : each(cost.databaseCpuSeconds * 1000);
  return {
    serverCpuMs,
    databaseCpuMs,
    cpuMsPerRequest: serverCpuMs + (databaseCpuMs ?? 0),
    writtenBytes: cost.writtenBytes === undefined ? undefined : each(cost.writtenBytes),
  };
}

/** What the verdict's figures are made of, a sentence each. */
export function basisLines({ basis, mix, plan, machine, data }: BenchResult): string[] {
  const most = Math.max(...plan.clients);
  const percent = (part: number): string => `${Math.round(part * 100)} %`;
  return [
    `The goal: 99 of 100 writes within ${basis.goalMs} ms (--goal). A side is at its end where it misses that, or where more clients get no more done.`,
    `An active user answers ${grouped(basis.reviewsPerDay)} cards a day (--reviews-per-day); ${percent(basis.answerShare)} of all requests are answers, so that is ${grouped(basis.reviewsPerDay / basis.answerShare)} requests a day.`,
    `The busiest hour has ${basis.peak} times the average of the day (--peak). Users = requests a second × 86 400 ÷ (${basis.peak} × ${grouped(basis.reviewsPerDay / basis.answerShare)}).`,
    mix.from === 'recorded'
      ? `The mix of requests is what the running server has counted: ${grouped(mix.counted)} requests, of which ${percent(mix.leftOut)} are like none of the load’s and were left out.`
      : 'The mix of requests is the documented one: no running server has counted 1000 requests of users.',
    `Clients send their next request when the last is answered (a closed loop), ${plan.clients.join(', ')} side by side. A slow answer holds its client back, so percentiles are those of so many requests under way; people who arrive meanwhile would wait longer than they say.`,
    ...(data.students < most
      ? [
          `The load acted as ${data.students} people, fewer than its ${most} clients: some write the same rows at the same time, for which PostgreSQL lets one wait for the other. People do not. Take more with --users.`,
        ]
      : []),
    'Written is what SQLite’s process gave the disk, and what PostgreSQL wrote to its log; its data files come later, so the two are not the same measure.',
    'The load, both servers and, where it is local, PostgreSQL share this machine. FlashCase runs as one process, without the change log, backups and upkeep.',
    ...(machine.loadBefore > BUSY * machine.cores
      ? [
          `The machine was busy before: ${machine.loadBefore.toFixed(1)} programs at once on ${machine.cores} cores. Measure again when it is quiet.`,
        ]
      : []),
  ];
}
