import assert from 'node:assert/strict';
import { test } from 'node:test';
import { revisionHash } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { createTable } from '../../src/revisions/step.ts';
import { first, hasCode, onFresh, parcel } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

/** F19: where the file of the way down counts in the hash, correcting it stops every deployment. */
for (const target of everydayEngines()) {
  test(
    `F18, F19: an edited revision is named with both hashes; an edited way back is not an edit (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run }) => {
        await upgrade(run([first]));
        assert.deepEqual(await upgrade(run([{ ...first, downgrade: 'gone.' }])), []);
        const edited = { ...first, upgrade: [createTable({ ...parcel, comment: 'edited' })] };
        const hashes = [first, edited].map((revision) => revisionHash(revision).slice(0, 12));
        await assert.rejects(upgrade(run([edited])), hasCode('FC_REVISION_EDITED', new RegExp(hashes.join('.*'))));
      }),
  );
}
