import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { first, hasCode, onFresh, second, third } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const ids = (entries: readonly { id: string }[]): string[] => entries.map((entry) => entry.id);

for (const target of everydayEngines()) {
  const { skip } = target;
  test(
    `F16, checklist 129: a late one is refused, and applied when that is allowed; nothing pending passes either way (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, ledger, query }) => {
        await upgrade(run([first, third]));
        await assert.rejects(
          upgrade(run([first, second, third])),
          hasCode(
            'FC_REVISION_OUT_OF_ORDER',
            /0002 depot was never applied here, but the newer 0003 parcel_note/,
            /--allow-out-of-order/,
          ),
        );
        assert.deepEqual(ids(await upgrade(run([first, second, third], { allowsOutOfOrder: true }))), ['0002']);
        await query('SELECT town FROM depot');
        assert.deepEqual(await upgrade(run([first, second, third])), []);
        assert.deepEqual(await upgrade(run([first, second, third], { allowsOutOfOrder: true })), []);
        assert.deepEqual(ids(await ledger()), ['0001', '0002', '0003']);
        assert.deepEqual(await downgrade(run([first, second, third]), 'base'), ['0003', '0002', '0001']);
      }),
  );
}
