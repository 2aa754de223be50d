import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { FlashcaseError } from '../errors/index.ts';
import type { NoteFormat } from '../notes/make-cards.ts';
import { expressionOf, type ReplacedField, type Replacement, replaceInField } from '../notes/replace.ts';
import { takingTurns } from './taking-turns.ts';

export interface FieldToReplace {
  readonly value: string;
  readonly format: NoteFormat;
}

/** Finds and replaces in many fields: each as it becomes, `undefined` where it stays. */
export type ReplaceFields = (fields: readonly FieldToReplace[]) => Promise<readonly (ReplacedField | undefined)[]>;

/** What a person's expression may take for all fields of one request. */
const MOST_MS = 3000;
/** Expressions that run at once; each takes a processor for up to that long. */
const CONCURRENT = 1;
const MOST_WAITING = 10;
const MEMORY_MIB = 128;

const inTurn = takingTurns({
  concurrent: CONCURRENT,
  mostWaiting: MOST_WAITING,
  whenFull: 'Too many expressions are being looked for at this moment. Try again in a few seconds.',
});

const tooSlow = (cause?: unknown): FlashcaseError =>
  new FlashcaseError('FC_INPUT_INVALID', {
    what: `this expression takes too long on your cards; it was stopped after ${MOST_MS / 1000} seconds. Repetitions inside of repetitions, as in (a+)+, are slow: write it more plainly, or look through fewer cards`,
    why: 'Nothing was changed.',
    details: { field: 'find' },
    cause,
  });

/** Throws `FC_INPUT_INVALID` for an expression that is none. */
function checkExpression(replacement: Replacement): RegExp {
  try {
    return expressionOf(replacement);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const [, reason = cause.message] = /: ([^:]*)$/.exec(cause.message) ?? [];
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `this is no regular expression: ${reason}. A sign that is meant as itself has a backslash before it, as \\( or \\?`,
      hint: 'Or look for it as plain text.',
      details: { field: 'find' },
      cause,
    });
  }
}

/**
 * Gives `work` what finds and replaces. A person's expression may take for ever on some texts: it runs in a thread of its own, which is
 * stopped (`FC_INPUT_INVALID`). Plain text is looked for here: it takes no longer than to read the fields.
 */
export async function replacingApart<T>(replacement: Replacement, work: (replace: ReplaceFields) => Promise<T>): Promise<T> {
  const expression = checkExpression(replacement);
  if (!replacement.isExpression)
    return work(async (fields) => fields.map(({ value, format }) => replaceInField(value, format, expression, replacement)));
  return inTurn(async () => {
    const file = import.meta.url.endsWith('.ts') ? './replace-worker.ts' : './replace-worker.js';
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: replacement,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
    });
    // Listened to between requests too: a worker that fails while nobody waits must not end the server.
    worker.on('error', () => {});
    let spent = 0;
    try {
      await once(worker, 'message');
      return await work(async (fields) => {
        const began = performance.now();
        const replaced = await new Promise<readonly (ReplacedField | undefined)[]>((resolve, reject) => {
          const timer = setTimeout(() => reject(tooSlow()), Math.max(1, MOST_MS - spent));
          const end = (settle: () => void) => {
            clearTimeout(timer);
            worker.off('message', onMessage).off('error', onError);
            settle();
          };
          const onMessage = (message: readonly (ReplacedField | undefined)[]) => end(() => resolve(message));
          const onError = (cause: unknown) => end(() => reject(tooSlow(cause)));
          worker.on('message', onMessage).on('error', onError);
          worker.postMessage(fields);
        });
        spent += performance.now() - began;
        return replaced;
      });
    } finally {
      await worker.terminate();
    }
  });
}
