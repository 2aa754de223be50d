import { Worker } from 'node:worker_threads';
import { type ExamPlan, type PlanInput, planExam } from '../study/exam-plan.ts';
import { takingTurns } from './taking-turns.ts';

/** Cards times days from which on a thread of its own is worth its start: less takes a few milliseconds. */
const WORTH_A_THREAD = 2000;
/** Plans computed at once; each takes a processor for up to some seconds. */
const CONCURRENT = 1;
const MOST_WAITING = 20;
const MEMORY_MIB = 256;

const inTurn = takingTurns({
  concurrent: CONCURRENT,
  mostWaiting: MOST_WAITING,
  whenFull: 'Too many plans are being made at this moment. Try again in a few seconds.',
});

/** Makes a plan without keeping others waiting: a long simulation in a thread of its own, one at a time. */
export async function planApart(input: PlanInput): Promise<ExamPlan> {
  if (input.cards.size * input.exam.examDay < WORTH_A_THREAD) return planExam(input);
  const file = import.meta.url.endsWith('.ts') ? './simulation-worker.ts' : './simulation-worker.js';
  return inTurn(
    () =>
      new Promise<ExamPlan>((resolve, reject) => {
        const worker = new Worker(new URL(file, import.meta.url), {
          workerData: input,
          resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
        });
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', () => reject(new Error('the simulation ended without an answer')));
      }),
  );
}
