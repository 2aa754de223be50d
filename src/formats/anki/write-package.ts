import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Card, Deck, DeckOptions, Entry, MediaFile, Note, NoteType, Review, ReviewKind, Stage } from '../collection.ts';
import { stripHtml } from '../html.ts';
import { writeZip } from '../zip/write-zip.ts';
import { dayNumber, dayOf, startOfDay } from './days.ts';
import { checksum, guidOf } from './guid.ts';
import { DEFAULT_ROLLOVER } from './head.ts';
import { INDEXES, TABLES } from './schema11.ts';
import { confJson, deckJson, deckName, modelJson, optionsJson } from './write-head.ts';

export interface WriteOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** False leaves every card new, as decks are given to others. */
  readonly withScheduling?: boolean;
  /** The user's zone: minutes west of UTC. */
  readonly minutesWest?: number;
  readonly temporaryFolder?: string;
  readonly signal?: AbortSignal | undefined;
}

const STAGES: Readonly<Record<Stage, number>> = { new: 0, learning: 1, review: 2, relearning: 3 };
const KINDS: Readonly<Record<ReviewKind, number>> = {
  learn: 0,
  review: 1,
  relearn: 2,
  early: 3,
  cram: 3,
  manual: 4,
  reset: 4,
  rescheduled: 5,
};
const DEFAULT_EASE = 2500;
/** Anki's own marks of its user's past trouble, not of the card. */
const PERSONAL_TAGS = new Set(['leech', 'marked']);
/** Smaller keys are numbers of this file; ids of Anki are times. */
const IS_TIME = 100_000_000_000;

/** Ids are times that must differ: a taken one is counted up, and remembered, so that a thousand equal ones cost a thousand steps. */
class TimedInsert {
  readonly #statement: StatementSync;
  readonly #next = new Map<number, number>();

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  run(wanted: number, ...values: (number | string)[]): number {
    const from = Math.max(1, Math.trunc(wanted));
    let id = this.#next.get(from) ?? from;
    while (this.#statement.run(id, ...values).changes === 0) id = this.#next.get(id) ?? id + 1;
    if (id !== from) this.#next.set(from, id + 1);
    return id;
  }
}

const insert = (table: string, columns: number): string =>
  `INSERT OR IGNORE INTO ${table} VALUES (${Array.from({ length: columns }, () => '?').join(', ')})`;

class CollectionWriter {
  readonly #database: DatabaseSync;
  readonly #options: WriteOptions;
  readonly #west: number;
  readonly #notes: TimedInsert;
  readonly #cards: TimedInsert;
  readonly #reviews: TimedInsert;
  readonly #groups = new Map<number, DeckOptions>();
  readonly #decks = new Map<number, { id: number; deck: Deck }>();
  readonly #noteTypes = new Map<number, { id: number; noteType: NoteType }>();
  /** Keys whose rows got another id. */
  readonly #noteIds = new Map<number, number>();
  readonly #cardIds = new Map<number, number>();
  #nextId: number;
  #nextPosition = 1;
  #firstDay: number;

  constructor(database: DatabaseSync, options: WriteOptions) {
    this.#database = database;
    this.#options = options;
    this.#west = options.minutesWest ?? 0;
    this.#nextId = options.now;
    this.#firstDay = this.#dayOf(options.now);
    this.#notes = new TimedInsert(database.prepare(insert('notes', 11)));
    this.#cards = new TimedInsert(database.prepare(insert('cards', 18)));
    this.#reviews = new TimedInsert(database.prepare(insert('revlog', 9)));
  }

  get #isScheduled(): boolean {
    return this.#options.withScheduling !== false;
  }

  #dayOf(ms: number): number {
    return dayOf(ms, this.#west, DEFAULT_ROLLOVER);
  }

  #seen(day: number): number {
    if (day < this.#firstDay) this.#firstDay = day;
    return day;
  }

