import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { FlashcaseError } from '../../errors/index.ts';
import type { Entry } from '../collection.ts';
import type { ZipLimits } from '../zip/limits.ts';
import type { Answer, Question } from './read-apart.ts';
import { readMochi } from './read-mochi.ts';

/** A thread that reads one file of Mochi and gives its entries some at a time, as it is asked (read-apart.ts). */

const AT_ONCE = 200;
const { file, limits } = workerData as { file: string; limits: ZipLimits };
const port = parentPort as MessagePort;
const say = (answer: Answer): void => port.postMessage(answer);

/** An error crosses threads as its fields. */
function refuse(error: unknown): void {
  if (!(error instanceof FlashcaseError)) throw error;
  const { code, message, why, hint } = error;
  const parts = { what: message, ...(why === undefined ? {} : { why }), ...(hint === undefined ? {} : { hint }) };
  say({ kind: 'refused', code, parts });
}

try {
  const reading = await readMochi(file, limits);
  let entries = reading.entries();
  port.on('message', ({ isStart }: Question) => {
    if (isStart) entries = reading.entries();
    const some: Entry[] = [];
    let isLast = false;
    while (some.length < AT_ONCE && !isLast) {
      const next = entries.next();
      if (next.done === true) isLast = true;
      else some.push(next.value);
    }
    say({ kind: 'entries', entries: some, isLast, problems: reading.problems() });
  });
  say({ kind: 'opened', format: reading.format, media: reading.media });
} catch (error) {
  refuse(error);
}
