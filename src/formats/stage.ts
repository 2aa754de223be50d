import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { FlashcaseError } from '../errors/index.ts';
import type { Card, CollectionSource, Deck, DeckOptions, Note, NoteType, ProblemLog, Review, WholeNote } from './collection.ts';

const SQLITE_FULL = 13;

/** Work on the private file; a full disk is said in plain words. */
function onStage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { errcode, code } = error as { errcode?: number; code?: string };
    if (errcode !== SQLITE_FULL && code !== 'ENOSPC') throw error;
    throw new FlashcaseError('FC_DB_DISK_FULL', {
      what: 'There is no room in the temporary folder to lay the file out; nothing was imported.',
      hint: 'Free some space, or name another folder with TMPDIR.',
      cause: error,
    });
  }
}

const TABLES = `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
  CREATE TABLE note (key INTEGER PRIMARY KEY, json TEXT);
  CREATE TABLE card (note INTEGER, ordinal INTEGER, key INTEGER, json TEXT, PRIMARY KEY (note, ordinal, key)) WITHOUT ROWID;
  CREATE TABLE review (card INTEGER, at INTEGER, place INTEGER, json TEXT, PRIMARY KEY (card, at, place)) WITHOUT ROWID;
  CREATE TABLE prepared (place INTEGER PRIMARY KEY, json TEXT);
  CREATE TABLE log (place INTEGER PRIMARY KEY, numbers BLOB);
  CREATE TABLE media (sha256 TEXT PRIMARY KEY, about TEXT, bytes BLOB);
  BEGIN`;

/** Characters of JSON that are handed out together, at most: a few long notes, or many short ones. */
const MOST_TOGETHER = 4_000_000;

/** All of a source: what notes refer to, and then the notes themselves, to be read once. */
export interface Taken {
  readonly options: readonly DeckOptions[];
  readonly decks: ReadonlyMap<number, Deck>;
  readonly noteTypes: ReadonlyMap<number, NoteType>;
  /** In the order of their keys. */
  readonly notes: Iterable<WholeNote>;
}

/**
 * What an import works on between reading a file and writing to the database: a private file that is gone afterwards. Archives have their
 * notes, their cards and their reviews one after the other, an import needs them together; a hundred thousand notes do not fit into memory.
 */
export class Stage {
  readonly #folder: string;
  readonly #database: DatabaseSync;
  readonly #addPrepared: StatementSync;
  readonly #addLog: StatementSync;

  constructor(temporaryFolder: string = tmpdir()) {
    this.#folder = onStage(() => mkdtempSync(join(temporaryFolder, 'flashcase-import-')));
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(join(this.#folder, 'stage.db'));
      // Thrown away after a failure: nothing has to be safe on the disk.
      const opened = database;
      onStage(() => opened.exec(TABLES));
      // Without a name nothing of it outlives this process, however that ends. SQLite refuses to begin in a file that has none.
      this.#removeFolder();
      this.#addPrepared = opened.prepare('INSERT INTO prepared (json) VALUES (?)');
      this.#addLog = opened.prepare('INSERT INTO log (numbers) VALUES (?)');
      this.#database = opened;
    } catch (error) {
      database?.close();
      this.#removeFolder();
      throw error;
    }
  }

  /** Removes the file as far as the system allows: one that is open keeps its name on some, until it is closed. */
  #removeFolder(): void {
    try {
      rmSync(this.#folder, { recursive: true, force: true });
    } catch {
      // Tried again when it is closed.
    }
  }

  /** Takes a source in. What cannot give its notes whole is put together here first. */
  async take(source: CollectionSource, problems: ProblemLog): Promise<Taken> {
    const options: DeckOptions[] = [];
    const decks = new Map<number, Deck>();
    const noteTypes = new Map<number, NoteType>();
    const keep = (entry: DeckOptions | Deck | NoteType): void => {
      if (entry.type === 'note-type') noteTypes.set(entry.key, entry);
      else if (entry.type === 'deck') decks.set(entry.key, entry);
      else options.push(entry);
    };
    if (source.wholeEntries === undefined) {
      await this.#fill(source, problems, keep);
      return { options, decks, noteTypes, notes: this.#notes() };
    }
    const entries = source.wholeEntries()[Symbol.iterator]();
    for (let next = entries.next(); ; next = entries.next()) {
      if (next.done !== true && next.value.type !== 'whole-note') keep(next.value);
      else return { options, decks, noteTypes, notes: from(next, entries) };
    }
  }

  async #fill(
    source: CollectionSource,
    problems: ProblemLog,
    keep: (entry: DeckOptions | Deck | NoteType) => void,
  ): Promise<void> {
    const insert = (sql: string): StatementSync => this.#database.prepare(sql);
    const notes = insert('INSERT OR REPLACE INTO note VALUES (?, ?)');
    const cards = insert('INSERT OR REPLACE INTO card VALUES (?, ?, ?, ?)');
    const reviews = insert('INSERT INTO review VALUES (?, ?, ?, ?)');
    let place = 0;
    for await (const entry of source.entries()) {
      if (entry.type === 'review') onStage(() => reviews.run(entry.card, entry.at, place++, JSON.stringify(entry)));
      else if (entry.type === 'card') onStage(() => cards.run(entry.note, entry.ordinal, entry.key, JSON.stringify(entry)));
      else if (entry.type === 'note') onStage(() => notes.run(entry.key, JSON.stringify(entry)));
      else keep(entry);
    }
    const { lost } = this.#database
      .prepare('SELECT count(*) AS lost FROM card WHERE note NOT IN (SELECT key FROM note)')
      .get() as { lost: number };
    problems.add('card_without_note', 'Cards whose note is missing are left out.', lost);
  }

  *#notes(): Generator<WholeNote> {
    const json = <T>(rows: unknown[]): T[] => rows.map((row) => JSON.parse((row as { json: string }).json) as T);
    const cardsOf = this.#database.prepare('SELECT json FROM card WHERE note = ? ORDER BY ordinal, key');
    const reviewsOf = this.#database.prepare('SELECT json FROM review WHERE card = ? ORDER BY at, place');
    for (const row of this.#database.prepare('SELECT json FROM note ORDER BY key').iterate()) {
      const note = JSON.parse(row.json as string) as Note;
      const cards = json<Card>(cardsOf.all(note.key));
      yield { type: 'whole-note', note, cards: cards.map((card) => ({ card, reviews: json<Review>(reviewsOf.all(card.key)) })) };
    }
  }

