import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf } from '../../schema/index.ts';
import { documentOf, searchedField } from '../../search/document.ts';
import type { Session } from '../database.ts';
import { insertMany } from './bulk-rows.ts';

type Card = RowOf<typeof flashcase.tables.card>;
/** What of a card its search row is made of. */
type CardWords = Pick<Card, 'id' | 'deck_id' | 'front' | 'back' | 'note_id' | 'updated_at' | 'deleted_at'>;

/** Rows of one statement: both engines take more values, and a larger one is no faster. */
const ROWS = 500;

/** What a card's note brings to its search row. */
interface NoteWords {
  readonly tags: readonly string[];
  readonly fields: readonly string[];
}

const NO_NOTE: NoteWords = { tags: [], fields: [] };

async function noteWords({ kysely }: Session, noteIds: readonly bigint[]): Promise<Map<bigint, NoteWords>> {
  if (noteIds.length === 0) return new Map();
  const notes = await kysely.selectFrom('note').select(['id', 'fields', 'format']).where('id', 'in', noteIds).execute();
  const tags = await kysely.selectFrom('note_tag').selectAll().where('note_id', 'in', noteIds).orderBy('tag').execute();
  const tagged = Map.groupBy(tags, ({ note_id }) => note_id);
  return new Map(
    notes.map(({ id, fields, format }) => [
      id,
      {
        tags: (tagged.get(id) ?? []).map(({ tag }) => tag),
        fields: Object.values(JSON.parse(fields) as Record<string, string>).map((value) => searchedField(value, format)),
      },
    ]),
  );
}

export interface SearchRow {
  readonly card_id: bigint;
  readonly words: string;
  readonly card_updated_at: Card['updated_at'];
}

/** What the search rows of cards must be; those of deleted cards are none. */
export async function expectedRows(session: Session, cards: readonly CardWords[]): Promise<SearchRow[]> {
  const live = cards.filter(({ deleted_at }) => deleted_at === null);
  const notes = await noteWords(session, [...new Set(live.flatMap(({ note_id }) => (note_id === null ? [] : [note_id])))]);
  return live.map((card) => {
    const { tags, fields } = (card.note_id === null ? undefined : notes.get(card.note_id)) ?? NO_NOTE;
    const words = documentOf({ deckId: card.deck_id, front: card.front, back: card.back, tags, note: fields });
    return { card_id: card.id, words, card_updated_at: card.updated_at };
  });
}

/** Brings the search rows of cards to what the cards say, in the unit of work that wrote them. */
export async function indexCards(session: Session, cards: readonly CardWords[]): Promise<void> {
  for (let at = 0; at < cards.length; at += ROWS) {
    const part = cards.slice(at, at + ROWS);
    const rows = await expectedRows(session, part);
    const kept = new Set(rows.map(({ card_id }) => card_id));
    await removeRows(
      session,
      part.map(({ id }) => id).filter((id) => !kept.has(id)),
    );
    if (rows.length === 0) continue;
    await session.kysely
      .insertInto('search_card')
      .values(rows.map((row) => checked(flashcase.tables.search_card, { ...row })))
      .onConflict((conflict) =>
        conflict
          .column('card_id')
          .doUpdateSet((eb) => ({ words: eb.ref('excluded.words'), card_updated_at: eb.ref('excluded.card_updated_at') })),
      )
      .execute();
  }
}

/** Makes new cards searchable whose documents are known (search/document.ts), in the unit of work that wrote them. */
export function addSearchRows(session: Session, rows: readonly SearchRow[]): Promise<void> {
  return insertMany(
    session,
    'search_card',
    ['card_id', 'words', 'card_updated_at'],
    rows.map(({ card_id, words, card_updated_at }) => [card_id, words, card_updated_at]),
  );
}

/** The same for cards that were just made, by the thousand: none has a row yet. */
export async function indexNewCards(session: Session, cards: readonly CardWords[]): Promise<void> {
  for (let at = 0; at < cards.length; at += ROWS)
    await addSearchRows(session, await expectedRows(session, cards.slice(at, at + ROWS)));
}

/** The same for cards that were written another way than by their store. */
export async function indexAgain(session: Session, cardIds: readonly bigint[]): Promise<void> {
  if (cardIds.length === 0) return;
  await indexCards(session, await session.kysely.selectFrom('card').selectAll().where('id', 'in', cardIds).execute());
}

