import assert from 'node:assert/strict';
import { test } from 'node:test';
import { revisionHash } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { first, hasCode, onFresh, second, sql } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const said = (word: string) => ({ ...second, upgrade: [sql('say it', `INSERT INTO parcel (label) VALUES ('${word}')`)] });

// That an edited way down is no edit: F19-way-back-is-not-hashed.test.ts.
for (const target of everydayEngines()) {
  test(
    `F18, checklist 125, 139: one letter changed in an applied revision is named with its file and both hashes (${target.name})`,
    {
      skip: target.skip,
    },
    () =>
      onFresh(target, async ({ run, query }) => {
        await upgrade(run([first, said('one')]));
        const [ledger, code] = [said('one'), said('onе')].map((revision) => revisionHash(revision).slice(0, 12));
        await assert.rejects(
          upgrade(run([first, said('onе')])),
          hasCode(
            'FC_REVISION_EDITED',
            new RegExp(`0002 depot was changed.* ledger has ${ledger}, the code ${code} \\(0002-depot\\.ts\\)`),
          ),
        );
        assert.deepEqual(await query('SELECT label FROM parcel'), [{ label: 'one' }]);
      }),
  );

  test(`F18: a hash made by another algorithm says nothing about the text (${target.name})`, { skip: target.skip }, () =>
    onFresh(target, async ({ run, query }) => {
      await upgrade(run([first]));
      await query("UPDATE schema_revision SET hash_algorithm = 'md5-text-0', revision_hash = 'of another tool'");
      assert.deepEqual(await upgrade(run([first])), []);
    }),
  );
}
