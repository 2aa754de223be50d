import { FlashcaseError } from '../../errors/index.ts';
import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Memory } from '../../study/standing.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';

export type CardState = RowOf<typeof flashcase.tables.card_state>;
/** What a row is made of; columns of later releases may be left out. */
export type NewCardState = Omit<CardState, LaterColumns> & Partial<Pick<CardState, LaterColumns>>;
type LaterColumns =
  | 'scheduler'
  | 'phase'
  | 'step'
  | 'stability'
  | 'difficulty'
  | 'lapses'
  | 'answered_at'
  | 'standing_at'
  | 'is_suspended'
  | 'buried_until'
  | 'flag';
export type StudyLog = RowOf<typeof flashcase.tables.study_log>;

/** A card of a study session with where its student stands; the last fields are NULL for a card never studied. */
export interface DueCard {
  readonly id: bigint;
  readonly deck_id: bigint;
  readonly front: string;
  readonly back: string;
  readonly front_html: string | null;
  readonly back_html: string | null;
  readonly answer: string | null;
  readonly ease_factor: number | null;
  readonly interval: number | null;
  readonly repetitions: number | null;
  readonly next_review: Timestamp | null;
}

const dueCards = precompiled<{ userId: bigint; deckId: bigint; now: Timestamp; limit: number }>('due-session')((kysely, value) =>
  kysely
    .selectFrom('card')
    .leftJoin('card_state', (join) =>
      join.onRef('card_state.card_id', '=', 'card.id').on('card_state.user_id', '=', value('userId')),
    )
    .select([
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
      'card_state.next_review',
    ])
    .where('card.deck_id', '=', value('deckId'))
    .where('card.deleted_at', 'is', null)
    .where('card_state.is_suspended', 'is not', true)
    .where((eb) => eb.or([eb('card_state.buried_until', 'is', null), eb('card_state.buried_until', '<=', value('now'))]))
    .where((eb) => eb.or([eb('card_state.next_review', 'is', null), eb('card_state.next_review', '<=', value('now'))]))
    .orderBy((eb) => eb.case().when('card_state.next_review', 'is', null).then(1).else(0).end())
    .orderBy('card_state.next_review')
    .orderBy('card.id')
    .limit(value('limit')),
);

/** Cards of a deck due at `now`, longest due first, new ones last, none of those set aside: one query whatever the size. */
export function listDueCards(
  session: Session,
  userId: bigint,
  deckId: bigint,
  now: Timestamp,
  limit: number,
): Promise<DueCard[]> {
  return dueCards(session, { userId, deckId, now, limit });
}

const receiptOf = precompiled<{ userId: bigint; idempotencyId: string }>('review-receipt')((kysely, value) =>
  kysely
    .selectFrom('review_receipt')
    .select(['study_log_id', 'reviewed_at'])
    .where('user_id', '=', value('userId'))
    .where('idempotency_id', '=', value('idempotencyId')),
);

const reviewOf = precompiled<{ userId: bigint; at: Timestamp; id: bigint }>('review-of-receipt')((kysely, value) =>
  kysely
    .selectFrom('study_log')
    .selectAll()
    .where('user_id', '=', value('userId'))
    .where('reviewed_at', '=', value('at'))
    .where('id', '=', value('id')),
);

/** The review that was recorded under a key. In two questions: with its time at hand, the second one needs one month of the log only, and most keys are new. */
export async function findReceipt(session: Session, userId: bigint, idempotencyId: string): Promise<StudyLog | undefined> {
  const [receipt] = await receiptOf(session, { userId, idempotencyId });
  if (receipt === undefined) return undefined;
  return (await reviewOf(session, { userId, at: receipt.reviewed_at, id: receipt.study_log_id }))[0];
}

const stateOf = precompiled<{ userId: bigint; cardId: bigint }>('card-state')((kysely, value, { hasConcurrentWriters }) => {
  const query = kysely
    .selectFrom('card_state')
    .selectAll()
    .where('user_id', '=', value('userId'))
    .where('card_id', '=', value('cardId'));
  return hasConcurrentWriters ? query.forUpdate() : query;
});

/**
 * The state of a card, made new when it has none, held until the end of this unit of work: reviews of one card by one user come one
 * after the other, so that replaying the log gives every stored state.
 */
