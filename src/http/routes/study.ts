import type { FastifyInstance } from 'fastify';
import { recordReview, studySession } from '../../services/study.ts';
import { forUser } from '../context.ts';
import { toId } from '../paging.ts';
import * as schemas from '../schemas.ts';

export async function studyRoutes(app: FastifyInstance): Promise<void> {
  const tags = ['study'];

  app.get(
    '/study/session/:deck_id',
    {
      schema: {
        tags,
        params: schemas.idPath('deck_id'),
        querystring: schemas.sessionQuery,
        response: { 200: schemas.list(schemas.studyCard) },
      },
    },
    forUser('read', ({ session, user, request }) =>
      studySession(
        session,
        user,
        toId((request.params as { deck_id: string }).deck_id, 'Deck'),
        (request.query as { limit: number }).limit,
      ),
    ),
  );
  app.post(
    '/study/review/:card_id',
    {
      schema: {
        tags,
        params: schemas.idPath('card_id'),
        headers: schemas.reviewHeaders,
        body: schemas.review,
        response: { 200: schemas.reviewAnswer },
      },
    },
    forUser('write', ({ session, user, request }) =>
      recordReview(
        session,
        user,
        toId((request.params as { card_id: string }).card_id, 'Card'),
        (request.body as { quality: number }).quality,
        request.headers['idempotency-key'] as string | undefined,
      ),
    ),
  );
}
