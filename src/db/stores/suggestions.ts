import { sql } from 'kysely';
import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import type { Page } from './page.ts';
import { isShared } from './readable.ts';

export type Suggestion = RowOf<typeof flashcase.tables.suggestion>;
export type ShownSuggestion = Suggestion & { readonly deck_name: string; readonly username: string };

export function insertSuggestion(
  session: Session,
  values: Pick<Suggestion, 'user_id' | 'deck_id' | 'source_kind' | 'source_id' | 'changes' | 'comment'>,
): Promise<Suggestion> {
  return session.kysely
    .insertInto('suggestion')
    .values(checked(flashcase.tables.suggestion, { ...values, status: 'open', created_at: session.clock.now() }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** A user's suggestions for a deck that wait for an answer. */
export function openSuggestionsOf({ kysely }: Session, userId: bigint, deckId: bigint): Promise<Suggestion[]> {
  return kysely
    .selectFrom('suggestion')
    .selectAll()
    .where('user_id', '=', userId)
    .where('deck_id', '=', deckId)
    .where('status', '=', 'open')
    .orderBy('id')
    .execute();
}

/** A suggestion, held until the end of this unit of work: it is answered once. */
export async function holdSuggestion(session: Session, id: bigint): Promise<Suggestion | undefined> {
  const query = session.kysely.selectFrom('suggestion').selectAll().where('id', '=', id);
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

export async function answerSuggestion(
  { kysely }: Session,
  id: bigint,
  values: Pick<Suggestion, 'status' | 'answer'> & { readonly answered_at: Timestamp },
): Promise<void> {
  await kysely.updateTable('suggestion').set(values).where('id', '=', id).execute();
}

function shown({ kysely }: Session) {
  return kysely
    .selectFrom('suggestion')
    .innerJoin('deck', 'deck.id', 'suggestion.deck_id')
    .innerJoin('user', 'user.id', 'suggestion.user_id')
    .selectAll('suggestion')
    .select('user.username');
}

/** A page of suggestions for a user's own decks, or for one of them, the oldest first. */
export function listReceived(
  session: Session,
  userId: bigint,
  { deckId, status }: { readonly deckId: bigint | undefined; readonly status: Suggestion['status'] | undefined },
  { after, limit }: Page,
): Promise<ShownSuggestion[]> {
  let query = shown(session)
    .select('deck.name as deck_name')
    .innerJoin('user_deck', 'user_deck.deck_id', 'suggestion.deck_id')
    .where('user_deck.user_id', '=', userId)
    .where('user_deck.is_owner', '=', true)
    .where('deck.deleted_at', 'is', null)
    .orderBy('suggestion.id')
    .limit(limit);
  if (after !== undefined) query = query.where('suggestion.id', '>', after);
  if (deckId !== undefined) query = query.where('suggestion.deck_id', '=', deckId);
  if (status !== undefined) query = query.where('suggestion.status', '=', status);
  return query.execute();
}

/** A page of the suggestions that a user made. */
export function listSent(
  session: Session,
  userId: bigint,
  { deckId, status }: { readonly deckId: bigint | undefined; readonly status: Suggestion['status'] | undefined },
  { after, limit }: Page,
): Promise<ShownSuggestion[]> {
  // What a deck that is shared no more is called now is its owner's affair.
  const name = sql<string>`CASE WHEN ${isShared()} AND deck.deleted_at IS NULL THEN deck.name ELSE '' END`;
  let query = shown(session)
    .select(name.as('deck_name'))
    .where('suggestion.user_id', '=', userId)
    .orderBy('suggestion.id')
    .limit(limit);
  if (after !== undefined) query = query.where('suggestion.id', '>', after);
  if (deckId !== undefined) query = query.where('suggestion.deck_id', '=', deckId);
  if (status !== undefined) query = query.where('suggestion.status', '=', status);
  return query.execute();
}
