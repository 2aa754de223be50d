import { mkdtempSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a client knows about one of its writes. `unknown`: it was sent and no answer came. */
export interface Operation {
  readonly key: string;
  readonly content: unknown;
  readonly outcome: 'ok' | 'fail' | 'unknown';
  /** The server's answer when `ok`, the error code when `fail`. */
  readonly answer?: unknown;
}

interface Line {
  readonly key: string;
  readonly step: 'sent' | 'ok' | 'fail';
  readonly value: unknown;
}

/**
 * The clients' own record of a load, outside the system under test. A step counts only when its line is synced, so the journal
 * never claims less than the client saw. Lines of clients that wait together share one sync.
 */
export class Journal {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #lines: string[] = [];
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  static async create(): Promise<Journal> {
    const path = join(mkdtempSync(join(tmpdir(), 'flashcase-journal-')), 'journal.jsonl');
    return new Journal(path, await open(path, 'ax'));
  }

  /** Call before the request leaves. */
  sent(key: string, content: unknown): Promise<void> {
    return this.#append({ key, step: 'sent', value: content });
  }

  ok(key: string, answer: unknown): Promise<void> {
    return this.#append({ key, step: 'ok', value: answer });
  }

  fail(key: string, code: string): Promise<void> {
    return this.#append({ key, step: 'fail', value: code });
  }

  /** Everything sent so far, as the file tells it. */
  async operations(): Promise<Operation[]> {
    await this.#last;
    return readJournal(this.path);
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }

  #append(line: Line): Promise<void> {
    this.#lines.push(`${JSON.stringify(line)}\n`);
    this.#next ??= this.#last.then(async () => {
      this.#next = undefined;
      await this.#file.appendFile(this.#lines.splice(0).join(''));
      await this.#file.datasync();
    });
    this.#last = this.#next;
    return this.#next;
  }
}

/** Reads a journal back. A key without an answer is `unknown`; a later answer (a retry's) replaces an earlier one. */
export function readJournal(path: string): Operation[] {
  const operations = new Map<string, Operation>();
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    if (text === '') continue;
    const line = JSON.parse(text) as Line;
    if (line.step === 'sent') {
      if (!operations.has(line.key)) operations.set(line.key, { key: line.key, content: line.value, outcome: 'unknown' });
      continue;
    }
    const sent = operations.get(line.key);
    if (sent === undefined) throw new Error(`the journal has an answer to ${line.key}, which was never sent`);
    operations.set(line.key, { ...sent, outcome: line.step, answer: line.value });
  }
  return [...operations.values()];
}
