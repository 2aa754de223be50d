import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { repair } from '../../src/revisions/repair.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { stamp } from '../../src/revisions/stamp.ts';
import { finish } from '../../src/revisions/undo/finish.ts';
import { undo } from '../../src/revisions/undo/undo.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { everydayEngines } from '../support/database.ts';
import { type Bench, first, hasCode, onFresh, second, third } from './own-schema.ts';

/** What a move leaves in the database, as far as revisions look. */
const begin = ({ engine, direct }: Bench): Promise<void> =>
  direct((connection) =>
    connection.script(
      engine.capabilities.isLocalFile
        ? 'CREATE TABLE flashcase_move (id INTEGER PRIMARY KEY)'
        : 'CREATE SCHEMA flashcase_move; CREATE TABLE flashcase_move.side (id integer PRIMARY KEY)',
    ),
  );

for (const target of everydayEngines()) {
  test(
    `in a live move no revision runs in either direction, and nothing of undo or the ledger is touched; what starts with nothing pending starts (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        const { run, engine, place, ledger, direct, query } = bench;
        const clock = systemClock();
        const keep = {};
        await upgrade(run([first, second], { keep }));
        if (engine.capabilities.isLocalFile) await query("INSERT INTO depot (town) VALUES ('Ulm')");
        await upgrade(run([first, second, third], { keep }), '0003');
        await begin(bench);
        if (!engine.capabilities.isLocalFile) {
          assert.deepEqual(await upgrade(run([first, second, third])), []);
          assert.deepEqual(await finish({ engine, clock }), []);
          await direct((connection) => connection.script('INSERT INTO flashcase_move.side VALUES (1)'));
        }
        const before = await ledger();
        const isRefused = hasCode('FC_MOVE_UNDERWAY', /live move/, /flashcase move finish/);
        const fourth = { ...third, id: '0004', name: 'more', upgrade: [], downgrade: [] };
        await assert.rejects(upgrade(run([first, second, third, fourth])), isRefused);
        await assert.rejects(downgrade(run([first, second, third]), '0001'), isRefused);
        await assert.rejects(stamp(run([first, second, third]), '0001'), isRefused);
        await assert.rejects(repair(run([first, second, third])), isRefused);
        await assert.rejects(finish({ engine, clock }), isRefused);
        await assert.rejects(
          undo({ open: () => openEngine(place, { schema: schema({}) }), revisions: [first, second, third], clock, keep }),
          isRefused,
        );
        assert.deepEqual(await ledger(), before);
        assert.deepEqual(await upgrade(run([first, second, third])), []);
        await direct((connection) => connection.script('UPDATE schema_revision SET schema_form = NULL'));
        assert.deepEqual(await upgrade(run([first, second, third])), []);
      }),
  );
}
