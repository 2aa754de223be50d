import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDrift } from '../../src/revisions/drift.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';
import { first, onFresh, second } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const revisions = [first, second];

for (const target of everydayEngines()) {
  test(
    `F59: whatever was added by hand, no printed SQL drops it, and the first answer is how to keep it (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, direct, engine }) => {
        await upgrade(run(revisions));
        const { items } = await direct(async (connection) => {
          await connection.script(`CREATE TABLE notes (id integer PRIMARY KEY, body text);
          INSERT INTO notes VALUES (1, 'mine');
          ALTER TABLE parcel ADD COLUMN colour text;
          CREATE INDEX by_hand ON parcel (label);
          CREATE VIEW labels AS SELECT label FROM parcel;
          ALTER TABLE depot DROP COLUMN town`);
          return readDrift(connection, engine, replay(revisions));
        });
        assert.deepEqual(
          items.map((item) => [
            item.kind,
            /^"(\w+)" (\w+)/
              .exec(item.expected ?? item.actual ?? '')
              ?.slice(1)
              .join(' '),
          ]),
          [
            ['missing', 'depot column'],
            ['extra', 'labels view'],
            ['extra', 'notes table'],
            ['extra', 'parcel column'],
            ['extra', 'parcel index'],
          ],
        );
        for (const item of items) assert.doesNotMatch(item.sql.join(' '), /\bDROP\b|\bDELETE\b|\bTRUNCATE\b/i);
        for (const item of items.filter(({ kind }) => kind === 'extra'))
          assert.match(item.advice, /^It is of no revision\. To keep it, .*--autogenerate.*flashcase db stamp/);
        const holding = items.filter((item) => item.kind === 'extra' && / (table|column)\b/.test(item.actual ?? ''));
        assert.equal(holding.length, 2);
        for (const item of holding) assert.doesNotMatch(item.advice, /DROP/, 'data is never offered for dropping');
      }),
  );

  test(
    `F59: a table that would be built anew to repair it keeps columns that no revision knows (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, direct, engine }) => {
        await upgrade(run(revisions));
        const { items } = await direct(async (connection) => {
          await connection.script(
            'ALTER TABLE parcel ADD COLUMN colour text; ALTER TABLE parcel DROP COLUMN label; ALTER TABLE parcel ADD COLUMN label text',
          );
          return readDrift(connection, engine, replay(revisions));
        });
        const changed = items.find((item) => item.kind === 'changed');
        assert.match(changed?.expected ?? '', /column "label".*not null/);
        assert.doesNotMatch(changed?.sql.join(' ') ?? '', /DROP TABLE/);
      }),
  );
}
