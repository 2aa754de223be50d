import { sql } from 'kysely';
import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { NO_REVIEWS } from './in-effect.ts';
import type { Page } from './page.ts';
import { isReadable } from './readable.ts';

export type NoteRow = RowOf<typeof flashcase.tables.note>;
export type VisibleNote = NoteRow & { readonly is_owner: boolean | null; readonly deck_name: string };

/** Rows of one statement: engines take a limited number of values. */
const BATCH = 500;

/** Runs `work` on parts of a list, none too long for one statement. */
export async function inBatches<T, R>(rows: readonly T[], work: (part: readonly T[]) => Promise<readonly R[]>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < rows.length; at += BATCH) results.push(...(await work(rows.slice(at, at + BATCH))));
  return results;
}

/** Notes of decks the user may read; `is_owner` says whether they may change them. */
function visibleNotes(kysely: Session['kysely'], userId: bigint) {
  return kysely
    .selectFrom('note')
    .innerJoin('deck', 'deck.id', 'note.deck_id')
    .leftJoin('user_deck', (join) => join.onRef('user_deck.deck_id', '=', 'deck.id').on('user_deck.user_id', '=', userId))
    .selectAll('note')
    .select(['user_deck.is_owner', 'deck.name as deck_name'])
    .where('note.deleted_at', 'is', null)
    .where('deck.deleted_at', 'is', null)
    .where(isReadable());
}

export async function findNote(session: Session, userId: bigint, noteId: bigint): Promise<VisibleNote | undefined> {
  const rows = (await visibleNotes(session.kysely, userId).where('note.id', '=', noteId).execute()) as VisibleNote[];
  return rows[0];
}

export interface NoteFilter {
  readonly deckId?: bigint | undefined;
  readonly tag?: string | undefined;
}

/** A page of notes in the order of their ids. */
export async function listNotes(
  session: Session,
  userId: bigint,
  { deckId, tag }: NoteFilter,
  { after, limit }: Page,
): Promise<VisibleNote[]> {
  let query = visibleNotes(session.kysely, userId).orderBy('note.id').limit(limit);
  if (after !== undefined) query = query.where('note.id', '>', after);
  if (deckId !== undefined) query = query.where('note.deck_id', '=', deckId);
  if (tag !== undefined) {
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('note_tag')
          .select('note_tag.note_id')
          .whereRef('note_tag.note_id', '=', 'note.id')
          .where('note_tag.tag', '=', tag),
      ),
    );
  }
  return (await query.execute()) as VisibleNote[];
}

