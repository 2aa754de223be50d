// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Revision } from '../../../src/revisions/revision.ts';
import { upgrade } from '../../../src/revisions/run.ts';
import { alterTable, backfill, createTable } from '../../../src/revisions/step.ts';
import { generatedId, int64, table, text } from '../../../src/schema/index.ts';
import { engines, everydayEngines, type Target } from '../../support/database.ts';
import { type Bench, hasCode, onFresh } from '../own-schema.ts';

const NONE = 'not needed here.';
const town = table('town', {
  columns: { id: generatedId(), code: text() },
  primaryKey: ['id'],
  uniques: { uq_town_code: ['code'] },
});
const visit = table('visit', {
  columns: { id: generatedId(), wanted: int64(), town_id: int64({ nullable: true }), town_code: text({ nullable: true }) },
  primaryKey: ['id'],
  references: { town_code: 'town.code' },
});
const key = (isDeferred: boolean) =>
  alterTable('visit', {
    kind: 'addForeignKey',
    foreignKey: {
      name: 'fk_visit_town_id',
      columns: ['town_id'],
      references: { table: 'town', columns: ['id'] },
      ...(isDeferred ? { isDeferred } : {}),
    },
  });
const made = (isDeferred: boolean): Revision => ({
  id: '0001',
  name: 'made',
  upgrade: [createTable(town), createTable(visit), key(isDeferred)],
  downgrade: NONE,
});
const filling = (set: Record<string, string>, where: string, of = 'visit'): Revision => ({
  id: '0002',
  name: 'filling',
  upgrade: [backfill({ about: 'fill', table: of, set, where, batchRows: 2 })],
  downgrade: NONE,
});

const orphans = async ({ query }: Bench): Promise<number> =>
  (await query('SELECT 1 FROM visit v WHERE town_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM town t WHERE t.id = v.town_id)'))
    .length;

for (const target of everydayEngines()) {
  const { skip } = target;
  for (const isDeferred of [false, true])
    test(
      `a batch of a backfill that would refer to rows that are not there is not committed, and the revision is named${isDeferred ? ', also by a deferred key' : ''} (${target.name})`,
      { skip },
      () =>
        onFresh(target, async (bench) => {
          const { run, query } = bench;
          const before = made(isDeferred);
          await upgrade(run([before]));
          await query("INSERT INTO town (code) VALUES ('OSL'), ('BGO')");
          await query('INSERT INTO visit (wanted) VALUES (1), (2), (1), (7)');
          const wrong = filling({ town_id: 'wanted' }, 'town_id IS NULL');
          await assert.rejects(
            upgrade(run([before, wrong])),
            hasCode('FC_REVISION_FAILED', /Revision 0002 filling failed at part 1 of 1: "fill"/, /foreign key/i),
          );
          assert.equal(await orphans(bench), 0);
          assert.deepEqual(await query('SELECT count(town_id) AS n FROM visit'), [{ n: 2 }], 'the batch before it stays');
          await query('UPDATE visit SET wanted = 2 WHERE wanted = 7');
          await upgrade(run([before, wrong]));
          assert.deepEqual(await query('SELECT count(town_id) AS n FROM visit'), [{ n: 4 }]);
        }),
    );

  for (const [column, where] of [
    ['id', 'id < 100'],
    ['code', "code NOT LIKE 'x%'"],
  ] as const)
    test(
      `a backfill that would change ${column}, which other rows refer to, is refused before anything runs (${target.name})`,
      { skip },
      () =>
        onFresh(target, async ({ run, query }) => {
          await upgrade(run([made(false)]));
          await query("INSERT INTO town (code) VALUES ('OSL')");
          const wrong = filling({ [column]: column === 'id' ? 'id + 100' : "'x' || code" }, where, 'town');
          await assert.rejects(
            upgrade(run([made(false), wrong])),
            hasCode('FC_REVISION_INVALID', new RegExp(`town\\.${column}`), /fk_visit_town_(id|code)/),
          );
          assert.deepEqual(await query('SELECT id, code FROM town'), [{ id: 1, code: 'OSL' }]);
        }),
    );
}

test('SQLite: orphans that were there before are no concern of a backfill that leaves them alone', () =>
  onFresh(engines().find(({ name }) => name === 'sqlite') as Target, async ({ run, direct, query }) => {
    await upgrade(run([made(false)]));
    await direct((connection) =>
      connection.script('PRAGMA foreign_keys = OFF; INSERT INTO visit (wanted, town_id) VALUES (1, 99)'),
    );
    await upgrade(run([made(false), filling({ wanted: '5' }, 'wanted <> 5')]));
    assert.deepEqual(await query('SELECT wanted, town_id FROM visit'), [{ wanted: 5, town_id: 99 }]);
  }));
