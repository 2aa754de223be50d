import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upgrade } from '../../src/revisions/run.ts';
import { autogenerate } from '../../src/revisions/source/autogenerate.ts';
import { EMPTY, replay } from '../../src/revisions/state.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { boolean, bytes, float64, generatedId, int32, int64, schema, table, text, timestamp } from '../../src/schema/index.ts';
import { revisions } from '../../src/versions/index.ts';
import { onFresh } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

/** Every feature a model has, and every default a server likes to put in other words. */
const everything = schema(
  {
    kind: table('kind', { columns: { code: text(), name: text() }, primaryKey: ['code'], uniques: { uq_kind: ['name'] } }),
    thing: table('thing', {
      columns: {
        id: generatedId(),
        kind_code: text({ default: 'x' }),
        parent_no: int64({ nullable: true }),
        braces: text({ default: '{}' }),
        five: text({ default: '5' }),
        yes: text({ default: 't' }),
        unicode: text({ default: 'żółw 日本', comment: 'it’s' }),
        zero: int64({ default: 0 }),
        less: int32({ default: -5 }),
        half: float64({ default: 0.5 }),
        whole: float64({ default: 5 }),
        is_on: boolean({ default: true }),
        state: text({ oneOf: ['a', "b's"], default: 'a' }),
        seen_at: timestamp({ nullable: true }),
        raw: bytes({ nullable: true }),
        shown: text({ nullable: true, computed: "five || '!'" }),
      },
      primaryKey: ['id'],
      partitionedKey: ['zero', 'id'],
      indexes: {
        ix_thing: ['-zero', 'five'],
        ix_low: ['(lower(five))', '-(upper(yes))'],
        ix_some: { columns: ['less'], where: "state IN ('a')" },
      },
      uniqueIndexes: { ux_thing: { columns: ['unicode'], where: 'zero > 0' } },
      references: { kind_code: { to: 'kind.code', onDelete: 'cascade', onUpdate: 'restrict', isDeferred: true } },
      checks: { ck_thing: "five IN ('5', '6') AND zero >= 0" },
      triggers: {
        tr_thing: {
          timing: 'after',
          event: 'update',
          updateOf: ['five'],
          when: "new.five <> 'z'",
          body: { sqlite: 'SELECT 1;', postgres: 'RETURN NULL;' },
        },
      },
      comment: 'A "thing".',
    }),
  },
  [
    { name: 'things', query: 'SELECT id, five FROM thing', reads: ['thing'] },
    { name: 'fives', query: 'SELECT five FROM things', reads: ['things'] },
  ],
);

for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
  test(`F48: apply, look, apply, look: nothing is found for any feature of a model (${target.name})`, { skip: target.skip }, () =>
    onFresh(target, async ({ run, direct, engine }) => {
      const first = { id: '0001', name: 'everything', ...autogenerate(EMPTY, everything) };
      await upgrade(run([first]));
      const form = await direct((connection) => engine.introspect(connection));
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(autogenerate(replay([first]), everything).upgrade, []);
        assert.deepEqual(await upgrade(run([first])), []);
        assert.deepEqual(await direct((connection) => engine.introspect(connection)), form);
      }
    }),
  );
}

test('F48: FlashCase’s own model has no changes', () => {
  assert.deepEqual(autogenerate(replay(revisions), flashcase).upgrade, []);
});

test('F49: a generated id is required in the model and stays so: nothing is found', () => {
  const one = schema({ one: table('one', { columns: { id: generatedId() }, primaryKey: ['id'] }) });
  const made = replay([{ id: '0001', name: 'one', ...autogenerate(EMPTY, one) }]);
  assert.deepEqual(autogenerate(made, one).upgrade, []);
  assert.equal(made.tables.one?.columns.id?.isNullable, false);
});
