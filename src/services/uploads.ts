import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../db/clock.ts';
import { randomToken } from '../db/random.ts';
import { FlashcaseError } from '../errors/index.ts';
import { removeLeftBehind } from './left-behind.ts';

/** Bytes of a file, of one piece of it, and of all files that are here at once, at most. */
export const MOST_UPLOAD_BYTES = 512 * 1024 * 1024;
export const PIECE_BYTES = 4 * 1024 * 1024;
const MOST_BYTES_IN_ALL = 4 * MOST_UPLOAD_BYTES;
/** A file that nobody asked about for so long goes. */
const KEEP_MS = 30 * 60_000;
const PREFIX = 'flashcase-upload-';

interface Question {
  readonly key: string;
  readonly answer: Promise<unknown>;
}

interface Upload {
  readonly userId: bigint;
  readonly folder: string;
  readonly file: string;
  bytes: number;
  touched: NodeJS.Timeout;
  /** What was asked about it last. */
  asked: Question | undefined;
  /** What was done with it, by the question: the answer stays true. */
  readonly done: Map<string, Promise<unknown>>;
  /** Pieces come one after the other. */
  last: Promise<unknown>;
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;

/**
 * Files on their way into an import: sent in pieces, each of which may be sent again, and kept for a while in the temporary folder of this
 * process, where only this user's requests reach them. One of each user: a second one takes the place of the first.
 */
export class Uploads {
  readonly #clock: Clock;
  readonly #temporaryFolder: string;
  readonly #uploads = new Map<string, Upload>();
  /** What a process that was killed left behind goes when the next one has its first upload. */
  #isSwept = false;

  constructor(clock: Clock, temporaryFolder: string = tmpdir()) {
    this.#clock = clock;
    this.#temporaryFolder = temporaryFolder;
  }

  get isAnyHere(): boolean {
    return this.#uploads.size > 0;
  }

  /** Begins a file, empty. */
  async begin(userId: bigint): Promise<string> {
    for (const [id, { userId: owner }] of this.#uploads) if (owner === userId) await this.remove(userId, id);
    await this.#sweep();
    const folder = await onTemporaryDisk(() => mkdtemp(join(this.#temporaryFolder, PREFIX)));
    const id = randomToken(18);
    const touched = setTimeout(() => void this.remove(userId, id).catch(() => undefined), KEEP_MS).unref();
    this.#uploads.set(id, {
      userId,
      folder,
      file: join(folder, 'file'),
      bytes: 0,
      touched,
      asked: undefined,
      done: new Map(),
      last: Promise.resolve(),
    });
    return id;
  }

  /**
   * Adds a piece at its place, and gives how much is there. A piece that is there already changes nothing; one behind a gap is refused
   * (`FC_BAD_REQUEST`), and any while too much of others is here (`FC_RATE_LIMITED`).
   */
  async add(userId: bigint, id: string, at: number, piece: Uint8Array): Promise<number> {
    const upload = this.#of(userId, id);
    const turn = upload.last.then(() => this.#write(upload, at, piece));
    upload.last = turn.catch(() => undefined);
    return turn;
  }

  async #write(upload: Upload, at: number, piece: Uint8Array): Promise<number> {
    const end = at + piece.length;
    if (end > MOST_UPLOAD_BYTES) {
      throw new FlashcaseError('FC_IMPORT_TOO_LARGE', {
        what: `The file is larger than ${mebibytes(MOST_UPLOAD_BYTES)}.`,
        hint: 'Export it without media, or ask whoever runs this server: flashcase import FILE.',
      });
    }
    if (end <= upload.bytes) return upload.bytes;
    if (at !== upload.bytes) {
      throw new FlashcaseError('FC_BAD_REQUEST', {
        what: `The piece does not follow: ${upload.bytes} bytes are here, it begins at ${at}.`,
        hint: 'Send the file from there on.',
      });
    }
    const total = [...this.#uploads.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    if (total + piece.length > MOST_BYTES_IN_ALL) {
      throw new FlashcaseError('FC_RATE_LIMITED', {
        what: 'Too many files are being imported at this moment. Try again in a few minutes.',
        details: { retryAfterSeconds: 60 },
      });
    }
    await onTemporaryDisk(async () => {
      const handle = await open(upload.file, 'a', 0o600);
      try {
        // A piece that was cut short by a full disk is not counted, and written over by the next try.
        await handle.truncate(at);
        await handle.appendFile(piece);
      } finally {
        await handle.close();
      }
    });
    upload.bytes = end;
    upload.asked = undefined;
    return end;
  }

  /**
   * Asks something about a file. The same question again gets the same answer, also while it is not there yet: whoever lost the answer asks
   * once more, and nothing is done twice. A failure is told to those who asked, and then forgotten.
   * @param isDone the answer says what was done, and stays true whatever is asked next
   */
  ask<T>(userId: bigint, id: string, question: string, isDone: boolean, answerOf: (file: string) => Promise<T>): Promise<T> {
    const upload = this.#of(userId, id);
    if (upload.bytes === 0) throw new FlashcaseError('FC_IMPORT_UNREADABLE', { what: 'The file is empty.' });
    const known = upload.done.get(question) ?? (upload.asked?.key === question ? upload.asked.answer : undefined);
    if (known !== undefined) return known as Promise<T>;
    const before = upload.asked?.answer.catch(() => undefined) ?? Promise.resolve();
    const answer = before.then(() => answerOf(upload.file));
    const asked = { key: question, answer };
    upload.asked = asked;
    if (isDone) upload.done.set(question, answer);
    answer.catch(() => {
      if (upload.asked === asked) upload.asked = undefined;
      upload.done.delete(question);
    });
    return answer;
  }

  async remove(userId: bigint, id: string): Promise<void> {
    const upload = this.#of(userId, id);
    this.#uploads.delete(id);
    clearTimeout(upload.touched);
    await upload.asked?.answer.catch(() => undefined);
    await upload.last;
    await rm(upload.folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#uploads].map(([id, { userId }]) => this.remove(userId, id)));
  }

  #of(userId: bigint, id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload === undefined || upload.userId !== userId) {
      throw new FlashcaseError('FC_NOT_FOUND', { what: 'The file is not here any more', hint: 'Choose it again.' });
    }
    upload.touched.refresh();
    return upload;
  }

  async #sweep(): Promise<void> {
    if (this.#isSwept) return;
    this.#isSwept = true;
    await removeLeftBehind(PREFIX, this.#clock, this.#temporaryFolder);
  }
}

async function onTemporaryDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new FlashcaseError('FC_DB_DISK_FULL', {
      what: 'There is no room in the temporary folder for the file; nothing was imported.',
      hint: 'Whoever runs this server frees some space, or names another folder with TMPDIR.',
      cause: error,
    });
  }
}
