import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Database, isDuplicate, type Session } from '../db/database.ts';
import type { Writer } from '../db/last-write.ts';
import type { Settings } from '../db/settings.ts';
import { operationOf } from '../db/stores/operations.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Auditor } from '../ops/audit/auditor.ts';
import { authenticate, type User } from '../services/accounts.ts';
import { withinQuota } from '../services/quota.ts';
import { checkScope, type Needed } from '../services/scopes.ts';
import type { JsonSchema, Schema } from './json-schema.ts';
import { readToken } from './login-cookie.ts';
import { noteUseOf } from './note-use.ts';
import { type RequestPart, ValidationFailed, type ValidationProblem, validate } from './validation.ts';

/** Runs one unit of work: commits when `work` succeeds, rolls back when it throws, always gives the connection back. */
export type UnitOfWork = <T>(mode: 'read' | 'write', work: (session: Session) => Promise<T>, writer?: Writer) => Promise<T>;

declare module 'fastify' {
  interface FastifyInstance {
    settings: Settings;
    database: Database;
    auditor: Auditor;
    getSession: UnitOfWork;
    /** The guide's other name of `getSession`. */
    getDb: UnitOfWork;
  }
}

/** What a route takes and gives; a part without a schema is not looked at. */
export interface RouteSpec<P, Q, B, H> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly tag: string;
  readonly summary: string;
  readonly params?: Schema<P>;
  readonly query?: Schema<Q>;
  readonly body?: Schema<B>;
  readonly headers?: Schema<H>;
  /** Body type for the documentation, where it is not JSON. */
  readonly consumes?: string;
  /** Bytes of the body at most, where a request may be larger than others. */
  readonly bodyBytes?: number;
  /** Status of success; 200 when absent. */
  readonly status?: number;
  /** Body of success; none when absent. */
  readonly answer?: JsonSchema;
  /** Its type for the documentation, where it is not JSON. */
  readonly produces?: string;
}

export interface Input<P, Q, B, H> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly headers: H;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

function inputOf<P, Q, B, H>(spec: RouteSpec<P, Q, B, H>, request: FastifyRequest, reply: FastifyReply): Input<P, Q, B, H> {
  const problems: ValidationProblem[] = [];
  const take = <T>(schema: Schema<T> | undefined, value: unknown, part: RequestPart): T =>
    schema === undefined ? (undefined as T) : validate(schema, value, part, problems);
  const parts = {
    params: take(spec.params, request.params, 'path'),
    query: take(spec.query, request.query, 'query'),
    headers: take(spec.headers, request.headers, 'header'),
    body: take(spec.body, request.body, 'body'),
  };
  if (problems.length > 0) throw new ValidationFailed(problems);
  return { ...parts, request, reply };
}

function addRoute<P, Q, B, H>(
  app: FastifyInstance,
  spec: RouteSpec<P, Q, B, H>,
  needed: Needed | undefined,
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
): void {
  const { status = 200, params, query, body, headers, consumes, answer, produces, bodyBytes } = spec;
  app.route({
    method: spec.method,
    url: spec.url,
    ...(bodyBytes === undefined ? {} : { bodyLimit: bodyBytes }),
    // A large body is not even read for a stranger; who asks is settled again by the handler.
    ...(bodyBytes === undefined || needed === undefined
      ? {}
      : {
          onRequest: async (request: FastifyRequest) =>
            void (await app.getSession('read', (session) => callerOf(app, request, session, needed))),
        }),
    schema: {
      tags: [spec.tag],
      summary: spec.summary,
      ...(consumes === undefined ? {} : { consumes: [consumes] }),
      security: needed === undefined ? [] : [{ bearer: [needed] }],
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
      response: {
        [status]:
          produces === undefined
            ? (answer ?? { type: 'null', description: 'Done.' })
            : { description: 'Done.', content: { [produces]: { schema: answer } } },
        default: { $ref: 'Failure#' },
      },
    },
    handler: (request, reply) => {
      reply.code(status);
      return handler(request, reply);
    },
  });
}

interface Scoped {
  /** What an API token must be given for it. */
  readonly scope: Needed;
}

/** Who asks; refuses an API token that may not do it. */
async function callerOf(app: FastifyInstance, request: FastifyRequest, session: Session, needed: Needed): Promise<User> {
  const { user, scopes, use } = await authenticate(session, readToken(request));
  if (scopes !== undefined) checkScope(scopes, needed);
  noteUseOf(app, request, use);
  return user;
}

/** A route that anyone may call. It opens its own units of work: passwords are hashed outside of them. */
export function publicRoute<P, Q, B, H>(
  app: FastifyInstance,
  spec: RouteSpec<P, Q, B, H>,
  handler: (input: Input<P, Q, B, H>) => Promise<unknown>,
): void {
  addRoute(app, spec, undefined, async (request, reply) => handler(inputOf(spec, request, reply)));
}

/** Who asks, and how it is read for them: from a replica that has their own writes, or from the primary. */
export interface Reader {
  readonly user: User;
  read<T>(work: (session: Session) => Promise<T>): Promise<T>;
}

