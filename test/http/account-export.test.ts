import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { FlashcaseError } from '../../src/errors/index.ts';
import { exportAccount } from '../../src/services/export-account.ts';
import { userNamed } from '../../src/services/import-file.ts';
import { type Service, startService } from '../conformance/client.ts';
import { engines } from '../support/database.ts';

/** Its own temporary folder: what other tests have in theirs is none of it. */
const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
const before = process.env.TMPDIR;
process.env.TMPDIR = folder;
after(() => {
  process.env.TMPDIR = before;
  rmSync(folder, { recursive: true, force: true });
});
const exportsThere = (): string[] => readdirSync(folder).filter((name) => name.startsWith('flashcase-account-'));

for (const target of engines()) {
  describe(`the download of an account on ${target.name}`, { skip: target.skip }, () => {
    const onService = (story: (service: Service, token: string) => Promise<void>) => async () => {
      const place = await target.fresh();
      const service = await startService(place);
      try {
        const token = await service.signUp('anna');
        for (const name of ['Torts', 'Contracts']) await service.call('POST', '/api/v1/decks/', { token, json: { name } });
        await story(service, token);
      } finally {
        await service.close();
        await place.drop();
      }
    };

    test(
      'ends between two decks when it is told to, and leaves nothing',
      onService(async ({ database, clock }) => {
        const reason = new Error('told to');
        const ending = new AbortController();
        let decks = 0;
        const counting = {
          now() {
            // Once for each deck.
            if (++decks === 1) ending.abort(reason);
            return clock.now();
          },
        };
        const file = join(folder, 'account.zip');
        await assert.rejects(
          database.read(async (session) =>
            exportAccount({ ...session, clock: counting }, await userNamed(session, 'anna'), file, { signal: ending.signal }),
          ),
          reason,
        );
        assert.equal(decks, 1);
        assert.deepEqual(
          readdirSync(folder).filter((name) => !name.startsWith('flashcase-test-')),
          [],
        );
      }),
    );

    test(
      'is given up when its client goes, and what a killed process left is removed a day later',
      onService(async ({ app, call, clock }, token) => {
        const left = (name: string, hours: number): string => {
          mkdirSync(join(folder, name));
          const at = Number(clock.now().micros / 1_000_000n) - hours * 3600;
          utimesSync(join(folder, name), at, at);
          return name;
        };
        const young = left('flashcase-account-young', 23);
        left('flashcase-account-old', 25);
        await app.listen({ port: 0, host: '127.0.0.1' });
        const { port } = app.server.address() as AddressInfo;
        const ask = app.getSession;
        let reads = 0;
        let outcome: unknown;
        const over = Promise.withResolvers<void>();
        // The second read is that of the export: the client goes before it begins.
        app.getSession = async (mode, work, writer) => {
          if (++reads !== 2) return ask(mode, work, writer);
          const closed = new Promise((resolve) => asked.once('close', resolve));
          asked.destroy();
          await closed;
          const isOpen = () => new Promise<boolean>((resolve) => app.server.getConnections((_, count) => resolve(count > 0)));
          while (await isOpen()) await delay(10);
          try {
            return await ask(mode, work, writer);
          } catch (error) {
            outcome = error;
            throw error;
          } finally {
            over.resolve();
          }
        };
        const asked = request({
          ...{ host: '127.0.0.1', port, method: 'POST', path: '/api/v1/account/export' },
          headers: { authorization: `Bearer ${token}` },
        });
        asked.on('error', () => {});
        asked.end();
        await over.promise;
        app.getSession = ask;
        assert.ok(outcome instanceof FlashcaseError && /has gone/.test(outcome.message), String(outcome));
        while (exportsThere().length > 1) await delay(10);
        assert.deepEqual(exportsThere(), [young]);
        const whole = await call('POST', '/api/v1/account/export', { token });
        assert.deepEqual([whole.status, whole.text.slice(0, 2)], [200, 'PK']);
        rmSync(join(folder, young), { recursive: true });
      }),
    );
  });
}
