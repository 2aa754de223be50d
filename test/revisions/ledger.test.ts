// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pendingRevisions } from '../../src/revisions/pending.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { createTable } from '../../src/revisions/step.ts';
import { everydayEngines } from '../support/database.ts';
import { depot, first, hasCode, onFresh, second, sql, third } from './own-schema.ts';

const ids = (entries: readonly { id: string }[]): string[] => entries.map((entry) => entry.id);
const alsoThird = { ...third, name: 'parcel_colour', upgrade: [sql('nothing', 'SELECT 1')], downgrade: [] };

for (const target of everydayEngines()) {
  const skip = target.skip;
  test(`checklist 121: no revisions and an empty database: nothing to do (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, ledger }) => {
      assert.deepEqual(await upgrade(run([])), []);
      assert.deepEqual(await upgrade(run([])), []);
      assert.deepEqual(await ledger(), []);
    }),
  );

  test(`checklist 122, 123: behind is upgraded; ahead of the code names both sides (F20) (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run }) => {
      assert.deepEqual(ids(await upgrade(run([first, second, third]), '0002')), ['0001', '0002']);
      assert.deepEqual(ids(await upgrade(run([first, second, third]))), ['0003']);
      await assert.rejects(
        upgrade(run([first, second])),
        hasCode('FC_REVISION_UNKNOWN', /at revision 0003 parcel_note, .*newer than this code \(it knows 0002 depot\)/),
      );
    }),
  );

  test(`checklist 124: a deleted revision names both sides, the last common one, and its file (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run }) => {
      await upgrade(run([first, second, third]));
      await assert.rejects(
        upgrade(run([first, third])),
        hasCode(
          'FC_REVISION_DELETED',
          /has revision 0002 depot, this code \(head 0003 parcel_note\).*both have 0001 parcel before it/,
          /0002-depot\.ts/,
          /flashcase db history/,
        ),
      );
    }),
  );

  test(
    `F21: two branches wrote the same id: the one here and the one in the database are both named (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run }) => {
        await upgrade(run([first, second, third]));
        await assert.rejects(
          upgrade(run([first, second, alsoThird])),
          hasCode(
            'FC_REVISION_DUPLICATE',
            /0003 is parcel_note in the database and parcel_colour in this code/,
            /0003-parcel-note\.ts/,
          ),
        );
      }),
  );

  test(
    `a database that has nothing of this history is another application’s: it is said so, with no advice about branches (${target.name})`,
    {
      skip,
    },
    () =>
      onFresh(target, async ({ run, ledger }) => {
        await upgrade(run([first]));
        const own = [{ ...first, name: 'orders' }, second];
        const refused = hasCode(
          'FC_SCHEMA_UNKNOWN',
          /it begins with 0001 parcel, this code’s with 0001 orders/,
          /check DATABASE_URL/,
        );
        await assert.rejects(upgrade(run(own)), refused);
        await assert.rejects(upgrade(run([{ ...second, id: '0000' }])), hasCode('FC_SCHEMA_UNKNOWN'));
        await assert.rejects(upgrade(run(own)), (error: Error) => !/rebase/.test(String((error as { hint?: string }).hint)));
        assert.equal((await ledger()).length, 1);
      }),
  );

  test(`checklist 141: when the ledger cannot be written, the revision is rolled back with it (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query, engine, direct }) => {
      await upgrade(run([first]));
      await direct((connection) =>
        connection.script(
          target.name === 'sqlite'
            ? "CREATE TRIGGER no BEFORE INSERT ON schema_revision BEGIN SELECT raise(ABORT, 'not now'); END"
            : 'ALTER TABLE schema_revision ADD CONSTRAINT no CHECK (false) NOT VALID',
        ),
      );
      const before = await direct((connection) => engine.introspect(connection));
      await assert.rejects(upgrade(run([first, second])), hasCode('FC_DB_CONSTRAINT'));
      assert.deepEqual(await direct((connection) => engine.introspect(connection)), before);
      assert.deepEqual(await query('SELECT count(*) AS n FROM schema_revision'), [{ n: 1 }]);
    }),
  );

  test(
    `checklist 141: what is checked only at the commit and fails there is not recorded either (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, ledger }) => {
        await upgrade(run([first]));
        const deferred = {
          ...second,
          upgrade: [
            createTable(depot),
            sql(
              'a child without its parent',
              'CREATE TABLE child (depot_id BIGINT REFERENCES depot (id) DEFERRABLE INITIALLY DEFERRED)',
              'INSERT INTO child VALUES (7)',
            ),
          ],
        };
        await assert.rejects(upgrade(run([first, deferred])));
        assert.deepEqual(ids(await ledger()), ['0001']);
      }),
  );
}

test('F21: two files with the same id are named before anything is looked at', () => {
  assert.throws(
    () => pendingRevisions([first, second, third, alsoThird], []),
    hasCode('FC_REVISION_DUPLICATE', /0003-parcel-note\.ts and 0003-parcel-colour\.ts/, /flashcase db rebase 0003-parcel-colour/),
  );
  assert.throws(
    () => pendingRevisions([second, first], []),
    hasCode('FC_REVISION_INVALID', /0001 parcel is listed after 0002 depot/),
  );
});
