import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { upgrade } from '../../src/revisions/run.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { engines } from '../support/database.ts';
import { startPgbouncer } from '../support/servers.ts';
import { directPostgres, first, onFresh, third } from './own-schema.ts';

const changed = { ...third, id: '0002' };
const ALL = 'SELECT * FROM parcel';

for (const target of directPostgres()) {
  test(
    `after a revision no pooled connection meets a cached plan of before; a named statement does (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ engine, run, place }) => {
        await upgrade(run([first]));
        const named = new pg.Client({ connectionString: place.url });
        await named.connect();
        try {
          await named.query({ name: 'all', text: ALL });
          const together = (): Promise<unknown[]> =>
            Promise.all(
              Array.from({ length: 6 }, () =>
                engine.read(async (c) => [await c.query(ALL), await c.query('SELECT pg_sleep(0.05)')]),
              ),
            );
          await together();
          await upgrade(run([first, changed]));
          await together();
          await assert.rejects(
            named.query({ name: 'all', text: ALL }),
            /cached plan must not change result type/,
            'the trap is real',
          );
        } finally {
          await named.end();
        }
      }),
  );
}

const server = engines().find((target) => target.name === 'postgres 18');
const { FLASHCASE_PGBOUNCER: binary } = process.env;
test(
  '… nor through a PgBouncer that keeps 200 prepared statements for its clients',
  { skip: server?.skip || binary === undefined },
  () =>
    onFresh(server as NonNullable<typeof server>, async ({ run, place }) => {
      await upgrade(run([first]));
      const pgbouncer = await startPgbouncer({ binary: binary as string, target: place.url, maxPreparedStatements: 200 });
      const url = new URL(pgbouncer.url);
      url.pathname = new URL(place.url).pathname;
      const engine = openEngine({ url: url.toString(), directUrl: place.url }, { schema: schema({}) });
      try {
        const together = (): Promise<unknown[]> => Promise.all(Array.from({ length: 8 }, () => engine.read((c) => c.query(ALL))));
        for (let round = 0; round < 5; round++) await together();
        await upgrade({ ...run([first, changed]), engine });
        for (let round = 0; round < 5; round++) await together();
      } finally {
        await engine.close();
        await pgbouncer.stop();
      }
    }),
);
