import type { Timestamp } from '../../schema/index.ts';
import type { LoggedReview, ReviewKind } from '../../study/replay.ts';
import { repetitionsOf } from '../../study/schedulers.ts';
import { type Memory, NEVER_STUDIED, type Phase, type SchedulerName, type Standing } from '../../study/standing.ts';
import type { CardState, StudyLog } from './study.ts';

const memoryIn = ({ stability, difficulty }: Pick<CardState, 'stability' | 'difficulty'>): Memory | undefined =>
  stability === null || difficulty === null ? undefined : { stability, difficulty };

/** True when a release that knows nothing of schedulers has answered the card last: what it did is in the log, and only there. */
export function isBehind(state: Pick<CardState, 'review_count' | 'last_reviewed_at' | 'standing_at'>): boolean {
  return state.review_count > 0 && state.standing_at?.equals(state.last_reviewed_at) !== true;
}

/** Where a card stands by its row. One that is behind stands where SM-2 left it; its lapses are counted when its log is replayed. */
export function standingOfState(
  state: Omit<CardState, 'user_id' | 'card_id' | 'flag' | 'is_suspended' | 'buried_until'>,
): Standing {
  if (state.review_count === 0) return NEVER_STUDIED;
  const kept = {
    easeFactor: state.ease_factor,
    interval: state.interval,
    repetitions: state.repetitions,
    lapses: state.lapses ?? 0,
    reviewCount: state.review_count,
    lastRating: state.last_rating ?? undefined,
    due: state.next_review,
  };
  if (isBehind(state)) {
    return { ...kept, scheduler: 'sm2', phase: 'review', step: 0, memory: undefined, answeredAt: state.last_reviewed_at };
  }
  return {
    ...kept,
    scheduler: (state.scheduler ?? 'sm2') as SchedulerName,
    phase: (state.phase ?? 'review') as Phase,
    step: state.step ?? 0,
    memory: memoryIn(state),
    answeredAt: state.answered_at ?? undefined,
  };
}

/** The columns in which `study_log` and `card_state` keep a standing. */
export function columnsOf(standing: Standing, now: Timestamp) {
  return {
    ease_factor: standing.easeFactor,
    interval: standing.interval,
    repetitions: standing.repetitions,
    last_rating: standing.lastRating ?? null,
    next_review: standing.due ?? now,
    scheduler: standing.scheduler,
    phase: standing.phase,
    step: standing.step,
    stability: standing.memory?.stability ?? null,
    difficulty: standing.memory?.difficulty ?? null,
    lapses: standing.lapses,
    review_count: standing.reviewCount,
  };
}

/** The columns of `card_state` that follow from its log. @param loggedAt the time of the log's newest row */
export function stateColumnsOf(standing: Standing, loggedAt: Timestamp) {
  return {
    ...columnsOf(standing, loggedAt),
    last_reviewed_at: loggedAt,
    answered_at: standing.answeredAt ?? null,
    standing_at: loggedAt,
  };
}

/** A row of the log as its replay reads it. */
export function loggedReviewOf(row: StudyLog): LoggedReview {
  return {
    id: row.id,
    reviewedAt: row.reviewed_at,
    scheduler: (row.scheduler ?? undefined) as SchedulerName | undefined,
    kind: (row.kind ?? undefined) as ReviewKind | undefined,
    quality: row.last_rating ?? undefined,
    durationMs: row.duration_ms ?? undefined,
    elapsedDays: row.elapsed_days ?? undefined,
    settingsVersion: row.settings_version ?? undefined,
    undoes: row.undoes ?? undefined,
    after: {
      scheduler: (row.scheduler ?? 'sm2') as SchedulerName,
      phase: (row.phase ?? 'review') as Phase,
      step: row.step ?? 0,
      easeFactor: row.ease_factor,
      interval: row.interval,
      repetitions: row.repetitions ?? undefined,
      memory: memoryIn(row),
      lapses: row.lapses ?? 0,
      reviewCount: row.review_count ?? 0,
      due: row.due_date,
    },
  };
}

/** Where a card stood after a row of release 0.2 or later, as the row itself says. */
export function standingOfLog(row: StudyLog): Standing {
  const { after } = loggedReviewOf(row);
  return {
    ...after,
    repetitions: after.repetitions ?? repetitionsOf(after.interval),
    lastRating: row.last_rating ?? undefined,
    answeredAt: row.reviewed_at,
  };
}
