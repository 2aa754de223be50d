import type { Session } from '../db/database.ts';
import { type ChosenCard, hasAnswered } from '../db/stores/exam-cards.ts';
import { type Exam, listRunningExams } from '../db/stores/exams.ts';
import type { DecksWithoutTags } from '../db/stores/study-queue.ts';
import { examOrder, withinSeconds } from '../study/exam-order.ts';
import type { StudySettings } from '../study/settings.ts';
import { StudentModel } from '../study/student-model.ts';
import { studyDay } from '../study/study-day.ts';
import { answersToday, doneToday, readExamCards, type StudentToday, studentToday } from './exam-cards.ts';

/** What running exams ask of some decks today. */
export interface ExamQueue {
  /** What raises the expected recall most first, within the minutes of each exam. */
  readonly ids: readonly bigint[];
  readonly new: number;
  readonly due: number;
  /** Cards of the decks that an exam speaks for: the limits of the day do not ask for them again. */
  readonly spokenFor: { readonly new: number; readonly due: number };
  /** The decks that have other cards, with the tags that tell the cards an exam speaks for. A deck of which it is every card is not there. */
  readonly others: readonly DecksWithoutTags[];
}

/** True for a card on the steps of minutes: it comes back by the clock, exam or not. */
const isOnSteps = (card: ChosenCard): boolean => hasAnswered(card) && card.interval === 0;

/** What the running exams of a user ask of these decks; `undefined` where none is about any. */
export async function examQueue(
  session: Session,
  userId: bigint,
  deckIds: readonly bigint[],
  settings: StudySettings,
): Promise<ExamQueue | undefined> {
  const today = studyDay(session.clock.now(), settings);
  const asked = new Set(deckIds);
  const exams = (await listRunningExams(session, userId, today)).filter(
    ({ decks }) => decks.length === 0 || decks.some((id) => asked.has(id)),
  );
  if (exams.length === 0) return undefined;
  const student = await studentToday(session, userId, settings);
  const answers = await answersToday(session, userId, student);
  const ids = new Set<bigint>();
  const spokenFor = { new: new Set<bigint>(), due: new Set<bigint>() };
  const counts = { new: 0, due: 0 };
  /** The exams about each deck. */
  const about = new Map<bigint, Exam[]>();
  for (const exam of exams) {
    const chosen = await readExamCards(session, userId, exam, student);
    const meant = chosen.decks.filter(({ id }) => asked.has(id));
    if (meant.length === 0) continue;
    for (const { id } of meant) about.set(id, [...(about.get(id) ?? []), exam]);
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
      if (!asked.has(row.deck_id) || isOnSteps(row) || ids.has(row.id)) continue;
      ids.add(row.id);
      counts[isNew ? 'new' : 'due'] += 1;
    }
    for (const row of chosen.rows) if (asked.has(row.deck_id)) speakFor(row, student, spokenFor);
  }
  if (about.size === 0) return undefined;
  return {
    ids: [...ids],
    ...counts,
    spokenFor: { new: spokenFor.new.size, due: spokenFor.due.size },
    others: othersOf(deckIds, about),
  };
}

/** Decks by the tags whose cards exams speak for; an exam without tags speaks for all cards of its decks. */
function othersOf(deckIds: readonly bigint[], about: ReadonlyMap<bigint, readonly Exam[]>): DecksWithoutTags[] {
  const groups = new Map<string, { deckIds: bigint[]; tags: readonly string[] }>();
  for (const deckId of deckIds) {
    const exams = about.get(deckId) ?? [];
    if (exams.some(({ tags }) => tags.length === 0)) continue;
    const tags = [...new Set(exams.flatMap((exam) => exam.tags))];
    const group = groups.get(JSON.stringify(tags));
    if (group === undefined) groups.set(JSON.stringify(tags), { deckIds: [deckId], tags });
    else group.deckIds.push(deckId);
  }
  return [...groups.values()];
}

/** Takes down a card that the queue would count without an exam. */
function speakFor(card: ChosenCard, { now }: StudentToday, spokenFor: { new: Set<bigint>; due: Set<bigint> }): void {
  if (card.buried_until !== null && now.isBefore(card.buried_until)) return;
  if (!hasAnswered(card)) spokenFor.new.add(card.id);
  else if (card.interval > 0 && !now.isBefore(card.next_review)) spokenFor.due.add(card.id);
}
