import type { Timestamp } from '../schema/index.ts';
import { DEFAULT_WEIGHTS, memoryOfInterval, nextMemory } from './fsrs.ts';
import { gradeOf } from './grade.ts';
import { repetitionsOf, schedulerOf } from './schedulers.ts';
import { DEFAULT_SETTINGS, isBalanced, type StudySettings } from './settings.ts';
import { type Memory, NEVER_STUDIED, type Phase, type SchedulerName, type Standing } from './standing.ts';
import { type DayRule, studyDaysBetween } from './study-day.ts';

/**
 * What a row of the log tells of. `new`: the first answer of a card; `cram`: an answer that changes no date; `manual`: a standing given
 * by hand or by an import, which is taken as it is; `undo`: takes the answer it names back, wherever that stands.
 */
export const REVIEW_KINDS = ['new', 'learn', 'review', 'relearn', 'cram', 'manual', 'undo'] as const;
export type ReviewKind = (typeof REVIEW_KINDS)[number];

/** What kind of review an answer to such a card is. */
export const kindOf = (before: Standing): ReviewKind => KINDS[before.phase];

const KINDS: Readonly<Record<Phase, ReviewKind>> = { new: 'new', learning: 'learn', review: 'review', relearning: 'relearn' };

/** A row of one card's log. Rows of before revision 0002 have no `scheduler`, and nothing that FSRS needs. */
export interface LoggedReview {
  readonly id: bigint;
  readonly reviewedAt: Timestamp;
  readonly scheduler: SchedulerName | undefined;
  readonly kind: ReviewKind | undefined;
  readonly quality: number | undefined;
  readonly durationMs: number | undefined;
  readonly elapsedDays: number | undefined;
  readonly settingsVersion: number | undefined;
  /** The row that an `undo` takes back. */
  readonly undoes: bigint | undefined;
  /** Where the card stood afterwards. `repetitions` is unknown for some of the original's oldest. */
  readonly after: Omit<Standing, 'repetitions' | 'answeredAt' | 'lastRating'> & { readonly repetitions: number | undefined };
}

/**
 * A date given by hand, and nothing else: the row says how many days the answer before it lies back, on which the next one rests. Any other
 * `manual` row is a standing that is taken as it is.
 */
export const isDateAlone = ({ kind, elapsedDays }: Pick<LoggedReview, 'kind' | 'elapsedDays'>): boolean =>
  kind === 'manual' && elapsedDays !== undefined;

/** A row of the log with what it leads to. */
export interface Replayed {
  readonly row: LoggedReview;
  readonly standing: Standing;
  /** The weights by which its memory was computed; absent where it was given by hand or by an import. */
  readonly weights?: readonly number[] | undefined;
}

/** One card's history: the answers in effect, oldest first, without what was taken back. */
export type History = readonly Replayed[];

/** Where a history has led. */
export const standingAfter = (history: History): Standing => history.at(-1)?.standing ?? NEVER_STUDIED;

/**
 * Finds the memory of a card whose answers SM-2 gave, by answering them all again. Where a grade is not known, or the history begins in
 * the middle, the interval tells it.
 */
export function memoryOf(history: History, settings: StudySettings, days: DayRule = settings): Memory | undefined {
  let memory: Memory | undefined;
  let before: Timestamp | undefined;
  for (const { row, standing } of history) {
    if (isDateAlone(row)) continue;
    const isTruncated = memory === undefined && row.scheduler !== 'fsrs-6' && standing.interval > 1;
    if (row.kind === 'manual' && standing.phase === 'new') {
      // The card was made new again: what came before no longer counts.
      memory = undefined;
      before = undefined;
      continue;
    }
    if (row.kind === 'manual')
      memory = standing.memory ?? memory ?? memoryOfInterval(settings, standing.easeFactor, standing.interval);
    else if (row.quality === undefined || isTruncated)
      memory = memoryOfInterval(settings, standing.easeFactor, standing.interval);
    else {
      const elapsedDays = before === undefined ? 0 : (row.elapsedDays ?? studyDaysBetween(before, row.reviewedAt, days));
      memory = nextMemory(settings, memory, elapsedDays, gradeOf(row.quality));
    }
    before = row.reviewedAt;
  }
  return memory;
}

/** Days of rows that do not say how many had passed, for a memory that must not change with its student's time zone. */
const FIXED_DAYS: DayRule = { timeZone: 'UTC', rolloverHour: 4 };

const sameWeights = (a: readonly number[], b: readonly number[]): boolean => a.every((weight, at) => weight === b[at]);

/**
 * Where a history has led, with its memory under these settings' weights: one that was computed by others is found by answering all anew.
 * What was given by hand or by an import stays until its next answer.
 */
