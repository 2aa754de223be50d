import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetOf } from '../../../src/revisions/compile/target.ts';
import type { Revision } from '../../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../../src/revisions/run.ts';
import { script } from '../../../src/revisions/script/script.ts';
import { backfill } from '../../../src/revisions/step.ts';
import { everydayEngines } from '../../support/database.ts';
import { first, hasCode, onFresh, sql } from '../own-schema.ts';

const insert = "INSERT INTO parcel (label) VALUES ('written')";
const NONE = 'not needed here.';

for (const target of everydayEngines()) {
  const { skip } = target;
  test(
    `an sql step that ends the transaction is refused before the first statement of its revision (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, query, ledger }) => {
        await upgrade(run([first]));
        const refused: Pick<Revision, 'upgrade' | 'isTransactional'>[] = [
          { upgrade: [sql('write', insert), sql('end it', `${insert}; COMMIT; SELECT nothing FROM nowhere`)] },
          { upgrade: [sql('write', insert), sql('end it', 'ROLLBACK')] },
          { upgrade: [sql('write', insert), sql('end it', 'SAVEPOINT a', insert, 'RELEASE a')] },
          { upgrade: [sql('write', insert), sql('end it', 'COMMIT')], isTransactional: false },
          {
            upgrade: [
              backfill({ about: 'fill', table: 'parcel', set: { grams: '1' }, where: 'grams IS NULL' }),
              sql('end it', 'END; BEGIN'),
            ],
          },
        ];
        await query(insert);
        for (const parts of refused) {
          await assert.rejects(
            upgrade(run([first, { id: '0002', name: 'wrong', downgrade: [], ...parts }])),
            hasCode('FC_REVISION_INVALID', /Revision 0002 wrong was not run: "\w+( a)?" begins or ends a transaction/),
          );
          assert.deepEqual(await query('SELECT label, grams FROM parcel'), [{ label: 'written', grams: null }]);
          assert.equal((await ledger()).length, 1);
        }

        const onlyUp: Revision = {
          id: '0002',
          name: 'up',
          upgrade: [],
          downgrade: [sql('write', insert), sql('end it', 'COMMIT')],
        };
        await upgrade(run([first, onlyUp]));
        await assert.rejects(downgrade(run([first, onlyUp]), '0001'), hasCode('FC_REVISION_INVALID', /COMMIT/));
        assert.equal((await ledger()).length, 2);
        assert.equal((await query('SELECT label FROM parcel')).length, 1);
      }),
  );

  test(`words of transactions in literals, comments and stored bodies are run as they are (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query }) => {
      const harmless: Revision = {
        id: '0002',
        name: 'harmless',
        upgrade: [
          sql('a literal', "INSERT INTO parcel (label) VALUES ('; COMMIT; ') -- ; ROLLBACK;"),
          {
            kind: 'sql',
            about: 'a body',
            sqlite: ['CREATE TRIGGER "begin" AFTER INSERT ON parcel BEGIN UPDATE parcel SET grams = CASE WHEN 1 THEN 7 END; END'],
            postgres: ['DO $$ BEGIN UPDATE parcel SET grams = 7; END $$'],
          },
          sql('write', insert),
        ],
        downgrade: NONE,
      };
      await upgrade(run([first, harmless]));
      assert.equal((await query('SELECT label FROM parcel WHERE grams = 7')).length, target.name === 'sqlite' ? 2 : 1);
    }),
  );
}

test('a script for a revision that ends its own transaction is not written', () => {
  const wrong: Revision = { id: '0001', name: 'wrong', upgrade: [sql('end it', 'COMMIT')], downgrade: NONE };
  for (const target of [targetOf('sqlite', '3.53'), targetOf('postgres', '15')])
    assert.throws(
      () => script({ revisions: [wrong], target, direction: 'up', from: 'base', to: '0001' }),
      hasCode('FC_REVISION_INVALID', /"COMMIT" begins or ends a transaction/),
    );
});
