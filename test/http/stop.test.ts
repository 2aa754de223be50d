// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { keepBeating } from '../../src/cli/backup/keep-beating.ts';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { SEARCH_INDEX } from '../../src/db/stores/search-index.ts';
import { serve } from '../../src/http/serve.ts';
import { stopAll } from '../../src/http/stop-all.ts';
import { engines, everydayEngines } from '../support/database.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { startProxy } from '../support/proxy.ts';

/** Far more than a stop takes, far less than an index waits. */
const LONG_MS = 60_000;

for (const target of everydayEngines().slice(1)) {
  test(`a server whose full-text index waits for an open transaction stops, and leaves no statement behind; the next one makes the index (${target.name})`, {
    skip: target.skip,
  }, async () => {
    const place = await target.withTables();
    // In a transaction pg_stat_activity is as it was at the first look: who looks is another one.
    const clients = [1, 2].map(() => new pg.Client({ connectionString: place.directUrl ?? place.url }));
    const [holder, watcher] = clients as [pg.Client, pg.Client];
    for (const client of clients) await client.connect();
    const valid = async () =>
      (await watcher.query('SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)', [SEARCH_INDEX])).rows[0]
        ?.indisvalid;
    const building = async () =>
      (
        await watcher.query(
          "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX CONCURRENTLY%' AND state = 'active'",
        )
      ).rows[0].n;
    const until = async (is: () => Promise<boolean>, what: string) => {
      for (let waited = 0; !(await is()); waited += 50) {
        assert.ok(waited < LONG_MS, what);
        await delay(50);
      }
    };
    const start = () => {
      const settings = settingsFor(place, { HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'fatal' });
      return serve(openDatabase(settings, systemClock()), settings);
    };
    try {
      await (await openFresh(place)).close();
      await holder.query('BEGIN; LOCK TABLE search_card IN ROW EXCLUSIVE MODE');
      const server = await start();
      await until(async () => (await building()) === 1, 'nobody makes the index');
      const stopped = server.stop().then(() => true);
      assert.equal(await Promise.race([stopped, delay(LONG_MS, false, { ref: false })]), true, 'it waits for the transaction');
      await until(async () => (await building()) === 0, 'the statement is still there');
      await holder.query('ROLLBACK');
      assert.notEqual(await valid(), true);
      const next = await start();
      await until(async () => (await valid()) === true, 'the index is not made');
      await next.stop();
    } finally {
      for (const client of clients) await client.end();
      await place.drop();
    }
  });
}

test('of what is stopped each part is, beside the others and in its order, also when one fails; the first failure is told', async () => {
  const seen: string[] = [];
  const part =
    (name: string, work: Promise<unknown> = Promise.resolve()) =>
    async () => {
      await work;
      seen.push(name);
    };
  const fail = (message: string) => () => {
    throw new Error(message);
  };
  let go = (): void => {};
  const slow = new Promise<void>((resolve) => (go = resolve));
  const quick = async () => {
    seen.push('beside');
    go();
  };
  await assert.rejects(stopAll([fail('first'), part('slow', slow), quick], [fail('second')], [part('last')]), /first/);
  assert.deepEqual(seen, ['beside', 'slow', 'last']);
});

const [, postgres] = engines();
test('a beat of the physical backups that hangs on a cut network holds no stop up', {
  skip: postgres?.skip ?? false,
}, async () => {
  const place = await (postgres as NonNullable<typeof postgres>).withTables();
  const network = await startProxy(place.directUrl ?? place.url);
  const settings = settingsFor({ url: network.url }, { BACKUP_PHYSICAL: '/nowhere' });
  const { engine, close } = openDatabase(settings, systemClock());
  let hangs = (): void => {};
  const isHanging = new Promise<void>((resolve) => (hangs = resolve));
  const dedicated: typeof engine.dedicated = (work, signal) =>
    engine.dedicated((connection) => {
      network.stall();
      const answer = work(connection);
      hangs();
      return answer;
    }, signal);
  const beating = keepBeating(settings, { engine: { ...engine, dedicated } }, 10);
  try {
    await isHanging;
    await beating.stop();
    while (network.givenUp() === 0) await delay(10);
  } finally {
    await close();
    await network.close();
    await place.drop();
  }
});
