import type { Session } from '../db/database.ts';
import { replaceMany } from '../db/stores/bulk-rows.ts';
import { type Card, cardsOfNotes } from '../db/stores/cards.ts';
import { liveOwnedAmong } from '../db/stores/decks.ts';
import { holdCardsToGo, holdNotesToGo } from '../db/stores/imported.ts';
import { keptRow, rowOfKept } from '../db/stores/kept-rows.ts';
import { heldCardsAmong, holdMarks, setMarks } from '../db/stores/mark-cards.ts';
import { type NoteRow, studiedAmong } from '../db/stores/notes.ts';
import { deleteParts, findPart, insertPart } from '../db/stores/operation-parts.ts';
import { type Operation, recordOperation, setInverse } from '../db/stores/operations.ts';
import { foundCards } from '../db/stores/search-cards.ts';
import { indexCards } from '../db/stores/search-rows.ts';
import type { User } from '../db/stores/users.ts';
import { Timestamp } from '../schema/index.ts';
import { beyondRows, type OperationName, type PutBack } from './operations.ts';
import { type PlacedCard, putPlacesBack } from './place-cards.ts';
import { changedSince, type RewriteInverse, setTags } from './rewrite-notes.ts';
import { type KeptMarks, keptMarks, MARKS } from './study-marks.ts';
import type { ImportUndone } from './undo-import.ts';

/** What taking a change of many notes and cards back needs, a piece of it. */
export interface ManyInverse extends Omit<RewriteInverse, 'notes'> {
  /** `left`: the version of a note that was left, where it is not that of all. */
  readonly notes: readonly (RewriteInverse['notes'][number] & { readonly left?: string })[];
  /** Marks of cards, as they were and as they were left. */
  readonly marks?: readonly MarkChange[];
  /** Cards that were put somewhere by hand. */
  readonly placed?: readonly PlacedCard[];
}

interface MarkChange {
  readonly card: string;
  readonly was: KeptMarks;
  readonly left: KeptMarks;
}

/** What the operation itself says of its pieces. */
export interface ManyAbout {
  readonly parts: number;
}

/** The fronts of what stayed that are named. */
const MOST_FRONTS = 20;

/** Notes down a change of many notes and cards in the unit of work that makes it: one operation, however many they are. */
export class ManyJournal {
  readonly #session: Session;
  readonly #user: User;
  readonly #name: OperationName;
  readonly #target: bigint;
  #operation: bigint | undefined;
  #parts = 0;

  /** @param target the deck, note or card that stands for all of them */
  constructor(session: Session, user: User, name: OperationName, target: bigint) {
    this.#session = session;
    this.#user = user;
    this.#name = name;
    this.#target = target;
  }

