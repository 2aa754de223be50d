import type { FastifyInstance } from 'fastify';
import { browseReports, createReport, getReport, type Report } from '../../services/reports.ts';
import { forUser } from '../context.ts';
import { type Page, sendPage, toId } from '../paging.ts';
import * as schemas from '../schemas.ts';

/** The API shows the values of the original's enumerations; its database holds their names. */
const present = ({ report_type, reason, status, ...report }: Report) => ({
  ...report,
  report_type: report_type.toLowerCase(),
  reason: reason.toLowerCase(),
  status: status.toLowerCase(),
});

export async function reportRoutes(app: FastifyInstance): Promise<void> {
  const tags = ['reports'];
  app.post(
    '/reports/',
    { schema: { tags, body: schemas.reportCreate, response: { 201: schemas.report } } },
    forUser('write', async ({ session, user, request, reply }) => {
      const { report_type, content_id, reason, description } = request.body as {
        report_type: string;
        content_id: number;
        reason: string;
        description?: string | null;
      };
      reply.code(201);
      return present(
        await createReport(session, user, {
          report_type,
          content_id: toId(content_id, 'Content'),
          reason,
          description: description ?? null,
        }),
      );
    }),
  );
  const listOwn = forUser('read', async ({ session, user, request, reply }) => {
    const { limit, after, status_filter } = request.query as Page & { status_filter?: string };
    return sendPage(reply, (await browseReports(session, user, status_filter, toId(after, 'Report'), limit)).map(present), limit);
  });
  const listSchema = { tags, querystring: schemas.reportList, response: { 200: schemas.list(schemas.report) } };
  app.get('/reports/', { schema: listSchema }, listOwn);
  app.get('/reports/my-reports', { schema: { ...listSchema, summary: 'The same under its documented name' } }, listOwn);
  app.get(
    '/reports/:report_id',
    { schema: { tags, params: schemas.idPath('report_id'), response: { 200: schemas.report } } },
    forUser('read', async ({ session, user, request }) =>
      present(await getReport(session, user, toId((request.params as { report_id: string }).report_id, 'Report'))),
    ),
  );
}
