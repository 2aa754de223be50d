import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { compileOnline } from '../../src/revisions/compile/online.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { int64 } from '../../src/schema/index.ts';
import { directPostgres, first, onFresh } from '../revisions/own-schema.ts';

for (const target of directPostgres()) {
  test(
    `F43: a column becomes required without reading the table again: PostgreSQL says the proved check is enough (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, query, place }) => {
        await upgrade(run([first]));
        await query("INSERT INTO parcel (label, grams) VALUES ('a', 1)");
        const client = new pg.Client({ connectionString: place.url });
        const said: string[] = [];
        client.on('notice', (notice) => said.push(String(notice.message)));
        await client.connect();
        try {
          await client.query('SET client_min_messages = debug1');
          const step = alterTable('parcel', { kind: 'changeColumn', name: 'grams', column: int64() });
          for (const sql of compileOnline(step, replay([first]))) {
            said.length = 0;
            await client.query(sql);
            if (!sql.endsWith('SET NOT NULL')) continue;
            assert.match(
              said.join('\n'),
              /existing constraints on column "parcel.grams" are sufficient to prove that it does not contain nulls/,
            );
            assert.doesNotMatch(said.join('\n'), /verifying table/);
          }
        } finally {
          await client.end();
        }
      }),
  );
}
