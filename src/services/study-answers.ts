import { standingOfLog } from '../db/stores/standing.ts';
import type { StudyLog } from '../db/stores/study.ts';
import type { Timestamp } from '../schema/index.ts';
import { type Grade, gradeOf } from '../study/grade.ts';
import type { DueLoad } from '../study/load-balance.ts';
import { type Preview, previewsOf } from '../study/previews.ts';
import { isLeech, type StudySettings } from '../study/settings.ts';
import { PHASES, type Phase, SCHEDULERS, type SchedulerName, type Standing } from '../study/standing.ts';

export { PHASES, SCHEDULERS };

/** Where a card stands, as the API gives it. */
export interface StandingAnswer {
  readonly scheduler: SchedulerName;
  readonly phase: Phase;
  readonly stability: number | null;
  readonly difficulty: number | null;
  readonly lapses: number;
}

export const standingAnswer = ({ scheduler, phase, memory, lapses }: Standing): StandingAnswer => ({
  scheduler,
  phase,
  stability: memory?.stability ?? null,
  difficulty: memory?.difficulty ?? null,
  lapses,
});

export interface ReviewAnswer extends StandingAnswer {
  readonly card_id: bigint;
  readonly quality: number;
  readonly new_ease_factor: number;
  readonly new_interval: number;
  readonly new_repetitions: number;
  readonly next_due_date: Timestamp;
  readonly grade: Grade;
  readonly is_leech: boolean;
  readonly previews: readonly Preview[];
}

/** The answer to a review, from its row of the log: so that a retry gets its first answer, whatever has come since. */
export function reviewAnswer(row: StudyLog, settings: StudySettings | undefined, load?: DueLoad): ReviewAnswer {
  const standing = standingOfLog(row);
  const quality = row.last_rating ?? 0;
  const moment = settings && { cardId: row.card_id, at: row.reviewed_at, elapsedDays: 0, settings, load };
  const isLapse = row.kind === 'review' && gradeOf(quality) === 1;
  return {
    card_id: row.card_id,
    quality,
    new_ease_factor: standing.easeFactor,
    new_interval: standing.interval,
    new_repetitions: standing.repetitions,
    next_due_date: row.due_date,
    grade: gradeOf(quality),
    ...standingAnswer(standing),
    is_leech: isLapse && settings !== undefined && isLeech(standing.lapses - 1, standing.lapses, settings.leechThreshold),
    previews: moment === undefined ? [] : previewsOf(standing, moment),
  };
}

/** What taking an answer back leads to. */
export interface UndoAnswer extends StandingAnswer {
  readonly card_id: bigint;
  readonly ease_factor: number;
  readonly interval: number;
  readonly repetitions: number;
  readonly due_date: Timestamp;
}

/** The answer to an undo, from its row of the log. */
export function undoAnswer(row: StudyLog): UndoAnswer {
  const standing = standingOfLog(row);
  return {
    card_id: row.card_id,
    ease_factor: standing.easeFactor,
    interval: standing.interval,
    repetitions: standing.repetitions,
    due_date: row.due_date,
    ...standingAnswer(standing),
  };
}
