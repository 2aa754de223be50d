import type { FastifyReply, FastifyRequest } from 'fastify';
import { FlashcaseError } from '../errors/index.ts';

const PLAIN = 'fc_session';
/** Browsers accept this name only over https, without a domain and for the whole site: nobody else can set it. */
const SECURE = '__Host-fc_session';

const isHttps = (request: FastifyRequest): boolean => request.protocol === 'https';

/** The token of a request: `Authorization: Bearer`, or the page's cookie when no other site sent it. */
export function readToken(request: FastifyRequest): string | undefined {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const cookie = request.cookies[isHttps(request) ? SECURE : PLAIN];
  if (cookie !== undefined) refuseCrossSite(request);
  return cookie;
}

/**
 * Refuses a changing request that another site made the browser send: by `Sec-Fetch-Site`, or by `Origin` for browsers without it.
 * SameSite keeps most of them away already.
 */
export function refuseCrossSite(request: FastifyRequest): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return;
  const site = request.headers['sec-fetch-site'];
  const origin = request.headers.origin;
  const isForeign =
    site !== undefined ? site !== 'same-origin' && site !== 'none' : origin !== undefined && originHost(origin) !== request.host;
  if (isForeign) throw new FlashcaseError('FC_FORBIDDEN', { what: 'This request came from another site' });
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

export function setLoginCookie(request: FastifyRequest, reply: FastifyReply, token: string, days: number): void {
  const secure = isHttps(request);
  reply.setCookie(secure ? SECURE : PLAIN, token, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: days * 86_400 });
}

export function clearLoginCookie(request: FastifyRequest, reply: FastifyReply): void {
  const secure = isHttps(request);
  reply.clearCookie(secure ? SECURE : PLAIN, { path: '/', httpOnly: true, sameSite: 'lax', secure });
}
