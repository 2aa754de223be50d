import type { Session } from '../db/database.ts';
import { findCardState, listCardReviews } from '../db/stores/card-history.ts';
import type { User } from '../db/stores/users.ts';
import type { Timestamp } from '../schema/index.ts';
import { type Button, buttonOf } from '../study/outcome.ts';
import { dayText, quarterOf, studyCalendar } from '../study/study-calendar.ts';
import { whyThisDate } from '../study/why.ts';
import { readableCard } from './cards.ts';
import type { StatsQuestion } from './stats.ts';

/** Reviews of one card that are shown, newest first; nobody has more. */
const MOST_REVIEWS = 1000;

export interface CardReview {
  readonly reviewedAt: Timestamp;
  /** The study day, `2026-11-26`. */
  readonly day: string;
  readonly button: Button;
  /** Of the review before; `undefined` for the first. */
  readonly intervalBefore: number | undefined;
  readonly interval: number;
  readonly easeFactor: number;
  readonly dueDate: Timestamp;
  readonly stability: number | null;
  readonly difficulty: number | null;
  readonly spentMs: number | null;
}

export interface CardHistory {
  readonly cardId: bigint;
  /** `undefined` for a card never studied. */
  readonly dueDate: Timestamp | undefined;
  readonly why: readonly string[];
  /** Newest first. */
  readonly reviews: readonly CardReview[];
}

/** `26 November 2026`. */
const inWords = (day: string): string => new Date(day).toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** All reviews of a card by this user, and why it is due when it is. A card they may not read is `FC_NOT_FOUND`. */
export async function cardHistory(
  session: Session,
  user: User,
  cardId: bigint,
  { zone, rollover }: Pick<StatsQuestion, 'zone' | 'rollover'>,
): Promise<CardHistory> {
  const calendar = studyCalendar(zone, rollover);
  await readableCard(session, user, cardId);
  const state = await findCardState(session, user.id, cardId);
  const logs = await listCardReviews(session, user.id, cardId, MOST_REVIEWS);
  const reviews = logs.map((log, index): CardReview => {
    return {
      reviewedAt: log.reviewed_at,
      day: dayText(calendar.dayOf(quarterOf(log.reviewed_at.micros))),
      button: buttonOf(log.last_rating ?? undefined),
      intervalBefore: logs[index + 1]?.interval,
      interval: log.interval,
      easeFactor: log.ease_factor,
      dueDate: log.next_review,
      stability: log.stability,
      difficulty: log.difficulty,
      spentMs: log.duration_ms,
    };
  });
  const last = reviews[0];
  const isMoved = last !== undefined && state !== undefined && !state.next_review.equals(last.dueDate);
  return {
    cardId,
    dueDate: state !== undefined && state.review_count > 0 ? state.next_review : undefined,
    why: whyThisDate(
      last && { ...last, repetitions: logs[0]?.repetitions ?? null },
      last === undefined ? '' : inWords(last.day),
      { isMoved, isMadeNew: last !== undefined && state?.review_count === 0, isGiven: (state?.review_count ?? 0) > 0 },
    ),
    reviews,
  };
}
