import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable, createTable, type Step } from '../../src/revisions/step.ts';
import { generatedId, table, text } from '../../src/schema/index.ts';
import { directPostgres, first, hasCode, onFresh } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

/** F41: a value more made a tool write 2.9 million rows anew, since it made the type anew. */
const onPostgres = (...postgres: string[]): Step => ({ kind: 'sql', about: 'moods', sqlite: [], postgres });
const mood: Revision = {
  id: '0002',
  name: 'mood',
  upgrade: [onPostgres("CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE feeling (felt mood); INSERT INTO feeling VALUES ('sad')")],
  downgrade: [],
};
const use = onPostgres(
  "-- first the value\nALTER TYPE mood ADD VALUE 'glad; really'; INSERT INTO feeling VALUES ('glad; really')",
);

for (const target of directPostgres()) {
  const { skip } = target;
  test(`F41: a value more leaves the rows where they are, in a type and in a column of ours (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query }) => {
      await upgrade(run([first, mood]));
      const chosen: Revision = {
        id: '0003',
        name: 'size',
        upgrade: [alterTable('parcel', { kind: 'addColumn', name: 'size', column: text({ nullable: true, oneOf: ['s', 'm'] }) })],
        downgrade: [],
      };
      const more: Revision = {
        id: '0004',
        name: 'more',
        upgrade: [
          use,
          alterTable('parcel', { kind: 'changeColumn', name: 'size', column: text({ nullable: true, oneOf: ['s', 'm', 'l'] }) }),
        ],
        downgrade: [],
        isTransactional: false,
      };
      await upgrade(run([first, mood, chosen]));
      await query("INSERT INTO parcel (label, size) VALUES ('a', 'm')");
      const files = () => query("SELECT pg_relation_filenode('feeling') AS a, pg_relation_filenode('parcel') AS b");
      const before = await files();
      await upgrade(run([first, mood, chosen, more]));
      assert.deepEqual(await files(), before);
      await query("INSERT INTO parcel (label, size) VALUES ('b', 'l')");
    }),
  );
}

const chosen = (...oneOf: string[]) => text({ default: 's', oneOf });
const sized = table('sized', { columns: { id: generatedId(), size: chosen('s', 'm') }, primaryKey: ['id'] });
const sizes: Revision[] = [
  { id: '0001', name: 'sized', upgrade: [createTable(sized)], downgrade: [] },
  {
    id: '0002',
    name: 'larger',
    upgrade: [alterTable('sized', { kind: 'changeColumn', name: 'size', column: chosen('s', 'm', 'l') })],
    downgrade: [],
  },
];
for (const target of everydayEngines()) {
  test(`F41: a value more keeps every row, takes the new value and no other (${target.name})`, { skip: target.skip }, () =>
    onFresh(target, async ({ run, query }) => {
      await upgrade(run(sizes.slice(0, 1)));
      await query("INSERT INTO sized (size) VALUES ('m'), ('s')");
      await upgrade(run(sizes));
      await query("INSERT INTO sized (size) VALUES ('l')");
      assert.deepEqual(
        (await query('SELECT size FROM sized ORDER BY id')).map(({ size }) => size),
        ['m', 's', 'l'],
      );
      await assert.rejects(query("INSERT INTO sized (size) VALUES ('xl')"), hasCode('FC_DB_CONSTRAINT'));
    }),
  );
}
