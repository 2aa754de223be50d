import type { Session } from '../db/database.ts';
import type { User } from '../db/stores/users.ts';
import { dayText } from '../study/study-calendar.ts';
import { MONTH_DAYS, type WorkloadInput } from '../study/workload.ts';
import { answersToday, doneToday, readExamCards, type StudentToday, studentToday } from './exam-cards.ts';
import { workloadApart } from './plan-apart.ts';
import { studySettings } from './study-settings.ts';

/** What the slider of the wanted retention can be set to, in percent. */
const LOWEST = 70;
const HIGHEST = 97;
/** So that the same question gets the same answer. */
const SEED = 20_261_127;

/** All cards of a student as they stand today: what simulations of everyday studying begin with. */
export interface OwnCards {
  readonly student: StudentToday;
  readonly input: Omit<WorkloadInput, 'retentions'>;
}

export async function ownCards(session: Session, user: User): Promise<OwnCards> {
  const student = await studentToday(session, user.id, await studySettings(session, user.id));
  const { settings, habits } = student;
  const chosen = await readExamCards(session, user.id, { decks: [], tags: [] }, student);
  const done = doneToday(await answersToday(session, user.id, student), chosen, habits);
  return { student, input: { cards: chosen.cards, settings, habits, done, seed: SEED } };
}

/** A year ahead under one wanted retention. */
interface WorkloadPoint {
  readonly desired_retention: number;
  readonly months: readonly { readonly ends: string; readonly minutes_per_day: number; readonly memorised: number }[];
}

export interface WorkloadAnswer {
  readonly today: string;
  readonly cards: number;
  readonly new_cards: number;
  readonly new_per_day: number;
  readonly reviews_per_day: number;
  readonly seconds_per_new_card: number;
  readonly seconds_per_card: number;
  readonly has_own_pace: boolean;
  readonly desired_retention: number;
  /** Cards expected to be known today. */
  readonly memorised: number;
  readonly points: readonly WorkloadPoint[];
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

/** The work of the coming year and what is known by it, for every retention that can be wanted. Outside of any unit of work: it takes its time. */
export async function lookAhead({ student, input }: OwnCards): Promise<WorkloadAnswer> {
  const retentions = Array.from({ length: HIGHEST - LOWEST + 1 }, (_, at) => (LOWEST + at) / 100);
  const ahead = await workloadApart({ ...input, retentions });
  const { settings, habits, today } = student;
  return {
    today: dayText(today),
    cards: input.cards.size,
    new_cards: input.cards.stability.reduce((sum, stability) => sum + (stability === 0 ? 1 : 0), 0),
    new_per_day: settings.newPerDay,
    reviews_per_day: settings.reviewsPerDay,
    seconds_per_new_card: habits.newSeconds,
    seconds_per_card: habits.reviewSeconds,
    has_own_pace: student.hasOwnPace,
    desired_retention: settings.desiredRetention,
    memorised: Math.round(ahead.memorised),
    points: ahead.years.map(({ retention, months }) => ({
      desired_retention: retention,
      months: months.map(({ minutesPerDay, memorised }, month) => ({
        ends: dayText(today + (month + 1) * MONTH_DAYS),
        minutes_per_day: tenth(minutesPerDay),
        memorised: Math.round(memorised),
      })),
    })),
  };
}
