import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FlashcaseError } from '../errors/index.ts';
import { ValidationFailed, type ValidationProblem } from './validation.ts';

/** Answers in the original's form: `{detail}`, a sentence or FastAPI's list. FlashCase's own code and next step stand beside it. */
function answer(reply: FastifyReply, status: number, detail: unknown, more: Record<string, unknown> = {}): FastifyReply {
  return reply
    .code(status)
    .type('application/json')
    .send({ detail, ...more });
}

/** Values that passed the schemas and still cannot be stored, in the form of the others. */
function problemsOf(error: FlashcaseError): ValidationProblem[] {
  const known =
    error.code === 'FC_VALUE_INVALID'
      ? ((error.details.problems ?? []) as { column: string; reason: string }[])
      : [{ column: String(error.details.field ?? ''), reason: error.message }];
  return known.map(({ column, reason }) => ({
    type: 'value_error',
    loc: ['body', column],
    msg: `Value error, ${reason}`,
    input: null,
  }));
}

function answerKnown(request: FastifyRequest, reply: FastifyReply, error: FlashcaseError): FastifyReply {
  const { code, status } = error;
  if (status >= 500) request.log.error({ err: error.toJSON(), cause: error.cause }, error.message);
  if (status === 422) return answer(reply, status, problemsOf(error), { code });
  if (code === 'FC_UNAUTHENTICATED') reply.header('WWW-Authenticate', 'Bearer');
  const retryAfter = error.details.retryAfterSeconds;
  if (retryAfter !== undefined) reply.header('Retry-After', String(retryAfter));
  else if (error.retryable) reply.header('Retry-After', '1');
  // The engines word this differently, and it names tables.
  if (code === 'FC_DB_CONSTRAINT') return answer(reply, status, 'The change does not fit what is stored', { code });
  // What lies behind a failure of the server (paths, hosts, SQL) is for the log, not for the page.
  return answer(reply, status, error.message, {
    code,
    ...(error.hint !== undefined && status < 500 ? { hint: error.hint } : {}),
  });
}

/** Of a code the registry has: what a client sends must not make up new ones. */
function codeOf(error: FastifyError | FlashcaseError | ValidationFailed): string {
  if (error instanceof FlashcaseError) return error.code;
  if (error instanceof ValidationFailed) return 'FC_INPUT_INVALID';
  return (error.statusCode ?? 500) < 500 ? 'FC_BAD_REQUEST' : 'FC_INTERNAL';
}

/** @param count told the code of each. */
export function installErrors(app: FastifyInstance, count: (code: string) => void): void {
  app.setErrorHandler((error: FastifyError | FlashcaseError | ValidationFailed, request: FastifyRequest, reply: FastifyReply) => {
    count(codeOf(error));
    if (error instanceof ValidationFailed) return answer(reply, 422, error.problems);
    if (error instanceof FlashcaseError) return answerKnown(request, reply, error);
    const status = error.statusCode ?? 500;
    if (status < 500) return answer(reply, status, error.message);
    request.log.error({ err: error }, 'an error FlashCase does not know');
    return answer(reply, 500, 'Internal Server Error', { code: 'FC_INTERNAL' });
  });
}

/** Paths that exist under another method answer 405 with `Allow`, as in the original; everything else 404. */
export function answerUnknownRoute(app: FastifyInstance): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const routes: { readonly method: string; readonly path: RegExp }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    const path = new RegExp(
      `^${url
        .replace(/\/$/, '')
        .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replace(/:\w+/g, '[^/]+')}/?$`,
    );
    for (const one of [method].flat()) routes.push({ method: one, path });
  });
  return (request, reply) => {
    const path = request.url.replace(/\?.*$/s, '');
    const allowed = [...new Set(routes.filter((route) => route.path.test(path)).map((route) => route.method))];
    if (allowed.length === 0) return answer(reply, 404, 'Not Found');
    reply.header('Allow', allowed.join(', '));
    return answer(reply, 405, 'Method Not Allowed');
  };
}
