import type { Database, Session } from '../db/database.ts';
import { replaceMany, writingMany } from '../db/stores/bulk-rows.ts';
import { type Card, holdCards, holdCardsOfNotes } from '../db/stores/cards.ts';
import { liveOwnedAmong } from '../db/stores/decks.ts';
import { heldCardsAmong, holdMarks, setMarks } from '../db/stores/mark-cards.ts';
import { deckNamesOf, holdNotes, type NoteRow, studiedAmong, tagsOf } from '../db/stores/notes.ts';
import { operationOf } from '../db/stores/operations.ts';
import { indexCards } from '../db/stores/search-rows.ts';
import type { Marks } from '../db/stores/study.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { NoteFormat } from '../notes/make-cards.ts';
import { cleanTags } from '../notes/tags.ts';
import type { Timestamp } from '../schema/index.ts';
import { startOfStudyDay, studyDay } from '../study/study-day.ts';
import { inverseOfRows, ManyJournal } from './change-many.ts';
import { ownDeck } from './decks.ts';
import { type EditScope, idsOfScope, targetsOf } from './edit-scope.ts';
import { storedTypes } from './note-types.ts';
import type { OperationName } from './operations.ts';
import { placeCards } from './place-cards.ts';
import { fieldsOf, prepareNote } from './prepare-note.ts';
import { rewriteNotes } from './rewrite-notes.ts';
import { keptMarks, MARKS } from './study-marks.ts';
import { studySettings } from './study-settings.ts';

/** What may be done to many cards at once. */
export const EDITS = [
  ...['suspend', 'unsuspend', 'bury', 'unbury', 'flag', 'reset', 'set_due'],
  ...['add_tag', 'remove_tag', 'move', 'delete'],
] as const;

export interface CardsEdit {
  readonly edit: (typeof EDITS)[number];
  /** For `flag`: 1 to 7; 0 for none. */
  readonly flag?: number | undefined;
  /** For `add_tag` and `remove_tag`. */
  readonly tag?: string | undefined;
  /** For `move`. */
  readonly deck_id?: bigint | undefined;
  /** For `set_due`: study days from today. */
  readonly days?: number | undefined;
}

export interface EditDone {
  /** Cards that are otherwise now. */
  readonly changed: number;
  /** Those that stay, and why, each reason once. */
  readonly left_count: number;
  readonly reasons: readonly string[];
}

/** Cards of one operation: whoever writes meanwhile waits for it on SQLite. */
export const MOST_EDITED = 10_000;
/** Cards and notes of one piece of the work. */
const MARKED = 500;
const WRITTEN = 100;

const NOT_OWN = 'Cards of others’ decks can be marked, and nothing else.';
const NO_NOTE = 'Cards without a note have no tags and stay in their deck: open one and make a note of it first.';
const STUDIED = 'Notes that were studied stay in their deck: their reviews are counted there.';
const TOO_MANY_TAGS = 'A note has no room for another tag.';

/** What a piece of work did: cards that are otherwise, and those that stay, by reason. */
class Tally {
  changed = 0;
  readonly #left = new Map<string, number>();

  leave(reason: string, cards: number): void {
    if (cards > 0) this.#left.set(reason, (this.#left.get(reason) ?? 0) + cards);
  }

