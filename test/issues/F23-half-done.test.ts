import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProgress } from '../../src/revisions/progress.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { first, hasCode, onFresh, second, sql } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const three = (middle: string): Revision => ({
  id: '0002',
  name: 'three',
  upgrade: [
    sql('one', "INSERT INTO parcel (label) VALUES ('one')"),
    sql('two', middle),
    sql('three', "INSERT INTO parcel (label) VALUES ('three')"),
  ],
  downgrade: [sql('all away', 'DELETE FROM parcel')],
  isTransactional: false,
});
const broken = three('INSERT INTO parcel (label) SELECT word FROM lexicon');
const edited = { ...broken, upgrade: [sql('one', "INSERT INTO parcel (label) VALUES ('uno')"), ...broken.upgrade.slice(1)] };

for (const target of everydayEngines()) {
  test(
    `F23, checklist 131: a revision that is not one transaction goes on at the part that failed, and notices edited parts (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, query, direct, engine, ledger }) => {
        await upgrade(run([first]));
        await assert.rejects(
          upgrade(run([first, broken])),
          hasCode('FC_REVISION_FAILED', /0002 three failed at part 2 of 3/, /lexicon/, /goes on at this part/),
        );
        const progress = await direct((connection) => readProgress(connection, engine));
        assert.deepEqual(
          progress.map(({ revisionId, part, state }) => [revisionId, part, state]),
          [['0002', 0, 'done']],
        );
        assert.equal((await ledger()).length, 1);

        await assert.rejects(
          upgrade(run([first, edited])),
          hasCode('FC_REVISION_EDITED', /part 1 was run as [0-9a-f]{12}, the code has [0-9a-f]{12}/),
        );
        await assert.rejects(
          downgrade(run([first, broken]), 'base'),
          hasCode('FC_REVISION_UNFINISHED', /0002 is half applied/, /flashcase db upgrade 0002/),
        );
        await assert.rejects(
          upgrade(run([first, { ...second, id: '0001a' }, broken], { allowsOutOfOrder: true })),
          hasCode('FC_REVISION_UNFINISHED'),
        );

        await query('CREATE TABLE lexicon (word TEXT)');
        await query("INSERT INTO lexicon VALUES ('two')");
        await upgrade(run([first, broken]));
        assert.deepEqual(await query('SELECT label FROM parcel ORDER BY id'), [
          { label: 'one' },
          { label: 'two' },
          { label: 'three' },
        ]);
        assert.deepEqual(await direct((connection) => readProgress(connection, engine)), []);
        assert.deepEqual(await downgrade(run([first, broken]), '0001'), ['0002']);
        assert.deepEqual(await query('SELECT count(*) AS n FROM parcel'), [{ n: 0 }]);
      }),
  );
}
