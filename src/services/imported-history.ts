import { dayNumber } from '../formats/anki/days.ts';
import type { Card, Due, Review } from '../formats/collection.ts';
import { memoryOfInterval, nextMemory } from '../study/fsrs.ts';
import { type Grade, qualityOf } from '../study/grade.ts';
import type { ReviewKind } from '../study/replay.ts';
import { repetitionsOf } from '../study/schedulers.ts';
import type { StudySettings } from '../study/settings.ts';
import { MAX_INTERVAL_DAYS } from '../study/sm2.ts';
import { type Memory, NEVER_STUDIED, type Phase, type Standing } from '../study/standing.ts';
import { startOfStudyDay } from '../study/study-day.ts';

const DAY_MS = 86_400_000;
/** The last study day that has a beginning and an end in every zone. */
const LAST_DAY = dayNumber('9999-12-29');
const LONGEST_MS = 300_000;
const STABILITIES = [0.001, 36_500] as const;
const DIFFICULTIES = [1, 10] as const;
const EASES = [1.3, 100] as const;
const MOST = 2_000_000_000;

const within = (value: number, [lowest, highest]: readonly [number, number]): number =>
  Number.isFinite(value) ? Math.min(Math.max(value, lowest), highest) : lowest;
const count = (value: number): number => Math.trunc(within(value, [0, MOST]));

/** Study days, each looked up once: an import asks for two days of each of a million reviews, and time zones are slow to ask. */
export class StudyDays {
  readonly #settings: StudySettings;
  readonly #starts = new Map<number, number>();

  constructor(settings: StudySettings) {
    this.#settings = settings;
  }

