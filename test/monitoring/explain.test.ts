// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlashcaseError } from '../../src/errors/index.ts';
import { explainQuery } from '../../src/ops/explain/explain-query.ts';
import { hotQueries } from '../../src/ops/explain/hot-queries.ts';
import { engines, everydayEngines } from '../support/database.ts';
import { filling, fillingDecks } from '../support/fill-hot-tables.ts';
import { openFresh } from '../support/fresh.ts';

for (const engine of everydayEngines()) {
  describe(`db explain (${engine.name})`, { skip: engine.skip }, () => {
    test(`no hot query reads a large table as a whole; without its index it is found, and nothing is written by looking (${engine.name})`, async () => {
      const place = await engine.withTables();
      try {
        const database = await openFresh(place);
        try {
          await database.engine.dedicated(async (connection) => {
            await connection.script(`${filling(database.engine.name)} ${fillingDecks(database.engine.name)} ANALYZE`);
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

for (const engine of everydayEngines()) {
  test(`a whole table is found under another name too, and in a left join, and behind an index made for one statement (${engine.name})`, {
    skip: engine.skip,
  }, async () => {
    const place = await engine.withTables();
    const database = await openFresh(place);
    const mine = [
      'SELECT count(*) AS v FROM study_log AS later WHERE later.duration_ms = 1',
      'SELECT deck.id FROM deck LEFT JOIN study_log ON study_log.duration_ms > deck.id',
      'SELECT deck.id FROM deck LEFT JOIN study_log AS later ON later.duration_ms = deck.id',
      'SELECT deck.id FROM deck JOIN study_log ON study_log.duration_ms = deck.id',
    ].map((sql, i) => ({ name: `mine-${i}`, text: () => sql }));
    // Reads no table at all, though its plan says SCAN.
    const none = { name: 'mine-none', text: () => 'SELECT v.a FROM (SELECT 1 AS a UNION ALL SELECT 2) AS v' };
    hotQueries.push(...mine, none);
    try {
      await database.engine.dedicated(async (connection) => {
        await connection.script(`${filling(database.engine.name)} ANALYZE`);
        for (const { name, text } of mine) {
          const { wholeTables, plan } = await explainQuery(connection, database.engine, name);
          assert.deepEqual(
            wholeTables.map(({ table }) => table),
            ['study_log'],
            `${text()}\n${plan.join('\n')}`,
          );
        }
        assert.deepEqual((await explainQuery(connection, database.engine, none.name)).wholeTables, []);
      });
    } finally {
      hotQueries.splice(hotQueries.length - mine.length - 1);
      await database.close();
      await place.drop();
    }
  });
}

test('every hot query has a name of its own, and a name nobody gave is refused', async () => {
  const names = hotQueries.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z]+(-[a-z]+)*$/);
  const place = await (engines()[0] as NonNullable<ReturnType<typeof engines>[0]>).withTables();
  const database = await openFresh(place);
  await assert.rejects(
    database.engine.dedicated((connection) => explainQuery(connection, database.engine, 'nothing')),
    (error) => error instanceof FlashcaseError && error.code === 'FC_NOT_FOUND',
  );
  await database.close();
  await place.drop();
});