export function standingBy(history: History, { weights = DEFAULT_WEIGHTS }: Pick<StudySettings, 'weights'>): Standing {
  const last = history.at(-1);
  if (last?.weights === undefined || last.standing.memory === undefined || sameWeights(last.weights, weights))
    return standingAfter(history);
  return { ...last.standing, memory: memoryOf(history, { ...DEFAULT_SETTINGS, weights }, FIXED_DAYS) };
}

/** A standing with the memory FSRS goes on from. It keeps its date: changing the scheduler moves nothing. */
export function withMemory(history: History, settings: StudySettings): Standing {
  const standing = standingBy(history, settings);
  if (settings.scheduler !== 'fsrs-6' || standing.memory !== undefined) return standing;
  return { ...standing, memory: memoryOf(history, settings) };
}

function standingOf(cardId: bigint, history: History, row: LoggedReview, settings: StudySettings | undefined): Standing {
  const before = standingAfter(history);
  if (isDateAlone(row)) return { ...before, due: row.after.due };
  const known = { answeredAt: row.reviewedAt, lastRating: row.quality };
  if (row.scheduler === undefined || row.quality === undefined || row.kind === 'manual' || settings === undefined) {
    // The original's log, and what was given by hand, is what it is: some of it follows from no formula.
    const repetitions = row.after.repetitions ?? repetitionsOf(row.after.interval);
    const isLapse = row.quality !== undefined && row.quality < 3 && before.phase === 'review';
    // What was given by hand says both itself: where it comes from, more may have happened than the log has.
    if (row.kind === 'manual') return { ...row.after, ...known, repetitions };
    return {
      ...row.after,
      ...known,
      repetitions,
      lapses: before.lapses + (isLapse ? 1 : 0),
      reviewCount: before.reviewCount + 1,
    };
  }
  const from = row.scheduler === 'fsrs-6' ? withMemory(history, settings) : before;
  const standing = schedulerOf(row.scheduler).answer(
    from,
    { grade: gradeOf(row.quality), quality: row.quality },
    {
      cardId,
      at: row.reviewedAt,
      elapsedDays: row.elapsedDays ?? 0,
      settings,
      // What else was due then is not in this log: the days it chose are, and must be among those it could choose.
      promised: isBalanced(settings) ? row.after.interval : undefined,
    },
  );
  // Which moment a day begins at is for the time zones of then to say: they change by law, and the date given stays given.
  const isGiven = row.scheduler === 'fsrs-6' && standing.interval > 0 && standing.interval === row.after.interval;
  // An answer that comes late has none yet.
  return isGiven ? { ...standing, due: row.after.due ?? standing.due } : standing;
}

/**
 * Replays one card's log, in the order of its rows, to its history: what was taken back counts as if it had never been given, wherever in
 * the log its undo stands. An answer that was taken back itself rests on what its student saw then.
 * @param settingsOf the versions of its student's settings
 * @param onRow is told of each row that is an answer, with what follows from it and where the card stood before
 */
export function replay(
  cardId: bigint,
  log: readonly LoggedReview[],
  settingsOf: (version: number) => StudySettings | undefined,
  onRow: (replayed: Replayed, before: Standing) => void = () => undefined,
): History {
  const takenBack = new Set(log.filter(({ kind }) => kind === 'undo').map(({ undoes }) => undoes));
  const history: Replayed[] = [];
  /** With the answers that are taken back further on. */
  let shown: Replayed[] = [];
  const undone = new Set<bigint | undefined>();
  for (const row of log) {
    if (row.kind === 'cram') continue;
    // No answer rests on a date, and none on one that was taken back.
    if (isDateAlone(row) && takenBack.has(row.id)) continue;
    if (row.kind === 'undo') {
      undone.add(row.undoes);
      shown = shown.filter((answer) => answer.row.id !== row.undoes);
      continue;
    }
    const before = takenBack.has(row.id) ? shown : history;
    const settings = row.settingsVersion === undefined ? undefined : settingsOf(row.settingsVersion);
    const standing = standingOf(cardId, before, row, settings);
    const isComputed = row.scheduler === 'fsrs-6' && row.quality !== undefined && row.kind !== 'manual' && settings !== undefined;
    const weights = isComputed ? (settings.weights ?? DEFAULT_WEIGHTS) : isDateAlone(row) ? before.at(-1)?.weights : undefined;
    const replayed = { row, standing, ...(weights === undefined ? {} : { weights }) };
    onRow(replayed, standingAfter(before));
    if (before === history) history.push(replayed);
    if (!undone.has(row.id)) shown.push(replayed);
  }
  return history;
}
