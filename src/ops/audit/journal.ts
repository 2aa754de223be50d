import {
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { writeDurably } from '../../db/durable-file.ts';
import type { Settings } from '../../db/settings.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { syncFolder } from '../../engine/sqlite/verified-copy.ts';
import { type AuditEvent, eventIn } from './event.ts';

/** How far a database has taken a journal in: the last event it took, and the byte behind it. */
interface Mark {
  readonly event: string;
  readonly offset: number;
}

export interface Journalled {
  readonly events: readonly AuditEvent[];
  /** Lines that are no event: a power cut can tear the last one. */
  readonly damaged: number;
  /** The byte behind the last whole line. */
  readonly end: number;
}

/** Typed by root, and read by the server of somebody else: what is made belongs to whom the folder around it belongs. */
function giveToOwnerAround(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  chownSync(path, uid, gid);
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o700, recursive: true });
  giveToOwnerAround(folder);
}

/**
 * A file that only grows: one event a line, on the disk before the step goes on. It is there without a database, while one is moved, restored or full,
 * and it stays when the database is put back to an older day.
 */
export class AuditJournal {
  readonly folder: string;
  readonly #file: string;
  readonly #markFile: string;

  constructor(folder: string) {
    this.folder = folder;
    this.#file = join(folder, 'journal.ndjson');
    this.#markFile = join(folder, 'taken-in.json');
  }

  get exists(): boolean {
    return existsSync(this.#file);
  }

  /** Bytes; 0 where there is none. */
  get size(): number {
    return this.exists ? statSync(this.#file).size : 0;
  }

  /** Adds an event and waits for the disk. Throws what the file system says. */
  append(event: AuditEvent): void {
    makeFolder(this.folder);
    const isFirst = !this.exists;
    const handle = openSync(this.#file, 'a+', 0o600);
    try {
      const { size } = fstatSync(handle);
      const last = Buffer.alloc(1, '\n');
      if (size > 0) readSync(handle, last, 0, 1, size - 1);
      // One write call each: two processes that append at once do not mix their lines.
      writeSync(handle, `${last[0] === 0x0a ? '' : '\n'}${JSON.stringify(event)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    if (!isFirst) return;
    giveToOwnerAround(this.#file);
    syncFolder(this.folder);
    syncFolder(dirname(this.folder));
  }

  /** @param from a byte behind a whole line */
  read(from = 0): Journalled {
    if (!this.exists) return { events: [], damaged: 0, end: 0 };
    const bytes = readFileSync(this.#file).subarray(from);
    // What another process is writing just now is read the next time.
    const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
    const lines = whole
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    const events = lines.flatMap((line) => eventIn(line) ?? []);
    return { events, damaged: lines.length - events.length, end: from + whole.length };
  }

  /** What is not yet taken in by a database that knows the marked event. */
  mark(): Mark | undefined {
    try {
      const read = JSON.parse(readFileSync(this.#markFile, 'utf8')) as Partial<Mark>;
      const isMark = typeof read.event === 'string' && Number.isSafeInteger(read.offset) && Number(read.offset) <= this.size;
      return isMark ? (read as Mark) : undefined;
    } catch {
      return undefined;
    }
  }

  setMark(mark: Mark): void {
    const { uid, gid } = statSync(this.#file);
    writeDurably(this.#markFile, Buffer.from(JSON.stringify(mark)), { mode: 0o600, uid, gid });
  }
}

/** The journal of an installation: beside its SQLite file; with PostgreSQL in the working folder, for what could not be told to the server. */
export function journalOf({ database }: Settings, folder: string): AuditJournal {
  if (database.engine === 'sqlite') return journalBeside(database.file);
  // Of this database alone: what was done to one is no step on another.
  return new AuditJournal(resolve(folder, 'flashcase-audit', locationOf(database.url).replace(/[^\w.-]+/g, '_')));
}

/** The journal beside an SQLite file; of a symbolic link, beside the real file, as with everything else that lies beside it. */
export const journalBeside = (file: string): AuditJournal =>
  new AuditJournal(`${existsSync(file) ? realpathSync(file) : file}.audit`);
