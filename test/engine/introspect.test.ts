import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formOf } from '../../src/engine/schema-form.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { differenceOf, fingerprint } from '../../src/schema/form.ts';
import { engines } from '../support/database.ts';
import { createTables, openEngine } from './open.ts';

for (const target of engines()) {
  describe(`introspection on ${target.name}`, { skip: target.skip }, () => {
    test('F48, F49: what the DDL made is read back as the schema says, twice', async () => {
      const place = await target.fresh();
      const engine = openEngine(place, { schema: flashcase });
      try {
        await createTables(engine, flashcase);
        const read = () => engine.dedicated((connection) => engine.introspect(connection));
        const actual = await read();
        assert.deepEqual(differenceOf(formOf(flashcase, engine), actual), { missing: [], unexpected: [] });
        assert.equal(fingerprint(await read()), fingerprint(actual));
      } finally {
        await engine.close();
        await place.drop();
      }
    });

    test('F58: an index, a column or a table changed by hand is seen and named', async () => {
      const place = await target.fresh();
      const engine = openEngine(place, { schema: flashcase });
      try {
        await createTables(engine, flashcase);
        const actual = await engine.dedicated(async (connection) => {
          await connection.script('DROP INDEX idx_card_deck_created');
          await connection.script('ALTER TABLE card ADD COLUMN extra integer');
          await connection.script('CREATE TABLE stranger (a integer)');
          await connection.script('CREATE VIEW onlooker AS SELECT 1 AS one');
          return engine.introspect(connection);
        });
        const { missing, unexpected } = differenceOf(formOf(flashcase, engine), actual);
        assert.deepEqual(missing, ['"card" index "idx_card_deck_created" ("deck_id", "created_at" desc)']);
        assert.deepEqual(
          unexpected.map((line) => line.toLowerCase().replace(/« /, '«').replace(/;»/, '»')),
          [
            '"card" column "extra" integer',
            '"onlooker" view «select 1 as one»',
            '"stranger" column "a" integer',
            '"stranger" table',
          ],
        );
      } finally {
        await engine.close();
        await place.drop();
      }
    });
  });
}
