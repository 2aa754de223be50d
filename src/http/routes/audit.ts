import type { FastifyInstance } from 'fastify';
import { listAuditEvents } from '../../db/stores/audit-events.ts';
import * as audit from '../audit-schemas.ts';
import { pageOf, sendPage } from '../paging.ts';
import { adminTask } from '../route.ts';

/** For administrators: what operators did, on the command line and on the page. */
export async function auditRoutes(app: FastifyInstance): Promise<void> {
  adminTask(
    app,
    {
      method: 'GET',
      url: '/audit/events',
      tag: 'audit',
      summary: 'Every step of operators: who, what, when, how it ended',
      query: audit.eventList,
      answer: audit.events,
    },
    async ({ query: { limit, after }, reply }) => {
      const page = pageOf({ limit, ...(after === undefined ? {} : { after }) });
      const rows = await app.getSession('read', (session) => listAuditEvents(session, page));
      const shown = rows.map(
        ({ id, step_id, kind, happened_at, command, os_user, account_id, username, process, details, chain }) => ({
          ...{ id, step_id, kind, happened_at, command, os_user, account_id, account_name: username, process, details, chain },
        }),
      );
      return sendPage(reply, shown, page.limit);
    },
  );
}
