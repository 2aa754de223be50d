import { timeOfMicros } from '../db/stores/bulk-rows.ts';
import type { Timestamp } from '../schema/index.ts';
import type { ReviewKind } from '../study/replay.ts';
import { NEW_CARD } from '../study/sm2.ts';
import type { Phase } from '../study/standing.ts';
import type { ImportedHistory, ImportedLog, Place } from './imported-history.ts';

/** A row of the log between being laid out and being written. Times are microseconds since 1970. */
export type LogRow = readonly [
  at: number,
  due: number,
  rating: number | null,
  kind: ReviewKind,
  grade: number | null,
  elapsedDays: number | null,
  durationMs: number | null,
  stability: number | null,
  difficulty: number | null,
  easeFactor: number,
  interval: number,
  repetitions: number,
  scheduler: string,
  phase: Phase,
  step: number,
  lapses: number,
  reviewCount: number,
];

type PlaceValues = [number, number, number, string, Phase, number, number, number];

const placeValues = ({ easeFactor, interval, repetitions, scheduler, phase, step, lapses, reviewCount }: Place): PlaceValues => [
  easeFactor,
  interval,
  repetitions,
  scheduler,
  phase,
  step,
  lapses,
  reviewCount,
];

const logRow = (row: ImportedLog): LogRow => [
  row.at,
  row.due,
  row.rating,
  row.kind,
  row.grade,
  row.elapsedDays,
  row.durationMs,
  row.after.memory?.stability ?? null,
  row.difficulty,
  ...placeValues(row.after),
];

/** What an import writes of one card, laid out; its log lies beside it. */
export interface ReadyHistory extends Omit<ImportedHistory, 'log'> {
  /** Of the last row of the log, in microseconds since 1970; `null` without one. */
  readonly lastAt: number | null;
}

export const readyHistory = ({ log, ...history }: ImportedHistory): ReadyHistory => ({
  ...history,
  lastAt: log.at(-1)?.at ?? null,
});

/** Numbers of a row of the log where it is packed. */
const WIDTH = 17;
/** What stands in a packed row as a place in a list. */
const WORDS: ReadonlyMap<number, readonly string[]> = new Map<number, readonly string[]>([
  [3, ['new', 'learn', 'review', 'relearn', 'cram', 'manual', 'undo'] satisfies ReviewKind[]],
  [12, ['sm2', 'fsrs-6']],
  [13, ['new', 'learning', 'review', 'relearning'] satisfies Phase[]],
]);

/** The log of a card as numbers, NaN for `null`: a million rows are written to a private file and read again, and text takes longer. */
export function packLog(log: readonly ImportedLog[]): Float64Array {
  const packed = new Float64Array(log.length * WIDTH);
  let at = 0;
  for (const one of log) {
    const row = logRow(one);
    for (let place = 0; place < WIDTH; place++) {
      const value = row[place] as number | string | null;
      packed[at++] =
        typeof value === 'number' ? value : value === null ? Number.NaN : (WORDS.get(place)?.indexOf(value) ?? Number.NaN);
    }
  }
  return packed;
}

/** The rows of `packLog`. */
export function unpackLog(packed: Float64Array): LogRow[] {
  const rows: LogRow[] = [];
  for (let from = 0; from < packed.length; from += WIDTH) {
    const row: (number | string | null)[] = [];
    for (let place = 0; place < WIDTH; place++) {
      const value = packed[from + place] as number;
      const words = WORDS.get(place);
      row.push(Number.isNaN(value) ? null : words === undefined ? value : (words[value] as string));
    }
    rows.push(row as unknown as LogRow);
  }
  return rows;
}

const PLACE = ['ease_factor', 'interval', 'repetitions', 'scheduler', 'phase', 'step', 'lapses', 'review_count'];
/** Columns of `study_log` in the order of `logValues`. */
export const LOG = [
  ...['user_id', 'card_id', 'created_at', 'reviewed_at', 'due_date', 'next_review', 'last_rating', 'kind', 'grade'],
  ...['elapsed_days', 'duration_ms', 'stability', 'difficulty', ...PLACE],
];
/** Columns of `card_state` in the order of `stateValues`. */
export const STATE = [
  ...['user_id', 'card_id', 'last_rating', 'next_review', 'last_reviewed_at', 'stability', 'difficulty', 'answered_at'],
  ...['standing_at', 'is_suspended', 'buried_until', 'flag', ...PLACE],
];

/** A row as it is counted (review-tally.ts). */
export const tallied = ([at, , rating, kind, , , durationMs, , , , interval, , , phase]: LogRow) => ({
  at,
  rating,
  kind,
  durationMs,
  interval,
  phase,
});

export function logValues(userId: bigint, now: Timestamp, cardId: bigint, [at, due, ...values]: LogRow): unknown[] {
  const dueDate = timeOfMicros(due);
  return [userId, cardId, now, timeOfMicros(at), dueDate, dueDate, ...values];
}

/** The row of a card's state; none for a new card that nobody has marked. */
export function stateValues(userId: bigint, now: Timestamp, cardId: bigint, history: ReadyHistory): unknown[] | undefined {
  const { standing, isSuspended, flag, buriedUntil, lastAt } = history;
  const marks = [isSuspended, buriedUntil === null ? null : timeOfMicros(buriedUntil), flag];
  if (standing === undefined || lastAt === null) {
    if (!isSuspended && flag === 0 && buriedUntil === null) return undefined;
    const { easeFactor, interval, repetitions } = NEW_CARD;
    // As for any card that is marked before it was ever answered.
    const place = [easeFactor, interval, repetitions, null, 'new', null, null, 0];
    return [userId, cardId, null, now, now, null, null, null, null, ...marks, ...place];
  }
  const { after, due, answeredAt, lastRating } = standing;
  const logged = timeOfMicros(lastAt);
  const memory = [after.memory?.stability ?? null, after.memory?.difficulty ?? null];
  const answered = answeredAt === undefined ? null : timeOfMicros(answeredAt);
  const times = [lastRating ?? null, due === undefined ? logged : timeOfMicros(due), logged];
  return [userId, cardId, ...times, ...memory, answered, logged, ...marks, ...placeValues(after)];
}
