import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FlashcaseError } from '../errors/index.ts';
import { ValidationFailed } from './validation.ts';

/** Answers in the original's form: `{detail}`, a sentence or FastAPI's list. FlashCase's own code and next step stand beside it. */
function answer(reply: FastifyReply, status: number, detail: unknown, more: Record<string, unknown> = {}): FastifyReply {
  return reply
    .code(status)
    .type('application/json')
    .send({ detail, ...more });
}

function answerKnown(reply: FastifyReply, error: FlashcaseError): FastifyReply {
  if (error.code === 'FC_UNAUTHENTICATED') reply.header('WWW-Authenticate', 'Bearer');
  const retryAfter = error.details.retryAfterSeconds;
  if (retryAfter !== undefined) reply.header('Retry-After', String(retryAfter));
  else if (error.retryable) reply.header('Retry-After', '1');
  // What lies behind a server-side failure (paths, hosts, SQL) is for the log, not for the page.
  return answer(reply, error.status, error.message, {
    code: error.code,
    ...(error.hint !== undefined && error.status < 500 ? { hint: error.hint } : {}),
  });
}

export function installErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | FlashcaseError | ValidationFailed, request: FastifyRequest, reply: FastifyReply) => {
    if (error instanceof ValidationFailed) return answer(reply, 422, error.problems);
    if (error instanceof FlashcaseError) {
      if (error.code === 'FC_VALUE_INVALID') {
        const problems = (error.details.problems as { column: string; reason: string }[]).map(({ column, reason }) => ({
          type: 'value_error',
          loc: ['body', column],
          msg: `Value ${reason}`,
          input: null,
        }));
        return answer(reply, 422, problems, { code: error.code });
      }
      if (error.code === 'FC_INPUT_INVALID') {
        return answer(
          reply,
          422,
          [{ type: 'value_error', loc: ['body', String(error.details.field ?? '')], msg: error.message, input: null }],
          { code: error.code },
        );
      }
      if (error.status >= 500) request.log.error({ err: error.toJSON(), cause: error.cause }, error.message);
      return answerKnown(reply, error);
    }
    const status = (error as FastifyError).statusCode ?? 500;
    if ((error as FastifyError).code === 'FST_ERR_CTP_INVALID_JSON_BODY' || error instanceof SyntaxError) {
      return answer(reply, 422, [{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {} }]);
    }
    if (status < 500) return answer(reply, status, error.message);
    request.log.error({ err: error }, 'an error FlashCase does not know');
    return answer(reply, 500, 'Internal Server Error', { code: 'FC_INTERNAL' });
  });
}
