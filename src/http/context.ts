import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Database, Session } from '../db/database.ts';
import type { Settings } from '../db/settings.ts';
import { authenticate, type User } from '../services/accounts.ts';
import { readToken } from './login-cookie.ts';

declare module 'fastify' {
  interface FastifyInstance {
    settings: Settings;
    /** The open database. */
    getDb(): Database;
    /** Runs one unit of work: commits when `work` succeeds, rolls back when it throws, always gives the connection back. */
    getSession<T>(mode: 'read' | 'write', work: (session: Session) => Promise<T>): Promise<T>;
  }
}

export interface Context {
  readonly session: Session;
  readonly user: User;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/**
 * Makes a route of a handler that works for a logged-in user in one session. The answer leaves after the commit: what was
 * acknowledged stays. A client that goes away changes nothing: the unit of work runs to its end.
 */
export function forUser(mode: 'read' | 'write', handler: (context: Context) => Promise<unknown>) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const token = readToken(request);
    const { server } = request;
    const user = await server.getSession('read', (session) => authenticate(session, token));
    return server.getSession(mode, (session) => handler({ session, user, request, reply }));
  };
}
