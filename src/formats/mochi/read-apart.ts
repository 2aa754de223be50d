import { Worker } from 'node:worker_threads';
import { type ErrorParts, FlashcaseError } from '../../errors/index.ts';
import type { CollectionSource, Entry, MediaFile, Problem } from '../collection.ts';
import { tooLarge } from '../refusals.ts';
import type { ZipLimits } from '../zip/limits.ts';
import { ZipArchive } from '../zip/read-zip.ts';
import type { MochiMedia } from './read-mochi.ts';

/** The data are held whole: whatever they are, they take no more than this, and nothing of it from the server's own memory. */
const MEMORY_MIB = 1024;

/** What the thread is asked: the next entries, from the start or where it was. */
export interface Question {
  readonly isStart: boolean;
}

interface Opened {
  readonly kind: 'opened';
  readonly format: string;
  readonly media: readonly MochiMedia[];
}

interface Some {
  readonly kind: 'entries';
  readonly entries: readonly Entry[];
  readonly isLast: boolean;
  readonly problems: readonly Problem[];
}

interface Refused {
  readonly kind: 'refused';
  readonly code: FlashcaseError['code'];
  readonly parts: ErrorParts;
}

export type Answer = Opened | Some | Refused;

class Thread {
  readonly #worker: Worker;
  /** Why there is no thread any more. */
  #failure: unknown;
  #resolve: (answer: Answer) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(file: string, limits: ZipLimits, memoryMib: number) {
    const module = import.meta.url.endsWith('.ts') ? './reading-thread.ts' : './reading-thread.js';
    this.#worker = new Worker(new URL(module, import.meta.url), {
      workerData: { file, limits },
      resourceLimits: { maxOldGenerationSizeMb: memoryMib },
    });
    this.#worker.on('message', (answer: Answer) => this.#resolve(answer));
    this.#worker.on('error', (error: NodeJS.ErrnoException) =>
      this.#fail(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge('Reading the file takes more memory than an import may.') : error,
      ),
    );
    this.#worker.on('exit', () => this.#fail(new Error('the reader of the file ended without an answer')));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#reject(error);
  }

  /** The thread's next answer; refusals are thrown. */
  async answer<Kind extends Answer['kind']>(_kind: Kind): Promise<Extract<Answer, { kind: Kind }>> {
    const answer = await new Promise<Answer>((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (answer.kind === 'refused') throw new FlashcaseError(answer.code, answer.parts);
    return answer as Extract<Answer, { kind: Kind }>;
  }

  ask(question: Question): Promise<Some> {
    const answer = this.answer('entries');
    this.#worker.postMessage(question);
    return answer;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

class Mochi implements CollectionSource {
  readonly format: string;
  readonly media: readonly MediaFile[];
  readonly #thread: Thread;
  readonly #zip: ZipArchive;
  #problems: readonly Problem[] = [];

  constructor(thread: Thread, zip: ZipArchive, { format, media }: Opened) {
    this.format = format;
    this.media = media.map(({ entry, ...file }) => ({ ...file, open: () => zip.stream(entry) }));
    this.#thread = thread;
    this.#zip = zip;
  }

  async *entries(): AsyncGenerator<Entry> {
    for (let isStart = true; ; isStart = false) {
      const { entries, isLast, problems } = await this.#thread.ask({ isStart });
      yield* entries;
      this.#problems = problems;
      if (isLast) return;
    }
  }

  problems(): readonly Problem[] {
    return this.#problems;
  }

  async close(): Promise<void> {
    this.#zip.close();
    await this.#thread.end();
  }
}

/**
 * Opens a file of Mochi. Its data are one piece, read in a thread of their own: others are served meanwhile. Throws
 * `FC_IMPORT_UNREADABLE`, `_TOO_NEW`, `_TOO_LARGE` or `_UNSAFE`.
 * @param memoryMib what the thread may hold
 */
export async function openMochi(file: string, limits: ZipLimits, memoryMib = MEMORY_MIB): Promise<CollectionSource> {
  const zip = await ZipArchive.open(file, limits);
  const thread = new Thread(file, limits, memoryMib);
  try {
    return new Mochi(thread, zip, await thread.answer('opened'));
  } catch (error) {
    zip.close();
    await thread.end();
    throw error;
  }
}
