// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFresh } from '../../src/revisions/fresh.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable, backfill, createTable, createView, dropTable, renameTable } from '../../src/revisions/step.ts';
import { generatedId, int64, table, text } from '../../src/schema/index.ts';
import { everydayEngines } from '../support/database.ts';
import { type Bench, depot, onFresh, parcel, sql } from './own-schema.ts';

const NONE = 'not needed here';

/** A table that was made, filled, renamed, given a circle of references, and a view; another that is gone again. */
const history: Revision[] = [
  { id: '0001', name: 'tables', upgrade: [createTable(depot), createTable(parcel)], downgrade: NONE },
  {
    id: '0002',
    name: 'parcel_belongs_to_depot',
    upgrade: [
      alterTable(
        'parcel',
        { kind: 'addColumn', name: 'depot_id', column: int64({ nullable: true }) },
        { kind: 'addColumn', name: 'state', column: text({ oneOf: ['new', 'sent'], default: 'new' }) },
        {
          kind: 'addForeignKey',
          foreignKey: {
            name: 'fk_parcel_depot',
            columns: ['depot_id'],
            references: { table: 'depot', columns: ['id'] },
            onDelete: 'cascade',
          },
        },
      ),
      createTable(table('mistake', { columns: { id: generatedId() }, primaryKey: ['id'] })),
    ],
    downgrade: NONE,
  },
  {
    id: '0003',
    name: 'depot_knows_its_last_parcel',
    upgrade: [
      alterTable(
        'depot',
        { kind: 'addColumn', name: 'last_parcel', column: int64({ nullable: true }) },
        {
          kind: 'addForeignKey',
          foreignKey: {
            name: 'fk_depot_last',
            columns: ['last_parcel'],
            references: { table: 'parcel', columns: ['id'] },
            isDeferred: true,
          },
        },
      ),
      dropTable('mistake'),
    ],
    downgrade: NONE,
  },
  {
    id: '0004',
    name: 'parcels_are_shipments',
    upgrade: [
      renameTable('parcel', 'shipment'),
      alterTable(
        'shipment',
        { kind: 'renameColumn', name: 'label', to: 'title' },
        {
          kind: 'addIndex',
          index: {
            name: 'ux_shipment_title',
            isUnique: true,
            columns: [{ expression: 'lower(title)', isDescending: false }],
            where: "state = 'new'",
          },
        },
        { kind: 'addCheck', check: { name: 'ck_shipment_grams', expression: 'grams > 0' } },
      ),
      createView({ name: 'heavy', query: 'SELECT id, title FROM shipment WHERE grams > 1000', reads: ['shipment'] }),
    ],
    downgrade: NONE,
  },
  {
    id: '0005',
    name: 'fill_grams',
    upgrade: [backfill({ about: 'fill grams', table: 'shipment', set: { grams: '1' }, where: 'grams IS NULL' })],
    downgrade: NONE,
  },
];
const seed: Revision = {
  id: '0006',
  name: 'main_depot',
  upgrade: [sql('the depot everything starts from', "INSERT INTO depot (town) VALUES ('Bern')")],
  downgrade: NONE,
};
const afterSeed: Revision = {
  id: '0007',
  name: 'depot_rank',
  upgrade: [alterTable('depot', { kind: 'addColumn', name: 'rank', column: int64(), fill: 'id * 10' })],
  downgrade: NONE,
};

/**
 * All there is to see: form, ledger without its times, rows, names. PostgreSQL 18 gives NOT NULL a name of its own, which stays when a
 * table is renamed and which nothing refers to: it is left out.
 */
async function everything({ engine, direct, ledger, query }: Bench): Promise<object> {
  const form = await direct((connection) => engine.introspect(connection));
  const entries = await ledger();
  const rows = form.some((line) => line.startsWith('"depot" table')) ? await query('SELECT * FROM depot ORDER BY id') : [];
  const names = engine.capabilities.isLocalFile
    ? []
    : await query(`SELECT conname || ' ' || pg_get_constraintdef(oid) AS "constraint" FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace AND conrelid <> 0 AND contype <> 'n' AND conrelid::regclass::text NOT LIKE 'schema_revision%'
        UNION ALL SELECT relname || ' ' || relkind::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname NOT LIKE 'schema_revision%' ORDER BY 1`);
  return {
    form,
    names,
    rows,
    newest: entries.at(-1)?.fingerprint,
    ledger: entries.map(({ id, name, hash, hashAlgorithm }) => [id, name, hash, hashAlgorithm]),
  };
}

for (const target of everydayEngines()) {
  describe(`a fresh database made at once on ${target.name}`, { skip: target.skip }, () => {
    for (const [what, revisions] of [
      ['a history of schema changes', history],
      ['a history that writes rows half-way', [...history, seed, afterSeed]],
      ['a history that begins with rows', [{ ...seed, id: '0001', upgrade: [createTable(depot), ...seed.upgrade] }]],
      ['an empty history', []],
    ] as const) {
      test(`${what}: the same schema, names, rows and ledger as replaying it; nothing is left to apply`, async () => {
        let replayed: object = {};
        await onFresh(target, async (bench) => {
          await upgrade(bench.run(revisions));
          replayed = await everything(bench);
        });
        await onFresh(target, async (bench) => {
          const made = await createFresh(bench.run(revisions));
          assert.deepEqual(
            made.map((entry) => entry.id),
            revisions.map((revision) => revision.id),
          );
          assert.deepEqual(await everything(bench), replayed);
          assert.deepEqual(await upgrade(bench.run(revisions)), []);
        });
      });
    }

    test('on a database that has something in it, it is an upgrade and touches nothing that is there', async () => {
      await onFresh(target, async (bench) => {
        await upgrade(bench.run(history.slice(0, 1)));
        await bench.query("INSERT INTO depot (town) VALUES ('Biel')");
        const made = await createFresh(bench.run(history));
        assert.deepEqual(
          made.map((entry) => entry.id),
          ['0002', '0003', '0004', '0005'],
        );
        assert.equal((await bench.query('SELECT town FROM depot'))[0]?.town, 'Biel');
      });
    });

    test('two at once make it once', async () => {
      await onFresh(target, async (bench) => {
        const both = await Promise.all([createFresh(bench.run(history)), createFresh(bench.run(history))]);
        assert.deepEqual(both.map((made) => made.length).toSorted(), [0, 5]);
      });
    });
  });
}
