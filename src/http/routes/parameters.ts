import type { FastifyInstance } from 'fastify';
import { operationOf } from '../../db/stores/operations.ts';
import type { User } from '../../db/stores/users.ts';
import {
  adoptWeights,
  boundedWeights,
  calibrationOfUser,
  fitParameters,
  getParameters,
  memoriesUnder,
  type Read,
  settleWeights,
} from '../../services/parameters.ts';
import { studySettings } from '../../services/study-settings.ts';
import { userTask, writeFor } from '../route.ts';
import * as schemas from '../schemas.ts';

/** Parameters of one's own, fitted to one's answers. */
export async function parameterRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'study';
  const read: Read = (work) => app.getSession('read', work);

  /** Adopts weights and gives the operation that takes them back. */
  async function adopt(user: User, weights: readonly number[] | undefined, judgedAgainst: readonly number[] | undefined) {
    const memories = await memoriesUnder(read, user.id, weights);
    const operation = await writeFor(app, user, async (session) => {
      await adoptWeights(session, user, weights, memories, judgedAgainst);
      return operationOf(session);
    });
    await writeFor(app, user, (session) => settleWeights(session, user));
    return String(operation);
  }

  userTask(
    app,
    {
      method: 'GET',
      url: '/study/parameters',
      tag,
      scope: 'read',
      summary: 'The parameters of FSRS in force, and whether better ones can be looked for on this server',
      answer: schemas.parameters,
    },
    ({ user }) => getParameters(read, user),
  );
  userTask(
    app,
    {
      method: 'GET',
      url: '/study/calibration',
      tag,
      scope: 'read',
      summary: 'How well one’s answers were predicted: by one’s parameters, the published ones, and SM-2',
      answer: schemas.userCalibration,
    },
    ({ user }) => calibrationOfUser(read, user.id),
  );
  userTask(
    app,
    {
      method: 'POST',
      url: '/study/parameters/optimise',
      tag,
      scope: 'study',
      summary:
        'Fit parameters to one’s answers and adopt them where the log loss of the newest, held out, falls; ends when the client goes away',
      answer: schemas.parametersFit,
    },
    async ({ user, request, reply }) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const { weights: before } = await read((session) => studySettings(session, user.id));
      const fit = await fitParameters(read, user.id, gone.signal);
      if (fit.weights !== null && !request.raw.destroyed) reply.header('X-Operation', await adopt(user, fit.weights, before));
      return { ...fit, is_adopted: fit.weights !== null };
    },
  );
  userTask(
    app,
    {
      method: 'PUT',
      url: '/study/parameters',
      tag,
      scope: 'study',
      summary: 'Put parameters of FSRS in force: 21 weights, or null for the published ones; no date moves',
      body: schemas.parametersChange,
      answer: schemas.parameters,
    },
    async ({ user, body, reply }) => {
      const { weights: before, relearningSteps } = await read((session) => studySettings(session, user.id));
      const weights = body.weights === null ? undefined : boundedWeights(body.weights, relearningSteps.length);
      reply.header('X-Operation', await adopt(user, weights, before));
      return getParameters(read, user);
    },
  );
}
