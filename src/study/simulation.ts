import { type ExamCourse, examOrder, withinSeconds } from './exam-order.ts';
import type { SimulatedCards } from './simulated-cards.ts';
import type { StudentModel } from './student-model.ts';

/** What was already done on the first day. */
export interface Done {
  readonly seconds: number;
  readonly begun: number;
  readonly reviewed: number;
}

export const NOTHING_DONE: Done = { seconds: 0, begun: 0, reviewed: 0 };

/** How the days go: as they always do, within the limits of the settings, or for an exam, within its minutes. */
export interface Course {
  /** Days that are studied, from the first one on. */
  readonly days: number;
  readonly exam?: ExamCourse | undefined;
  readonly done?: Done | undefined;
  /** Told of the cards as each day leaves them. */
  readonly onDayOver?: ((day: number) => void) | undefined;
}

/** The work of each day. */
export interface Workload {
  readonly begun: Float64Array;
  readonly reviewed: Float64Array;
  readonly seconds: Float64Array;
}

/** Due cards, longest due first, then new ones, within the limits: what the queue asks on a day without an exam. */
function studyAsUsual(cards: SimulatedCards, student: StudentModel, day: number, done: Done, work: Workload): void {
  const { newPerDay, reviewsPerDay } = student.settings;
  const due: number[] = [];
  for (let card = 0; card < cards.size; card++) {
    if (!cards.isNew(card) && (cards.dueDay[card] as number) <= day) due.push(card);
  }
  const reviews = Math.max(0, reviewsPerDay - done.reviewed);
  if (due.length > reviews) due.sort((a, b) => (cards.dueDay[a] as number) - (cards.dueDay[b] as number) || a - b);
  for (const card of due.slice(0, reviews)) student.visit(cards, card, day);
  let room = Math.max(0, newPerDay - done.begun);
  const atFirst = room;
  for (let card = 0; room > 0 && card < cards.size; card++) {
    if (!cards.isNew(card) || (cards.dueDay[card] as number) > day) continue;
    room--;
    student.visit(cards, card, day);
  }
  count(work, student, day, Math.min(due.length, reviews), atFirst - room);
}

function studyForExam(
  cards: SimulatedCards,
  student: StudentModel,
  day: number,
  done: Done,
  work: Workload,
  course: ExamCourse,
): void {
  const order = examOrder(cards, day, course, student, done.begun);
  let [begun, reviewed] = [0, 0];
  for (const { card, isNew } of withinSeconds(order, cards, student, course.secondsPerDay - done.seconds)) {
    if (isNew) begun++;
    else reviewed++;
    student.visit(cards, card, day);
  }
  count(work, student, day, reviewed, begun);
}

function count(work: Workload, { habits }: StudentModel, day: number, reviewed: number, begun: number): void {
  work.reviewed[day] = reviewed;
  work.begun[day] = begun;
  work.seconds[day] = reviewed * habits.reviewSeconds + begun * habits.newSeconds;
}

/** Lets a student study the cards day by day, and changes them. Gives the work that was. */
export function simulate(
  cards: SimulatedCards,
  student: StudentModel,
  { days, exam, done = NOTHING_DONE, onDayOver }: Course,
): Workload {
  const work = { begun: new Float64Array(days), reviewed: new Float64Array(days), seconds: new Float64Array(days) };
  for (let day = 0; day < days; day++) {
    const today = day === 0 ? done : NOTHING_DONE;
    if (exam === undefined) studyAsUsual(cards, student, day, today, work);
    else studyForExam(cards, student, day, today, work, exam);
    onDayOver?.(day);
  }
  return work;
}

/** The mean probability of recall on a day, of all cards and of each group; cards never studied count as not known. */
export interface ExpectedRecall {
  readonly all: number;
  readonly groups: readonly number[];
}

export function expectedRecall(cards: SimulatedCards, student: StudentModel, day: number, groups: number): ExpectedRecall {
  const sums = new Array<number>(groups).fill(0);
  const sizes = new Array<number>(groups).fill(0);
  for (let card = 0; card < cards.size; card++) {
    const group = cards.group[card] as number;
    sums[group] = (sums[group] as number) + student.recall(cards, card, day);
    sizes[group] = (sizes[group] as number) + 1;
  }
  return {
    all: sums.reduce((sum, one) => sum + one, 0) / Math.max(cards.size, 1),
    groups: sums.map((sum, group) => sum / Math.max(sizes[group] as number, 1)),
  };
}
