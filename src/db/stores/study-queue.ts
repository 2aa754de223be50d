import type { ExpressionBuilder } from 'kysely';
import type { Capabilities } from '../../engine/engine.ts';
import type { FlashcaseTables } from '../../schema/flashcase.ts';
import type { Timestamp } from '../../schema/index.ts';
import type { Spent } from '../../study/pace.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';
import { idListOf, idTable, isInDecks } from './decks-below.ts';
import { hasTag } from './has-tag.ts';
import type { CardState } from './study.ts';

/** The queues of a deck, or of one with those below it. A card on the steps of minutes has an interval of 0 days; SM-2 knows no such steps. */
export type Queue = 'learning' | 'due' | 'new';

type Nullable<T> = { readonly [K in keyof T]: T[K] | null };

/** A card in a queue, with its student's standing; NULL for a card never touched. */
export type QueuedCard = {
  readonly id: bigint;
  readonly deck_id: bigint;
  readonly front: string;
  readonly back: string;
  readonly front_html: string | null;
  readonly back_html: string | null;
  readonly answer: string | null;
} & Nullable<Omit<CardState, 'user_id' | 'card_id'>>;

type Joined = ExpressionBuilder<FlashcaseTables & { card_state: FlashcaseTables['card_state'] }, 'card' | 'card_state'>;

/** Cards that nobody has set aside, of any deck. */
function freeCards(kysely: Session['kysely'], userId: bigint, now: Timestamp) {
  return kysely
    .selectFrom('card')
    .leftJoin('card_state', (join) => join.onRef('card_state.card_id', '=', 'card.id').on('card_state.user_id', '=', userId))
    .where('card.deleted_at', 'is', null)
    .where('card_state.is_suspended', 'is not', true)
    .where((eb) => eb.or([eb('card_state.buried_until', 'is', null), eb('card_state.buried_until', '<=', now)]));
}

const cardsOf = (kysely: Session['kysely'], userId: bigint, deckId: bigint, now: Timestamp) =>
  freeCards(kysely, userId, now).where('card.deck_id', '=', deckId);

/** The same of several decks. @param decks their ids as `idListOf` writes them */
const cardsOfDecks = (
  kysely: Session['kysely'],
  capabilities: Capabilities,
  { userId, decks, now }: { userId: bigint; decks: string; now: Timestamp },
) => freeCards(kysely, userId, now).where(isInDecks(capabilities, decks));

const isNew = (eb: Joined) => eb.or([eb('card_state.review_count', 'is', null), eb('card_state.review_count', '=', 0)]);

const COLUMNS = [
  'card.id',
  'card.deck_id',
  'card.front',
  'card.back',
  'card.front_html',
  'card.back_html',
  'card.answer',
  'card_state.ease_factor',
  'card_state.interval',
  'card_state.repetitions',
  'card_state.last_rating',
  'card_state.next_review',
  'card_state.last_reviewed_at',
  'card_state.review_count',
  'card_state.scheduler',
  'card_state.phase',
  'card_state.step',
  'card_state.stability',
  'card_state.difficulty',
  'card_state.lapses',
  'card_state.answered_at',
  'card_state.standing_at',
  'card_state.is_suspended',
  'card_state.buried_until',
  'card_state.flag',
] as const;

interface Asked extends Record<string, unknown> {
  readonly userId: bigint;
  readonly now: Timestamp;
  readonly limit: number;
}
type AskedOne = Asked & { readonly deckId: bigint };
type AskedMany = Asked & { readonly decks: string };

const newCards = precompiled<AskedOne>('new-cards')((kysely, value) =>
  cardsOf(kysely, value('userId'), value('deckId'), value('now'))
    .select(COLUMNS)
    .where((eb) => isNew(eb as unknown as Joined))
    .orderBy('card.id')
    .limit(value('limit')),
);

/** Deck by deck, in the order of the list. */
const newCardsOfDecks = precompiled<AskedMany>('new-cards-of-decks')((kysely, value, capabilities) =>
  freeCards(kysely, value('userId'), value('now'))
    .innerJoin(idTable(capabilities, value('decks')).as<'asked'>('asked'), (join) => join.onRef('asked.id', '=', 'card.deck_id'))
    .select(COLUMNS)
    .where((eb) => isNew(eb as unknown as Joined))
    .orderBy('asked.place')
    .orderBy('card.id')
    .limit(value('limit')),
);