/** A page of a deck's own notes, not deleted, in the order of their ids; who may see them is settled before. */
export function listNotesOfDeck(session: Session, deckId: bigint, { after, limit }: Page): Promise<NoteRow[]> {
  let query = session.kysely
    .selectFrom('note')
    .selectAll()
    .where('deck_id', '=', deckId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(limit);
  if (after !== undefined) query = query.where('id', '>', after);
  return query.execute();
}

/** The types that a deck's notes are of. */
export function listTypesOfDeck(session: Session, deckId: bigint): Promise<{ type: string; note_type_id: bigint | null }[]> {
  return session.kysely
    .selectFrom('note')
    .select(['type', 'note_type_id'])
    .distinct()
    .where('deck_id', '=', deckId)
    .where('deleted_at', 'is', null)
    .orderBy('type')
    .orderBy('note_type_id')
    .execute();
}

/**
 * The user's own notes by their guids, deleted ones left out: what an import meets again. Looked up by the guids first, whatever the engine
 * thinks: it does not know how many notes an import has just added to the user's decks, and would go through all of them for each page.
 */
export function findNotesByGuid(session: Session, userId: bigint, guids: readonly string[]): Promise<NoteRow[]> {
  return inBatches([...new Set(guids)], (part) =>
    session.kysely
      .with(
        (named) => named('known').materialized(),
        (query) => query.selectFrom('note').select(['id', 'deck_id']).where('guid', 'in', part).where('deleted_at', 'is', null),
      )
      .selectFrom('known')
      .innerJoin('user_deck', 'user_deck.deck_id', 'known.deck_id')
      .innerJoin('deck', 'deck.id', 'known.deck_id')
      .innerJoin('note', 'note.id', 'known.id')
      .selectAll('note')
      .where('deck.deleted_at', 'is', null)
      .where('user_deck.user_id', '=', userId)
      .where('user_deck.is_owner', '=', true)
      .orderBy('note.id')
      .execute(),
  );
}

/** Holds a note until the end of this unit of work: two who save it at once come one after the other. */
export async function holdNote(session: Session, noteId: bigint): Promise<NoteRow | undefined> {
  const query = session.kysely.selectFrom('note').selectAll().where('id', '=', noteId).where('deleted_at', 'is', null);
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

/** Holds many notes, as `holdCards` holds cards. */
export function holdNotes(session: Session, noteIds: readonly bigint[]): Promise<NoteRow[]> {
  return inBatches(
    noteIds.toSorted((a, b) => (a < b ? -1 : 1)),
    (part) => {
      const query = session.kysely.selectFrom('note').selectAll().where('id', 'in', part).where('deleted_at', 'is', null);
      const inOrder = query.orderBy('id');
      return (session.capabilities.hasConcurrentWriters ? inOrder.forNoKeyUpdate() : inOrder).execute();
    },
  );
}

export type NewNote = Omit<NoteRow, 'id' | 'created_at' | 'updated_at' | 'deleted_at'>;

/** Inserts notes and gives their rows in the same order. */
export async function insertNotes(session: Session, notes: readonly NewNote[]): Promise<NoteRow[]> {
  const now = session.clock.now();
  return inBatches(notes, async (part) => {
    const rows = await session.kysely
      .insertInto('note')
      .values(part.map((note) => checked(flashcase.tables.note, { ...note, created_at: now, updated_at: now })))
      .returningAll()
      .execute();
    // The engines hand ids out in the order of the rows, but promise no order of what they return.
    return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  });
}

export function updateNote(
  session: Session,
  noteId: bigint,
  values: Partial<Omit<NoteRow, 'id' | 'guid' | 'created_at' | 'updated_at'>>,
): Promise<NoteRow> {
  return session.kysely
    .updateTable('note')
    .set(checked(flashcase.tables.note, { ...values, updated_at: session.clock.now() }))
    .where('id', '=', noteId)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The tags of notes, each in the order of their bytes. */
export async function tagsOf(session: Session, noteIds: readonly bigint[]): Promise<Map<bigint, string[]>> {
  const tags = new Map<bigint, string[]>(noteIds.map((id) => [id, []]));
  const rows = await inBatches([...tags.keys()], (part) =>
    session.kysely.selectFrom('note_tag').selectAll().where('note_id', 'in', part).orderBy('tag').execute(),
  );
  for (const { note_id, tag } of rows) tags.get(note_id)?.push(tag);
  return tags;
}

export async function insertTags(session: Session, rows: readonly { note_id: bigint; tag: string }[]): Promise<void> {
  await inBatches(rows, async (part) => {
    await session.kysely
      .insertInto('note_tag')
      .values(part.map((row) => checked(flashcase.tables.note_tag, row)))
      .execute();
    return [];
  });
}

/** Takes all tags from notes. */
export async function deleteTagsOf(session: Session, noteIds: readonly bigint[]): Promise<void> {
  await inBatches(noteIds, async (part) => {
    await session.kysely.deleteFrom('note_tag').where('note_id', 'in', part).execute();
    return [];
  });
}

export async function replaceTags(session: Session, noteId: bigint, tags: readonly string[]): Promise<void> {
  await session.kysely.deleteFrom('note_tag').where('note_id', '=', noteId).execute();
  await insertTags(
    session,
    tags.map((tag) => ({ note_id: noteId, tag })),
  );
}

export interface CountedTag {
  readonly tag: string;
  readonly note_count: number;
}

/** The tags of the user's own notes, or of one deck, with how many notes have each. */
export async function countTags(session: Session, userId: bigint, deckId: bigint | undefined): Promise<CountedTag[]> {
  let query = session.kysely
    .selectFrom('note_tag')
    .innerJoin('note', 'note.id', 'note_tag.note_id')
    .innerJoin('deck', 'deck.id', 'note.deck_id')
    .innerJoin('user_deck', 'user_deck.deck_id', 'deck.id')
    .select(['note_tag.tag', sql<number | bigint>`count(*)`.as('note_count')])
    .where('user_deck.user_id', '=', userId)
    .where('user_deck.is_owner', '=', true)
    .where('note.deleted_at', 'is', null)
    .where('deck.deleted_at', 'is', null)
    .groupBy('note_tag.tag')
    .orderBy('note_tag.tag');
  if (deckId !== undefined) query = query.where('note.deck_id', '=', deckId);
  return (await query.execute()).map(({ tag, note_count }) => ({ tag, note_count: Number(note_count) }));
}

/** Notes of a deck that begin with the same words, the oldest first. */
export async function findDuplicates(
  session: Session,
  deckId: bigint,
  key: string,
  except: bigint | undefined,
): Promise<bigint[]> {
  let query = session.kysely
    .selectFrom('note')
    .select('id')
    .where('deck_id', '=', deckId)
    .where('duplicate_key', '=', key)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(10);
  if (except !== undefined) query = query.where('id', '!=', except);
  return (await query.execute()).map(({ id }) => id);
}

/** True when anybody has studied a card of a note. Asks over the reviews of all users. */
export async function isNoteStudied({ kysely }: Session, noteId: bigint): Promise<boolean> {
  const row = await kysely
    .selectFrom('card')
    .innerJoin('study_log', 'study_log.card_id', 'card.id')
    .select('study_log.id')
    .where('card.note_id', '=', noteId)
    .where((eb) => eb.or([eb('study_log.kind', 'is', null), eb('study_log.kind', 'not in', NO_REVIEWS)]))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Of notes those that anybody has studied a card of. Asks over the reviews of all users. */
export async function studiedAmong({ kysely }: Session, noteIds: readonly bigint[]): Promise<Set<bigint>> {
  const rows = await inBatches(noteIds, (part) =>
    kysely
      .selectFrom('card')
      .select('card.note_id')
      .distinct()
      .where('card.note_id', 'in', part)
      // Not by `exists`: where study data is spread over nodes, no question about a card alone can be asked for each card.
      .where('card.id', 'in', ({ selectFrom }) =>
        selectFrom('study_log')
          .select('study_log.card_id')
          .where((eb) => eb.or([eb('study_log.kind', 'is', null), eb('study_log.kind', 'not in', NO_REVIEWS)]))
          .where('study_log.card_id', 'in', selectFrom('card').select('card.id').where('card.note_id', 'in', part)),
      )
      .execute(),
  );
  return new Set(rows.map(({ note_id }) => note_id as bigint));
}

/** The names of decks, which the cards of notes may show. */
export async function deckNamesOf({ kysely }: Session, deckIds: readonly bigint[]): Promise<Map<bigint, string>> {
  const rows = await inBatches([...new Set(deckIds)], (part) =>
    kysely.selectFrom('deck').select(['id', 'name']).where('id', 'in', part).execute(),
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
