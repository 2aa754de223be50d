import type { Session } from '../db/database.ts';
import { recordOperation } from '../db/stores/operations.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { overdueBefore } from '../study/catch-up.ts';
import { type CatchUp, catchUpOn } from '../study/settings.ts';
import { dayText } from '../study/study-calendar.ts';
import { studyDay } from '../study/study-day.ts';
import { beyondRows } from './operations.ts';
import { catchUpApart } from './plan-apart.ts';
import { type CatchUpPlan, changedSettings, planAnswer, studySettings } from './study-settings.ts';
import type { OwnCards } from './workload.ts';

/** Plans that are offered, in days with today. */
const LENGTHS = [3, 7, 14, 30, 60];

export interface CatchUpAnswer {
  readonly today: string;
  /** Cards that were due before today, of all decks; cards that fall due today are not among them. */
  readonly overdue: number;
  readonly due_today: number;
  /** The limit of the settings, outside of a plan. */
  readonly reviews_per_day: number;
  /** When nothing is overdue any more at that limit, without new cards; NULL where that takes more than a year. */
  readonly usual_until: string | null;
  readonly plan:
    | (CatchUpPlan & {
        /** When nothing is overdue any more as things stand today; NULL as above. */
        readonly expected_until: string | null;
      })
    | null;
  readonly options: readonly {
    readonly days: number;
    readonly until: string;
    readonly reviews_per_day: number;
    readonly minutes_per_day: number;
  }[];
}

/** What is overdue, the plan in force and the ways to catch up. Outside of any unit of work: it takes its time. */
export async function lookAtBacklog({ student, input }: OwnCards): Promise<CatchUpAnswer> {
  const { settings, today } = student;
  const overdue = overdueBefore(input.cards, 0);
  const plan = catchUpOn(settings, today);
  const limits = [settings.reviewsPerDay, ...(plan === undefined ? [] : [plan.perDay])];
  const { options, days } = await catchUpApart({ ...input, lengths: overdue === 0 ? [] : LENGTHS, limits });
  const [usual, planned] = days;
  const dayAfter = (days: number | undefined) => (days === undefined ? null : dayText(today + days - 1));
  return {
    today: dayText(today),
    overdue,
    due_today: overdueBefore(input.cards, 1) - overdue,
    reviews_per_day: settings.reviewsPerDay,
    usual_until: dayAfter(usual),
    plan: plan === undefined ? null : { ...planAnswer(plan), expected_until: dayAfter(planned) },
    options: options.map((option) => ({
      days: option.days,
      until: dayText(today + option.days - 1),
      reviews_per_day: option.reviewsPerDay,
      minutes_per_day: Math.round(option.minutesPerDay * 10) / 10,
    })),
  };
}

/** What taking a plan back needs. */
export interface CatchUpInverse {
  readonly was: CatchUp | null;
  readonly left: CatchUp | null;
}

/** Puts a plan in force, or ends the one that is, as a new version of the settings. No card's date moves. */
async function setPlan(session: Session, user: User, plan: CatchUp | undefined): Promise<void> {
  const { catchUp } = await studySettings(session, user.id);
  await changedSettings(session, user, { catchUp: plan });
  const inverse: CatchUpInverse = { was: catchUp ?? null, left: plan ?? null };
  await recordOperation(session, user.id, 'catch_up', user.id, beyondRows({ catchUp: inverse }));
}

/** Begins a plan of so many days, today included: until then so many reviews a day are asked, and new cards wait. */
export async function beginCatchUp(
  session: Session,
  user: User,
  { days, reviews_per_day: perDay }: { readonly days: number; readonly reviews_per_day: number },
): Promise<CatchUpPlan> {
  const today = studyDay(session.clock.now(), await studySettings(session, user.id));
  const plan = { from: today, until: today + days - 1, perDay };
  await setPlan(session, user, plan);
  return planAnswer(plan);
}

/** Ends the plan that is in force: the limits of the settings count again. `FC_CONFLICT` where none is. */
export async function endCatchUp(session: Session, user: User): Promise<void> {
  const settings = await studySettings(session, user.id);
  if (catchUpOn(settings, studyDay(session.clock.now(), settings)) === undefined)
    throw new FlashcaseError('FC_CONFLICT', { what: 'There is no plan to end', hint: 'It may be over already.' });
  await setPlan(session, user, undefined);
}

const same = (a: CatchUp | null, b: CatchUp | null): boolean =>
  a?.from === b?.from && a?.until === b?.until && a?.perDay === b?.perDay;

/** Puts the plan of before back, or none, while the one that was left is still in force (`FC_CHANGED_MEANWHILE`). */
export async function putPlanBack(session: Session, user: User, { was, left }: CatchUpInverse): Promise<void> {
  const { catchUp } = await studySettings(session, user.id);
  if (!same(catchUp ?? null, left)) {
    throw new FlashcaseError('FC_CHANGED_MEANWHILE', {
      what: 'The plan to catch up was changed since: this cannot be taken back',
      hint: 'Begin or end a plan as you want it to be.',
    });
  }
  await changedSettings(session, user, { catchUp: was ?? undefined });
}