type Until = { readonly until: Timestamp };
const studiedCards = (isLearning: boolean) =>
  precompiled<AskedOne & Until>(isLearning ? 'learning-cards' : 'due-cards')((kysely, value) =>
    cardsOf(kysely, value('userId'), value('deckId'), value('now'))
      .select(COLUMNS)
      .where('card_state.review_count', '>', 0)
      .where('card_state.interval', isLearning ? '=' : '>', 0)
      .where('card_state.next_review', '<=', value('until'))
      .orderBy('card_state.next_review')
      .orderBy('card.id')
      .limit(value('limit')),
  );
const studiedCardsOfDecks = (isLearning: boolean) =>
  precompiled<AskedMany & Until>(isLearning ? 'learning-cards-of-decks' : 'due-cards-of-decks')((kysely, value, capabilities) =>
    cardsOfDecks(kysely, capabilities, { userId: value('userId'), decks: value('decks'), now: value('now') })
      .select(COLUMNS)
      .where('card_state.review_count', '>', 0)
      .where('card_state.interval', isLearning ? '=' : '>', 0)
      .where('card_state.next_review', '<=', value('until'))
      .orderBy('card_state.next_review')
      .orderBy('card.id')
      .limit(value('limit')),
  );
const learningCards = studiedCards(true);
const dueCards = studiedCards(false);
const learningCardsOfDecks = studiedCardsOfDecks(true);
const dueCardsOfDecks = studiedCardsOfDecks(false);

export interface QueueAsked {
  readonly userId: bigint;
  /** In the order of their new cards. */
  readonly deckIds: readonly bigint[];
  readonly now: Timestamp;
  readonly limit: number;
}

/** Cards of a queue that are due at `until`, longest due first; new ones deck by deck, in the order they were made. */
export function listQueue(session: Session, queue: Queue, asked: QueueAsked & Until): Promise<QueuedCard[]> {
  const { deckIds, ...common } = asked;
  const [deckId, ...others] = deckIds;
  if (asked.limit <= 0 || deckId === undefined) return Promise.resolve([]);
  if (others.length === 0) {
    const one = { ...common, deckId };
    return queue === 'new' ? newCards(session, one) : (queue === 'learning' ? learningCards : dueCards)(session, one);
  }
  const many = { ...common, decks: idListOf(session.capabilities, deckIds) };
  if (queue === 'new') return newCardsOfDecks(session, many);
  return (queue === 'learning' ? learningCardsOfDecks : dueCardsOfDecks)(session, many);
}

/** Decks of which the cards with one of these tags are left out: another part of the day asks for them. */
export interface DecksWithoutTags {
  readonly deckIds: readonly bigint[];
  readonly tags: readonly string[];
}

/** The same without the cards that have certain tags. */
export function listQueueWithoutTags(
  session: Session,
  queue: 'due' | 'new',
  { userId, deckIds, now, limit }: QueueAsked,
  groups: readonly DecksWithoutTags[],
): Promise<QueuedCard[]> {
  const { kysely, capabilities } = session;
  if (limit <= 0 || groups.length === 0) return Promise.resolve([]);
  const cards = freeCards(kysely, userId, now)
    .innerJoin(idTable(capabilities, idListOf(capabilities, deckIds)).as<'asked'>('asked'), (join) =>
      join.onRef('asked.id', '=', 'card.deck_id'),
    )
    .select(COLUMNS)
    .where((eb) =>
      eb.or(
        groups.map(({ deckIds: ids, tags }) => {
          const isThere = isInDecks(capabilities, idListOf(capabilities, ids));
          if (tags.length === 0) return isThere;
          return eb.and([isThere, eb.not(hasTag(eb as unknown as ExpressionBuilder<FlashcaseTables, 'card'>, tags))]);
        }),
      ),
    )
    .limit(limit);
  if (queue === 'new')
    return cards
      .where((eb) => isNew(eb as unknown as Joined))
      .orderBy('asked.place')
      .orderBy('card.id')
      .execute();
  return cards
    .where('card_state.review_count', '>', 0)
    .where('card_state.interval', '>', 0)
    .where('card_state.next_review', '<=', now)
    .orderBy('card_state.next_review')
    .orderBy('card.id')
    .execute();
}

export interface QueueCounts {
  readonly new: number;
  /** On the steps of minutes, to come back before the day is over. */
  readonly learning: number;
  readonly due: number;
  /** When the next card of those that are not due yet comes back. */
  readonly next_due: Timestamp | null;
}