  #idFor(key: number): number {
    return key >= IS_TIME ? key : this.#nextId++;
  }

  add(entry: Entry): void {
    switch (entry.type) {
      case 'options':
        this.#groups.set(entry.key, entry);
        break;
      case 'deck':
        this.#decks.set(entry.key, { id: deckName(entry.path) === 'Default' ? 1 : this.#idFor(entry.key), deck: entry });
        break;
      case 'note-type':
        this.#noteTypes.set(entry.key, { id: this.#idFor(entry.key), noteType: entry });
        break;
      case 'note':
        this.#addNote(entry);
        break;
      case 'card':
        this.#addCard(entry);
        break;
      case 'review':
        if (this.#isScheduled) this.#addReview(entry);
    }
  }

  #addNote(note: Note): void {
    const known = this.#noteTypes.get(note.noteType);
    if (known === undefined) throw new Error(`note ${note.key} names a note type that did not come before it`);
    const tags = this.#isScheduled ? note.tags : note.tags.filter((tag) => !PERSONAL_TAGS.has(tag.toLowerCase()));
    // Spaces part tags.
    const words = tags.map((tag) => tag.trim().replaceAll(/\s+/g, '_')).filter((tag) => tag !== '');
    // The separator inside a field would make two of it.
    const fields = note.fields.map((field) => field.replaceAll('\x1f', ' '));
    const id = this.#notes.run(
      note.createdAt,
      note.guid === '' ? guidOf(`note ${note.createdAt} ${fields[0] ?? ''}`) : note.guid,
      known.id,
      Math.floor(note.modifiedAt / 1000),
      -1,
      words.length === 0 ? '' : ` ${words.join(' ')} `,
      fields.join('\x1f'),
      stripHtml(fields[known.noteType.sortField] ?? fields[0] ?? ''),
      checksum(fields[0] ?? ''),
      0,
      '',
    );
    if (id !== note.key) this.#noteIds.set(note.key, id);
  }

  #addCard(card: Card): void {
    const isNew = !this.#isScheduled || card.stage === 'new';
    const type = isNew ? 0 : STAGES[card.stage];
    const due = isNew || card.due === undefined ? undefined : card.due;
    const isMoment = due !== undefined && 'at' in due;
    const dayDue =
      due !== undefined && 'day' in due ? this.#seen(dayNumber(due.day)) : this.#seen(this.#dayOf(this.#options.now));
    const queue = card.isSuspended && this.#isScheduled ? -1 : isNew ? 0 : type === 2 ? 2 : isMoment ? 1 : 3;
    const place = card.position ?? this.#nextPosition++;
    if (place >= this.#nextPosition) this.#nextPosition = place + 1;
    const ease = card.ease === undefined ? (type >= 2 ? DEFAULT_EASE : 0) : Math.round(card.ease * 1000);
    const id = this.#cards.run(
      card.createdAt,
      this.#noteIds.get(card.note) ?? card.note,
      this.#decks.get(card.deck)?.id ?? 1,
      card.ordinal,
      Math.floor(card.modifiedAt / 1000),
      -1,
      type,
      queue,
      // Days are counted from 1970 until the first day is known.
      isNew ? place : isMoment ? Math.floor(due.at / 1000) : dayDue,
      isNew ? 0 : card.intervalDays,
      isNew ? 0 : ease,
      // Mnemosyne refuses a whole package for one review card without reviews.
      this.#isScheduled ? Math.max(card.reviewCount, type === 2 ? 1 : 0) : 0,
      this.#isScheduled ? card.lapses : 0,
      isNew ? 0 : card.stepsLeft,
      0,
      0,
      this.#isScheduled ? card.flag : 0,
      this.#isScheduled ? cardData(card) : '',
    );
    if (id !== card.key) this.#cardIds.set(card.key, id);
  }

  #addReview(review: Review): void {
    this.#seen(this.#dayOf(review.at));
    const { kind, difficulty, ease } = review;
    const known =
      difficulty !== undefined
        ? Math.round(((difficulty - 1) / 9 + 0.1) * 1000)
        : ease !== undefined
          ? Math.round(ease * 1000)
          : 0;
    // No factor makes a row of these kinds another kind.
    const isMarked = kind === 'early' || kind === 'manual';
    const factor = kind === 'cram' || kind === 'reset' ? 0 : known === 0 && isMarked ? DEFAULT_EASE : known;
    this.#reviews.run(
      review.at,
      this.#cardIds.get(review.card) ?? review.card,
      -1,
      review.grade,
      review.interval,
      review.previousInterval,
      factor,
      review.tookMs,
      KINDS[kind],
    );
  }

  finish(): void {
    const { now } = this.#options;
    const modified = Math.floor(now / 1000);
    const groupIds = new Map([...this.#groups.keys()].map((key) => [key, this.#idFor(key)]));
    const groups = new Map<number, object>([[1, optionsJson({}, 1, modified)]]);
    for (const [key, group] of this.#groups) {
      const id = groupIds.get(key) as number;
      groups.set(id, optionsJson(this.#isScheduled ? group : withoutFsrs(group), id, modified));
    }
    const decks = new Map<number, object>([[1, deckJson({ path: ['Default'], description: '' }, 1, 1, modified)]]);
    for (const { id, deck } of this.#decks.values()) {
      const options = deck.options === undefined ? undefined : groupIds.get(deck.options);
      decks.set(id, deckJson(deck, id, options ?? 1, modified));
    }
    const models = [...this.#noteTypes.values()].map(({ id, noteType }) => [id, modelJson(noteType, id, 1, modified)] as const);
    this.#database.exec(`UPDATE cards SET due = due - ${this.#firstDay} WHERE type = 2 OR (type IN (1, 3) AND due < 1000000000)`);
    this.#database
      .prepare(insert('col', 13))
      .run(
        1,
        Math.floor(startOfDay(this.#firstDay, this.#west, DEFAULT_ROLLOVER) / 1000),
        now,
        now,
        11,
        0,
        0,
        0,
        JSON.stringify(confJson(this.#west, DEFAULT_ROLLOVER, models[0]?.[0] ?? 1, this.#nextPosition)),
        JSON.stringify(Object.fromEntries(models)),
        JSON.stringify(Object.fromEntries(decks)),
        JSON.stringify(Object.fromEntries(groups)),
        '{}',
      );
    this.#database.exec(INDEXES);
  }
}

const withoutFsrs = ({ fsrsWeights: _, desiredRetention: __, ...group }: DeckOptions): DeckOptions => group;

function cardData({ position, stage, memory, custom }: Card): string {
  const round = (value: number, digits: number): number => Number(value.toFixed(digits));
  const data = {
    ...(stage !== 'new' && position !== undefined ? { pos: position } : {}),
    ...(memory === undefined
      ? {}
      : {
          s: round(memory.stability, 4),
          d: round(memory.difficulty, 3),
          ...(memory.desiredRetention === undefined ? {} : { dr: round(memory.desiredRetention, 2) }),
          ...(memory.decay === undefined ? {} : { decay: round(memory.decay, 3) }),
          ...(memory.lastReviewedAt === undefined ? {} : { lrt: Math.floor(memory.lastReviewedAt / 1000) }),
        }),
    ...(custom === undefined ? {} : { cd: custom }),
  };
  return Object.keys(data).length === 0 ? '' : JSON.stringify(data);
}

/**
 * Writes an .apkg that every Anki since 2.0 and third parties read: one real collection of schema 11, media, and no decoy.
 * What exists at `to` is never overwritten (`EEXIST`); a failure leaves nothing behind.
 */
export async function writeAnkiPackage(
  to: string,
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  media: readonly MediaFile[],
  options: WriteOptions,
): Promise<void> {
  const folder = await mkdtemp(join(options.temporaryFolder ?? tmpdir(), 'flashcase-export-'));
  try {
    const file = join(folder, 'collection.anki2');
    const database = new DatabaseSync(file);
    try {
      // A file nobody else sees, thrown away after a failure.
      database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN');
      database.exec(TABLES);
      const writer = new CollectionWriter(database, options);
      for await (const entry of entries) writer.add(entry);
      writer.finish();
      database.exec('COMMIT');
    } finally {
      database.close();
    }
    const parts = [
      { name: 'collection.anki2', file },
      { name: 'media', text: JSON.stringify(Object.fromEntries(media.map(({ name }, index) => [index, name]))) },
      ...media.map((one, index) => ({ name: String(index), media: one })),
    ];
    await writeZip(to, parts, options.signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
