import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { createDatabase } from '../support/database.ts';

const { CI, FLASHCASE_REQUIRE, FLASHCASE_TEST_POSTGRES, FLASHCASE_TEST_POSTGRES_15, FLASHCASE_TEST_PGBOUNCER } = process.env;
const isRequired = CI === 'true' || FLASHCASE_REQUIRE === 'all';

const SERVERS = [
  { name: 'PostgreSQL 18', url: FLASHCASE_TEST_POSTGRES, ask: 'SHOW server_version', answer: /^18\./ },
  { name: 'PostgreSQL 15', url: FLASHCASE_TEST_POSTGRES_15, ask: 'SHOW server_version', answer: /^15\./ },
  { name: 'PgBouncer', url: FLASHCASE_TEST_PGBOUNCER, ask: 'SHOW VERSION', answer: /^PgBouncer / },
];

async function firstValue(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return Object.values(rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

for (const { name, url, ask, answer } of SERVERS) {
  // Where everything is required, a missing server is a failure: a run that skipped it would look like one that passed.
  const skip = url === undefined && !isRequired ? `not run: no ${name} here` : false;
  test(`${name} is there and is what it says`, { skip }, async () => {
    assert.ok(url !== undefined, `this run must have ${name}, and none was started`);
    const address = new URL(url);
    if (name === 'PgBouncer') address.pathname = '/pgbouncer';
    assert.match(String(await firstValue(address.toString(), ask)), answer);
  });
}

test('PgBouncer leads to every database of its server, one transaction at a time', {
  skip: FLASHCASE_TEST_PGBOUNCER === undefined && 'not run: no PgBouncer here',
}, async () => {
  const place = await createDatabase(FLASHCASE_TEST_POSTGRES as string);
  try {
    const pooled = new URL(FLASHCASE_TEST_PGBOUNCER as string);
    pooled.pathname = new URL(place.url).pathname;
    assert.equal(await firstValue(pooled.toString(), 'SELECT current_database()'), pooled.pathname.slice(1));
    pooled.pathname = '/pgbouncer';
    const client = new pg.Client({ connectionString: pooled.toString() });
    await client.connect();
    const { rows } = await client.query<{ key: string; value: string }>('SHOW CONFIG');
    await client.end();
    const config = new Map(rows.map(({ key, value }) => [key, value]));
    assert.equal(config.get('pool_mode'), 'transaction');
    assert.equal(config.get('max_prepared_statements'), '0');
  } finally {
    await place.drop();
  }
});
