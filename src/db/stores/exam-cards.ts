import type { ExpressionBuilder } from 'kysely';
import type { FlashcaseTables } from '../../schema/flashcase.ts';
import type { Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { hasTag } from './has-tag.ts';
import { isInEffect } from './in-effect.ts';
import { isHeld, isReadable } from './readable.ts';
import { type CardState, listCardStates } from './study.ts';
import type { QueuedCard } from './study-queue.ts';

/** Which cards are meant: of these decks, with one of these tags; without tags all of them. */
export interface CardChoice {
  readonly decks: readonly bigint[];
  readonly tags: readonly string[];
}

export interface NamedDeck {
  readonly id: bigint;
  readonly name: string;
}

/** Decks a user may read, of these or, where none are named, of those they keep. By id. */
export function listDecksOf(session: Session, userId: bigint, ids: readonly bigint[]): Promise<NamedDeck[]> {
  const query = session.kysely
    .selectFrom('deck')
    .leftJoin('user_deck', (join) => join.onRef('user_deck.deck_id', '=', 'deck.id').on('user_deck.user_id', '=', userId))
    .select(['deck.id', 'deck.name'])
    .where('deck.deleted_at', 'is', null)
    .orderBy('deck.id');
  return ids.length === 0 ? query.where(isHeld()).execute() : query.where('deck.id', 'in', ids).where(isReadable()).execute();
}

type StateColumns =
  | 'stability'
  | 'difficulty'
  | 'ease_factor'
  | 'interval'
  | 'repetitions'
  | 'review_count'
  | 'next_review'
  | 'answered_at'
  | 'last_reviewed_at'
  | 'standing_at'
  | 'buried_until';

/** A card of a choice with its student's standing, NULL for one never touched; without its text. */
export type ChosenCard = { readonly id: bigint; readonly deck_id: bigint; readonly note_id: bigint | null } & {
  readonly [K in StateColumns]: CardState[K] | null;
};

/** What an answered card may lack, too. */
const MAY_LACK = ['note_id', 'stability', 'difficulty', 'answered_at', 'standing_at', 'buried_until'] as const;

/** A card that was answered, and the answer is in effect. */
export type AnsweredCard = {
  readonly [K in keyof ChosenCard]: K extends (typeof MAY_LACK)[number] ? ChosenCard[K] : NonNullable<ChosenCard[K]>;
};

export const hasAnswered = (card: ChosenCard): card is AnsweredCard => card.review_count !== null && card.review_count > 0;

/** The cards of a choice by id, without those that were suspended; at most `limit`. */
export async function listChosenCards(
  session: Session,
  userId: bigint,
  { decks, tags }: CardChoice,
  limit: number,
): Promise<ChosenCard[]> {
  if (decks.length === 0) return [];
  let query = session.kysely
    .selectFrom('card')
    .leftJoin('card_state', (join) => join.onRef('card_state.card_id', '=', 'card.id').on('card_state.user_id', '=', userId))
    .select([
      'card.id',
      'card.deck_id',
      'card.note_id',
      'card_state.stability',
      'card_state.difficulty',
      'card_state.ease_factor',
      'card_state.interval',
      'card_state.repetitions',
      'card_state.review_count',
      'card_state.next_review',
      'card_state.answered_at',
      'card_state.last_reviewed_at',
      'card_state.standing_at',
      'card_state.buried_until',
    ])
    .where('card.deck_id', 'in', decks)
    .where('card.deleted_at', 'is', null)
    .where('card_state.is_suspended', 'is not', true)
    .orderBy('card.id')
    .limit(limit);
  if (tags.length > 0) query = query.where((eb) => hasTag(eb as unknown as ExpressionBuilder<FlashcaseTables, 'card'>, tags));
  return query.execute();
}

/** Cards with their text and their student's standing, in the order of `ids`. */
export async function listFullCards(session: Session, userId: bigint, ids: readonly bigint[]): Promise<QueuedCard[]> {
  if (ids.length === 0) return [];
  const rows = await session.kysely
    .selectFrom('card')
    .select(['id', 'deck_id', 'front', 'back', 'front_html', 'back_html', 'answer'])
    .where('id', 'in', ids)
    .execute();
  const cards = new Map(rows.map((row) => [row.id, row]));
  const states = new Map((await listCardStates(session, userId, ids)).map((state) => [state.card_id, state]));
  return ids.flatMap((id) => {
    const card = cards.get(id);
    return card === undefined ? [] : [{ ...NO_STATE, ...states.get(id), ...card }];
  });
}

const NO_STATE = {
  ease_factor: null,
  interval: null,
  repetitions: null,
  last_rating: null,
  next_review: null,
  last_reviewed_at: null,
  review_count: null,
  scheduler: null,
  phase: null,
  step: null,
  stability: null,
  difficulty: null,
  lapses: null,
  answered_at: null,
  standing_at: null,
  is_suspended: null,
  buried_until: null,
  flag: null,
} as const;

export interface AnswerSince {
  readonly card_id: bigint;
  readonly kind: string | null;
  readonly duration_ms: number | null;
}

/** What a user answered since a moment, without what was taken back and without cram. */
export function listAnswersSince(session: Session, userId: bigint, since: Timestamp): Promise<AnswerSince[]> {
  return session.kysely
    .selectFrom('study_log')
    .select(['card_id', 'kind', 'duration_ms'])
    .where('user_id', '=', userId)
    .where('reviewed_at', '>=', since)
    .where((eb) => eb.or([eb('kind', 'is', null), eb('kind', 'not in', ['undo', 'cram', 'manual'])]))
    .where(isInEffect)
    .execute();
}
