import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase } from '../support/database.ts';
import { embeddedPostgresBin, startPostgres } from '../support/servers.ts';
import { onPostgres } from './live.ts';
import { pairOf } from './reverse-pair.ts';

for (const [name, bin] of [
  ['postgres 18', embeddedPostgresBin()],
  ['postgres 15', process.env.FLASHCASE_PG15_BIN],
] as const)
  test(`${name}: what logical replication brings is refused while the side is fenced, and journalled when it is not`, {
    skip: bin === undefined ? 'not run: no PostgreSQL 15 here' : false,
    timeout: 120_000,
  }, async (t) => {
    const server = await startPostgres({
      bin: bin as string,
      settings: { wal_level: 'logical', wal_retrieve_retry_interval: '100ms' },
    });
    t.after(() => server.stop());
    const from = await createDatabase(server.url);
    const pair = await pairOf(t, {
      // It goes with its server.
      fresh: async () => ({ url: (await createDatabase(server.url)).url, drop: async () => {} }),
    });
    // Within one cluster the subscription cannot make its slot itself.
    await onPostgres(from.url, async (client) => {
      await client.query('CREATE TABLE member (id bigint PRIMARY KEY, email text NOT NULL)');
      await client.query('CREATE PUBLICATION p FOR TABLE member');
      await client.query("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    });
    await pair.run('UPDATE flashcase_move.side SET is_writable = false');
    const { port, pathname } = new URL(from.url);
    await pair.run(
      `CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=${port} user=postgres dbname=${pathname.slice(1)}' PUBLICATION p WITH (slot_name = 's', create_slot = false, copy_data = false)`,
    );
    const ask = async (sql: string): Promise<number> =>
      Number((await onPostgres(pair.url, (client) => client.query(sql))).rows[0].n);
    const until = async (sql: string): Promise<void> => {
      while ((await ask(sql)) === 0) await delay(50);
    };
    const MEMBERS = 'SELECT count(*) AS n FROM member';
    const JOURNAL = 'SELECT count(*) AS n FROM flashcase_move.journal';
    await onPostgres(from.url, (client) => client.query("INSERT INTO member VALUES (7, 'seven')"));
    await until(`SELECT (SELECT sum(apply_error_count) FROM pg_stat_subscription_stats) + (${MEMBERS}) AS n`);
    assert.equal(await ask(MEMBERS), 0, 'the fence refuses it');
    assert.equal(await ask(JOURNAL), 0);
    await pair.run('UPDATE flashcase_move.side SET is_writable = true');
    await until(MEMBERS);
    assert.equal(await ask(JOURNAL), 1);
    await onPostgres(from.url, (client) => client.query("UPDATE member SET email = 'eight'; DELETE FROM member"));
    await until(`SELECT CASE WHEN (${MEMBERS}) = 0 THEN 1 ELSE 0 END AS n`);
    await pair.run('ALTER SUBSCRIPTION s DISABLE');
    await pair.run('ALTER SUBSCRIPTION s SET (slot_name = NONE)');
    await pair.run('DROP SUBSCRIPTION s');
  });
