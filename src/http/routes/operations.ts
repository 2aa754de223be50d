import type { FastifyInstance } from 'fastify';
import { memoriesUnder, type Read, settleWeights } from '../../services/parameters.ts';
import { parametersBefore, undoOperation } from '../../services/undo.ts';
import { toId } from '../paging.ts';
import { userTask, writeFor } from '../route.ts';
import * as schemas from '../schemas.ts';

export async function operationRoutes(app: FastifyInstance): Promise<void> {
  const read: Read = (work) => app.getSession('read', work);
  userTask(
    app,
    {
      method: 'POST',
      url: '/operations/:operation_id/undo',
      tag: 'operations',
      scope: 'edit',
      summary:
        'Take a change back, by the id in the X-Operation header of the answer to it; only while nobody has changed it further',
      params: schemas.operationPath,
      answer: schemas.operationUndone,
    },
    async ({ user, params: { operation_id } }) => {
      const operationId = toId(operation_id, 'Operation');
      // What each card's memory was takes its time: worked out before the unit of work, which keeps every other writer of SQLite waiting.
      const before = await read((session) => parametersBefore(session, user, operationId));
      const memories = before && (await memoriesUnder(read, user.id, before.was ?? undefined));
      const undone = await writeFor(app, user, (session) => undoOperation(session, user, operationId, memories));
      if (before !== undefined) await writeFor(app, user, (session) => settleWeights(session, user));
      const { id, name, target_id, undone_at, imported } = undone;
      return { id, name, target_id, undone_at, imported: imported ?? null };
    },
  );
}
