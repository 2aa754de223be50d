// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlashcaseError } from '../../src/errors/index.ts';
import { explainQuery } from '../../src/ops/explain/explain-query.ts';
import { hotQueries } from '../../src/ops/explain/hot-queries.ts';
import { engines } from '../support/database.ts';
import { filling } from '../support/fill-hot-tables.ts';
import { openFresh } from '../support/fresh.ts';

for (const engine of engines()) {
  describe(`db explain (${engine.name})`, { skip: engine.skip }, () => {
    test(`no hot query reads a large table as a whole; without its index it is found, and nothing is written by looking (${engine.name})`, async () => {
      const place = await engine.fresh();
      try {
        const database = await openFresh(place);
        try {
          await database.engine.dedicated(async (connection) => {
            await connection.script(`${filling(database.engine.name)} ANALYZE`);
            const count = async () => (await connection.query('SELECT count(*) AS v FROM study_log'))[0]?.v;
            const before = await count();
            for (const { name } of hotQueries) {
              const explained = await explainQuery(connection, database.engine, name);
              assert.ok(explained.plan.length > 0, name);
              assert.deepEqual(explained.advice, [], `${name}\n${explained.plan.join('\n')}`);
            }
            assert.equal(await count(), before);
            for (const index of ['ix_study_log_user_card', 'ix_study_log_card_id', 'idx_study_log_user_next_review'])
              await connection.script(`DROP INDEX ${index}`);
            if (database.engine.capabilities.isLocalFile) return;
            const [key] = await connection.query(
              "SELECT conname::text AS v FROM pg_constraint WHERE conrelid = 'study_log'::regclass AND contype = 'p'",
            );
            await connection.script(`ALTER TABLE study_log DROP CONSTRAINT ${String(key?.v)} CASCADE; ANALYZE study_log`);
            const broken = await explainQuery(connection, database.engine, 'card-log');
            assert.deepEqual(
              broken.wholeTables.map(({ table }) => table),
              ['study_log'],
            );
            assert.match(broken.advice.join('\n'), /study_log is read as a whole \(about 24000 rows\).*flashcase db check/);
          });
          if (database.engine.capabilities.isLocalFile) {
            const broken = await database.engine.dedicated((connection) => explainQuery(connection, database.engine, 'card-log'));
            assert.match(broken.advice.join('\n'), /study_log is read as a whole/);
          }
        } finally {
          await database.close();
        }
      } finally {
        await place.drop();
      }
    });
  });
}

test('every hot query has a name of its own, and a name nobody gave is refused', async () => {
  const names = hotQueries.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z]+(-[a-z]+)*$/);
  const place = await (engines()[0] as NonNullable<ReturnType<typeof engines>[0]>).fresh();
  const database = await openFresh(place);
  await assert.rejects(
    database.engine.dedicated((connection) => explainQuery(connection, database.engine, 'nothing')),
    (error) => error instanceof FlashcaseError && error.code === 'FC_NOT_FOUND',
  );
  await database.close();
  await place.drop();
});
