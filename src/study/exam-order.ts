import type { SimulatedCards } from './simulated-cards.ts';
import type { StudentModel } from './student-model.ts';

/** What an exam asks of its days. Days are counted as those of the cards are. */
export interface ExamCourse {
  readonly examDay: number;
  readonly secondsPerDay: number;
  /** The probability with which each card is to be known on the exam day. */
  readonly targetRecall: number;
}

/** Of the time left, new cards are begun in this part; the rest is for seeing them again. */
const PART_FOR_NEW = 2 / 3;

/** How many cards are to be begun on a day, so that each is seen in time. @param fewest as many as on a day without an exam */
export function newOn(day: number, { examDay }: ExamCourse, left: number, fewest: number): number {
  const days = Math.max(1, Math.floor((examDay - day) * PART_FOR_NEW));
  return Math.max(fewest, Math.ceil(left / days));
}

/** The cards that an exam asks on a day, worth most first. */
export interface ExamOrder {
  /** The next card; `undefined` at the end. */
  next(): number | undefined;
}

/** Cards with their worth, the greatest at the root: of ten thousand a hundred are wanted. */
class WorthHeap implements ExamOrder {
  readonly #cards: Int32Array;
  readonly #worth: Float64Array;
  #size = 0;

  constructor(most: number) {
    this.#cards = new Int32Array(most);
    this.#worth = new Float64Array(most);
  }

  add(card: number, worth: number): void {
    this.#cards[this.#size] = card;
    this.#worth[this.#size] = worth;
    this.#size++;
  }

  /** Makes a heap of what was added. */
  settle(): this {
    for (let at = (this.#size >> 1) - 1; at >= 0; at--) this.#sink(at);
    return this;
  }

  next(): number | undefined {
    if (this.#size === 0) return undefined;
    const card = this.#cards[0];
    this.#size--;
    this.#swap(0, this.#size);
    this.#sink(0);
    return card;
  }

  /** Equal worth keeps the order of the cards: the same plan gives the same day. */
  #isBefore(one: number, other: number): boolean {
    const difference = (this.#worth[one] as number) - (this.#worth[other] as number);
    return difference > 0 || (difference === 0 && (this.#cards[one] as number) < (this.#cards[other] as number));
  }

  #swap(one: number, other: number): void {
    const [card, worth] = [this.#cards[one] as number, this.#worth[one] as number];
    this.#cards[one] = this.#cards[other] as number;
    this.#worth[one] = this.#worth[other] as number;
    this.#cards[other] = card;
    this.#worth[other] = worth;
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let first = at;
      if (left < this.#size && this.#isBefore(left, first)) first = left;
      if (right < this.#size && this.#isBefore(right, first)) first = right;
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }
}

/**
 * What an exam asks on a day, by what it is worth: how much the expected recall on the exam day rises for each second that the card takes.
 *
 * Asked are the cards that are due; new ones, as many as the day needs for all to be seen in time; and cards that are due later, where
 * they would be known with less than the target on the exam day. Those are brought forward in the last days, as many days before the exam
 * as the minutes need for them: none has its next review behind the exam without being at the target or being asked shortly before it.
 * @param begun new cards already begun on this day
 */
export function examOrder(
  cards: SimulatedCards,
  day: number,
  course: ExamCourse,
  student: StudentModel,
  begun: number,
): ExamOrder {
  const { examDay, secondsPerDay, targetRecall } = course;
  const { newSeconds, reviewSeconds } = student.habits;
  const longestGap = student.formulas.daysPerStability(targetRecall);
  let left = 0;
  let below = 0;
  for (let card = 0; card < cards.size; card++) {
    if (cards.isNew(card)) left++;
    else if (examDay - (cards.lastDay[card] as number) > (cards.stability[card] as number) * longestGap) below++;
  }
  const daysNeeded = Math.ceil((below * reviewSeconds + left * newSeconds) / Math.max(secondsPerDay, 1));
  const isNear = examDay - day <= Math.max(1, daysNeeded);
  const heap = new WorthHeap(cards.size);
  const worthOfNew = student.recallOnceLearned(examDay - day) / newSeconds;
  let room = newOn(day, course, left + begun, student.settings.newPerDay) - begun;
  for (let card = 0; card < cards.size; card++) {
    const isDue = (cards.dueDay[card] as number) <= day;
    if (cards.isNew(card)) {
      if (!isDue || room <= 0) continue;
      room--;
      heap.add(card, worthOfNew);
      continue;
    }
    const last = cards.lastDay[card] as number;
    const isBelow = examDay - last > (cards.stability[card] as number) * longestGap;
    if (!isDue && !(isNear && isBelow && last < day)) continue;
    const gain = student.recallOnceAsked(cards, card, day, examDay) - student.recall(cards, card, examDay);
    // A card brought forward too early would only be asked in vain.
    if (isDue || gain > 0) heap.add(card, gain / reviewSeconds);
  }
  return heap.settle();
}

/** The cards of an order that fit into the seconds, worth most first. A card may be answered while the next one is waited for. */
export function* withinSeconds(
  order: ExamOrder,
  cards: SimulatedCards,
  { habits }: StudentModel,
  seconds: number,
): Generator<{ readonly card: number; readonly isNew: boolean }> {
  let left = seconds;
  for (let card = order.next(); card !== undefined; card = order.next()) {
    const isNew = cards.isNew(card);
    left -= isNew ? habits.newSeconds : habits.reviewSeconds;
    if (left < 0) return;
    yield { card, isNew };
  }
}
