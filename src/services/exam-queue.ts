import type { Session } from '../db/database.ts';
import { type ChosenCard, hasAnswered } from '../db/stores/exam-cards.ts';
import { type Exam, listRunningExams } from '../db/stores/exams.ts';
import { examOrder, withinSeconds } from '../study/exam-order.ts';
import type { StudySettings } from '../study/settings.ts';
import { StudentModel } from '../study/student-model.ts';
import { studyDay } from '../study/study-day.ts';
import { answersToday, doneToday, readExamCards, type StudentToday, studentToday } from './exam-cards.ts';

/** What running exams ask of one deck today. */
export interface ExamQueue {
  /** What raises the expected recall most first, within the minutes of each exam. */
  readonly ids: readonly bigint[];
  readonly new: number;
  readonly due: number;
  /** Cards of the deck that an exam speaks for: the limits of the day do not ask for them again. */
  readonly spokenFor: { readonly new: number; readonly due: number };
  /** Tags that tell the cards an exam speaks for; `undefined` where it is all cards of the deck. */
  readonly tags: readonly string[] | undefined;
}

/** True for a card on the steps of minutes: it comes back by the clock, exam or not. */
const isOnSteps = (card: ChosenCard): boolean => hasAnswered(card) && card.interval === 0;

/** What the running exams of a user ask of a deck; `undefined` where none is about it. */
export async function examQueue(
  session: Session,
  userId: bigint,
  deckId: bigint,
  settings: StudySettings,
): Promise<ExamQueue | undefined> {
  const today = studyDay(session.clock.now(), settings);
  const exams = (await listRunningExams(session, userId, today)).filter(
    ({ decks }) => decks.length === 0 || decks.includes(deckId),
  );
  if (exams.length === 0) return undefined;
  const student = await studentToday(session, userId, settings);
  const answers = await answersToday(session, userId, student);
  const ids = new Set<bigint>();
  const spokenFor = { new: new Set<bigint>(), due: new Set<bigint>() };
  const asked = { new: 0, due: 0 };
  const about: Exam[] = [];
  for (const exam of exams) {
    const chosen = await readExamCards(session, userId, exam, student);
    if (!chosen.decks.some(({ id }) => id === deckId)) continue;
    about.push(exam);
    const done = doneToday(answers, chosen, student.habits);
    const course = {
      examDay: exam.exam_day - student.today,
      secondsPerDay: exam.minutes_per_day * 60,
      targetRecall: exam.target_recall,
    };
    const model = new StudentModel(settings, student.habits, 0);
    const order = examOrder(chosen.cards, 0, course, model, done.begun);
    // The minutes are shared by all decks of the exam: the other decks' cards take their part of them.
    for (const { card, isNew } of withinSeconds(order, chosen.cards, model, course.secondsPerDay - done.seconds)) {
      const row = chosen.rows[card] as ChosenCard;
      if (row.deck_id !== deckId || isOnSteps(row) || ids.has(row.id)) continue;
      ids.add(row.id);
      asked[isNew ? 'new' : 'due'] += 1;
    }
    for (const row of chosen.rows) if (row.deck_id === deckId) speakFor(row, student, spokenFor);
  }
  if (about.length === 0) return undefined;
  const isWhole = about.some(({ tags }) => tags.length === 0);
  return {
    ids: [...ids],
    ...asked,
    spokenFor: { new: spokenFor.new.size, due: spokenFor.due.size },
    tags: isWhole ? undefined : [...new Set(about.flatMap(({ tags }) => tags))],
  };
}

/** Takes down a card that the queue would count without an exam. */
function speakFor(card: ChosenCard, { now }: StudentToday, spokenFor: { new: Set<bigint>; due: Set<bigint> }): void {
  if (card.buried_until !== null && now.isBefore(card.buried_until)) return;
  if (!hasAnswered(card)) spokenFor.new.add(card.id);
  else if (card.interval > 0 && !now.isBefore(card.next_review)) spokenFor.due.add(card.id);
}
