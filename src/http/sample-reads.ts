import type { FastifyInstance } from 'fastify';
import { randomInt } from '../db/random.ts';
import { readToken } from './login-cookie.ts';
import { isOfInstallation } from './measure-latency.ts';

/** Takes some of the reads that were answered, to ask them again. */
export interface SampledRead {
  /** The share that is taken, in percent; 0 for none. */
  readonly percent: number;
  /** @param url path and query. @param token of who asked. */
  take(url: string, token: string | undefined): void;
}

/** To the ten-thousandth of a percent. */
const PARTS = 1_000_000;

/** Hands a share of these routes' reads over when they were answered. */
export function sampleReads(app: FastifyInstance, sampled: SampledRead): void {
  app.addHook('onResponse', async (request, reply) => {
    const { percent } = sampled;
    if (percent === 0 || request.method !== 'GET' || reply.statusCode >= 500 || isOfInstallation(request.url)) return;
    if (randomInt(PARTS) < percent * (PARTS / 100)) sampled.take(request.url, readToken(request));
  });
}
