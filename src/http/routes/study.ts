import type { FastifyInstance } from 'fastify';
import { beginCatchUp, endCatchUp, lookAtBacklog } from '../../services/catch-up.ts';
import { recordReview, studySession } from '../../services/study.ts';
import { markCard } from '../../services/study-marks.ts';
import { studyQueue } from '../../services/study-queue.ts';
import { changeStudySettings, getStudySettings } from '../../services/study-settings.ts';
import { undoReview } from '../../services/study-undo.ts';
import { lookAhead, ownCards } from '../../services/workload.ts';
import { checkUser } from '../check-user.ts';
import { toId } from '../paging.ts';
import { userRoute, userTask } from '../route.ts';
import * as schemas from '../schemas.ts';
import { timeIn } from '../time-in.ts';
import { ValidationFailed } from '../validation.ts';

export async function studyRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'study';

  userRoute(
    app,
    {
      method: 'GET',
      url: '/study/session/:deck_id',
      tag,
      scope: 'study',
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
      method: 'GET',
      url: '/study/queue/:deck_id',
      tag,
      scope: 'study',
      summary: 'What to study now in a deck, within the day’s limits, with what each grade would do',
      params: schemas.deckPath,
      query: schemas.queueQuery,
      answer: schemas.studyQueue,
      mode: 'read',
    },
    ({ session, user, params: { deck_id }, query: { limit, below } }) =>
      studyQueue(session, user, toId(deck_id, 'Deck'), { limit: Math.min(limit, schemas.MAX_ROWS), below }),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/study/review/:card_id',
      tag,
      scope: 'study',
      summary: 'Record one answer and schedule the card',
      params: schemas.cardPath,
      headers: schemas.reviewHeaders,
      body: schemas.review,
      answer: schemas.reviewAnswer,
      mode: 'write',
    },
    ({ session, user, params: { card_id }, headers, body }) => {
      checkUser(user, headers['x-flashcase-user']);
      if (body.quality === undefined && body.grade === undefined) {
        throw new ValidationFailed([{ type: 'missing', loc: ['body', 'quality'], msg: 'Field required', input: body }]);
      }
      return recordReview(session, user, toId(card_id, 'Card'), {
        quality: body.quality,
        grade: body.grade,
        answeredAt: timeIn(body.answered_at, 'answered_at'),
        durationMs: body.duration_ms,
        promised: body.interval,
        idempotencyId: headers['idempotency-key'] ?? body.idempotency_id,
      });
    },
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/study/undo/:card_id',
      tag,
      scope: 'study',
      summary: 'Take the last answer to a card back',
      params: schemas.cardPath,
      headers: schemas.reviewHeaders,
      body: schemas.undo,
      answer: schemas.undoAnswer,
      mode: 'write',
    },
    ({ session, user, params: { card_id }, headers, body }) => {
      checkUser(user, headers['x-flashcase-user']);
      return undoReview(session, user, toId(card_id, 'Card'), {
        reviewId: body.review_id,
        idempotencyId: headers['idempotency-key'],
        undoneAt: timeIn(body.undone_at, 'undone_at'),
      });
    },
  );
  userRoute(
    app,
    {
      method: 'PUT',
      url: '/study/marks/:card_id',
      tag,
      scope: 'study',
      summary: 'Suspend, bury until tomorrow, or flag a card, for oneself',
      params: schemas.cardPath,
      headers: schemas.marksHeaders,
      body: schemas.marks,
      answer: schemas.marksAnswer,
      mode: 'write',
    },
    ({ session, user, params: { card_id }, headers, body }) => {
      checkUser(user, headers['x-flashcase-user']);
      return markCard(session, user, toId(card_id, 'Card'), body);
    },
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/study/settings',
      tag,
      scope: 'study',
      summary: 'How one studies: scheduler, limits, steps, time zone',
      answer: schemas.studySettings,
      mode: 'read',
    },
    ({ session, user }) => getStudySettings(session, user),
  );
  userRoute(
    app,
    {
      method: 'PUT',
      url: '/study/settings',
      tag,
      scope: 'study',
      summary: 'Change how one studies, from the next answer on; what is left out stays',
      body: schemas.studySettingsChange,
      answer: schemas.studySettings,
      mode: 'write',
    },
    ({ session, user, body }) => changeStudySettings(session, user, body),
  );
  userTask(
    app,
    {
      method: 'GET',
      url: '/study/workload',
      tag,
      scope: 'read',
      summary: 'Minutes a day and cards known over the coming year, for every retention that can be wanted',
      answer: schemas.workload,
    },
    async ({ user }) => lookAhead(await app.getSession('read', (session) => ownCards(session, user))),
  );
  userTask(
    app,
    {
      method: 'GET',
      url: '/study/catch-up',
      tag,
      scope: 'read',
      summary: 'What is overdue, the plan to catch up in force, and the ways to do it',
      answer: schemas.catchUp,
    },
    async ({ user }) => lookAtBacklog(await app.getSession('read', (session) => ownCards(session, user))),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/study/catch-up',
      tag,
      scope: 'study',
      summary: 'Begin a plan to catch up: so many reviews a day until its last day, and no new cards; no date moves',
      body: schemas.catchUpBegin,
      answer: schemas.catchUpPlan,
      mode: 'write',
    },
    ({ session, user, body }) => beginCatchUp(session, user, body),
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/study/catch-up',
      tag,
      scope: 'study',
      summary: 'End the plan to catch up: the limits of the settings count again',
      status: 204,
      mode: 'write',
    },
    ({ session, user }) => endCatchUp(session, user),
  );
}
