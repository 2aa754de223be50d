import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FlashcaseError } from '../errors/index.ts';
import type { CardOutcomes } from '../study/calibration.ts';
import type { OptimiserAnswer, OptimiserQuestion } from './optimiser-process.ts';
import { takingTurns } from './taking-turns.ts';

/** A hundred thousand answers take a minute on a slow machine. */
const LONGEST_MS = 120_000;
const MEMORY_MIB = 768;

const inTurn = takingTurns({
  concurrent: 1,
  mostWaiting: 5,
  whenFull: 'The parameters of others are being fitted at this moment. Try again in a minute.',
});

/** Asks the optimiser in a process of its own, which ends with the answer, at the time limit or when nobody wants it any more. */
function ask(question: OptimiserQuestion, signal: AbortSignal | undefined): Promise<OptimiserAnswer> {
  const file = import.meta.url.endsWith('.ts') ? './optimiser-process.ts' : './optimiser-process.js';
  return new Promise((resolve, reject) => {
    // No environment: it needs none of the server's secrets.
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
      env: {},
      execArgv: [`--max-old-space-size=${MEMORY_MIB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const give = (answer: OptimiserAnswer) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      child.kill('SIGKILL');
      resolve(answer);
    };
    const cancel = () => give({ kind: 'failed', why: 'It was cancelled.' });
    const timer = setTimeout(
      () => give({ kind: 'failed', why: `It took longer than ${LONGEST_MS / 1000} seconds.` }),
      LONGEST_MS,
    );
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) return cancel();
    child.once('message', give);
    child.once('error', reject);
    child.once('exit', (code, name) => give({ kind: 'failed', why: `Its process ended (${name ?? code}).` }));
    child.send(question);
  });
}

let isThere: Promise<boolean> | undefined;

/** Whether the optimiser can run here. Looked up once: it comes with the packages of this machine or not. */
export function hasOptimiser(): Promise<boolean> {
  isThere ??= ask({ cards: undefined, relearningSteps: 0 }, undefined).then(({ kind }) => kind === 'there');
  return isThere;
}

/**
 * Fits the weights of FSRS-6 to answers, one fit at a time.
 * Throws `FC_OPTIMISER` where the optimiser is not there, failed, took too long or was cancelled: nothing has changed then.
 */
export async function optimiseApart(
  cards: readonly CardOutcomes[],
  relearningSteps: number,
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const answer = await inTurn(() => ask({ cards, relearningSteps }, signal));
  if (answer.kind === 'weights') return answer.weights;
  if (answer.kind === 'there' || answer.kind === 'missing') {
    throw new FlashcaseError('FC_OPTIMISER', {
      what: 'The optimiser is not installed on this server',
      why: 'It is the optional package @open-spaced-repetition/binding, native code that is not there for every machine.',
      hint: 'Your cards go on with the parameters they have.',
    });
  }
  throw new FlashcaseError('FC_OPTIMISER', {
    what: 'The parameters could not be fitted',
    why: answer.why,
    hint: 'Nothing was changed. Try again later.',
  });
}
