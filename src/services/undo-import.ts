import type { Session } from '../db/database.ts';
import { insertMany, replaceMany, writingMany } from '../db/stores/bulk-rows.ts';
import type { Card } from '../db/stores/cards.ts';
import {
  deleteEmptyDeck,
  deleteUnusedType,
  holdCardsToGo,
  holdNotesToGo,
  type LoggedReview,
  logsOf,
  notesWithCards,
  removeCards,
  removeNotes,
  usedCards,
} from '../db/stores/imported.ts';
import { deleteTagsOf, type NoteRow } from '../db/stores/notes.ts';
import { deleteParts, findPart } from '../db/stores/operation-parts.ts';
import { type Operation, operationsSince, setInverse, targetsSince } from '../db/stores/operations.ts';
import { indexCards } from '../db/stores/search-rows.ts';
import { holdUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { Timestamp } from '../schema/index.ts';
import type { ManyInverse } from './change-many.ts';
import { GivingWay } from './giving-way.ts';
import type { ImportAbout, ImportUnit } from './import-journal.ts';
import { ReviewTally } from './review-tally.ts';

/** What taking an import back did. */
export interface ImportUndone {
  /** Notes, and cards that stand for themselves, that are gone again or as they were. */
  readonly taken_back: number;
  /** Those that stay as they are, because they were studied or changed since. */
  readonly kept: number;
  /** The fronts of some of them. */
  readonly kept_fronts: readonly string[];
}

const MOST_FRONTS = 20;

const timed = (was: Readonly<Record<string, string | null>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(was).map(([name, value]) => [name, name.endsWith('_at') && value !== null ? Timestamp.parse(value) : value]),
  );

/** What of one piece is to go, and what is to be put back. */
interface Plan {
  readonly cards: Card[];
  readonly notes: bigint[];
  readonly notesBefore: NoteRow[];
  readonly tagsBefore: Map<bigint, readonly string[]>;
  readonly cardsBefore: Card[];
}

class ImportUndo {
  readonly #session: Session;
  readonly #user: User;
  readonly #at: Timestamp;
  readonly #marked: ReadonlySet<bigint>;
  readonly #tally: ReviewTally;
  #takenBack = 0;
  #kept = 0;
  readonly #fronts: string[] = [];

  constructor(session: Session, user: User, at: Timestamp, marked: ReadonlySet<bigint>) {
    this.#session = session;
    this.#user = user;
    this.#at = at;
    this.#marked = marked;
    this.#tally = new ReviewTally(session, user.id);
  }

  async takeBack(units: readonly ImportUnit[]): Promise<void> {
    await this.#carryOut(await this.#plan(units));
  }

  async end(): Promise<ImportUndone> {
    await this.#tally.writeRemoved();
    return { taken_back: this.#takenBack, kept: this.#kept, kept_fronts: this.#fronts };
  }

  async #plan(units: readonly ImportUnit[]): Promise<Plan> {
    const session = this.#session;
    const noteIds = units.flatMap(({ note }) => (note === undefined ? [] : [BigInt(note[0])]));
    const added = units.flatMap(({ cards }) => cards.map(([id]) => BigInt(id)));
    const changed = units.flatMap(({ before }) => before?.cards.map(({ id }) => BigInt(id)) ?? []);
    // Notes before their cards, as everywhere.
    const notes = new Map((await holdNotesToGo(session, noteIds)).map((row) => [row.id, row]));
    const cards = new Map((await holdCardsToGo(session, [...added, ...changed])).map((row) => [row.id, row]));
    const used = await usedCards(session, added, this.#user.id, this.#at);
    const plan: Plan = { cards: [], notes: [], notesBefore: [], tagsBefore: new Map(), cardsBefore: [] };
    for (const unit of units) {
      const note = unit.note === undefined ? undefined : notes.get(BigInt(unit.note[0]));
      const own = unit.cards.map(([id]) => cards.get(BigInt(id)));
      const others = unit.before?.cards.map(({ id }) => cards.get(BigInt(id))) ?? [];
      const rows = [...(unit.note === undefined ? [] : [note]), ...own, ...others];
      const versions = [
        ...(unit.note === undefined ? [] : [unit.note[1]]),
        ...unit.cards.map(([, left]) => left),
        ...(unit.before?.cards.map(({ left }) => left) ?? []),
      ];
      const isUntouched = rows.every((row, index) => row?.updated_at.text === versions[index]);
      const isUsed = own.some((card) => card !== undefined && (used.has(card.id) || this.#marked.has(card.id)));
      if (!isUntouched || isUsed) {
        this.#keep([...own, ...others], note);
        continue;
      }
      this.#takenBack++;
      plan.cards.push(...(own as Card[]));
      if (unit.before === undefined) {
        if (note !== undefined) plan.notes.push(note.id);
        continue;
      }
      if (note !== undefined && unit.before.note !== undefined) {
        plan.notesBefore.push({ ...note, ...timed(unit.before.note) });
        plan.tagsBefore.set(note.id, unit.before.tags ?? []);
      }
      for (const [index, { was }] of unit.before.cards.entries())
        plan.cardsBefore.push({ ...(others[index] as Card), ...timed(was) });
    }
    return plan;
  }

  /** What somebody deleted meanwhile is gone for them already: it is in the trash. */
  #keep(cards: readonly (Card | undefined)[], note: NoteRow | undefined): void {
    const live = cards.filter((card) => card !== undefined && card.deleted_at === null);
    if (live.length === 0 && (note === undefined || note.deleted_at !== null)) return;
    this.#kept++;
    const front = live[0]?.front;
    if (front !== undefined && this.#fronts.length < MOST_FRONTS) this.#fronts.push(front);
  }

  async #carryOut({ cards, notes, notesBefore, tagsBefore, cardsBefore }: Plan): Promise<void> {
    const session = this.#session;
    const ids = cards.map(({ id }) => id);
    const logs = Map.groupBy(await logsOf(session, ids), ({ card_id }) => card_id);
    for (const { id, deck_id } of cards) await this.#tally.remove(deck_id, (logs.get(id) ?? []).map(tallied));
    await removeCards(session, ids);
    // A note that got another card since was changed since; this is the belt to those braces.
    const stay = await notesWithCards(session, notes);
    await removeNotes(
      session,
      notes.filter((id) => !stay.has(id)),
    );
    await replaceMany(session, 'note', notesBefore);
    await deleteTagsOf(session, [...tagsBefore.keys()]);
    await insertMany(
      session,
      'note_tag',
      ['note_id', 'tag'],
      [...tagsBefore].flatMap(([id, tags]) => tags.map((tag) => [id, tag])),
    );
    await replaceMany(session, 'card', cardsBefore);
    await indexCards(session, cardsBefore);
  }
}

const tallied = (row: LoggedReview) => ({
  at: Number(row.reviewed_at.micros),
  rating: row.last_rating,
  kind: row.kind,
  durationMs: row.duration_ms,
  interval: row.interval,
  phase: row.phase,
});

/** Cards that a user marked since an operation, one by one or many at once, and did not take back. */
async function cardsMarkedSince(session: Session, userId: bigint, after: bigint): Promise<Set<bigint>> {
  const marked = await targetsSince(session, userId, 'mark_card', after);
  for (const id of await operationsSince(session, userId, 'mark_cards', after)) {
    for (let part = 0; ; part++) {
      const content = await findPart(session, id, part);
      if (content === undefined) break;
      for (const { card } of (JSON.parse(content) as ManyInverse).marks ?? []) marked.add(BigInt(card));
    }
  }
  return marked;
}

/**
 * Takes an import back: what it added goes, with the reviews that came with it, and what it changed is as it was. Notes that were studied,
 * marked or changed since stay as they are, and are counted: nobody's later work is lost. Decks and note types that it made go once nothing
 * is in them. Where nothing is left to take back it is refused (`FC_CHANGED_MEANWHILE`).
 */
export async function undoImport(session: Session, user: User, operation: Operation, about: ImportAbout): Promise<ImportUndone> {
  // No other import of the user's is under way. Reviews go on: the hold on each card is what keeps them apart from this.
  await holdUser(session, user.id);
  const marked = await cardsMarkedSince(session, user.id, operation.id);
  const undo = new ImportUndo(session, user, Timestamp.parse(about.at) as Timestamp, marked);
  const way = new GivingWay();
  const undone = await writingMany(session, async () => {
    for (let part = 0; ; part++) {
      await way.now();
      const content = await findPart(session, operation.id, part);
      if (content === undefined) return undo.end();
      await undo.takeBack(JSON.parse(content) as ImportUnit[]);
    }
  });
  if (undone.taken_back === 0 && undone.kept > 0) {
    throw new FlashcaseError('FC_CHANGED_MEANWHILE', {
      what: 'Everything that was imported was studied or changed since: none of it can be taken back',
      why: 'The later work would be lost with it.',
      hint: 'Delete by hand what you do not want.',
    });
  }
  for (const { id, left, isNew } of about.decks)
    if (isNew) await deleteEmptyDeck(session, user.id, BigInt(id), Timestamp.parse(left) as Timestamp);
  // A note that stays may have had one of them, and gets it again when its change is taken back.
  if (undone.kept === 0) for (const id of about.types) await deleteUnusedType(session, user.id, BigInt(id));
  await deleteParts(session, operation.id);
  await setInverse(session, operation.id, { import: about, undone });
  return undone;
}
