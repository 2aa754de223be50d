import type { FastifyInstance } from 'fastify';
import { browseReports, createReport, getReport, type Report } from '../../services/reports.ts';
import { pageOf, sendPage, toId } from '../paging.ts';
import { userRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

/** The API shows the values of the original's enumerations; its database holds their names. */
export const presentReport = (report: Report) => ({
  id: report.id,
  reporter_id: report.reporter_id,
  report_type: report.report_type.toLowerCase(),
  content_id: report.content_id,
  reason: report.reason.toLowerCase(),
  description: report.description,
  status: report.status.toLowerCase(),
  admin_notes: report.admin_notes,
  reviewed_by: report.reviewed_by,
  reviewed_at: report.reviewed_at,
  created_at: report.created_at,
  updated_at: report.updated_at,
});

export async function reportRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'reports';
  userRoute(
    app,
    {
      method: 'POST',
      url: '/reports/',
      tag,
      scope: 'edit',
      summary: 'Report a deck or card to the moderators',
      body: schemas.reportCreate,
      status: 201,
      answer: schemas.report,
      mode: 'write',
    },
    async ({ session, user, body }) =>
      presentReport(
        await createReport(session, user, {
          ...body,
          content_id: toId(body.content_id, 'Content'),
          description: body.description ?? null,
        }),
      ),
  );
  for (const [url, summary] of [
    ['/reports/', 'One’s own reports'],
    ['/reports/my-reports', 'The same under its documented name'],
  ] as const) {
    userRoute(
      app,
      { method: 'GET', url, tag, scope: 'read', summary, query: schemas.reportList, answer: schemas.reports, mode: 'read' },
      async ({ session, user, query, reply }) => {
        const page = pageOf(query);
        return sendPage(reply, (await browseReports(session, user, query.status_filter, page)).map(presentReport), page.limit);
      },
    );
  }
  userRoute(
    app,
    {
      method: 'GET',
      url: '/reports/:report_id',
      tag,
      scope: 'read',
      summary: 'One of one’s own reports',
      params: schemas.reportPath,
      answer: schemas.report,
      mode: 'read',
    },
    async ({ session, user, params: { report_id } }) => presentReport(await getReport(session, user, toId(report_id, 'Report'))),
  );
}
