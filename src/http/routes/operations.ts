import type { FastifyInstance } from 'fastify';
import { undoOperation } from '../../services/undo.ts';
import { toId } from '../paging.ts';
import { userRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

export async function operationRoutes(app: FastifyInstance): Promise<void> {
  userRoute(
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
      mode: 'write',
    },
    async ({ session, user, params: { operation_id } }) => {
      const { id, name, target_id, undone_at, imported } = await undoOperation(session, user, toId(operation_id, 'Operation'));
      return { id, name, target_id, undone_at, imported: imported ?? null };
    },
  );
}
