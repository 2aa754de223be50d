import type { FastifyInstance } from 'fastify';
import type { MoveAction, MoveConsole } from '../../services/move-console.ts';
import * as schemas from '../move-schemas.ts';
import { adminTask } from '../route.ts';

/** What each action does, as the API's description says it; the switches want the name of the side that takes over, the settings a value. */
const ACTIONS: readonly (readonly [MoveAction, string])[] = [
  ['pause', 'Stop carrying; nothing is missed'],
  ['resume', 'Go on with carrying'],
  ['recover', 'Put an interrupted switch right'],
  ['verify', 'Compare every row of both sides at one moment; goes on as the job'],
  ['practice', 'A cutover up to its decision, given up on purpose; goes on as the job'],
];
const SWITCHES: readonly (readonly [MoveAction, string])[] = [
  ['cutover', 'Make PostgreSQL the primary, after its database’s name was typed; goes on as the job'],
  ['rollback', 'Make SQLite the primary again, after its file’s name was typed; goes on as the job'],
];

const SETTINGS = [
  ['throttle', 'Set when copying and carrying rest for users’ sake', schemas.throttle],
  ['shadow', 'Set the share of users’ reads that is asked of both sides', schemas.shadow],
] as const;

/** The live move, for administrators: looked at and turned as by the commands `flashcase move …`. */
export async function moveRoutes(app: FastifyInstance, { move }: { readonly move: MoveConsole }): Promise<void> {
  const tag = 'move';
  const shown = async () => {
    // Taken first: a job that is shown as ended is one whose effect is seen.
    const job = await move.job;
    return { ...(await move.look()), job };
  };
  const start = async (action: MoveAction, who: string, typed?: string) => {
    await move.start(action, who, typed);
    return { job: await move.job };
  };
  adminTask(app, { method: 'GET', url: '/move', tag, summary: 'Where the live move is', answer: schemas.view }, shown);
  for (const [action, summary] of ACTIONS) {
    adminTask(
      app,
      { method: 'POST', url: `/move/${action}`, tag, summary, status: 202, answer: schemas.begun },
      async ({ user }) => start(action, user.username),
    );
  }
  for (const [action, summary, body] of SETTINGS) {
    adminTask(
      app,
      { method: 'POST', url: `/move/${action}`, tag, summary, status: 202, body, answer: schemas.begun },
      async ({ user, body: { value } }) => start(action, user.username, value),
    );
  }
  for (const [action, summary] of SWITCHES) {
    adminTask(
      app,
      { method: 'POST', url: `/move/${action}`, tag, summary, status: 202, body: schemas.confirmation, answer: schemas.begun },
      async ({ user, body }) => start(action, user.username, body.confirm),
    );
  }
}
