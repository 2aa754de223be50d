// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDatabase } from '../../src/revisions/check.ts';
import { ensureLedger } from '../../src/revisions/ledger.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { stamp } from '../../src/revisions/stamp.ts';
import { replay } from '../../src/revisions/state.ts';
import { everydayEngines } from '../support/database.ts';
import { type Bench, first, hasCode, onFresh, second, sql, third } from './own-schema.ts';

const all = [first, second, third];
const ids = (entries: readonly { id: string }[]): string[] => entries.map((entry) => entry.id);

/** A database that somebody made without revisions: as 0002 leaves it. */
async function madeElsewhere({ run, direct }: Bench): Promise<void> {
  await upgrade(run(all), '0002');
  await direct((connection) => connection.script('DROP TABLE schema_revision'));
}

for (const target of everydayEngines()) {
  const { skip } = target;
  test(
    `checklist 128: a database without a ledger needs a baseline: upgrade says so, and stamp gives it (${target.name})`,
    { skip },
    () =>
      onFresh(target, async (bench) => {
        const { run, ledger, query, engine, direct } = bench;
        await madeElsewhere(bench);
        await query("INSERT INTO depot (town) VALUES ('Ulm')");
        await assert.rejects(
          upgrade(run(all)),
          hasCode('FC_SCHEMA_UNKNOWN', /tables that the revisions make \(depot, parcel\)/, /flashcase db stamp ID/),
        );
        assert.deepEqual(await ledger(), []);
        assert.deepEqual(await stamp(run(all), '0002'), { written: ['0001', '0002'], removed: [] });
        assert.deepEqual(ids(await upgrade(run(all))), ['0003']);
        const report = await direct((connection) => checkDatabase(connection, engine, { schema: replay(all), revisions: all }));
        assert.equal(report.isEqual, true);
        assert.equal((await query('SELECT count(*) AS n FROM depot'))[0]?.n, 1);
      }),
  );

  test(`checklist 132: stamp where it is stamped already changes nothing (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, ledger }) => {
      await upgrade(run(all));
      const before = await ledger();
      assert.deepEqual(await stamp(run(all), '0003'), { written: [], removed: [] });
      assert.deepEqual(await ledger(), before);
    }),
  );

  test(`checklist 132: making the ledger twice is making it once (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, direct, engine, ledger }) => {
      await direct((connection) => ensureLedger(connection, engine));
      await upgrade(run([first]));
      await direct((connection) => ensureLedger(connection, engine));
      assert.deepEqual(ids(await ledger()), ['0001']);
    }),
  );

  test(`checklist 132: stamp is refused where the schema is another, naming each difference (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, ledger }) => {
      await upgrade(run(all), '0002');
      await assert.rejects(
        stamp(run(all), '0003'),
        hasCode(
          'FC_SCHEMA_DRIFT',
          /not what revision 0003 parcel_note makes. Nothing was written/,
          /- "parcel" column "note" /,
          /--force/,
        ),
      );
      await assert.rejects(stamp(run(all), '0001'), hasCode('FC_SCHEMA_DRIFT', /\+ "depot" table/));
      await assert.rejects(stamp(run(all), '0009'), hasCode('FC_REVISION_UNKNOWN', /no revision 0009/));
      assert.deepEqual(ids(await ledger()), ['0001', '0002']);
    }),
  );

  test(
    `checklist 136: with a reason, stamp is faked all the same; the ledger keeps the reason and check the differences (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, ledger, direct, engine }) => {
        await upgrade(run(all), '0002');
        await stamp({ ...run(all), reason: 'the note comes by hand tonight' }, '0003');
        assert.match((await ledger()).at(-1)?.appliedBy ?? '', /^stamped by .*: the note comes by hand tonight$/);
        assert.deepEqual(await upgrade(run(all)), []);
        const report = await direct((connection) => checkDatabase(connection, engine, { schema: replay(all), revisions: all }));
        assert.deepEqual(
          report.drift.items.map((item) => item.kind),
          ['missing'],
        );
      }),
  );

  test(`checklist 132: stamp moves back too, and to base (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, ledger, query }) => {
      await upgrade(run(all));
      await query('ALTER TABLE parcel DROP COLUMN note');
      assert.deepEqual(await stamp(run(all), '0002'), { written: [], removed: ['0003'] });
      assert.deepEqual(ids(await ledger()), ['0001', '0002']);
      await downgrade(run(all), 'base');
      await upgrade(run([first]));
      await query('DROP TABLE parcel');
      assert.deepEqual(await stamp(run(all), 'base'), { written: [], removed: ['0001'] });
    }),
  );

  test(`checklist 132: purge forgets revisions that nobody has any more (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, ledger }) => {
      const lost = { id: '0002', name: 'lost_branch', upgrade: [sql('nothing', 'SELECT 1')], downgrade: [] };
      await upgrade(run([first, lost]));
      await assert.rejects(stamp(run([first]), '0001'), hasCode('FC_REVISION_UNKNOWN', /0002 lost_branch/));
      assert.deepEqual(await stamp({ ...run([first]), isPurging: true }, '0001'), {
        written: ['0001'],
        removed: ['0001', '0002'],
      });
      assert.deepEqual(ids(await ledger()), ['0001']);
      assert.deepEqual(await upgrade(run([first])), []);
    }),
  );
}
