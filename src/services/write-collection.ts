import type { Session } from '../db/database.ts';
import { randomToken } from '../db/random.ts';
import { insertMany, insertManyWithIds, replaceMany, writingMany } from '../db/stores/bulk-rows.ts';
import { type Card, cardsOfNotes, holdCardsOfNotes, plainFronts } from '../db/stores/cards.ts';
import { keepDeck, type VisibleDeck } from '../db/stores/decks.ts';
import { insertMediaPart, keepMedia, ownMedia, PART_BYTES } from '../db/stores/media.ts';
import { deleteTagsOf, findNotesByGuid, holdNotes, type NoteRow, tagsOf } from '../db/stores/notes.ts';
import { addSearchRows, indexCards, type SearchRow } from '../db/stores/search-rows.ts';
import { holdUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { Timestamp } from '../schema/index.ts';
import { withDeck } from '../search/document.ts';
import { createDeck, ownDeck } from './decks.ts';
import { GivingWay } from './giving-way.ts';
import type { Duplicates, Sample } from './import-cards.ts';
import { cardBefore, ImportJournal, type ImportUnit, type Left, noteBefore } from './import-journal.ts';
import { LOG, logValues, STATE, stateValues, tallied, unpackLog } from './imported-rows.ts';
import { refuseBeyondQuota } from './media.ts';
import { createNoteType, ownNoteTypes, type StoredType, shapeOfType } from './note-types.ts';
import type { Ready, ReadyCard, ReadyNote } from './prepare-collection.ts';
import { ordinalsOf } from './prepare-note.ts';
import { ReviewTally } from './review-tally.ts';
import { keptStudySettings } from './study-settings.ts';
import type { StagedMedia } from './take-media.ts';

/**
 * Notes that are looked up and written together. What lives at once is what memory grows by; fewer cost more ways to a server, and
 * nothing in a file.
 */
const PAGE = { file: 100, server: 500 } as const;
/** Rows of the log that are written together. */
const LOG_ROWS = 1024;
const SAMPLES = 20;

/** What an import of a collection does, or did. Notes, beside the cards and reviews that came with those that were added. */
export interface CollectionCounts {
  readonly added: number;
  readonly updated: number;
  readonly skipped: number;
  /** Notes that are there already as another type: left as they are. */
  readonly conflicting: number;
  readonly cards: number;
  readonly reviews: number;
  /** Pictures and sounds that its notes show. */
  readonly media: number;
  readonly samples: readonly Sample[];
}

/** A deck of the user's that notes go into; without an id it is yet to be made. */
export interface TargetDeck {
  readonly name: string;
  readonly id: bigint | undefined;
  readonly isNew: boolean;
}

const NOTE = [
  'deck_id',
  'type',
  'note_type_id',
  'format',
  'fields',
  'elements',
  'guid',
  'duplicate_key',
  'created_at',
  'updated_at',
];
const CARD = [
  'deck_id',
  'front',
  'back',
  'created_at',
  'updated_at',
  'deleted_at',
  'note_id',
  'ordinal',
  'front_html',
  'back_html',
  'answer',
];

interface Writing {
  readonly session: Session;
  readonly user: User;
  readonly now: Timestamp;
}

interface NewCard {
  readonly noteId: bigint;
  readonly deckId: bigint;
  readonly card: ReadyCard;
}

/**
 * Writes what was laid out into the user's decks, in the session's one transaction, or says what would be written. A note that the user has
 * already, by its guid, is left, gets the new texts, or comes a second time under a new guid; its history here stays what it is.
 */
export class CollectionWriter {
  readonly decks: TargetDeck[] = [];
  readonly #writing: Writing;
  readonly #ready: Ready;
  readonly #duplicates: Duplicates;
  readonly #isDryRun: boolean;
  readonly #quotaBytes: number | undefined;
  readonly #types: (StoredType | undefined)[] = [];
  /** Fronts of cards without a note, by deck: they have no guid to be known by. */
  readonly #fronts = new Map<number, ReadonlySet<string>>();
  readonly #tally: ReviewTally;
  readonly #counts = { added: 0, updated: 0, skipped: 0, conflicting: 0, cards: 0, reviews: 0, media: 0 };
  readonly #samples: Sample[] = [];
  /** Note types that were made for this import. */
  readonly #madeTypes: bigint[] = [];
  #journal: ImportJournal | undefined;
  /** Whose the logs of the stage are: the card and the place of its deck, by the place of the log; 0 for those that are not taken. */
  readonly #cardOfLog: BigInt64Array;
  readonly #deckOfLog: BigInt64Array;
  /** Guids of this file: a second note with one of them is the same note. */
  readonly #seen = new Set<string>();

  /** @param quotaBytes that the user's pictures and sounds may take; without a limit when absent */
  constructor(session: Session, user: User, ready: Ready, duplicates: Duplicates, isDryRun: boolean, quotaBytes?: number) {
    this.#quotaBytes = quotaBytes;
    this.#writing = { session, user, now: session.clock.now() };
    this.#tally = new ReviewTally(session, user.id);
    this.#ready = ready;
    this.#duplicates = duplicates;
    this.#isDryRun = isDryRun;
    this.#cardOfLog = new BigInt64Array(ready.logs);
    this.#deckOfLog = new BigInt64Array(ready.logs);
  }

  /** @param deckOf the user's deck of that name, `undefined` where it is yet to be made */
  async run(deckOf: (name: string) => Promise<bigint | undefined>): Promise<CollectionCounts> {
    const { session, user, now } = this.#writing;
    // Two imports of one user at once would each find nothing of the other.
    if (!this.#isDryRun) await holdUser(session, user.id);
    const left: { id: string; left: string; isNew: boolean }[] = [];
    for (const { name, description } of this.#ready.decks) {
      const found = await deckOf(name);
      const there = found === undefined ? undefined : await this.#deckFor(found);
      const deck =
        there ?? (this.#isDryRun ? undefined : await createDeck(session, user, { name, description: description || null }));
      this.decks.push({ name, id: deck?.id, isNew: there === undefined });
      if (deck !== undefined) left.push({ id: String(deck.id), left: deck.updated_at.text, isNew: there === undefined });
      const isAsked = found !== undefined && this.#duplicates !== 'keep';
      this.#fronts.set(this.decks.length - 1, new Set(isAsked ? await plainFronts(session, found) : []));
    }
    await this.#resolveTypes();
    if (!this.#isDryRun) {
      const types = this.#madeTypes.map(String);
      this.#journal = new ImportJournal(session, user, { at: now.text, format: this.#ready.format, decks: left, types });
    }
    // Who has answers and no settings would count as somebody who studied by SM-2 before.
    if (!this.#isDryRun) await keptStudySettings(session, user.id);
    const work = async (): Promise<void> => {
      const way = new GivingWay();
      await this.#media(way);
      for (const page of this.#ready.stage.kept<ReadyNote>(session.capabilities.isLocalFile ? PAGE.file : PAGE.server)) {
        await this.#page(page);
        await way.now();
      }
      if (this.#isDryRun) return;
      await this.#writeLogs(way);
      await this.#tally.write();
      await this.#journal?.finish(this.#counts);
    };
    await (this.#isDryRun ? work() : writingMany(session, work));
    return { ...this.#counts, samples: this.#samples };
  }

  /** A deck that is there, held: it is not deleted under its new cards, but with them. */
  async #deckFor(deckId: bigint): Promise<VisibleDeck> {
    const { session, user } = this.#writing;
    if (!this.#isDryRun) await keepDeck(session, deckId);
    return ownDeck(session, user, deckId).catch((error: unknown) => {
      if (!(error instanceof FlashcaseError && error.code === 'FC_NOT_FOUND')) throw error;
      throw new FlashcaseError('FC_NOT_FOUND', {
        what: 'The deck was deleted while the file was read; nothing was imported',
        hint: 'Import it into another deck, or bring that one back first: a deletion can be taken back for 30 days.',
        cause: error,
      });
    });
  }

  /** Pictures and sounds before the notes that show them. */
  async #media(way: GivingWay): Promise<void> {
    const { session, user, now } = this.#writing;
    const { stage } = this.#ready;
    const staged = stage.media<StagedMedia>();
    this.#counts.media = staged.length;
    const own = await ownMedia(
      session,
      user.id,
      staged.map(({ sha256 }) => sha256),
    );
    const more = staged.reduce((sum, { sha256, about }) => sum + (own.has(sha256) ? 0 : about.byte_count), 0);
    if (this.#quotaBytes !== undefined && more > 0) await refuseBeyondQuota(session, user.id, more, this.#quotaBytes);
    if (this.#isDryRun) return;
    for (const { sha256, about } of staged) {
      if (!(await keepMedia(session, user.id, { sha256, ...about }, now))) continue;
      const bytes = stage.mediaBytes(sha256);
      for (let part = 0; part * PART_BYTES < bytes.length; part++)
        await insertMediaPart(session, sha256, part, bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
      await way.now();
    }
  }

  /** The user's own types that are the file's; those that are not there are made. */
  async #resolveTypes(): Promise<void> {
    const { session, user } = this.#writing;
    const own = await ownNoteTypes(session, user);
    const known = new Map(own.map((type) => [shapeOfType(type), type]));
    for (const { type, css } of this.#ready.types) {
      if (type.key !== 'own') {
        this.#types.push({ ...type, id: null });
        continue;
      }
      const same = known.get(shapeOfType(type));
      const kind = type.kind === 'cloze' ? 'cloze' : 'standard';
      const made = same ?? (this.#isDryRun ? undefined : await createNoteType(session, user, { ...type, kind, css }));
      this.#types.push(made);
      if (same === undefined && made !== undefined) this.#madeTypes.push(made.id as bigint);
      if (made !== undefined) known.set(shapeOfType(type), { ...made, css });
    }
  }

  async #page(notes: readonly ReadyNote[]): Promise<void> {
    const isKeeping = this.#duplicates === 'keep';
    const guids = notes.map(({ guid }) => guid);
    const stored = new Map<string, NoteRow>();
    for (const row of await this.#found(guids)) if (!stored.has(row.guid)) stored.set(row.guid, row);
    const added: ReadyNote[] = [];
    const updated: { row: NoteRow; note: ReadyNote }[] = [];
    for (const note of notes) {
      const row = stored.get(note.guid);
      const isSecond = this.#seen.has(note.guid);
      this.#seen.add(note.guid);
      if (isKeeping) added.push(row === undefined && !isSecond ? note : { ...note, guid: randomToken(12) });
      else if (isSecond) this.#skip(note);
      else if (row !== undefined) {
        const type = this.#types[note.type];
        const isSame = type !== undefined && row.type === type.key && row.note_type_id === type.id;
        if (!isSame) {
          this.#counts.conflicting++;
          this.#sample(note, 'skip');
        } else if (this.#duplicates === 'update') updated.push({ row, note });
        else this.#skip(note);
      } else if (this.#fronts.get(note.deck)?.has(note.cards[0]?.front.trim() ?? '') === true) this.#skip(note);
      else added.push(note);
    }
    await this.#add(added);
    if (updated.length > 0) await this.#update(updated);
  }

  /** The user's notes of these guids. Those that may be written are held: what others change meanwhile must not be written over. */
  async #found(guids: readonly string[]): Promise<NoteRow[]> {
    const { session, user } = this.#writing;
    const rows = await findNotesByGuid(session, user.id, guids);
    const isHolding = session.capabilities.hasConcurrentWriters && this.#duplicates === 'update' && !this.#isDryRun;
    return isHolding
      ? holdNotes(
          session,
          rows.map(({ id }) => id),
        )
      : rows;
  }

  #skip(note: ReadyNote): void {
    this.#counts.skipped++;
    this.#sample(note, 'skip');
  }

  #sample(note: ReadyNote, action: Sample['action']): void {
    for (const { front, back, front_html, back_html, isThere } of note.cards)
      if (isThere && this.#samples.length < SAMPLES) this.#samples.push({ front, back, front_html, back_html, action });
  }

  #deckId(place: number): bigint {
    return this.decks[place]?.id as bigint;
  }

  async #add(notes: readonly ReadyNote[]): Promise<void> {
    const { session } = this.#writing;
    for (const note of notes) this.#sample(note, 'add');
    this.#counts.added += notes.length;
    const made = notes.flatMap((note) => note.cards.map((card) => ({ note, card })));
    this.#counts.cards += made.filter(({ card }) => card.isThere).length;
    for (const { card } of made) this.#counts.reviews += card.history?.answers ?? 0;
    if (this.#isDryRun) return;
    const ids = await insertManyWithIds(
      session,
      'note',
      NOTE,
      notes.map(({ deck, type, guid, columns, createdAt, modifiedAt }) => {
        const { id, key } = this.#types[type] as StoredType;
        const { format, fields, elements, duplicate_key } = columns;
        return [
          this.#deckId(deck),
          key,
          id,
          format,
          fields,
          elements,
          guid,
          duplicate_key,
          this.#time(createdAt),
          this.#time(modifiedAt),
        ];
      }),
    );
    await insertMany(
      session,
      'note_tag',
      ['note_id', 'tag'],
      notes.flatMap(({ tags }, index) => tags.map((tag) => [ids[index], tag])),
    );
    const idOf = new Map(notes.map((note, index) => [note, ids[index] as bigint]));
    const left = await this.#addCards(
      made.map(({ note, card }) => ({ noteId: idOf.get(note) as bigint, deckId: this.#deckId(note.deck), card })),
    );
    for (const note of notes) {
      const id = idOf.get(note) as bigint;
      const unit = { note: [String(id), this.#time(note.modifiedAt).text] as const, cards: left.get(id) ?? [] };
      await this.#journal?.add(unit);
    }
  }

  /** A time of the file's; not later than now. */
  #time(ms: number): Timestamp {
    const { now } = this.#writing;
    const time = Number.isFinite(ms) && ms > 0 ? Timestamp.fromMillis(Math.min(ms, Number(now.micros / 1000n))) : now;
    return now.isBefore(time) ? now : time;
  }

  /** Gives the cards of each note, as they were left. */
  async #addCards(cards: readonly NewCard[]): Promise<Map<bigint, Left[]>> {
    const { session, user, now } = this.#writing;
    const ids = await insertManyWithIds(
      session,
      'card',
      CARD,
      cards.map(({ noteId, deckId, card: { front, back, front_html, back_html, answer, ordinal, isThere, ...card } }) => {
        const times = [this.#time(card.createdAt), this.#time(card.modifiedAt), isThere ? null : now];
        return [deckId, front, back, ...times, noteId, ordinal, front_html, back_html, answer];
      }),
    );
    const states: unknown[][] = [];
    for (const [index, { deckId, card }] of cards.entries()) {
      const { history, log } = card;
      if (history === undefined) continue;
      const id = ids[index] as bigint;
      const state = stateValues(user.id, now, id, history);
      if (state !== undefined) states.push(state);
      if (log === undefined) continue;
      this.#cardOfLog[log] = id;
      this.#deckOfLog[log] = deckId;
    }
    await insertMany(session, 'card_state', STATE, states);
    await this.#makeSearchable(cards, ids);
    const left = new Map<bigint, Left[]>();
    for (const [index, { noteId, card }] of cards.entries()) {
      const one: Left = [String(ids[index]), this.#time(card.modifiedAt).text];
      const known = left.get(noteId);
      if (known === undefined) left.set(noteId, [one]);
      else known.push(one);
    }
    return left;
  }

  /** Writes the logs of the cards that were added, apart from them: SQLite's pages of their indexes stay at hand then. */
  async #writeLogs(way: GivingWay): Promise<void> {
    const { session, user, now } = this.#writing;
    let rows: unknown[][] = [];
    let place = 0;
    for (const packed of this.#ready.stage.logs()) {
      const cardId = this.#cardOfLog[place] as bigint;
      const deckId = this.#deckOfLog[place++] as bigint;
      if (cardId === 0n) continue;
      const log = unpackLog(packed);
      for (const row of log) rows.push(logValues(user.id, now, cardId, row));
      await this.#tally.add(deckId, log.map(tallied));
      if (rows.length < LOG_ROWS) continue;
      await insertMany(session, 'study_log', LOG, rows);
      rows = [];
      await way.now();
    }
    await insertMany(session, 'study_log', LOG, rows);
  }

  async #makeSearchable(cards: readonly NewCard[], ids: readonly bigint[]): Promise<void> {
    const rows: SearchRow[] = [];
    const long: Parameters<typeof indexCards>[1][number][] = [];
    for (const [index, { noteId, deckId, card }] of cards.entries()) {
      if (!card.isThere) continue;
      const id = ids[index] as bigint;
      const updated_at = this.#time(card.modifiedAt);
      const words = withDeck(card.words, deckId);
      if (words !== undefined) rows.push({ card_id: id, words, card_updated_at: updated_at });
      else long.push({ ...card, id, deck_id: deckId, note_id: noteId, updated_at, deleted_at: null });
    }
    await addSearchRows(this.#writing.session, rows);
    await indexCards(this.#writing.session, long);
  }

  /** Gives notes that are there the texts of the file. Cards keep their history; new ones bring theirs. */
  async #update(updates: readonly { row: NoteRow; note: ReadyNote }[]): Promise<void> {
    const { session, now } = this.#writing;
    const ids = updates.map(({ row }) => row.id);
    const tagsBefore = await tagsOf(session, ids);
    const cardRows = await (this.#isDryRun ? cardsOfNotes : holdCardsOfNotes)(session, ids);
    const cardsBefore = Map.groupBy(cardRows, (card) => card.note_id as bigint);
    const notes: NoteRow[] = [];
    const tags: [bigint, string][] = [];
    const cards: Card[] = [];
    const more: NewCard[] = [];
    const units: ImportUnit[] = [];
    for (const { row, note } of updates) {
      const { format, fields, elements, duplicate_key } = note.columns;
      const before = cards.length;
      const old = tagsBefore.get(row.id) ?? [];
      const isSame =
        row.fields === fields && row.format === format && old.toSorted().join(' ') === note.tags.toSorted().join(' ');
      if (isSame) {
        this.#skip(note);
        continue;
      }
      this.#counts.updated++;
      this.#sample(note, 'update');
      const type = this.#types[note.type] as StoredType;
      notes.push({ ...row, format, fields, elements, duplicate_key, updated_at: now });
      for (const tag of note.tags) tags.push([row.id, tag]);
      const rows = new Map((cardsBefore.get(row.id) ?? []).map((card) => [card.ordinal as number, card]));
      // Made before and deleted all the same: a person did that, and it stays so.
      const isAnyDeleted = [...rows.values()].some(({ deleted_at }) => deleted_at !== null);
      const madeBefore = isAnyDeleted ? ordinalsOf(row, type, old) : new Set<number>();
      for (const card of note.cards) {
        const { front, back, front_html, back_html, answer, ordinal } = card;
        const known = rows.get(ordinal);
        rows.delete(ordinal);
        if (known === undefined) more.push({ noteId: row.id, deckId: row.deck_id, card });
        else {
          const deleted_at = known.deleted_at !== null && !madeBefore.has(ordinal) ? null : known.deleted_at;
          cards.push({ ...known, front, back, front_html, back_html, answer, deleted_at, updated_at: now });
        }
      }
      for (const gone of rows.values()) if (gone.deleted_at === null) cards.push({ ...gone, deleted_at: now, updated_at: now });
      const changed = new Set(cards.slice(before).map(({ id }) => id));
      const was = (cardsBefore.get(row.id) ?? []).filter(({ id }) => changed.has(id)).map((card) => cardBefore(card, now));
      units.push({ note: [String(row.id), now.text], cards: [], before: { note: noteBefore(row), tags: old, cards: was } });
    }
    if (this.#isDryRun || notes.length === 0) return;
    await replaceMany(session, 'note', notes);
    await deleteTagsOf(
      session,
      notes.map(({ id }) => id),
    );
    await insertMany(session, 'note_tag', ['note_id', 'tag'], tags);
    await replaceMany(session, 'card', cards);
    await indexCards(session, cards);
    const left = await this.#addCards(more);
    for (const unit of units) await this.#journal?.add({ ...unit, cards: left.get(BigInt(unit.note?.[0] as string)) ?? [] });
  }
}
