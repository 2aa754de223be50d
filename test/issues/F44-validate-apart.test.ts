import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../src/revisions/change.ts';
import { compileOnline } from '../../src/revisions/compile/online.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';
import { alterTable, type Step } from '../../src/revisions/step.ts';
import { int64 } from '../../src/schema/index.ts';
import { directPostgres, first, hasCode, onFresh, second, sql } from '../revisions/own-schema.ts';

const linked: Revision = {
  id: '0003',
  name: 'linked',
  upgrade: [
    alterTable(
      'parcel',
      { kind: 'addColumn', name: 'depot_id', column: int64({ nullable: true }) },
      {
        kind: 'addForeignKey',
        foreignKey: { name: 'fk_parcel_depot', columns: ['depot_id'], references: { table: 'depot', columns: ['id'] } },
      },
      { kind: 'addCheck', check: { name: 'ck_parcel_grams', expression: 'grams > 0' } },
      { kind: 'addUnique', unique: { name: 'uq_parcel_label', columns: ['label'] } },
      { kind: 'changeColumn', name: 'grams', column: int64() },
    ),
  ],
  downgrade: 'not needed here.',
  isTransactional: false,
};

test('F43, F44: foreign keys and checks are proved apart, NOT NULL by a proved check, uniques by an index built concurrently', () => {
  assert.deepEqual(compileOnline(linked.upgrade[0] as never, replay([first, second])), [
    'ALTER TABLE "parcel" ADD COLUMN "depot_id" bigint',
    'ALTER TABLE "parcel" ADD CONSTRAINT "fk_parcel_depot" FOREIGN KEY ("depot_id") REFERENCES "depot" ("id") NOT VALID',
    'ALTER TABLE "parcel" VALIDATE CONSTRAINT "fk_parcel_depot"',
    'ALTER TABLE "parcel" ADD CONSTRAINT "ck_parcel_grams" CHECK (grams > 0) NOT VALID',
    'ALTER TABLE "parcel" VALIDATE CONSTRAINT "ck_parcel_grams"',
    'CREATE UNIQUE INDEX CONCURRENTLY "uq_parcel_label" ON "parcel" ("label")',
    'ALTER TABLE "parcel" ADD CONSTRAINT "uq_parcel_label" UNIQUE USING INDEX "uq_parcel_label"',
    'ALTER TABLE "parcel" ADD CONSTRAINT "nn_parcel_grams" CHECK ("grams" IS NOT NULL) NOT VALID',
    'ALTER TABLE "parcel" VALIDATE CONSTRAINT "nn_parcel_grams"',
    'ALTER TABLE "parcel" ALTER COLUMN "grams" SET NOT NULL',
    'ALTER TABLE "parcel" DROP CONSTRAINT "nn_parcel_grams"',
  ]);
});

for (const target of directPostgres()) {
  test(`F44: piece by piece it makes the same schema as in one transaction, and each VALIDATE holds its weak lock alone (${target.name})`, {
    skip: target.skip,
  }, async () => {
    const forms: string[][] = [];
    for (const isTransactional of [undefined, false] as const) {
      await onFresh(target, async ({ run, engine, direct, query }) => {
        await upgrade(run([first, second]));
        await query("INSERT INTO depot (town) VALUES ('Ulm')");
        await query("INSERT INTO parcel (label, grams) VALUES ('a', 1)");
        const { isTransactional: _, ...plain } = linked;
        await upgrade(run([first, second, isTransactional === false ? linked : plain]));
        forms.push([...(await direct((connection) => engine.introspect(connection)))]);
        const unproved = await query(
          "SELECT conname FROM pg_constraint WHERE NOT convalidated AND connamespace = 'public'::regnamespace",
        );
        assert.deepEqual(unproved, []);
      });
    }
    assert.deepEqual(forms[1], forms[0]);
  });

  test(
    `F44: a foreign key is proved while others have written to both tables and not committed (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, query, direct }) => {
        const [step] = linked.upgrade as [Extract<Step, { kind: 'alterTable' }>];
        const keyed = { ...linked, upgrade: [alterTable('parcel', ...step.changes.slice(0, 2))] };
        await upgrade(run([first, second]));
        await query("INSERT INTO parcel (label) VALUES ('orphan')");
        const orphaned = { ...keyed, upgrade: [...keyed.upgrade] };
        // It stops at the proof, with the key NOT VALID: new rows are held to it already.
        const withOrphan = sql('an orphan', 'UPDATE parcel SET depot_id = 7');
        orphaned.upgrade = [
          alterTable('parcel', step.changes[0] as Change),
          withOrphan,
          alterTable('parcel', step.changes[1] as Change),
        ];
        await assert.rejects(
          upgrade(run([first, second, orphaned])),
          hasCode('FC_REVISION_FAILED', /part 4 of 4.*VALIDATE/, /depot/),
        );
        await query('DELETE FROM parcel');
        await direct(async (writer) => {
          await writer.script(
            "BEGIN; INSERT INTO depot (town) VALUES ('Ulm'); INSERT INTO parcel (label, depot_id) VALUES ('b', 1)",
          );
          await upgrade(run([first, second, orphaned], { lockTimeoutMs: 500, waitMs: 500 }));
          await writer.script('COMMIT');
          // The same in one transaction needs a lock that those writers exclude.
          const foreignKey = { name: 'fk_again', columns: ['depot_id'], references: { table: 'depot', columns: ['id'] } };
          const atOnce: Revision = {
            id: '0004',
            name: 'again',
            upgrade: [alterTable('parcel', { kind: 'addForeignKey', foreignKey })],
            downgrade: [],
          };
          await writer.script("BEGIN; INSERT INTO depot (town) VALUES ('Bonn')");
          await assert.rejects(
            upgrade(run([first, second, orphaned, atOnce], { lockTimeoutMs: 100, waitMs: 300 })),
            hasCode('FC_REVISION_BLOCKED'),
          );
          await writer.script('ROLLBACK');
        });
        assert.equal((await query("SELECT 1 FROM pg_constraint WHERE conname = 'fk_parcel_depot' AND convalidated")).length, 1);
      }),
  );
}
