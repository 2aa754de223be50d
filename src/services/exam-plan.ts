import type { Session } from '../db/database.ts';
import type { ExamValues } from '../db/stores/exams.ts';
import type { User } from '../db/stores/users.ts';
import type { ExamPlan, PlanInput, PlannedDay } from '../study/exam-plan.ts';
import { dayText } from '../study/study-calendar.ts';
import { answersToday, doneToday, type ExamCards, readExamCards, type StudentToday, studentToday } from './exam-cards.ts';
import { checkedExam, type ExamInput, NEW_EXAM, ownExam } from './exams.ts';
import { planApart } from './plan-apart.ts';
import { studySettings } from './study-settings.ts';

/** Expected recall on the exam day, as shares. */
interface Expected {
  /** Without any more study. */
  readonly untouched: number;
  /** Studied as without an exam. */
  readonly usual: number;
  readonly planned: number;
}

interface PlanDay {
  readonly day: string;
  readonly new_cards: number;
  readonly reviews: number;
  readonly minutes: number;
}

/** What a plan promises, and what it rests on. */
export interface ExamPlanAnswer {
  readonly today: string;
  readonly date: string;
  readonly days_left: number;
  readonly cards: number;
  readonly new_cards: number;
  readonly seconds_per_new_card: number;
  readonly seconds_per_card: number;
  readonly has_own_pace: boolean;
  readonly target_recall: number;
  readonly minutes_per_day: number;
  readonly expected: Expected;
  readonly is_reached: boolean;
  /** The fewest that reach the target, in fives; NULL when eight hours a day do not. */
  readonly minutes_needed: number | null;
  readonly decks: readonly (Expected & { readonly deck_id: bigint; readonly name: string; readonly cards: number })[];
  readonly days: readonly PlanDay[];
  readonly usual_minutes: number;
}

/** What a plan is computed from, read in one unit of work. */
interface PlanMaterial {
  readonly values: ExamValues;
  readonly student: StudentToday;
  readonly chosen: ExamCards;
  readonly input: PlanInput | undefined;
}

/** So that the plan shown before an exam is saved is the one shown afterwards. */
const SEED = 20_261_210;

async function materialOf(session: Session, user: User, values: ExamValues): Promise<PlanMaterial> {
  const student = await studentToday(session, user.id, await studySettings(session, user.id));
  const chosen = await readExamCards(session, user.id, values, student);
  const examDay = values.exam_day - student.today;
  if (examDay < 0) return { values, student, chosen, input: undefined };
  const input: PlanInput = {
    cards: chosen.cards,
    groups: chosen.decks.length,
    settings: student.settings,
    habits: student.habits,
    exam: { examDay, secondsPerDay: values.minutes_per_day * 60, targetRecall: values.target_recall },
    done: doneToday(await answersToday(session, user.id, student), chosen, student.habits),
    seed: SEED,
  };
  return { values, student, chosen, input };
}

/** What the plan of an exam is made from, before it is saved. */
export async function materialOfInput(session: Session, user: User, input: ExamInput): Promise<PlanMaterial> {
  return materialOf(session, user, await checkedExam(session, user, input, { ...NEW_EXAM, name: 'Plan' }));
}

/** The same of a saved exam, with what was answered until now. */
export async function materialOfExam(session: Session, user: User, id: bigint): Promise<PlanMaterial> {
  return materialOf(session, user, await ownExam(session, user, id));
}

const minutesOf = (days: readonly PlannedDay[]): number =>
  days.length === 0 ? 0 : days.reduce((sum, { seconds }) => sum + seconds, 0) / days.length / 60;

/** Makes the plan, outside of any unit of work: it takes its time. `undefined` for an exam that is over. */
export async function makePlan({ values, student, chosen, input }: PlanMaterial): Promise<ExamPlanAnswer | undefined> {
  if (input === undefined) return undefined;
  const plan = await planApart(input);
  const { today, habits } = student;
  const counts = chosen.decks.map(() => 0);
  for (let card = 0; card < chosen.cards.size; card++) (counts[chosen.cards.group[card] as number] as number) += 1;
  return {
    today: dayText(today),
    date: dayText(values.exam_day),
    days_left: values.exam_day - today,
    cards: chosen.cards.size,
    new_cards: chosen.cards.stability.reduce((sum, stability) => sum + (stability === 0 ? 1 : 0), 0),
    seconds_per_new_card: habits.newSeconds,
    seconds_per_card: habits.reviewSeconds,
    has_own_pace: student.hasOwnPace,
    target_recall: values.target_recall,
    minutes_per_day: values.minutes_per_day,
    expected: { untouched: plan.untouched.all, usual: plan.usual.all, planned: plan.planned.all },
    is_reached: plan.planned.all >= values.target_recall,
    minutes_needed: plan.minutesNeeded ?? null,
    decks: chosen.decks.flatMap(({ id, name }, place) =>
      counts[place] === 0 ? [] : [{ deck_id: id, name, cards: counts[place] as number, ...expectedOf(plan, place) }],
    ),
    days: plan.days.map(({ begun, reviewed, seconds }, day) => ({
      day: dayText(today + day),
      new_cards: Math.round(begun),
      reviews: Math.round(reviewed),
      minutes: Math.round(seconds / 6) / 10,
    })),
    usual_minutes: Math.round(minutesOf(plan.usualDays) * 10) / 10,
  };
}

const expectedOf = ({ untouched, usual, planned }: ExamPlan, place: number): Expected => ({
  untouched: untouched.groups[place] as number,
  usual: usual.groups[place] as number,
  planned: planned.groups[place] as number,
});