/** How many cards of these decks each queue has, limits aside: one query, however many they are. */
export async function countQueues(
  { kysely, capabilities }: Session,
  { userId, deckIds, now, endOfDay }: { userId: bigint; deckIds: readonly bigint[]; now: Timestamp; endOfDay: Timestamp },
): Promise<QueueCounts> {
  const row = await cardsOfDecks(kysely, capabilities, { userId, decks: idListOf(capabilities, deckIds), now })
    .select((eb) => [
      eb.fn
        .count<number>(
          eb
            .case()
            .when(isNew(eb as unknown as Joined))
            .then(1)
            .end(),
        )
        .as('new_cards'),
      eb.fn
        .count<number>(
          eb
            .case()
            .when(
              eb.and([
                eb('card_state.review_count', '>', 0),
                eb('card_state.interval', '=', 0),
                eb('card_state.next_review', '<', endOfDay),
              ]),
            )
            .then(1)
            .end(),
        )
        .as('learning_cards'),
      eb.fn
        .count<number>(
          eb
            .case()
            .when(
              eb.and([
                eb('card_state.review_count', '>', 0),
                eb('card_state.interval', '>', 0),
                eb('card_state.next_review', '<=', now),
              ]),
            )
            .then(1)
            .end(),
        )
        .as('due_cards'),
      eb.fn
        .min(
          eb
            .case()
            .when(eb.and([eb('card_state.review_count', '>', 0), eb('card_state.next_review', '>', now)]))
            .then(eb.ref('card_state.next_review'))
            .end(),
        )
        .as('next_review'),
    ])
    .executeTakeFirstOrThrow();
  return {
    new: row.new_cards,
    learning: row.learning_cards,
    due: row.due_cards,
    next_due: (row.next_review as Timestamp | null) ?? null,
  };
}

/** No answer is given later than now, whatever the clocks of other servers say. Where the log is stored by months, only those between are read. */
const LATEST_DAYS = 2;

const timesSince = precompiled<{ userId: bigint; since: Timestamp; until: Timestamp; limit: number }>('answer-times')(
  (kysely, value) =>
    kysely
      .selectFrom('study_log')
      .select(['card_id', 'reviewed_at', 'duration_ms', 'kind'])
      .where('user_id', '=', value('userId'))
      .where('reviewed_at', '>=', value('since'))
      .where('reviewed_at', '<', value('until'))
      .where('duration_ms', 'is not', null)
      // Cards that are crammed come by again and again: they do not say how long one takes on its day.
      .where((eb) => eb.or([eb('kind', 'is', null), eb('kind', '!=', 'cram')]))
      .orderBy('reviewed_at', 'desc')
      .limit(value('limit')),
);

/** How long a user's newest answers since a moment took, at most `limit` of them. */
export async function listTimes(session: Session, userId: bigint, since: Timestamp, limit: number): Promise<Spent[]> {
  const until = session.clock.now().plusDays(LATEST_DAYS);
  const rows = await timesSince(session, { userId, since, until, limit });
  return rows.map((row) => ({
    cardId: row.card_id,
    at: row.reviewed_at,
    ms: row.duration_ms as number,
    isFirst: row.kind === 'new',
  }));
}

const answersSince = precompiled<{ userId: bigint; since: Timestamp; undoneSince: Timestamp; until: Timestamp }>('answers-since')(
  (kysely, value) =>
    kysely
      .selectFrom('study_log')
      .select((eb) => ['kind', eb.fn.countAll<number>().as('answers')])
      .where('user_id', '=', value('userId'))
      .where('reviewed_at', '>=', value('since'))
      .where('reviewed_at', '<', value('until'))
      // As `isInEffect`. A row that takes an answer back stands after it: with its times said, only these months are looked into for it.
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('study_log as later')
              .select('later.id')
              .where('later.user_id', '=', value('userId'))
              .whereRef('later.card_id', '=', 'study_log.card_id')
              .whereRef('later.undoes', '=', 'study_log.id')
              .where('later.reviewed_at', '>=', value('undoneSince'))
              .where('later.reviewed_at', '<', value('until')),
          ),
        ),
      )
      .groupBy('kind'),
);

/** How many cards a user began, and how many they reviewed, since a moment; what was taken back does not count. */
export async function countAnswers(session: Session, userId: bigint, since: Timestamp): Promise<{ new: number; due: number }> {
  const until = session.clock.now().plusDays(LATEST_DAYS);
  const rows = await answersSince(session, { userId, since, undoneSince: since.plusDays(-1), until });
  const of = (kind: string | null) => rows.find((row) => row.kind === kind)?.answers ?? 0;
  // Release 0.1 does not say what it was: most answers are reviews.
  return { new: of('new'), due: of('review') + of(null) };
}
