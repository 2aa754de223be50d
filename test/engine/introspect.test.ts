import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { formOf } from '../../src/engine/schema-form.ts';
import { ensureProgress } from '../../src/revisions/progress.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { differenceOf, fingerprint } from '../../src/schema/form.ts';
import { schema } from '../../src/schema/index.ts';
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

    test('checklist 76: the ledger, its progress and what hangs on them are never part of the form', async () => {
      const place = await target.fresh();
      const engine = openEngine(place, { schema: schema({}) });
      try {
        await upgrade({ engine, clock: systemClock(), revisions: [] });
        const form = await engine.dedicated(async (connection) => {
          await ensureProgress(connection, engine);
          await connection.script('CREATE INDEX on_ledger ON schema_revision (applied_at)');
          await connection.script('CREATE INDEX on_progress ON schema_revision_progress (updated_at)');
          return engine.introspect(connection);
        });
        assert.deepEqual(form, []);
      } finally {
        await engine.close();
        await place.drop();
      }
    });

    test('checklist 78: tables of the engine and of a search index are no part of the form', async () => {
      const place = await target.fresh();
      const engine = openEngine(place, { schema: schema({}) });
      try {
        const form = await engine.dedicated(async (connection) => {
          if (target.name === 'sqlite') {
            await connection.script('CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); ANALYZE');
            await connection.script('CREATE VIRTUAL TABLE found USING fts5(front, back); INSERT INTO found VALUES (1, 2)');
          } else {
            await connection.script('CREATE TABLE t (id bigint PRIMARY KEY, big text) PARTITION BY RANGE (id)');
            await connection.script('CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (1) TO (10)');
          }
          return engine.introspect(connection);
        });
        assert.deepEqual(
          form,
          target.name === 'sqlite'
            ? [
                '"found" virtual table «fts5(front, back)»',
                '"t" column "id" INTEGER not null generated',
                '"t" primary key ("id")',
                '"t" table',
              ]
            : [
                '"t" column "big" text',
                '"t" column "id" bigint not null',
                '"t" primary key "t_pkey" ("id")',
                '"t" table partitioned by «RANGE (id)»',
              ],
        );
      } finally {
        await engine.close();
        await place.drop();
      }
    });
  });
}
