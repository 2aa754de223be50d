import type { Session } from '../db/database.ts';
import type { Page } from '../db/stores/page.ts';
import { findReport, insertReport, listReports, type Report } from '../db/stores/reports.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';

export type { Report };

/** Reports content to the moderators. Types and reasons are stored as the original app stored them: by the names of its enumerations. */
export function createReport(
  session: Session,
  user: User,
  values: { report_type: string; content_id: bigint; reason: string; description: string | null },
): Promise<Report> {
  return insertReport(session, {
    ...values,
    report_type: values.report_type.toUpperCase(),
    reason: values.reason.toUpperCase(),
    reporter_id: user.id,
  });
}

export function browseReports(session: Session, user: User, status: string | undefined, page: Page): Promise<Report[]> {
  return listReports(session, user.id, status?.toUpperCase(), page);
}

/** One's own report; another's is forbidden, as in the original. */
export async function getReport(session: Session, user: User, id: bigint): Promise<Report> {
  const report = await findReport(session, id);
  if (report === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Report not found' });
  if (report.reporter_id !== user.id) throw new FlashcaseError('FC_FORBIDDEN', { what: 'Not authorized to view this report' });
  return report;
}