/**
 * Holds cards and their notes as they are until the end of this unit of work, and gives those that are so held, deleted ones too. Whoever
 * makes search rows of cards that they did not write holds them first: on PostgreSQL a tag that is changed meanwhile would else be lost for
 * good, because the card stays as it is. In the order of those who change a note: the notes, then the cards.
 */
export async function holdWords({ kysely, capabilities }: Session, cardIds: readonly bigint[]): Promise<Card[]> {
  if (cardIds.length === 0) return [];
  const cards = kysely.selectFrom('card').selectAll().where('id', 'in', cardIds).orderBy('id');
  if (!capabilities.hasConcurrentWriters) return cards.execute();
  const notes = await kysely
    .selectFrom('note')
    .select('id')
    .where('id', 'in', kysely.selectFrom('card').select('note_id').where('id', 'in', cardIds).where('note_id', 'is not', null))
    .orderBy('id')
    .forShare()
    .execute();
  const held = new Set(notes.map(({ id }) => id));
  // One that became a note's meanwhile was made searchable by whoever did that.
  return (await cards.forShare().execute()).filter(({ note_id }) => note_id === null || held.has(note_id));
}

export async function cardIdsOfNote({ kysely }: Session, noteId: bigint): Promise<bigint[]> {
  const cards = await kysely.selectFrom('card').select('id').where('note_id', '=', noteId).orderBy('id').execute();
  return cards.map(({ id }) => id);
}

/** Takes cards out of the search. */
export async function removeRows({ kysely }: Session, cardIds: readonly bigint[]): Promise<void> {
  for (let at = 0; at < cardIds.length; at += ROWS)
    await kysely
      .deleteFrom('search_card')
      .where('card_id', 'in', cardIds.slice(at, at + ROWS))
      .execute();
}

/** Where a stretch of `size` cards after an id ends; `undefined` where it is the last one. */
export async function endOfStretch({ kysely }: Session, after: bigint, size: number): Promise<bigint | undefined> {
  const row = await kysely
    .selectFrom('card')
    .select('id')
    .where('id', '>', after)
    .orderBy('id')
    .offset(size - 1)
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

export interface Stretch {
  /** The id before the first one. */
  readonly after: bigint;
  /** The last id; to the end when absent. */
  readonly last: bigint | undefined;
}

const HIGHEST = 9_223_372_036_854_775_807n;

/** Cards that were written since their search row was, and those that have none. */
export function staleCards({ kysely }: Session, { after, last = HIGHEST }: Stretch): Promise<Card[]> {
  return kysely
    .selectFrom('card')
    .leftJoin('search_card', 'search_card.card_id', 'card.id')
    .selectAll('card')
    .where('card.id', '>', after)
    .where('card.id', '<=', last)
    .where('card.deleted_at', 'is', null)
    .where((eb) =>
      eb.or([eb('search_card.card_id', 'is', null), eb('search_card.card_updated_at', '<>', eb.ref('card.updated_at'))]),
    )
    .orderBy('card.id')
    .execute();
}

/** Search rows of cards that are deleted or gone. */
export async function deadRows({ kysely }: Session, { after, last = HIGHEST }: Stretch): Promise<bigint[]> {
  const rows = await kysely
    .selectFrom('search_card')
    .leftJoin('card', 'card.id', 'search_card.card_id')
    .select('search_card.card_id')
    .where('search_card.card_id', '>', after)
    .where('search_card.card_id', '<=', last)
    .where((eb) => eb.or([eb('card.id', 'is', null), eb('card.deleted_at', 'is not', null)]))
    .orderBy('search_card.card_id')
    .execute();
  return rows.map(({ card_id }) => card_id);
}

/** The cards of a stretch that are not deleted, with what they are found by now. */
export function cardsWithWords(
  { kysely }: Session,
  { after, last = HIGHEST }: Stretch,
): Promise<(Card & { words: string | null })[]> {
  return kysely
    .selectFrom('card')
    .leftJoin('search_card', 'search_card.card_id', 'card.id')
    .selectAll('card')
    .select('search_card.words')
    .where('card.id', '>', after)
    .where('card.id', '<=', last)
    .where('card.deleted_at', 'is', null)
    .orderBy('card.id')
    .execute();
}