export async function takeCardState(
  session: Session,
  userId: bigint,
  cardId: bigint,
  initial: Omit<NewCardState, 'user_id' | 'card_id'>,
): Promise<CardState> {
  const find = async (): Promise<CardState | undefined> => (await stateOf(session, { userId, cardId }))[0];
  const existing = await find();
  if (existing !== undefined) return existing;
  await session.kysely
    .insertInto('card_state')
    .values({ user_id: userId, card_id: cardId, ...initial })
    .onConflict((conflict) => conflict.columns(['user_id', 'card_id']).doNothing())
    .execute();
  return (await find()) as CardState;
}

/** The states of cards, held until the end of this unit of work, in the order of their ids; few enough for one statement. */
export async function holdCardStates(session: Session, userId: bigint, cardIds: readonly bigint[]): Promise<CardState[]> {
  if (cardIds.length === 0) return [];
  const query = session.kysely
    .selectFrom('card_state')
    .selectAll()
    .where('user_id', '=', userId)
    .where('card_id', 'in', cardIds)
    .orderBy('card_id');
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).execute();
}

/** The columns that follow from the log; what its student marks stays as it is. */
type Derived = Omit<CardState, 'is_suspended' | 'buried_until' | 'flag'>;

const updateCardState = precompiled<Derived & { seenAt: Timestamp; seenCount: number }>('update-card-state')((kysely, value) =>
  kysely
    .updateTable('card_state')
    .set({
      ease_factor: value('ease_factor'),
      interval: value('interval'),
      repetitions: value('repetitions'),
      last_rating: value('last_rating'),
      next_review: value('next_review'),
      last_reviewed_at: value('last_reviewed_at'),
      review_count: value('review_count'),
      scheduler: value('scheduler'),
      phase: value('phase'),
      step: value('step'),
      stability: value('stability'),
      difficulty: value('difficulty'),
      lapses: value('lapses'),
      answered_at: value('answered_at'),
      standing_at: value('standing_at'),
    })
    .where('user_id', '=', value('user_id'))
    .where('card_id', '=', value('card_id'))
    .where('last_reviewed_at', '=', value('seenAt'))
    .where('review_count', '=', value('seenCount'))
    .returning('card_id'),
);

/**
 * Writes what follows from a card's log. The row must still be as it was taken: where tables are spread over nodes, the lock of a row stays behind on the
 * node that its shard is moved away from, and another review may have come in between. The unit of work then runs again (`FC_DB_DEADLOCK`).
 * @param held as `takeCardState` gave it
 */
export async function saveCardState(
  session: Session,
  { user_id, card_id, last_reviewed_at, review_count }: CardState,
  values: Omit<Derived, 'user_id' | 'card_id'>,
): Promise<void> {
  const written = await updateCardState(session, {
    ...checked(flashcase.tables.card_state, values),
    user_id,
    card_id,
    seenAt: last_reviewed_at,
    seenCount: review_count,
  });
  if (written.length === 0)
    throw new FlashcaseError('FC_DB_DEADLOCK', {
      what: 'Another answer for this card came in between.',
      hint: 'Try again.',
      cause: Object.assign(new Error('card_state changed while it was held'), { code: '40001' }),
    });
}

/** Writes what FSRS believes of one card. Its row is held. */
export async function saveMemory(
  session: Session,
  userId: bigint,
  cardId: bigint,
  { stability, difficulty }: Memory,
): Promise<void> {
  await session.kysely
    .updateTable('card_state')
    .set({ stability, difficulty })
    .where('user_id', '=', userId)
    .where('card_id', '=', cardId)
    .execute();
}

const addStudyLog = precompiled<Omit<StudyLog, 'id'>>('add-review')((kysely, value) =>
  kysely
    .insertInto('study_log')
    .values({
      user_id: value('user_id'),
      card_id: value('card_id'),
      reviewed_at: value('reviewed_at'),
      ease_factor: value('ease_factor'),
      interval: value('interval'),
      repetitions: value('repetitions'),
      last_rating: value('last_rating'),
      due_date: value('due_date'),
      next_review: value('next_review'),
      created_at: value('created_at'),
      idempotency_id: value('idempotency_id'),
      kind: value('kind'),
      scheduler: value('scheduler'),
      grade: value('grade'),
      settings_version: value('settings_version'),
      elapsed_days: value('elapsed_days'),
      duration_ms: value('duration_ms'),
      undoes: value('undoes'),
      phase: value('phase'),
      step: value('step'),
      stability: value('stability'),
      difficulty: value('difficulty'),
      lapses: value('lapses'),
      review_count: value('review_count'),
    })
    .returning('id'),
);

