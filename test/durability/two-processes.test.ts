import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openEngine } from '../engine/open.ts';
import { engines } from '../support/database.ts';
import { Journal } from '../support/journal.ts';
import { chooseSeed, runLoad, seededRandom } from '../support/load.ts';
import { CLIENTS, ledgerRequests } from './kill-rounds.ts';
import { ledger, ledgerViolations, prepareLedger } from './ledger.ts';
import { LedgerServer } from './ledger-server.ts';

for (const target of engines()) {
  test(`two servers on one ${target.name} database: no client sees a lock, no write is lost`, {
    skip: target.skip,
  }, async (context) => {
    const place = await target.fresh();
    const seed = chooseSeed();
    const journal = await Journal.create();
    const engine = openEngine(place, { schema: ledger });
    try {
      await prepareLedger(engine, CLIENTS);
      const servers = await Promise.all([LedgerServer.start(place.url), LedgerServer.start(place.url)]);
      const load = new AbortController();
      const running = runLoad(
        {
          clients: CLIENTS,
          journal,
          next: ledgerRequests(0, seededRandom(seed)),
          // Every client changes its server from one request to the next.
          submit: (request, client) =>
            (servers[(client + Number(request.key.split('-')[2])) % 2] as LedgerServer).submit(request),
        },
        load.signal,
      );
      await delay(2000);
      load.abort();
      const counts = await running;
      await Promise.all(servers.map((server) => server.stop()));
      const operations = await journal.operations();
      context.diagnostic(`seed ${seed}: ${JSON.stringify(counts)}`);
      // The only failures are the units that were meant to fail.
      assert.deepEqual(
        [...new Set(operations.filter((operation) => operation.outcome === 'fail').map((operation) => operation.answer))],
        ['FC_CONFLICT'],
      );
      assert.deepEqual(await ledgerViolations(engine, operations), []);
      assert.ok(counts.ok > 50);
    } finally {
      await engine.close();
      await journal.close();
      await place.drop();
    }
  });
}