  /** A piece: some hundred notes or cards. */
  async add(inverse: ManyInverse): Promise<void> {
    this.#operation ??= await recordOperation(this.#session, this.#user.id, this.#name, this.#target, {});
    await insertPart(this.#session, this.#operation, this.#parts++, JSON.stringify(inverse));
  }

  /** Ends it. What changed nothing leaves nothing to take back. */
  async finish(): Promise<void> {
    if (this.#operation === undefined) return;
    const many: ManyAbout = { parts: this.#parts };
    await setInverse(this.#session, this.#operation, beyondRows({ many }));
  }
}

/** Notes and cards as they were before a change that leaves them as of `now`. Cards that stay as they are need not be given. */
export const inverseOfRows = (
  now: Timestamp,
  notes: readonly NoteRow[],
  tags: ReadonlyMap<bigint, readonly string[]>,
  cards: readonly Card[],
): ManyInverse => ({
  left: now.text,
  notes: notes.map((row) => ({ row: keptRow('note', row), tags: tags.get(row.id) ?? [] })),
  cards: cards.map((row) => keptRow('card', row)),
  added: [],
});

/**
 * Takes a change of many back, note by note: one that was changed since stays as it is, with its cards, and is named. Where nothing can be
 * taken back it is refused (`FC_CHANGED_MEANWHILE`).
 */
export async function putManyBack(
  session: Session,
  user: User,
  operation: Pick<Operation, 'id'>,
  { parts }: ManyAbout,
): Promise<ImportUndone> {
  const now = session.clock.now();
  let [takenBack, keptCount] = [0, 0];
  const kept: Pick<Card, 'front'>[] = [];
  // As a chain: what a later piece did to a row is taken back first.
  for (let part = parts - 1; part >= 0; part--) {
    // Others are answered between.
    await new Promise(setImmediate);
    const content = await findPart(session, operation.id, part);
    if (content === undefined) continue;
    const inverse = JSON.parse(content) as ManyInverse;
    const rows = await putRowsBack(session, user, inverse, now);
    const marks = await putMarksOfManyBack(session, user, inverse.marks ?? []);
    const places = inverse.placed === undefined ? NOTHING : await putPlacesBack(session, user, inverse.placed, MOST_FRONTS);
    for (const one of [rows, marks, places]) {
      takenBack += one.takenBack;
      keptCount += one.keptCount;
      kept.push(...one.kept);
    }
  }
  if (takenBack === 0) throw changedSince('All of these were changed');
  const undone = { taken_back: takenBack, kept: keptCount, kept_fronts: kept.slice(0, MOST_FRONTS).map(({ front }) => front) };
  await deleteParts(session, operation.id);
  await setInverse(session, operation.id, { undone });
  return undone;
}

const NOTHING: PutBack = { takenBack: 0, kept: [], keptCount: 0 };

async function putRowsBack(session: Session, user: User, inverse: ManyInverse, now: Timestamp): Promise<PutBack> {
  const notes = inverse.notes.map(({ row }) => rowOfKept('note', row));
  const cards = inverse.cards.map((row) => rowOfKept('card', row));
  if (notes.length + cards.length === 0) return NOTHING;
  // Notes before their cards, as everywhere.
  const heldNotes = new Map(
    (
      await holdNotesToGo(
        session,
        notes.map(({ id }) => id),
      )
    ).map((row) => [row.id, row]),
  );
  const addedIds = inverse.added.map(BigInt);
  const heldCards = new Map(
    (await holdCardsToGo(session, [...cards.map(({ id }) => id), ...addedIds])).map((row) => [row.id, row]),
  );
  // Where they are, and where they were.
  const decks = [...heldNotes.values(), ...heldCards.values(), ...notes, ...cards].map(({ deck_id }) => deck_id);
  const owned = await liveOwnedAmong(session, user.id, [...new Set(decks)]);
  const isLeft = (card: Card | undefined, ...versions: string[]): boolean =>
    card !== undefined && owned.has(card.deck_id) && versions.includes(card.updated_at.text);

  // What was studied where it is now counts there: counts are told by the deck of the card.
  const moved = notes.filter(({ id, deck_id }) => (heldNotes.get(id)?.deck_id ?? deck_id) !== deck_id).map(({ id }) => id);
  const studied = moved.length === 0 ? new Set<bigint>() : await studiedAmong(session, moved);

  const before = Map.groupBy(cards, ({ note_id, id }) => note_id ?? -id);
  const added = Map.groupBy(
    addedIds.map((id) => heldCards.get(id)),
    (card) => card?.note_id ?? null,
  );
  const leftOf = new Map(inverse.notes.map(({ left }, at) => [(notes[at] as NoteRow).id, left ?? inverse.left]));
  const ok = { notes: new Set<bigint>(), cards: [] as Card[], gone: [] as Card[] };
  const kept: Card[] = [];
  let takenBack = 0;
  /** One note with its cards, or a card alone: taken back whole or not at all. */
  function settle(row: NoteRow | undefined, own: readonly Card[], more: readonly (Card | undefined)[]): void {
    const note = row === undefined ? undefined : heldNotes.get(row.id);
    const isAsLeft =
      (row === undefined ||
        (note !== undefined &&
          !studied.has(note.id) &&
          note.updated_at.text === leftOf.get(row.id) &&
          owned.has(note.deck_id) &&
          owned.has(row.deck_id))) &&
      // One that a person had deleted kept its version.
      own.every((card) =>
        isLeft(heldCards.get(card.id), inverse.left, ...(card.deleted_at === null ? [] : [card.updated_at.text])),
      ) &&
      more.every((card) => isLeft(card, inverse.left));
    const first = own.map(({ id }) => heldCards.get(id)).find((card) => card !== undefined) ?? own[0];
    if (!isAsLeft) {
      if (first !== undefined) kept.push(first);
      return;
    }
    takenBack++;
    if (row !== undefined) ok.notes.add(row.id);
    ok.cards.push(...own);
    ok.gone.push(...more.map((card) => ({ ...(card as Card), deleted_at: now, updated_at: now })));
  }
  for (const row of notes) settle(row, before.get(row.id) ?? [], added.get(row.id) ?? []);
  for (const card of cards) if (card.note_id === null) settle(undefined, [card], []);

  const back = notes.filter(({ id }) => ok.notes.has(id));
  await replaceMany(session, 'note', back);
  await setTags(
    session,
    inverse.notes.flatMap(({ tags }, at) =>
      ok.notes.has((notes[at] as NoteRow).id) ? [[(notes[at] as NoteRow).id, tags] as const] : [],
    ),
  );
  await replaceMany(session, 'card', [...ok.cards, ...ok.gone]);
  // A tag, or a field that no card shows, changes no card and is found all the same.
  const all = await cardsOfNotes(session, [...ok.notes]);
  await indexCards(session, [...all, ...ok.cards.filter(({ note_id }) => note_id === null)]);
  return { takenBack, kept, keptCount: kept.length };
}

/** Gives cards the marks of before, those that are still marked as they were left. */
async function putMarksOfManyBack(session: Session, user: User, changes: readonly MarkChange[]): Promise<PutBack> {
  const byCard = new Map(changes.map((one) => [BigInt(one.card), one]));
  const ids = await heldCardsAmong(session, user.id, [...byCard.keys()]);
  const stays = new Set(byCard.keys());
  /** Cards that get the same marks, under those as text. */
  const back = new Map<string, bigint[]>();
  for (const row of await holdMarks(session, user.id, ids, undefined)) {
    const { was, left } = byCard.get(row.card_id) as MarkChange;
    const now = keptMarks(row, MARKS);
    if (MARKS.some((name) => left[name] !== undefined && left[name] !== now[name])) continue;
    stays.delete(row.card_id);
    const text = JSON.stringify(was);
    back.set(text, [...(back.get(text) ?? []), row.card_id]);
  }
  for (const [text, cards] of back) {
    const { buried_until, ...marks } = JSON.parse(text) as KeptMarks;
    const until = typeof buried_until === 'string' ? (Timestamp.parse(buried_until) as Timestamp) : null;
    await setMarks(session, user.id, cards, { ...marks, ...(buried_until === undefined ? {} : { buried_until: until }) });
  }
  const kept = (await foundCards(session, user.id, [...stays].slice(0, MOST_FRONTS))) as readonly Card[];
  return { takenBack: changes.length - stays.size, kept, keptCount: stays.size };
}
