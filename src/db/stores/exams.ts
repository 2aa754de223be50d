import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';

type Row = RowOf<typeof flashcase.tables.exam>;

/** An exam as it is kept, its lists read. */
export interface Exam extends Omit<Row, 'decks' | 'tags'> {
  /** Empty for all decks that its student keeps. */
  readonly decks: readonly bigint[];
  /** Empty for all cards of the decks. */
  readonly tags: readonly string[];
}

export type ExamValues = Pick<Exam, 'name' | 'exam_day' | 'decks' | 'tags' | 'target_recall' | 'minutes_per_day' | 'ended_at'>;

const examOf = (row: Row): Exam => ({
  ...row,
  decks: (JSON.parse(row.decks) as string[]).map(BigInt),
  tags: JSON.parse(row.tags) as string[],
});

const columnsOf = ({ decks, tags, ...values }: Partial<ExamValues>) => ({
  ...values,
  // As texts: a JavaScript number beyond 2^53 loses digits.
  ...(decks === undefined ? {} : { decks: JSON.stringify(decks.map(String)) }),
  ...(tags === undefined ? {} : { tags: JSON.stringify(tags) }),
});

const running = precompiled<{ userId: bigint; today: number }>('running-exams')((kysely, value) =>
  kysely
    .selectFrom('exam')
    .selectAll()
    .where('user_id', '=', value('userId'))
    .where('exam_day', '>=', value('today'))
    .where('ended_at', 'is', null)
    .where('deleted_at', 'is', null)
    .orderBy('exam_day')
    .orderBy('id'),
);

/** The exams a user studies for on a study day, the next one first. */
export async function listRunningExams(session: Session, userId: bigint, today: number): Promise<Exam[]> {
  return (await running(session, { userId, today })).map(examOf);
}

/** All exams of a user, the next one first; those of the past last. At most `limit`. */
export async function listExams(session: Session, userId: bigint, limit: number): Promise<Exam[]> {
  const rows = await session.kysely
    .selectFrom('exam')
    .selectAll()
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null)
    .orderBy('exam_day')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(examOf);
}

/** @param isHeld held until the end of this unit of work */
export async function findExam(session: Session, userId: bigint, id: bigint, isHeld = false): Promise<Exam | undefined> {
  const query = session.kysely
    .selectFrom('exam')
    .selectAll()
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null);
  const row = await (isHeld && session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
  return row === undefined ? undefined : examOf(row);
}

export async function insertExam(session: Session, userId: bigint, values: ExamValues): Promise<Exam> {
  const now = session.clock.now();
  const row = await session.kysely
    .insertInto('exam')
    .values(checked(flashcase.tables.exam, { ...columnsOf(values), user_id: userId, created_at: now, updated_at: now } as never))
    .returningAll()
    .executeTakeFirstOrThrow();
  return examOf(row);
}

export async function updateExam(
  session: Session,
  id: bigint,
  values: Partial<ExamValues & { deleted_at: Timestamp }>,
): Promise<Exam> {
  const row = await session.kysely
    .updateTable('exam')
    .set(checked(flashcase.tables.exam, { ...columnsOf(values), updated_at: session.clock.now() }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return examOf(row);
}

/** The columns of an exam as they are stored, for what takes a change of it back. */
export const storedExam = ({ decks, tags, ...exam }: Exam): Row => ({ ...exam, ...columnsOf({ decks, tags }) }) as Row;

/** Removes exams that were deleted before a time. */
export async function purgeExams(session: Session, before: Timestamp): Promise<void> {
  await session.kysely.deleteFrom('exam').where('deleted_at', '<', before).execute();
}
