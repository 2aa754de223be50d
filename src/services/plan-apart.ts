import { Worker } from 'node:worker_threads';
import { type CatchUpForecast, type CatchUpInput, forecastBacklog } from '../study/catch-up.ts';
import { type ExamPlan, type PlanInput, planExam } from '../study/exam-plan.ts';
import { MONTH_DAYS, MONTHS, type Workload, type WorkloadInput, workload } from '../study/workload.ts';
import { takingTurns } from './taking-turns.ts';

/** What a simulation is asked. */
export type Simulation =
  | { readonly kind: 'exam'; readonly input: PlanInput }
  | { readonly kind: 'workload'; readonly input: WorkloadInput }
  | { readonly kind: 'catch-up'; readonly input: CatchUpInput };

/** Cards times days from which on a thread of its own is worth its start: less takes a few milliseconds. */
const WORTH_A_THREAD = 2000;
/** Plans computed at once; each takes a processor for up to some seconds. */
const CONCURRENT = 1;
const MOST_WAITING = 20;
const MEMORY_MIB = 256;
const YEAR_DAYS = 365;

const inTurn = takingTurns({
  concurrent: CONCURRENT,
  mostWaiting: MOST_WAITING,
  whenFull: 'Too many plans are being made at this moment. Try again in a few seconds.',
});

/** Answers a simulation here and now. */
export function simulated({ kind, input }: Simulation): ExamPlan | Workload | CatchUpForecast {
  if (kind === 'exam') return planExam(input);
  return kind === 'workload' ? workload(input) : forecastBacklog(input);
}

function apart<T>(question: Simulation): Promise<T> {
  const file = import.meta.url.endsWith('.ts') ? './simulation-worker.ts' : './simulation-worker.js';
  return inTurn(
    () =>
      new Promise<T>((resolve, reject) => {
        const worker = new Worker(new URL(file, import.meta.url), {
          workerData: question,
          resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
        });
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', () => reject(new Error('the simulation ended without an answer')));
      }),
  );
}

/** Makes a plan without keeping others waiting: a long simulation in a thread of its own, one at a time. */
export async function planApart(input: PlanInput): Promise<ExamPlan> {
  if (input.cards.size * input.exam.examDay < WORTH_A_THREAD) return planExam(input);
  return apart({ kind: 'exam', input });
}

/** Looks a year ahead in the same way. */
export async function workloadApart(input: WorkloadInput): Promise<Workload> {
  if (input.cards.size * MONTHS * MONTH_DAYS * input.retentions.length < WORTH_A_THREAD) return workload(input);
  return apart({ kind: 'workload', input });
}

/** Compares ways to catch up in the same way. */
export async function catchUpApart(input: CatchUpInput): Promise<CatchUpForecast> {
  if (input.cards.size * YEAR_DAYS < WORTH_A_THREAD) return forecastBacklog(input);
  return apart({ kind: 'catch-up', input });
}
