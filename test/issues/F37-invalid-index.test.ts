import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { directPostgres, first, hasCode, onFresh, sql } from '../revisions/own-schema.ts';

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
  test(`F37: a concurrent build that fails leaves no INVALID index, and the next run builds it (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query }) => {
      await upgrade(run([first]));
      await query("INSERT INTO parcel (label) VALUES ('a'), ('a')");
      await assert.rejects(
        upgrade(run([first, indexed])),
        hasCode('FC_REVISION_FAILED', /CREATE UNIQUE INDEX CONCURRENTLY/, /duplicate/i),
      );
      assert.deepEqual(await query(VALIDITY), []);
      await query('DELETE FROM parcel WHERE id = 2');
      await upgrade(run([first, indexed]));
      assert.deepEqual(await query(VALIDITY), [{ indisvalid: true }]);
      assert.deepEqual(await downgrade(run([first, indexed]), '0001'), ['0002']);
      assert.deepEqual(await query(VALIDITY), []);
    }),
  );

  test(
    `F37: the INVALID index of a killed run is removed and built anew, a finished one is taken as done (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, query, direct }) => {
        await upgrade(run([first]));
        await query("INSERT INTO parcel (label) VALUES ('a'), ('a')");
        // What a run leaves that dies within the build, and one that dies between the build and its confirmation.
        await assert.rejects(upgrade(run([first, indexed])));
        await direct((connection) =>
          connection.script('CREATE UNIQUE INDEX CONCURRENTLY ix_parcel_label ON parcel (label)').catch(() => {}),
        );
        assert.deepEqual(await query(VALIDITY), [{ indisvalid: false }]);
        await query('DELETE FROM parcel WHERE id = 2');
        const [before] = await query("SELECT 'ix_parcel_label'::regclass::oid AS oid");
        await upgrade(run([first, indexed]));
        const [after] = await query("SELECT 'ix_parcel_label'::regclass::oid AS oid");
        assert.notDeepEqual(after, before);
        assert.deepEqual(await query(VALIDITY), [{ indisvalid: true }]);

        await downgrade(run([first, indexed]), '0001');
        await query("INSERT INTO parcel (label) VALUES ('a')");
        await assert.rejects(upgrade(run([first, indexed])));
        await query('DELETE FROM parcel WHERE id <> 1');
        await direct((connection) => connection.script('CREATE UNIQUE INDEX ix_parcel_label ON parcel (label)'));
        await upgrade(run([first, indexed]));
        assert.deepEqual(await query(VALIDITY), [{ indisvalid: true }]);
      }),
  );

  test(`F37: IF NOT EXISTS is refused (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run }) => {
      const tolerant = {
        ...indexed,
        upgrade: [sql('index', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_parcel_label ON parcel (label)')],
      };
      await upgrade(run([first]));
      await assert.rejects(upgrade(run([first, tolerant])), hasCode('FC_REVISION_FAILED', /would take the INVALID index/));
    }),
  );
}
