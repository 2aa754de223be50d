import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kysely } from 'kysely';
import type { Connection } from '../../src/engine/engine.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable, backfill, createTable } from '../../src/revisions/step.ts';
import { int64, schema, type TablesOf, text } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { depot, first, onFresh, parcel } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const released = schema({ parcel });

/** Everything the release before asks of the database, as it compiles it. Returns what it reads. */
async function releaseBefore({ kysely }: Connection): Promise<unknown> {
  const db = kysely as unknown as Kysely<TablesOf<typeof released>>;
  await db.insertInto('parcel').values({ label: 'from the old code' }).execute();
  await db.updateTable('parcel').set({ grams: 7n }).where('label', '=', 'from the old code').execute();
  const [row] = await db.selectFrom('parcel').select(['label', 'grams']).where('grams', '=', 7n).execute();
  const all = await db.selectFrom('parcel').selectAll().where('label', 'like', 'from%').execute();
  assert.equal(all.length, 1);
  await db.deleteFrom('parcel').where('label', '=', 'from the old code').execute();
  return row;
}

const expand: Revision = {
  id: '0002',
  name: 'weight_and_depot',
  isTransactional: false,
  upgrade: [
    createTable(depot),
    alterTable(
      'parcel',
      { kind: 'addColumn', name: 'weight', column: int64({ nullable: true }) },
      { kind: 'addColumn', name: 'depot_id', column: int64({ nullable: true }) },
      { kind: 'addColumn', name: 'kind', column: text({ default: 'box', oneOf: ['box', 'letter'] }) },
      {
        kind: 'addIndex',
        index: { name: 'ix_parcel_weight', isUnique: false, columns: [{ name: 'weight', isDescending: false }] },
      },
      {
        kind: 'addForeignKey',
        foreignKey: { name: 'fk_depot', columns: ['depot_id'], references: { table: 'depot', columns: ['id'] } },
      },
    ),
    backfill({ about: 'weigh', table: 'parcel', set: { weight: 'grams' }, where: 'weight IS NULL AND grams IS NOT NULL' }),
  ],
  downgrade: 'not needed here.',
};
const contract: Revision = {
  id: '0003',
  name: 'grams_away',
  isTransactional: false,
  upgrade: [alterTable('parcel', { kind: 'dropColumn', name: 'grams' })],
  downgrade: 'not needed here.',
};

// The linter refuses the contract step before its release has shipped: test/revisions/lint.test.ts.
for (const target of everydayEngines()) {
  test(
    `F45, checklist 166: the queries of the release before run on the expanded schema, and no longer on the contracted one (${target.name})`,
    {
      skip: target.skip,
    },
    () =>
      onFresh(target, async ({ place, run }) => {
        // Old code: it knows the old schema only, and stays open while the new one comes.
        const old = openEngine(place, { schema: released });
        try {
          await upgrade(run([first]));
          const before = await old.write(releaseBefore);
          assert.deepEqual(before, { label: 'from the old code', grams: 7n });
          await upgrade(run([first, expand]));
          assert.deepEqual(await old.write(releaseBefore), before);
          await upgrade(run([first, expand, contract]));
          await assert.rejects(old.write(releaseBefore), /grams|could not run a statement/);
        } finally {
          await old.close();
        }
      }),
  );
}
