import type { FastifyInstance } from 'fastify';
import { FlashcaseError } from '../../errors/index.ts';
import { makePlan, materialOfExam, materialOfInput } from '../../services/exam-plan.ts';
import { browseExams, changeExam, createExam, deleteExam, type ExamInput, getExam } from '../../services/exams.ts';
import * as schemas from '../exam-schemas.ts';
import type { TypeOf } from '../json-schema.ts';
import { toId } from '../paging.ts';
import { userRoute, userTask } from '../route.ts';

const inputOf = (body: TypeOf<typeof schemas.examChange>): ExamInput => ({
  ...body,
  deck_ids: body.deck_ids?.map((deck) => toId(deck, 'Deck')),
});

export async function examRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'exams';
  const params = schemas.examPath;

  userRoute(
    app,
    {
      method: 'GET',
      url: '/exams/',
      tag,
      scope: 'read',
      summary: 'One’s own exams, the next one first, those of the past last',
      answer: schemas.exams,
      mode: 'read',
    },
    ({ session, user }) => browseExams(session, user),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/exams/',
      tag,
      scope: 'study',
      summary: 'Keep an exam: until its day it decides what is asked of its cards',
      body: schemas.examCreate,
      status: 201,
      answer: schemas.exam,
      mode: 'write',
    },
    ({ session, user, body }) => createExam(session, user, inputOf(body)),
  );
  userTask(
    app,
    {
      method: 'POST',
      url: '/exams/plan',
      tag,
      scope: 'study',
      summary: 'What to expect of an exam, without and with a plan, and each day’s work; nothing is kept',
      body: schemas.examPlanAsked,
      answer: schemas.examPlan,
    },
    async ({ user, body }) => makePlan(await app.getSession('read', (session) => materialOfInput(session, user, inputOf(body)))),
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/exams/:exam_id',
      tag,
      scope: 'read',
      summary: 'One exam',
      params,
      answer: schemas.exam,
      mode: 'read',
    },
    ({ session, user, params: { exam_id } }) => getExam(session, user, toId(exam_id, 'Exam')),
  );
  userTask(
    app,
    {
      method: 'GET',
      url: '/exams/:exam_id/plan',
      tag,
      scope: 'read',
      summary: 'The plan of an exam as of today, with what was answered until now',
      params,
      answer: schemas.examPlan,
    },
    async ({ user, params: { exam_id } }) => {
      const id = toId(exam_id, 'Exam');
      const plan = await makePlan(await app.getSession('read', (session) => materialOfExam(session, user, id)));
      if (plan === undefined)
        throw new FlashcaseError('FC_CONFLICT', {
          what: 'This exam is over: there is nothing to plan',
          hint: 'Give it another date.',
        });
      return plan;
    },
  );
  userRoute(
    app,
    {
      method: 'PUT',
      url: '/exams/:exam_id',
      tag,
      scope: 'study',
      summary: 'Change an exam, or end it before its day; what is left out stays',
      params,
      body: schemas.examChange,
      answer: schemas.exam,
      mode: 'write',
    },
    ({ session, user, params: { exam_id }, body }) => changeExam(session, user, toId(exam_id, 'Exam'), inputOf(body)),
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/exams/:exam_id',
      tag,
      scope: 'study',
      summary: 'Delete an exam; no card is touched',
      params,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { exam_id } }) => deleteExam(session, user, toId(exam_id, 'Exam')),
  );
}
