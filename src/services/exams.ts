import type { Session } from '../db/database.ts';
import { listDecksOf } from '../db/stores/exam-cards.ts';
import { type Exam, type ExamValues, findExam, insertExam, listExams, storedExam, updateExam } from '../db/stores/exams.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { cleanTags } from '../notes/tags.ts';
import { dayText } from '../study/study-calendar.ts';
import { studyDay } from '../study/study-day.ts';
import { recordRows, rowChange } from './operations.ts';
import { studySettings } from './study-settings.ts';

/** An exam as its student says it. */
export interface ExamInput {
  readonly name?: string | undefined;
  /** A date: 2026-12-10. */
  readonly date?: string | undefined;
  readonly deck_ids?: readonly bigint[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly target_recall?: number | undefined;
  readonly minutes_per_day?: number | undefined;
  /** True when its student needs it no longer, before its day. */
  readonly is_ended?: boolean | undefined;
}

export interface ExamAnswer {
  readonly id: bigint;
  readonly name: string;
  readonly date: string;
  /** Study days until then; below 0 afterwards. */
  readonly days_left: number;
  /** True while it decides what is asked. */
  readonly is_running: boolean;
  readonly is_ended: boolean;
  readonly deck_ids: readonly bigint[];
  readonly tags: readonly string[];
  readonly target_recall: number;
  readonly minutes_per_day: number;
}

/** Exams of one user; decks and tags of one exam. */
const MOST_EXAMS = 500;
const MOST_DECKS = 100;
const MOST_TAGS = 100;
/** Days until an exam: what a simulation says of a later one is worth little. */
export const MOST_DAYS = 366;

const invalid = (what: string, hint: string): FlashcaseError => new FlashcaseError('FC_INPUT_INVALID', { what, hint });

/** The day of a date as people write it: 2026-12-10. Throws `FC_INPUT_INVALID`. */
function dayOfDate(text: string): number {
  const day = Date.parse(`${text}T00:00:00Z`) / 86_400_000;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || !Number.isInteger(day) || dayText(day) !== text)
    throw invalid(`date: "${text}" is no date`, 'Write year, month and day: 2026-12-10.');
  return day;
}

/** What is to be kept of an exam, its missing parts from `before`. Throws `FC_INPUT_INVALID`, and `FC_NOT_FOUND` for a deck one may not read. */
export async function checkedExam(session: Session, user: User, input: ExamInput, before: ExamValues): Promise<ExamValues> {
  const today = studyDay(session.clock.now(), await studySettings(session, user.id));
  const examDay = input.date === undefined ? before.exam_day : dayOfDate(input.date);
  if (examDay !== before.exam_day && (examDay < today || examDay > today + MOST_DAYS)) {
    const hint = `From today, ${dayText(today)}, until ${dayText(today + MOST_DAYS)}.`;
    throw invalid(examDay < today ? 'date: this day is over' : 'date: this is more than a year ahead', hint);
  }
  const decks = input.deck_ids === undefined ? before.decks : [...new Set(input.deck_ids)];
  const tags = input.tags === undefined ? before.tags : cleanTags(input.tags);
  if (decks.length === 0 && tags.length === 0)
    throw invalid('deck_ids: an exam needs a deck or a tag', 'Choose the decks, the tags, or both.');
  if (decks.length > MOST_DECKS || tags.length > MOST_TAGS)
    throw invalid('deck_ids: these are too many', `At most ${MOST_DECKS} decks and ${MOST_TAGS} tags.`);
  if (input.deck_ids !== undefined && decks.length > 0) {
    const known = await listDecksOf(session, user.id, decks);
    if (known.length < decks.length) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Deck not found' });
  }
  const name = input.name?.trim() ?? before.name;
  if (name === '') throw invalid('name: an exam needs a name', 'For example: Bar exam.');
  return {
    name,
    exam_day: examDay,
    decks,
    tags,
    target_recall: input.target_recall ?? before.target_recall,
    minutes_per_day: input.minutes_per_day ?? before.minutes_per_day,
    ended_at: input.is_ended === undefined ? before.ended_at : input.is_ended ? (before.ended_at ?? session.clock.now()) : null,
  };
}

/** What an exam begins with. */
export const NEW_EXAM: ExamValues = {
  name: '',
  exam_day: -1,
  decks: [],
  tags: [],
  target_recall: 0.9,
  minutes_per_day: 25,
  ended_at: null,
};

const answerOf = (exam: Exam, today: number): ExamAnswer => ({
  id: exam.id,
  name: exam.name,
  date: dayText(exam.exam_day),
  days_left: exam.exam_day - today,
  is_running: exam.ended_at === null && exam.exam_day >= today,
  is_ended: exam.ended_at !== null,
  deck_ids: exam.decks,
  tags: exam.tags,
  target_recall: exam.target_recall,
  minutes_per_day: exam.minutes_per_day,
});

async function answered(session: Session, user: User, exam: Exam): Promise<ExamAnswer> {
  return answerOf(exam, studyDay(session.clock.now(), await studySettings(session, user.id)));
}

/** One's own exam; anything else does not exist (`FC_NOT_FOUND`). @param isHeld until the end of this unit of work */
export async function ownExam(session: Session, user: User, id: bigint, isHeld = false): Promise<Exam> {
  const exam = await findExam(session, user.id, id, isHeld);
  if (exam === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Exam not found' });
  return exam;
}

/** All exams of a user, the next one first. */
export async function browseExams(session: Session, user: User): Promise<ExamAnswer[]> {
  const today = studyDay(session.clock.now(), await studySettings(session, user.id));
  const exams = (await listExams(session, user.id, MOST_EXAMS)).map((exam) => answerOf(exam, today));
  return [...exams.filter((exam) => exam.is_running), ...exams.filter((exam) => !exam.is_running).reverse()];
}

export async function getExam(session: Session, user: User, id: bigint): Promise<ExamAnswer> {
  return answered(session, user, await ownExam(session, user, id));
}

export async function createExam(session: Session, user: User, input: ExamInput): Promise<ExamAnswer> {
  if ((await listExams(session, user.id, MOST_EXAMS)).length >= MOST_EXAMS) {
    throw new FlashcaseError('FC_CONFLICT', {
      what: `There are ${MOST_EXAMS} exams already`,
      hint: 'Delete one that is over, then try again.',
    });
  }
  return answered(session, user, await insertExam(session, user.id, await checkedExam(session, user, input, NEW_EXAM)));
}

const PUT_BACK = ['name', 'exam_day', 'decks', 'tags', 'target_recall', 'minutes_per_day', 'ended_at'] as const;

/** Changes an exam; what is left out stays. Can be taken back. */
export async function changeExam(session: Session, user: User, id: bigint, input: ExamInput): Promise<ExamAnswer> {
  const before = await ownExam(session, user, id, true);
  const after = await updateExam(session, id, await checkedExam(session, user, input, before));
  await recordRows(session, user, 'change_exam', id, [rowChange('exam', storedExam(before), after, PUT_BACK)]);
  return answered(session, user, after);
}

/** Deletes an exam. No card is touched; can be taken back. */
export async function deleteExam(session: Session, user: User, id: bigint): Promise<void> {
  const before = await ownExam(session, user, id, true);
  const after = await updateExam(session, id, { deleted_at: session.clock.now() });
  await recordRows(session, user, 'delete_exam', id, [rowChange('exam', storedExam(before), after, ['deleted_at'])]);
}
