import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import type { Page } from './page.ts';

export type Report = RowOf<typeof flashcase.tables.report>;

export function insertReport(
  session: Session,
  values: Pick<Report, 'reporter_id' | 'report_type' | 'content_id' | 'reason' | 'description'>,
): Promise<Report> {
  const now = session.clock.now();
  return session.kysely
    .insertInto('report')
    .values(checked(flashcase.tables.report, { ...values, status: 'PENDING', created_at: now, updated_at: now }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

export function findReport(session: Session, id: bigint): Promise<Report | undefined> {
  return session.kysely.selectFrom('report').selectAll().where('id', '=', id).executeTakeFirst();
}

/** A page of one reporter's reports. */
export function listReports(
  session: Session,
  reporterId: bigint,
  status: string | undefined,
  { after, limit }: Page,
): Promise<Report[]> {
  let query = session.kysely.selectFrom('report').selectAll().where('reporter_id', '=', reporterId).orderBy('id').limit(limit);
  if (after !== undefined) query = query.where('id', '>', after);
  if (status !== undefined) query = query.where('status', '=', status);
  return query.execute();
}
