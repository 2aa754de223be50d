import { Timestamp } from '../../../src/schema/timestamp.ts';
import { type Grade, qualityOf } from '../../../src/study/grade.ts';
import { type DueLoad, USUAL_WEEK, withOneMore } from '../../../src/study/load-balance.ts';
import { type Preview, previewsOf } from '../../../src/study/previews.ts';
import { momentOf, schedulerOf } from '../../../src/study/schedulers.ts';
import { parseSteps, type StudySettings } from '../../../src/study/settings.ts';
import { NEVER_STUDIED, type Standing } from '../../../src/study/standing.ts';
import { studyDay } from '../../../src/study/study-day.ts';
import type { StudyCard, StudyQueue } from '../api/types.ts';

/** The server's own rules (src/study), run in the browser: what a button says and when a card comes back is the same without a connection. */

export function settingsOf({ settings }: Pick<StudyQueue, 'settings'>): StudySettings {
  return {
    version: settings.version,
    timeZone: settings.time_zone,
    rolloverHour: settings.rollover_hour,
    scheduler: settings.scheduler,
    desiredRetention: settings.desired_retention,
    learningSteps: parseSteps(settings.learning_steps, 'learning_steps'),
    relearningSteps: parseSteps(settings.relearning_steps, 'relearning_steps'),
    newPerDay: settings.new_per_day,
    reviewsPerDay: settings.reviews_per_day,
    maximumInterval: settings.maximum_interval,
    hasFuzz: settings.has_fuzz,
    weights: settings.weights ?? undefined,
    leechThreshold: settings.leech_threshold,
    suspendsLeeches: settings.suspends_leeches,
    hasTwoButtons: settings.has_two_buttons,
    // Days that were kept by an older page say nothing of these.
    hasLoadBalance: settings.has_load_balance ?? false,
    weekdayLoads: settings.weekday_loads ?? USUAL_WEEK,
    // How many cards are asked is the server's to say.
    catchUp: undefined,
  };
}

/** What is due on coming days, as the server counted it. */
export function loadOf({ load }: Partial<Pick<StudyQueue, 'load'>>): DueLoad | undefined {
  if (load === undefined || load === null) return undefined;
  return { firstDay: Date.parse(load.from) / 86_400_000, cards: load.cards };
}

/** The same with a card that was just answered. */
export function loadAfter(load: DueLoad | undefined, card: StudyCard, settings: StudySettings): DueLoad | undefined {
  if (load === undefined || card.interval === 0) return load;
  return withOneMore(load, studyDay(timeOf(card.due_date), settings));
}

const timeOf = (text: string): Timestamp => {
  const time = Timestamp.parse(text);
  if (time === undefined) throw new Error(`the server sent a time that is none: ${text}`);
  return time;
};

/** Milliseconds since 1970 of one of the API's times. */
export const millisOf = (text: string): number => Number(timeOf(text).micros / 1000n);

function standingOf(card: StudyCard): Standing {
  if (card.review_count === 0) return NEVER_STUDIED;
  return {
    scheduler: card.scheduler,
    phase: card.phase,
    step: card.step,
    easeFactor: card.ease_factor,
    interval: card.interval,
    repetitions: card.repetitions,
    memory:
      card.stability === null || card.difficulty === null
        ? undefined
        : { stability: card.stability, difficulty: card.difficulty },
    lapses: card.lapses,
    reviewCount: card.review_count,
    lastRating: undefined,
    answeredAt: card.answered_at === null ? undefined : timeOf(card.answered_at),
    due: timeOf(card.due_date),
  };
}

/** What each grade would do to a card at a moment, in milliseconds of the server's clock. */
export function previewsAt(card: StudyCard, settings: StudySettings, at: number, load?: DueLoad): Preview[] {
  const standing = standingOf(card);
  return previewsOf(standing, momentOf(BigInt(card.id), standing, Timestamp.fromMillis(at), settings, load));
}

/**
 * A card as an answer leaves it.
 * @param promised the days that its button said
 */
export function afterAnswer(card: StudyCard, grade: Grade, settings: StudySettings, at: number, promised?: number): StudyCard {
  const before = standingOf(card);
  const moment = { ...momentOf(BigInt(card.id), before, Timestamp.fromMillis(at), settings), promised };
  const after = schedulerOf(settings.scheduler).answer(before, { grade, quality: qualityOf(grade) }, moment);
  return {
    ...card,
    scheduler: after.scheduler,
    phase: after.phase,
    step: after.step,
    ease_factor: after.easeFactor,
    interval: after.interval,
    repetitions: after.repetitions,
    stability: after.memory?.stability ?? null,
    difficulty: after.memory?.difficulty ?? null,
    lapses: after.lapses,
    review_count: after.reviewCount,
    answered_at: moment.at.toApi(),
    due_date: (after.due ?? moment.at).toApi(),
    // What they say is the past; they are found anew when the card is shown.
    previews: [],
  };
}
