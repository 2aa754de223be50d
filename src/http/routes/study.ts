import type { FastifyInstance } from 'fastify';
import { recordReview, studySession } from '../../services/study.ts';
import { toId } from '../paging.ts';
import { userRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

export async function studyRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'study';

  userRoute(
    app,
    {
      method: 'GET',
      url: '/study/session/:deck_id',
      tag,
      summary: 'Due cards of a deck: longest due first, then new ones',
      params: schemas.deckPath,
      query: schemas.sessionQuery,
      answer: schemas.studyCards,
      mode: 'read',
    },
    ({ session, user, params: { deck_id }, query: { limit } }) =>
      studySession(session, user, toId(deck_id, 'Deck'), Math.min(limit, schemas.MAX_ROWS)),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/study/review/:card_id',
      tag,
      summary: 'Record one answer and schedule the card by SM-2',
      params: schemas.cardPath,
      headers: schemas.reviewHeaders,
      body: schemas.review,
      answer: schemas.reviewAnswer,
      mode: 'write',
    },
    ({ session, user, params: { card_id }, headers, body }) =>
      recordReview(session, user, toId(card_id, 'Card'), body.quality, headers['idempotency-key'] ?? body.idempotency_id),
  );
}
