import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableLines } from '../../src/engine/sqlite/table-sql.ts';
import { checkDatabase } from '../../src/revisions/check.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { autogenerate } from '../../src/revisions/source/autogenerate.ts';
import { EMPTY, replay } from '../../src/revisions/state.ts';
import { generatedId, int64, schema, table, text } from '../../src/schema/index.ts';
import { onFresh } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

/** F49: SQLite says of `INTEGER PRIMARY KEY` that it may be NULL, which it may not; Alembic finds that change for ever. */
const lines = (sql: string): string[] => tableLines('t', sql).lines.toSorted();

test('checklist 75, F49: INTEGER PRIMARY KEY is never NULL, whether its text says so or not', () => {
  assert.deepEqual(lines('CREATE TABLE t (a INTEGER PRIMARY KEY)'), lines('CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY)'));
  assert.notDeepEqual(lines('CREATE TABLE t (a TEXT PRIMARY KEY)'), lines('CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY)'));
});

const keyed = schema({
  given: table('given', { columns: { id: int64(), label: text({ nullable: true }) }, primaryKey: ['id'] }),
  handed_out: table('handed_out', { columns: { id: generatedId(), label: text({ nullable: true }) }, primaryKey: ['id'] }),
});
const revisions = [{ id: '0001', name: 'keyed', ...autogenerate(EMPTY, keyed) }];
for (const target of everydayEngines()) {
  test(
    `F49: an integer key, given or handed out, is neither a change nor a drift, before and after its table is altered (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, direct, engine }) => {
        const wider = schema({
          ...keyed.tables,
          given: table('given', { columns: { id: int64(), label: text({ default: 'x' }) }, primaryKey: ['id'] }),
        });
        const changed = [...revisions, { id: '0002', name: 'label', ...autogenerate(keyed, wider) }];
        for (const [model, history] of [
          [keyed, revisions],
          [wider, changed],
        ] as const) {
          await upgrade(run(history));
          assert.deepEqual(autogenerate(replay(history), model).upgrade, []);
          const report = await direct((connection) =>
            checkDatabase(connection, engine, { schema: model, revisions: history }, { isDeep: true }),
          );
          assert.deepEqual([report.isEqual, report.drift.items], [true, []]);
        }
      }),
  );
}
