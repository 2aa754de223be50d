import { Worker } from 'node:worker_threads';
import { FlashcaseError } from '../errors/index.ts';
import { readText, type TextReading, type TextSettings } from '../formats/text/read-text.ts';
import { takingTurns } from './taking-turns.ts';

/** Characters from which on a thread of its own is worth its start: what is shorter is read in a few milliseconds. */
const WORTH_A_THREAD = 64 * 1024;
/** Texts read at once; each takes a processor and some fifty times its size of memory. */
const CONCURRENT = 2;
const MOST_WAITING = 20;
const MEMORY_MIB = 512;

const inTurn = takingTurns({
  concurrent: CONCURRENT,
  mostWaiting: MOST_WAITING,
  whenFull: 'Too many long texts are being imported at this moment. Try again in a few seconds.',
});

/** Reads a text as cards without keeping others waiting: a long one in a thread of its own. */
export async function readTextApart(text: string, settings: TextSettings): Promise<TextReading> {
  if (text.length < WORTH_A_THREAD) return readText(text, settings);
  const { format, separator, rowSeparator, hasHeader, frontColumn, backColumn } = settings;
  const given = { format, separator, rowSeparator, hasHeader, frontColumn, backColumn };
  const file = import.meta.url.endsWith('.ts') ? './text-worker.ts' : './text-worker.js';
  return inTurn(
    () =>
      new Promise<TextReading>((resolve, reject) => {
        const worker = new Worker(new URL(file, import.meta.url), {
          workerData: { text, settings: given },
          resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
        });
        worker.once('message', resolve);
        worker.once('error', (cause) =>
          reject(
            (cause as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
              ? new FlashcaseError('FC_IMPORT_TOO_LARGE', {
                  what: 'Reading the text takes more memory than an import may.',
                  hint: 'Import it in parts.',
                  cause,
                })
              : cause,
          ),
        );
        worker.once('exit', () => reject(new Error('the reader of the text ended without an answer')));
      }),
  );
}
