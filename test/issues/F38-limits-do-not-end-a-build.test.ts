import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { directPostgres, first, onFresh } from '../revisions/own-schema.ts';

/** F38: a time limit that ends a concurrent build leaves an INVALID index. */
const index = { name: 'ix_parcel_label', columns: [{ name: 'label', isDescending: false }], isUnique: true };
const indexed: Revision = {
  id: '0002',
  name: 'label_once',
  upgrade: [alterTable('parcel', { kind: 'addIndex', index })],
  downgrade: [alterTable('parcel', { kind: 'dropIndex', name: index.name })],
  isTransactional: false,
};
const VALIDITY = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ix_parcel_label')";

for (const target of directPostgres()) {
  const { skip } = target;
  test(`F38: a role's lock_timeout and statement_timeout do not end a build (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query, place, direct }) => {
      await upgrade(run([first]));
      const url = new URL(place.url);
      url.searchParams.set('options', '-c lock_timeout=100 -c statement_timeout=500');
      const limited = openEngine({ url: url.toString() }, { schema: schema({}) });
      try {
        await direct(async (writer) => {
          await writer.script("BEGIN; INSERT INTO parcel (label) VALUES ('open')");
          const building = upgrade({ ...run([first, indexed]), engine: limited });
          while ((await query('SELECT 1 FROM pg_stat_progress_create_index')).length === 0) await delay(20);
          await delay(1000);
          await writer.script('COMMIT');
          assert.equal((await building).length, 1);
        });
        assert.deepEqual(await query(VALIDITY), [{ indisvalid: true }]);
      } finally {
        await limited.close();
      }
    }),
  );
}