  /** Milliseconds since 1970 at which a day begins. */
  startOf(day: number): number {
    const known = this.#starts.get(day);
    if (known !== undefined) return known;
    const start = Number(startOfStudyDay(day, this.#settings).micros / 1000n);
    this.#starts.set(day, start);
    return start;
  }

  /** The study day of a moment: the last one that has begun. */
  dayOf(ms: number): number {
    let day = Math.floor(ms / DAY_MS);
    while (this.startOf(day) > ms) day--;
    while (this.startOf(day + 1) <= ms) day++;
    return day;
  }
}

/** A row of the log as it is written; its times are microseconds since 1970. */
export interface ImportedLog {
  readonly at: number;
  readonly due: number;
  readonly kind: ReviewKind;
  readonly rating: number | null;
  readonly grade: number | null;
  readonly elapsedDays: number | null;
  readonly durationMs: number | null;
  /** As given, also where the other half of the memory is not known. */
  readonly difficulty: number | null;
  readonly after: Place;
}

/** A standing without its times and its last rating, which the rows say in their own columns. */
export type Place = Omit<Standing, 'due' | 'answeredAt' | 'lastRating'>;

/** Where a card stands; times are microseconds since 1970. */
export interface ImportedStanding {
  readonly after: Place;
  readonly due: number | undefined;
  readonly answeredAt: number | undefined;
  readonly lastRating: number | undefined;
}

/** What an import writes of one card: its log, and where that has led. */
export interface ImportedHistory {
  readonly log: readonly ImportedLog[];
  /** Absent for a card that has no row of the log. */
  readonly standing: ImportedStanding | undefined;
  readonly isSuspended: boolean;
  readonly flag: number;
  readonly buriedUntil: number | null;
  /** Answers in the log. */
  readonly answers: number;
}

const { due: _due, answeredAt: _answeredAt, lastRating: _lastRating, ...NEW_PLACE } = NEVER_STUDIED;
const NEW: ImportedStanding = { after: NEW_PLACE, due: undefined, answeredAt: undefined, lastRating: undefined };

interface Context {
  /** Milliseconds since 1970: nothing is answered later. */
  readonly now: number;
  readonly settings: StudySettings;
  readonly days: StudyDays;
}

/** Follows the reviews of one card as a replay of the log will follow their rows. */
class Follower {
  readonly log: ImportedLog[] = [];
  standing: ImportedStanding = NEW;
  /** What FSRS makes of the answers since the card was last new. */
  memory: Memory | undefined;
  answers = 0;
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** The last row that says where the card stands: crammed answers change nothing. */
  get lastTelling(): ImportedLog | undefined {
    return this.log.findLast(({ kind }) => kind !== 'cram');
  }

  /** When a row that was given stands in the log: as wanted, but behind the last one that tells. @param wanted milliseconds since 1970 */
  #timeOfGiven(wanted: number): number {
    return Math.max(Math.trunc(within(wanted, [0, this.#context.now])) * 1000, (this.lastTelling?.at ?? -1) + 1);
  }

  /**
   * Writes where the card stands, whatever the rows before it lead to, in its place by time: crammed answers may come behind it, and were
   * given to a card that stood there.
   * @param wanted milliseconds since 1970
   */
  give(after: Place, due: number, wanted: number): void {
    const at = this.#timeOfGiven(wanted);
    const crams = this.log.splice(this.log.findLastIndex((row) => row.kind !== 'cram' || row.at <= at) + 1);
    this.log.push({
      at,
      due,
      kind: 'manual',
      rating: null,
      grade: null,
      elapsedDays: null,
      durationMs: null,
      difficulty: after.memory?.difficulty ?? null,
      after,
    });
    for (const cram of crams) this.log.push({ ...cram, due, after });
    this.standing = { after, due, answeredAt: at, lastRating: undefined };
    this.memory = after.memory;
  }

  /** Makes the card new again: its rows stay in the log, and count no longer. */
  reset(at: number): void {
    if (this.standing.after.reviewCount === 0) return;
    this.give(NEW_PLACE, this.#timeOfGiven(at), at);
  }

  add(review: Review): void {
    if (review.kind === 'reset') this.reset(review.at);
    // The card was made new, or a date was given: nothing was answered.
    if (review.kind === 'reset' || review.grade < 1) return;
    const { now, settings, days } = this.#context;
    const ms = Math.trunc(within(review.at, [0, now]));
    const at = Math.max(ms * 1000, this.log.at(-1)?.at ?? 0);
    const grade = review.grade as Grade;
    const quality = review.quality ?? qualityOf(grade);
    const durationMs = Math.trunc(within(review.tookMs, [0, LONGEST_MS]));
    const { after: before, answeredAt } = this.standing;
    if (review.kind === 'cram') {
      const due = this.standing.due ?? at;
      const row = { at, due, kind: 'cram' as const, rating: quality, grade, elapsedDays: null, durationMs, difficulty: null };
      this.log.push({ ...row, after: before });
      return;
    }
    const interval = review.interval > 0 ? Math.trunc(within(review.interval, [1, MAX_INTERVAL_DAYS])) : 0;
    const isLapse = before.phase === 'review' && quality < 3;
    const isAgain = review.kind === 'relearn' || before.phase === 'relearning' || (review.kind !== 'learn' && grade === 1);
    const phase: Phase = interval > 0 ? 'review' : isAgain ? 'relearning' : 'learning';
    const isFirst = answeredAt === undefined || before.reviewCount === 0;
    const elapsedDays = isFirst ? 0 : Math.max(0, days.dayOf(ms) - days.dayOf(Math.floor(answeredAt / 1000)));
    const difficulty = review.difficulty === undefined ? undefined : within(review.difficulty, DIFFICULTIES);
    const memory =
      review.stability === undefined || difficulty === undefined
        ? undefined
        : { stability: within(review.stability, STABILITIES), difficulty };
    const easeFactor = review.ease === undefined ? before.easeFactor : within(review.ease, EASES);
    this.memory = memory ?? this.#nextMemory(review, grade, easeFactor, interval, elapsedDays, settings);
    const due =
      interval > 0
        ? days.startOf(Math.min(days.dayOf(ms) + interval, LAST_DAY)) * 1000
        : at + Math.trunc(within(-review.interval, [0, MOST])) * 1_000_000;
    const after: Place = {
      scheduler: memory === undefined ? 'sm2' : 'fsrs-6',
      phase,
      step: 0,
      easeFactor,
      interval,
      repetitions:
        review.repetitions === undefined ? (interval > 0 && grade > 1 ? before.repetitions + 1 : 0) : count(review.repetitions),
      memory,
      lapses: before.lapses + (isLapse ? 1 : 0),
      reviewCount: before.reviewCount + 1,
    };
    const kind =
      review.kind === 'learn' ? (before.phase === 'new' ? 'new' : 'learn') : review.kind === 'relearn' ? 'relearn' : 'review';
    this.log.push({
      at,
      due,
      kind,
      rating: quality,
      grade,
      elapsedDays,
      durationMs,
      difficulty: difficulty ?? null,
      after,
    });
    this.standing = { after, due, answeredAt: at, lastRating: quality };
    this.answers++;
  }

  /** What FSRS makes of an answer whose memory the file does not say. A history that begins in the middle is told from its intervals. */
  #nextMemory(
    review: Review,
    grade: Grade,
    ease: number,
    interval: number,
    elapsedDays: number,
    settings: StudySettings,
  ): Memory {
    if (this.memory === undefined && review.kind !== 'learn') {
      if (interval > 0) return memoryOfInterval(settings, ease, interval);
      if (review.previousInterval > 0) {
        const before = Math.trunc(within(review.previousInterval, [1, MAX_INTERVAL_DAYS]));
        return nextMemory(settings, memoryOfInterval(settings, ease, before), before, grade);
      }
    }
    return nextMemory(settings, this.memory, elapsedDays, grade);
  }
}

/** Compared by hand: a general comparison takes longer than following the reviews. */
const isSamePlace = (one: Place, other: Place): boolean =>
  one.scheduler === other.scheduler &&
  one.phase === other.phase &&
  one.step === other.step &&
  one.easeFactor === other.easeFactor &&
  one.interval === other.interval &&
  one.repetitions === other.repetitions &&
  one.lapses === other.lapses &&
  one.reviewCount === other.reviewCount &&
  one.memory?.stability === other.memory?.stability &&
  one.memory?.difficulty === other.memory?.difficulty;

function dueMicros(due: Due | undefined, { now, days }: Context): number {
  if (due === undefined) return now * 1000;
  if ('at' in due) return Math.trunc(within(due.at, [0, LAST_DAY * DAY_MS])) * 1000;
  return days.startOf(Math.trunc(within(dayNumber(due.day), [0, LAST_DAY]))) * 1000;
}

/** Where the file says that a card stands; `undefined` for a new one, and for one of which nothing is known but that it was begun. */
function givenPlace(card: Card, { standing, memory: followed, log }: Follower, settings: StudySettings): Place | undefined {
  if (card.stage === 'new') return undefined;
  const phase: Phase = card.stage;
  const interval = phase === 'review' ? Math.trunc(within(card.intervalDays, [0, MAX_INTERVAL_DAYS])) : 0;
  const easeFactor = card.ease === undefined ? standing.after.easeFactor : within(card.ease, EASES);
  const told = card.memory && {
    stability: within(card.memory.stability, STABILITIES),
    difficulty: within(card.memory.difficulty, DIFFICULTIES),
  };
  const days = Math.max(interval, card.intervalDays);
  // Who studies by SM-2 goes on with it; FSRS finds the memory in the log when it is chosen.
  const isSm2 = card.scheduler === 'sm2' || (told === undefined && settings.scheduler === 'sm2');
  const isKnown = told !== undefined || followed !== undefined || isSm2 || days >= 1;
  if (!isKnown && log.length === 0) return undefined;
  const memory = isSm2 ? undefined : (told ?? followed ?? memoryOfInterval(settings, easeFactor, Math.max(days, 1)));
  const steps = phase === 'relearning' ? settings.relearningSteps : settings.learningSteps;
  const isOnSteps = phase !== 'review';
  return {
    scheduler: memory === undefined ? 'sm2' : 'fsrs-6',
    phase,
    step: isOnSteps ? Math.trunc(within(steps.length - card.stepsLeft, [0, Math.max(0, steps.length - 1)])) : 0,
    easeFactor,
    interval,
    repetitions: card.repetitions === undefined ? (isOnSteps ? 0 : repetitionsOf(interval)) : count(card.repetitions),
    memory,
    lapses: count(card.lapses),
    // A card without any would be a new one.
    reviewCount: Math.max(1, count(card.reviewCount)),
  };
}

/**
 * One card's reviews as rows of the log, and where they and the file say that it stands. Rows are taken by a replay as they are; where they
 * do not lead to what the file says of the card, one more says it (`manual`), at the time of the last answer: FSRS counts days from there.
 * A history of SM-2 gets the memory that its answers lead to in FSRS; without one its interval tells it.
 */
export function importedHistory(card: Card, reviews: readonly Review[], context: Context): ImportedHistory {
  const follower = new Follower(context);
  for (const review of reviews) follower.add(review);
  const given = givenPlace(card, follower, context.settings);
  if (given === undefined) follower.reset(0);
  else {
    const due = dueMicros(card.due, context);
    const isSame = follower.standing.due === due && isSamePlace(follower.standing.after, given);
    if (!isSame) follower.give(given, due, answeredMs(card, follower, due));
  }
  const { log, standing, answers } = follower;
  return {
    log,
    standing: log.length === 0 ? undefined : standing,
    isSuspended: card.isSuspended,
    flag: Math.trunc(within(card.flag, [0, 7])),
    buriedUntil: card.buriedUntil === undefined ? null : Math.trunc(within(card.buriedUntil, [0, LAST_DAY * DAY_MS])) * 1000,
    answers,
  };
}

/** When a card of which the file gives the standing was last answered, as far as anything tells. */
function answeredMs(card: Card, { lastTelling }: Follower, due: number): number {
  const told = card.memory?.lastReviewedAt;
  if (told !== undefined) return told;
  if (lastTelling !== undefined) return Math.floor(lastTelling.at / 1000);
  return card.intervalDays > 0 ? due / 1000 - card.intervalDays * DAY_MS : card.modifiedAt;
}