/** Settles who asks, on the primary: a login that has ended ends at once. The work of `read` may run again from its start. */
export async function admitReader(app: FastifyInstance, request: FastifyRequest, scope: Needed): Promise<Reader> {
  const { replicas } = app.database;
  const { user, position } = await app.getSession('read', async (session) => {
    const known = await callerOf(app, request, session, scope);
    return { user: known, position: await replicas?.positionOf(session, known.id) };
  });
  return {
    user,
    async read(work) {
      const answer = await replicas?.read(position, work);
      return answer === undefined ? app.getSession('read', work) : answer.value;
    },
  };
}

/** A route for logged-in users that opens its own units of work, because it hashes passwords outside of them. */
export function userTask<P, Q, B, H>(
  app: FastifyInstance,
  spec: RouteSpec<P, Q, B, H> & Scoped,
  handler: (input: Input<P, Q, B, H> & { readonly user: User }) => Promise<unknown>,
): void {
  addRoute(app, spec, spec.scope, async (request, reply) => {
    const user = await app.getSession('read', (session) => callerOf(app, request, session, spec.scope));
    return handler({ ...inputOf(spec, request, reply), user });
  });
}

/** As `userTask`, for reads that may be answered by a replica: `read` gives them their sessions. */
export function readTask<P, Q, B, H>(
  app: FastifyInstance,
  spec: RouteSpec<P, Q, B, H> & Scoped,
  handler: (input: Input<P, Q, B, H> & Reader) => Promise<unknown>,
): void {
  addRoute(app, spec, spec.scope, async (request, reply) => {
    const reader = await admitReader(app, request, spec.scope);
    return handler({ ...inputOf(spec, request, reply), ...reader });
  });
}

/**
 * As `userTask`, for administrators only: everybody else who is logged in gets `FC_FORBIDDEN`, before what they ask is looked at. All but looks are kept
 * in the audit trail, the begin before the work. With `scope: 'login'` no API token may do it, as it opens or keeps ways into accounts.
 */
export function adminTask<P, Q, B, H>(
  app: FastifyInstance,
  spec: RouteSpec<P, Q, B, H> & {
    readonly scope?: 'admin' | 'login';
    /** What is typed names somebody, who is to be forgotten: the audit trail has the number of the account alone. */
    readonly hasUnrecordedBody?: true;
  },
  handler: (input: Input<P, Q, B, H> & { readonly user: User }) => Promise<unknown>,
): void {
  const { scope = 'admin' } = spec;
  addRoute(app, spec, scope, async (request, reply) => {
    const user = await app.getSession('read', (session) => callerOf(app, request, session, scope));
    if (!user.is_admin) throw new FlashcaseError('FC_FORBIDDEN', { what: 'Only an administrator may do this' });
    const input = inputOf(spec, request, reply);
    if (spec.method === 'GET') return handler({ ...input, user });
    const step = await app.auditor.begin({
      command: `${spec.method} ${spec.url}`,
      account: user.id,
      given: {
        ...(spec.params === undefined ? {} : { path: input.params }),
        ...(spec.body === undefined || spec.hasUnrecordedBody === true ? {} : { body: input.body }),
      },
    });
    try {
      const answer = await handler({ ...input, user });
      await step.end({ isDone: true });
      return answer;
    } catch (error) {
      await step.end({ isDone: false, code: error instanceof FlashcaseError ? error.code : 'FC_INTERNAL' });
      throw error;
    }
  });
}

/** A unit of work that writes for a user. Where a request beside it took a unique key it runs again, sees that row and answers by it. */
export function writeFor<T>(app: FastifyInstance, user: User, work: (session: Session) => Promise<T>): Promise<T> {
  const write = () => app.getSession('write', work, user.id);
  return write().catch((error: unknown) => (isDuplicate(error) ? write() : Promise.reject(error)));
}

/**
 * A route for logged-in users that runs in one unit of work. The answer leaves after the commit: what was acknowledged stays. A client
 * that goes away changes nothing: the unit of work runs to its end and gives its connection back. As in the original, who asks is
 * settled before what they ask. A read that `mayLag` is answered by a replica where one has the user's own writes.
 */
export function userRoute<P, Q, B, H>(
  app: FastifyInstance,
  spec: RouteSpec<P, Q, B, H> &
    Scoped & { readonly mode: 'read' | 'write'; readonly mayLag?: boolean; readonly addsCards?: true },
  handler: (input: Input<P, Q, B, H> & { readonly session: Session; readonly user: User }) => Promise<unknown>,
): void {
  addRoute(app, spec, spec.scope, async (request, reply) => {
    if (spec.mayLag === true && app.database.replicas !== undefined) {
      const { user, read } = await admitReader(app, request, spec.scope);
      const input = inputOf(spec, request, reply);
      return read((session) => handler({ ...input, session, user }));
    }
    if (spec.mode === 'read') {
      return app.getSession('read', async (session) => {
        const user = await callerOf(app, request, session, spec.scope);
        return handler({ ...inputOf(spec, request, reply), session, user });
      });
    }
    // Who may not write, and what cannot be written, never waits in the writers' queue.
    const user = await app.getSession('read', (session) => callerOf(app, request, session, spec.scope));
    const input = inputOf(spec, request, reply);
    return writeFor(app, user, async (session) => {
      const work = () => handler({ ...input, session, user });
      const answer = await (spec.addsCards === true ? withinQuota(session, user, app.settings.maxCards, work) : work());
      // What can be taken back says by which name (POST /api/v1/operations/{operation_id}/undo).
      const operation = operationOf(session);
      if (operation !== undefined) reply.header('X-Operation', String(operation));
      return answer;
    });
  });
}