  /** Keeps what is ready to be written. */
  keep(prepared: object): void {
    onStage(() => this.#addPrepared.run(JSON.stringify(prepared)));
  }

  /** Keeps what is only numbers and much, beside what is prepared. */
  keepLog(numbers: Float64Array): void {
    onStage(() => this.#addLog.run(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)));
  }

  /** The logs that were kept, in their order. */
  *logs(): Generator<Float64Array> {
    const all = this.#database.prepare('SELECT numbers FROM log ORDER BY place');
    for (const { numbers } of all.iterate() as Iterable<{ numbers: Uint8Array<ArrayBuffer> }>) {
      // Aligned: the bytes of a value are an array of their own.
      yield new Float64Array(numbers.byteOffset === 0 ? numbers.buffer : numbers.slice().buffer, 0, numbers.byteLength / 8);
    }
  }

  /** Keeps a picture or sound. @param about what is to be known of it, as JSON */
  keepMedia(sha256: string, about: object, bytes: Uint8Array): void {
    const add = this.#database.prepare('INSERT OR IGNORE INTO media VALUES (?, ?, ?)');
    onStage(() => add.run(sha256, JSON.stringify(about), bytes));
  }

  /** What is known of the pictures and sounds that were kept, by their hashes. */
  media<T>(): { readonly sha256: string; readonly about: T }[] {
    const rows = this.#database.prepare('SELECT sha256, about FROM media ORDER BY sha256').all();
    return rows.map(({ sha256, about }) => ({ sha256: sha256 as string, about: JSON.parse(about as string) as T }));
  }

  mediaBytes(sha256: string): Uint8Array {
    const row = this.#database.prepare('SELECT bytes FROM media WHERE sha256 = ?').get(sha256);
    return (row?.bytes as Uint8Array | undefined) ?? new Uint8Array();
  }

  /** What was kept, in its order, some at a time: so many, or fewer that are long. May be read again from the start. */
  *kept<T>(size: number): Generator<T[]> {
    let page: T[] = [];
    let length = 0;
    for (const { json } of this.#database.prepare('SELECT json FROM prepared ORDER BY place').iterate() as Iterable<{
      json: string;
    }>) {
      page.push(JSON.parse(json) as T);
      length += json.length;
      if (page.length < size && length < MOST_TOGETHER) continue;
      yield page;
      page = [];
      length = 0;
    }
    if (page.length > 0) yield page;
  }

  close(): void {
    this.#database.close();
    this.#removeFolder();
  }
}

/** The rest of what an iterator gives, with what was taken from it already. */
function* from(
  first: IteratorResult<DeckOptions | Deck | NoteType | WholeNote>,
  rest: Iterator<DeckOptions | Deck | NoteType | WholeNote>,
): Generator<WholeNote> {
  for (let next = first; next.done !== true; next = rest.next()) if (next.value.type === 'whole-note') yield next.value;
}
