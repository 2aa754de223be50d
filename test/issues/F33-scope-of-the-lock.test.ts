import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upgrade } from '../../src/revisions/run.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { kill, startHolder } from '../revisions/holder.ts';
import { directPostgres, first, onFresh } from '../revisions/own-schema.ts';
import { createDatabase, type Place } from '../support/database.ts';

for (const target of directPostgres()) {
  test(
    `F33: two schemas in one database, and two databases on one server, do not wait for each other (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        const child = await startHolder(bench);
        try {
          await bench.query('CREATE SCHEMA beside');
          const url = new URL(bench.place.url);
          url.searchParams.set('options', '-c search_path=beside');
          const root = new URL(bench.place.url);
          root.pathname = '/postgres';
          const elsewhere = await createDatabase(root.toString());
          for (const other of [{ url: url.toString() }, elsewhere] as Pick<Place, 'url'>[]) {
            const engine = openEngine(other, { schema: schema({}) });
            try {
              const done = await upgrade({ ...bench.run([first], { whenLocked: 'fail' }), engine });
              assert.deepEqual(
                done.map((entry) => entry.id),
                ['0001'],
              );
            } finally {
              await engine.close();
            }
          }
          await elsewhere.drop();
        } finally {
          await kill(child);
        }
      }),
  );
}
