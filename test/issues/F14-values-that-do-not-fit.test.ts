// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable, createTable } from '../../src/revisions/step.ts';
import { float64, generatedId, int32, int64, table, text } from '../../src/schema/index.ts';
import { onFresh } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

/** F14: '007' made an integer is 7 elsewhere, and 'x1' and '' stay text in an integer column. */
const thing = table('thing', { columns: { id: generatedId(), code: text() }, primaryKey: ['id'] });
const first: Revision = { id: '0001', name: 'thing', upgrade: [createTable(thing)], downgrade: [] };
const number = (using?: string): Revision => ({
  id: '0002',
  name: 'number',
  upgrade: [
    alterTable('thing', {
      kind: 'changeColumn',
      name: 'code',
      column: int64(),
      ...(using === undefined ? {} : { using: { sqlite: using, postgres: using.replace('INTEGER', 'bigint') } }),
    }),
  ],
  downgrade: [],
});

for (const target of everydayEngines()) {
  for (const bad of ['007', 'x1', '', '1.5']) {
    test(
      `F14: a text column with '${bad}' becomes no integer without being told how, on either engine (${target.name})`,
      { skip: target.skip },
      () =>
        onFresh(target, async ({ run, query }) => {
          await upgrade(run([first]));
          await query(`INSERT INTO thing (code) VALUES ('12'), ('${bad}')`);
          await assert.rejects(upgrade(run([first, number()])), /0002 number failed/);
          assert.deepEqual(
            (await query('SELECT code FROM thing ORDER BY id')).map((row) => row.code),
            ['12', bad],
          );
        }),
    );
  }

  test(`F14: told how, both engines make the same numbers of the same texts (${target.name})`, { skip: target.skip }, () =>
    onFresh(target, async ({ run, query }) => {
      await upgrade(run([first]));
      await query("INSERT INTO thing (code) VALUES ('007'), ('12')");
      await upgrade(run([first, number('CAST(code AS INTEGER)')]));
      assert.deepEqual(
        (await query('SELECT code FROM thing ORDER BY id')).map((row) => Number(row.code)),
        [7, 12],
      );
    }),
  );

  test(
    `F14: a wider integer keeps every value without being told how, on both engines (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, query }) => {
        const small: Revision = {
          ...first,
          upgrade: [createTable(table('thing', { columns: { id: generatedId(), code: int32() }, primaryKey: ['id'] }))],
        };
        await upgrade(run([small]));
        await query('INSERT INTO thing (code) VALUES (-2147483648), (5)');
        await upgrade(run([small, number()]));
        assert.deepEqual(
          (await query('SELECT code FROM thing ORDER BY id')).map((row) => Number(row.code)),
          [-2147483648, 5],
        );
      }),
  );

  for (const [name, column] of [
    ['a fraction', float64()],
    ['text', text()],
  ] as const) {
    test(
      `F14: an integer column becomes ${name} only when told how, on both engines (${target.name})`,
      { skip: target.skip },
      () =>
        onFresh(target, async ({ run, query }) => {
          const small: Revision = {
            ...first,
            upgrade: [createTable(table('thing', { columns: { id: generatedId(), code: int64() }, primaryKey: ['id'] }))],
          };
          await upgrade(run([small]));
          await query('INSERT INTO thing (code) VALUES (5)');
          const changed: Revision = {
            ...number(),
            upgrade: [alterTable('thing', { kind: 'changeColumn', name: 'code', column })],
          };
          await assert.rejects(upgrade(run([small, changed])), /0002 number failed/);
        }),
    );
  }
}
