import type { FastifyInstance } from 'fastify';
import { cramQueue, recordCram } from '../../services/cram.ts';
import { checkUser } from '../check-user.ts';
import * as schemas from '../exam-schemas.ts';
import { toId } from '../paging.ts';
import { userRoute } from '../route.ts';
import { cardPath, MAX_ROWS, reviewHeaders } from '../schemas.ts';
import { timeIn } from '../time-in.ts';

export async function cramRoutes(app: FastifyInstance): Promise<void> {
  userRoute(
    app,
    {
      method: 'GET',
      url: '/study/cram',
      tag: 'study',
      scope: 'study',
      summary: 'Cards of a deck or an exam to go through without moving any date: the least likely to be known first',
      query: schemas.cramQuery,
      answer: schemas.cramQueue,
      mode: 'read',
    },
    ({ session, user, query: { limit, deck_id, exam_id } }) =>
      cramQueue(
        session,
        user,
        {
          deck_id: deck_id === undefined ? undefined : toId(deck_id, 'Deck'),
          exam_id: exam_id === undefined ? undefined : toId(exam_id, 'Exam'),
        },
        Math.min(limit, MAX_ROWS),
      ),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/study/cram/:card_id',
      tag: 'study',
      scope: 'study',
      summary: 'Log one answer while cramming: no date moves, and no statistic counts it',
      params: cardPath,
      headers: reviewHeaders,
      body: schemas.cram,
      answer: schemas.cramAnswer,
      mode: 'write',
    },
    ({ session, user, params: { card_id }, headers, body }) => {
      checkUser(user, headers['x-flashcase-user']);
      return recordCram(session, user, toId(card_id, 'Card'), {
        grade: body.grade,
        answeredAt: timeIn(body.answered_at, 'answered_at'),
        durationMs: body.duration_ms,
        idempotencyId: headers['idempotency-key'],
      });
    },
  );
}
