import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standingOf } from '../../src/revisions/boot.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { schema } from '../../src/schema/index.ts';
import { first, hasCode, onFresh, second, third } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const newer = hasCode(
  'FC_REVISION_UNKNOWN',
  /at revision 0003 parcel_note, which is newer than this code \(it knows 0002 depot\)/,
  /newer/,
);

// What a server makes of it: test/cli/serve-schema.test.ts.
for (const target of everydayEngines()) {
  test(
    `F20: a database ahead of the code is said in one sentence, up and down, and stays as it is (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, ledger }) => {
        await upgrade(run([first, second, third]));
        await assert.rejects(upgrade(run([first, second])), newer);
        await assert.rejects(downgrade(run([first, second]), 'base'), newer);
        assert.equal((await ledger()).length, 3);
      }),
  );

  test(
    `a release says from which schema to which it runs; what lies between is fit (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, ledger }) => {
        const of = (revisions: (typeof first)[], more: object = {}) => ({ schema: schema({}), revisions, ...more });
        const all = [first, second, third];
        await upgrade(run(all), '0002');
        const applied = await ledger();
        assert.deepEqual(standingOf(of(all), applied), { kind: 'older', database: '0002', code: '0003', isFit: false });
        assert.equal(standingOf(of(all, { minimumRevision: '0002' }), applied).isFit, true);
        assert.equal(standingOf(of(all, { minimumRevision: '0001' }), applied).isFit, true);
        assert.equal(
          standingOf(of(all, { minimumRevision: '0002' }), applied.slice(0, 1)).isFit,
          false,
          'older than the oldest it runs on',
        );
        assert.equal(standingOf(of([first, second]), applied).kind, 'same');
        assert.deepEqual(standingOf(of([first]), applied), { kind: 'newer', database: '0002', code: '0001', isFit: false });
        assert.equal(standingOf(of([first], { maximumRevision: '0002' }), applied).isFit, true);
        assert.throws(
          () => standingOf(of([first, { ...second, upgrade: [] }, third], { minimumRevision: '0001' }), applied),
          hasCode('FC_REVISION_EDITED'),
        );
      }),
  );
}
