import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import Fastify from 'fastify';
import { measureLatency } from '../../src/http/measure-latency.ts';

describe('a server measures what its users feel', () => {
  test('each request once: answered, failed, or abandoned by its client; reads apart from writes', async () => {
    const taken: string[] = [];
    const app = Fastify();
    let release = (): void => {};
    await app.register(async (api) => {
      measureLatency(api, (kind, ms, outcome) => {
        assert.ok(ms >= 0);
        taken.push(`${kind} ${outcome}`);
      });
      api.get('/ok', async () => 'ok');
      api.get('/missing', async (_, reply) => reply.code(404).send());
      api.post('/bad', async () => {
        throw new Error('broken');
      });
      api.post('/slow', () => new Promise((resolve) => (release = () => resolve('late'))));
    });
    app.get('/health', async () => 'ok');
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    try {
      for (const path of ['/ok', '/missing', '/health']) await (await fetch(url + path)).text();
      await (await fetch(`${url}/bad`, { method: 'POST' })).text();
      const leave = new AbortController();
      const gone = fetch(`${url}/slow`, { method: 'POST', signal: leave.signal }).catch(() => {});
      await delay(200);
      leave.abort();
      await gone;
      while (taken.length < 4) await delay(10);
      release();
      await delay(50);
      assert.deepEqual(taken, ['reads answered', 'reads answered', 'writes failed', 'writes abandoned']);
    } finally {
      await app.close();
    }
  });
});