  get done(): EditDone {
    const left = [...this.#left.values()].reduce((sum, one) => sum + one, 0);
    return { changed: this.changed, left_count: left, reasons: [...this.#left.keys()] };
  }
}

const invalid = (field: string, what: string): FlashcaseError =>
  new FlashcaseError('FC_INPUT_INVALID', { what, details: { field } });

function checkEdit({ edit, flag, tag, deck_id, days }: CardsEdit): void {
  if (edit === 'set_due' && days === undefined) throw invalid('days', 'say in how many days: 0 for today');
  if (edit === 'flag' && flag === undefined) throw invalid('flag', 'say which flag: 1 to 7, or 0 for none');
  if ((edit === 'add_tag' || edit === 'remove_tag') && cleanTags([tag ?? '']).length !== 1) throw invalid('tag', 'say one tag');
  if (edit === 'move' && deck_id === undefined) throw invalid('deck_id', 'say to which deck');
}

/**
 * Changes many cards as one operation that can be taken back: marks of cards one studies, tags, deck and existence of one's own. What may not
 * be changed stays, and is counted by reason. Gives the operation's id; none where nothing was changed. Throws `FC_INPUT_INVALID` for more than
 * `MOST_EDITED` cards.
 */
export async function editCards(
  database: Database,
  user: User,
  scope: EditScope,
  edit: CardsEdit,
): Promise<{ readonly done: EditDone; readonly operation: bigint | undefined }> {
  checkEdit(edit);
  const card_ids = await idsOfScope(database, user, scope);
  if (card_ids.length > MOST_EDITED)
    throw invalid(
      'card_ids',
      `these are ${card_ids.length.toLocaleString('en')} cards, ${MOST_EDITED.toLocaleString('en')} at most; change them in parts`,
    );
  if (['add_tag', 'remove_tag', 'move', 'delete'].includes(edit.edit)) return changeNotes(database, user, { card_ids }, edit);
  return edit.edit === 'reset' || edit.edit === 'set_due'
    ? movePlaces(database, user, card_ids, edit)
    : markCards(database, user, card_ids, edit);
}

const names: Readonly<Record<string, OperationName>> = {
  add_tag: 'tag_notes',
  remove_tag: 'tag_notes',
  move: 'move_notes',
  delete: 'delete_cards',
};

async function marksOf(session: Session, user: User, { edit, flag = 0 }: CardsEdit): Promise<Partial<Marks>> {
  if (edit === 'flag') return { flag };
  if (edit === 'suspend' || edit === 'unsuspend') return { is_suspended: edit === 'suspend' };
  if (edit === 'unbury') return { buried_until: null };
  const settings = await studySettings(session, user.id);
  return { buried_until: startOfStudyDay(studyDay(session.clock.now(), settings) + 1, settings) };
}

async function markCards(database: Database, user: User, cardIds: readonly bigint[], edit: CardsEdit) {
  const ids = [...new Set(cardIds)].toSorted((a, b) => (a < b ? -1 : 1));
  return database.write(
    (session) =>
      writingMany(session, async () => {
        const tally = new Tally();
        const marks = await marksOf(session, user, edit);
        const isAway = edit.edit === 'unsuspend' || edit.edit === 'unbury' || edit.flag === 0;
        const now = session.clock.now();
        const journal = new ManyJournal(session, user, 'mark_cards', ids[0] ?? 0n);
        for (let at = 0; at < ids.length; at += MARKED) {
          const part = ids.slice(at, at + MARKED);
          const held = await heldCardsAmong(session, user.id, part);
          tally.leave('These cards are not there any more.', part.length - held.length);
          // A mark that is taken away needs no row where there is none.
          const before = await holdMarks(session, user.id, held, isAway ? undefined : now);
          const changed = before.flatMap((row) => {
            const after = { ...row, ...marks };
            const [was, left] = [keptMarks(row, MARKS), keptMarks(after, MARKS)];
            const otherwise = MARKS.filter((name) => was[name] !== left[name]);
            if (otherwise.length === 0) return [];
            return [{ card: String(row.card_id), was: keptMarks(row, otherwise), left: keptMarks(after, otherwise) }];
          });
          await setMarks(
            session,
            user.id,
            changed.map(({ card }) => BigInt(card)),
            marks,
          );
          if (changed.length > 0) await journal.add({ ...inverseOfRows(now, [], new Map(), []), marks: changed });
          // One that is so already is as it was wanted.
          tally.changed += held.length;
          await new Promise(setImmediate);
        }
        await journal.finish();
        return { done: tally.done, operation: operationOf(session) };
      }),
    user.id,
  );
}

/** Makes cards new again, or gives them a date. */
async function movePlaces(database: Database, user: User, cardIds: readonly bigint[], { edit, days = 0 }: CardsEdit) {
  const ids = [...new Set(cardIds)].toSorted((a, b) => (a < b ? -1 : 1));
  const isReset = edit === 'reset';
  return database.write(
    (session) =>
      writingMany(session, async () => {
        const tally = new Tally();
        const journal = new ManyJournal(session, user, isReset ? 'reset_cards' : 'set_due', ids[0] ?? 0n);
        for (let at = 0; at < ids.length; at += MARKED) {
          const part = ids.slice(at, at + MARKED);
          const { placed, held } = await placeCards(session, user, part, isReset ? { kind: 'new' } : { kind: 'due', days });
          tally.leave('These cards are not there any more.', part.length - held);
          if (placed.length > 0) await journal.add({ ...inverseOfRows(session.clock.now(), [], new Map(), []), placed });
          tally.changed += held;
          await new Promise(setImmediate);
        }
        await journal.finish();
        return { done: tally.done, operation: operationOf(session) };
      }),
    user.id,
  );
}

/** Notes and cards of one piece, held as they are. */
interface Piece {
  readonly notes: readonly NoteRow[];
  readonly tags: ReadonlyMap<bigint, readonly string[]>;
  /** Of the notes all cards, deleted ones too. */
  readonly cards: ReadonlyMap<bigint, readonly Card[]>;
  /** Cards that stand for themselves. */
  readonly plain: readonly Card[];
  /** Cards that were asked for. */
  readonly wanted: ReadonlySet<bigint>;
  readonly now: Timestamp;
}

async function changeNotes(database: Database, user: User, scope: EditScope, edit: CardsEdit) {
  const targets = await targetsOf(database, user, scope);
  const wanted = new Set(targets.cards);
  const all = [...targets.notes.map((id) => ({ note: id })), ...targets.plainCards.map((id) => ({ card: id }))];
  return database.write(
    (session) =>
      writingMany(session, async () => {
        const tally = new Tally();
        tally.leave(NOT_OWN, targets.notOwn);
        const now = session.clock.now();
        const deck = edit.deck_id === undefined ? undefined : await ownDeck(session, user, edit.deck_id);
        const journal = new ManyJournal(
          session,
          user,
          names[edit.edit] as OperationName,
          targets.notes[0] ?? targets.plainCards[0] ?? 0n,
        );
        for (let at = 0; at < all.length; at += WRITTEN) {
          const part = all.slice(at, at + WRITTEN);
          const held = await holdNotes(
            session,
            part.flatMap((one) => ('note' in one ? [one.note] : [])),
          );
          const plain = await holdCards(
            session,
            part.flatMap((one) => ('card' in one ? [one.card] : [])),
          );
          const owned = await liveOwnedAmong(session, user.id, [...new Set([...held, ...plain].map(({ deck_id }) => deck_id))]);
          const notes = held.filter(({ deck_id }) => owned.has(deck_id));
          const ids = notes.map(({ id }) => id);
          const piece: Piece = {
            notes,
            tags: await tagsOf(session, ids),
            cards: Map.groupBy(await holdCardsOfNotes(session, ids), ({ note_id }) => note_id as bigint),
            plain: plain.filter(({ deck_id, note_id }) => owned.has(deck_id) && note_id === null),
            wanted,
            now,
          };
          if (edit.edit === 'delete') await remove(session, piece, journal, tally);
          else if (deck !== undefined) await move(session, piece, deck, journal, tally);
          else await retag(session, piece, edit, journal, tally);
          await new Promise(setImmediate);
        }
        await journal.finish();
        return { done: tally.done, operation: operationOf(session) };
      }),
    user.id,
  );
}

const wantedOf = ({ cards, wanted }: Piece, note: NoteRow): Card[] =>
  (cards.get(note.id) ?? []).filter(({ id, deleted_at }) => wanted.has(id) && deleted_at === null);

async function retag(
  session: Session,
  piece: Piece,
  { edit, tag = '' }: CardsEdit,
  journal: ManyJournal,
  tally: Tally,
): Promise<void> {
  tally.leave(NO_NOTE, piece.plain.length);
  const [wanted = ''] = cleanTags([tag]);
  const typeOf = await storedTypes(session, piece.notes);
  const decks = await deckNamesOf(
    session,
    piece.notes.map(({ deck_id }) => deck_id),
  );
  const rewrites = piece.notes.flatMap((row) => {
    const before = piece.tags.get(row.id) ?? [];
    const tags = edit === 'add_tag' ? cleanTags([...before, wanted]) : before.filter((one) => one !== wanted);
    const cards = wantedOf(piece, row).length;
    if (tags.length === before.length) {
      // It is so already.
      tally.changed += cards;
      return [];
    }
    const { type, note_type_id } = row;
    try {
      const values = { type, note_type_id, format: row.format as NoteFormat, fields: fieldsOf(row), tags };
      const made = prepareNote(values, typeOf(row), decks.get(row.deck_id) ?? '', row.elements ?? undefined);
      tally.changed += cards;
      return [{ row, type, note_type_id, made }];
    } catch (error) {
      if (!(error instanceof FlashcaseError) || error.code !== 'FC_INPUT_INVALID') throw error;
      tally.leave(TOO_MANY_TAGS, cards);
      return [];
    }
  });
  if (rewrites.length > 0) await journal.add(await rewriteNotes(session, rewrites, piece.now));
}

async function move(
  session: Session,
  piece: Piece,
  deck: { readonly id: bigint; readonly name: string },
  journal: ManyJournal,
  tally: Tally,
): Promise<void> {
  tally.leave(NO_NOTE, piece.plain.length);
  const { now } = piece;
  const studied = await studiedAmong(
    session,
    piece.notes.map(({ id }) => id),
  );
  const typeOf = await storedTypes(session, piece.notes);
  const moved: NoteRow[] = [];
  const before: Card[] = [];
  const after: Card[] = [];
  for (const row of piece.notes) {
    const cards = wantedOf(piece, row).length;
    if (row.deck_id !== deck.id && studied.has(row.id)) {
      tally.leave(STUDIED, cards);
      continue;
    }
    tally.changed += cards;
    if (row.deck_id === deck.id) continue;
    moved.push(row);
    const { type, note_type_id } = row;
    const values = {
      type,
      note_type_id,
      format: row.format as NoteFormat,
      fields: fieldsOf(row),
      tags: piece.tags.get(row.id) ?? [],
    };
    // A template may name the deck.
    const made = new Map(
      prepareNote(values, typeOf(row), deck.name, row.elements ?? undefined).cards.map((card) => [card.ordinal, card]),
    );
    for (const card of piece.cards.get(row.id) ?? []) {
      const sides = card.deleted_at === null ? made.get(card.ordinal as number) : undefined;
      before.push(card);
      // A deleted one follows without a new version: by that its delete is taken back.
      after.push({ ...card, ...sides, deck_id: deck.id, updated_at: card.deleted_at === null ? now : card.updated_at });
    }
  }
  if (moved.length === 0) return;
  await replaceMany(
    session,
    'note',
    moved.map((row) => ({ ...row, deck_id: deck.id, updated_at: now })),
  );
  await replaceMany(session, 'card', after);
  await indexCards(session, after);
  await journal.add(inverseOfRows(now, moved, piece.tags, before));
}

async function remove(session: Session, piece: Piece, journal: ManyJournal, tally: Tally): Promise<void> {
  const { now } = piece;
  const gone: Card[] = [];
  const notesGone: NoteRow[] = [];
  const notesStay: NoteRow[] = [];
  for (const row of piece.notes) {
    const cards = wantedOf(piece, row);
    const live = (piece.cards.get(row.id) ?? []).filter(({ deleted_at }) => deleted_at === null);
    gone.push(...cards);
    // With its last card the note goes.
    if (cards.length === live.length) notesGone.push(row);
    else if (cards.length > 0) notesStay.push(row);
  }
  gone.push(...piece.plain);
  if (gone.length === 0) return;
  tally.changed += gone.length;
  await replaceMany(
    session,
    'note',
    notesGone.map((row) => ({ ...row, deleted_at: now, updated_at: now })),
  );
  const after = gone.map((card) => ({ ...card, deleted_at: now, updated_at: now }));
  await replaceMany(session, 'card', after);
  await indexCards(session, after);
  const inverse = inverseOfRows(now, [...notesGone, ...notesStay], piece.tags, gone);
  // A note that stays stands there for its version too: its cards come back only to the note that made them.
  const versions = new Map(notesStay.map((row) => [String(row.id), row.updated_at.text]));
  const notes = inverse.notes.map((one) => ({ ...one, left: versions.get(one.row.id as string) ?? now.text }));
  await journal.add({ ...inverse, notes });
}