export async function insertStudyLog(
  session: Session,
  userId: bigint,
  values: Omit<StudyLog, 'id' | 'user_id'>,
): Promise<{ id: bigint }> {
  const [inserted] = await addStudyLog(session, checked(flashcase.tables.study_log, { user_id: userId, ...values }));
  return inserted as { id: bigint };
}

/** What follows from the answers before a row of the log, and not from the row's own answer. */
export type Following = Pick<
  StudyLog,
  | 'ease_factor'
  | 'interval'
  | 'repetitions'
  | 'due_date'
  | 'next_review'
  | 'kind'
  | 'scheduler'
  | 'elapsed_days'
  | 'phase'
  | 'step'
  | 'stability'
  | 'difficulty'
  | 'lapses'
  | 'review_count'
>;

/** Writes anew what follows from the rows before one, after another has come between them. What was answered stays. */
export async function rewriteFollowing(
  session: Session,
  userId: bigint,
  reviewedAt: Timestamp,
  id: bigint,
  { last_rating: _, ...following }: Following & { readonly last_rating?: number | null },
): Promise<void> {
  await session.kysely
    .updateTable('study_log')
    .set(checked(flashcase.tables.study_log, following))
    .where('user_id', '=', userId)
    .where('reviewed_at', '=', reviewedAt)
    .where('id', '=', id)
    .execute();
}

type Receipt = RowOf<typeof flashcase.tables.review_receipt>;

const addReceipt = precompiled<Receipt>('add-review-receipt')((kysely, value) =>
  kysely.insertInto('review_receipt').values({
    user_id: value('user_id'),
    idempotency_id: value('idempotency_id'),
    study_log_id: value('study_log_id'),
    reviewed_at: value('reviewed_at'),
  }),
);

export async function insertReceipt(session: Session, userId: bigint, values: Omit<Receipt, 'user_id'>): Promise<void> {
  await addReceipt(session, checked(flashcase.tables.review_receipt, { user_id: userId, ...values }));
}

/** Where a user stands with cards, by card; cards never studied have no row. */
export function listCardStates(session: Session, userId: bigint, cardIds: readonly bigint[]): Promise<CardState[]> {
  if (cardIds.length === 0) return Promise.resolve([]);
  return session.kysely
    .selectFrom('card_state')
    .selectAll()
    .where('user_id', '=', userId)
    .where('card_id', 'in', cardIds)
    .execute();
}

const cardLog = precompiled<{ userId: bigint; cardId: bigint }>('card-log')((kysely, value) =>
  kysely
    .selectFrom('study_log')
    .selectAll()
    .where('user_id', '=', value('userId'))
    .where('card_id', '=', value('cardId'))
    .orderBy('reviewed_at')
    .orderBy('id'),
);

/** All rows of one card's log, oldest first. */
export function listCardLog(session: Session, userId: bigint, cardId: bigint): Promise<StudyLog[]> {
  return cardLog(session, { userId, cardId });
}

/** The same of several cards, one card after the other. */
export async function listCardLogs(session: Session, userId: bigint, cardIds: readonly bigint[]): Promise<StudyLog[]> {
  if (cardIds.length === 0) return [];
  return session.kysely
    .selectFrom('study_log')
    .selectAll()
    .where('user_id', '=', userId)
    .where('card_id', 'in', cardIds)
    .orderBy('card_id')
    .orderBy('reviewed_at')
    .orderBy('id')
    .execute();
}

/** Whether a user has answered any card. */
export async function hasStudied(session: Session, userId: bigint): Promise<boolean> {
  const rows = await session.kysely
    .selectFrom('card_state')
    .select('card_id')
    .where('user_id', '=', userId)
    .where('review_count', '>', 0)
    .limit(1)
    .execute();
  return rows.length > 0;
}

export type Marks = Pick<CardState, 'is_suspended' | 'buried_until' | 'flag'>;

/** Sets what a student marks on a card; its log does not tell of it. */
export async function saveMarks(session: Session, userId: bigint, cardId: bigint, marks: Partial<Marks>): Promise<void> {
  await session.kysely
    .updateTable('card_state')
    .set(checked(flashcase.tables.card_state, marks))
    .where('user_id', '=', userId)
    .where('card_id', '=', cardId)
    .execute();
}
