import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { addColumn, dropColumn } from '../../src/revisions/change.ts';
import { readLedger } from '../../src/revisions/ledger.ts';
import { readProgress } from '../../src/revisions/progress.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, type RunOptions, upgrade } from '../../src/revisions/run.ts';
import { alterTable, backfill } from '../../src/revisions/step.ts';
import { undo } from '../../src/revisions/undo/undo.ts';
import { int64 } from '../../src/schema/index.ts';
import { first, hasCode, sql } from '../revisions/own-schema.ts';
import { openAt, undoing } from '../revisions/undo/parcels.ts';
import { engines, everydayEngines, type Place, type Target } from '../support/database.ts';

/**
 * F47: a bad expression leaves other tools between two phases, where their `abort` fails too. Here the transaction is the abort. A revision
 * that is committed in pieces stays where it failed; old code goes on; the part that failed may still be corrected in its file, and once
 * at its end it is taken back like any other. A file has a copy too, and goes back to it at once. That one undone by hand is forgotten by
 * `db repair`: test/revisions/repair.test.ts.
 */
const net = int64({ nullable: true });
const added = alterTable('parcel', addColumn('net', net));
const expand = (grams: string): Revision => ({
  id: '0002',
  name: 'net',
  upgrade: [added, backfill({ about: 'weigh', table: 'parcel', set: { net: grams }, where: 'net IS NULL' })],
  downgrade: [alterTable('parcel', dropColumn('net'))],
});
/** Takes a column with values away, and fails or ends in its second part. */
const contract = (label: string): Revision => ({
  id: '0002',
  name: 'no_grams',
  upgrade: [
    alterTable('parcel', dropColumn('grams')),
    backfill({ about: 'label', table: 'parcel', set: { label }, where: "label = ''" }),
  ],
  downgrade: [alterTable('parcel', addColumn('grams', int64({ nullable: true })))],
});
const BAD = 'no_such_column + 1';

interface Stuck {
  readonly place: Place;
  /** A new engine for each piece of work: going back to a copy exchanges the file. */
  on<T>(work: (engine: Engine, run: (...history: Revision[]) => RunOptions) => Promise<T>): Promise<T>;
  rows(): Promise<unknown>;
  look(): Promise<unknown>;
}

async function onParcels(target: Target, work: (stuck: Stuck) => Promise<void>): Promise<void> {
  const place = await target.fresh();
  const on: Stuck['on'] = async (inside) => {
    const engine = openAt(place);
    try {
      return await inside(engine, (...history) => ({ engine, revisions: [first, ...history], clock: systemClock(), keep: {} }));
    } finally {
      await engine.close();
    }
  };
  try {
    await on(async (engine, run) => {
      await upgrade(run());
      await engine.write((connection) => connection.script("INSERT INTO parcel (label, grams) VALUES ('a', 5), ('b', 7)"));
    });
    await work({
      place,
      on,
      rows: () => on((engine) => engine.read((connection) => connection.query('SELECT * FROM parcel ORDER BY id'))),
      look: () =>
        on((engine) =>
          engine.dedicated(async (connection) => ({
            form: await engine.introspect(connection),
            applied: (await readLedger(connection, engine)).map(({ id }) => id),
            halfDone: await readProgress(connection, engine),
          })),
        ),
    });
  } finally {
    await place.drop();
  }
}

for (const target of everydayEngines()) {
  const { skip } = target;
  test(`F47: a bad expression in one transaction leaves nothing that must be aborted (${target.name})`, { skip }, () =>
    onParcels(target, async ({ on, rows, look }) => {
      const before = [await look(), await rows()];
      const whole = { ...expand(BAD), upgrade: [added, sql('weigh', `UPDATE parcel SET net = ${BAD}`)] };
      await assert.rejects(
        on((_, run) => upgrade(run(whole))),
        hasCode('FC_REVISION_FAILED', /no_such_column/),
      );
      assert.deepEqual([await look(), await rows()], before);
    }),
  );

  test(
    `F47: stuck in an expand, old code goes on; the part that failed is corrected, and taken back nothing of it is left (${target.name})`,
    { skip },
    () =>
      onParcels(target, async ({ place, on, rows, look }) => {
        const before = [await look(), await rows()];
        await assert.rejects(
          on((_, run) => upgrade(run(expand(BAD)))),
          hasCode('FC_REVISION_FAILED', /part 2 of 2/, /Correct the cause and run the same command again/),
        );
        const finishFirst = hasCode('FC_REVISION_UNFINISHED', /half applied/, /flashcase db upgrade 0002/);
        await assert.rejects(
          on((_, run) => downgrade(run(expand(BAD)), '0001')),
          finishFirst,
        );
        const hasCopy = await on(async (engine) => engine.capabilities.isLocalFile);
        await assert.rejects(
          undo(undoing(place, { revisions: [first, expand(BAD)] })),
          hasCopy ? hasCode('FC_REVISION_DECISION_NEEDED', /by the half-applied revision itself/) : finishFirst,
        );
        await on((engine) =>
          engine.write((connection) =>
            connection.script("INSERT INTO parcel (label) VALUES ('old code'); DELETE FROM parcel WHERE label = 'old code'"),
          ),
        );
        const corrected = expand('grams');
        await on((_, run) => upgrade(run(corrected)));
        assert.deepEqual(
          await on((engine) => engine.read((connection) => connection.query('SELECT sum(net) AS n FROM parcel'))).then(([row]) =>
            Number(row?.n),
          ),
          12,
        );
        await on((_, run) => downgrade(run(corrected), '0001'));
        assert.deepEqual([await look(), await rows()], before);
      }),
  );

  test(
    `F47: stuck in a contract, what it took away is kept: brought to its end, undo brings it back (${target.name})`,
    { skip },
    () =>
      onParcels(target, async ({ place, on, rows, look }) => {
        const before = [await look(), await rows()];
        await assert.rejects(
          on((_, run) => upgrade(run(contract(BAD)))),
          hasCode('FC_REVISION_FAILED', /part 2 of 2/),
        );
        await on((_, run) => upgrade(run(contract("'none'"))));
        await undo(undoing(place, { revisions: [first, contract("'none'")] }));
        assert.deepEqual([await look(), await rows()], before);
      }),
  );
}

const [file] = engines();
test('F47: stuck in an expand or a contract, a file goes back to the copy made before it', async () => {
  for (const stuck of [expand(BAD), contract(BAD)]) {
    await onParcels(file as Target, async ({ place, on, rows, look }) => {
      const before = [await look(), await rows()];
      await assert.rejects(
        on((_, run) => upgrade(run(stuck))),
        hasCode('FC_REVISION_FAILED'),
      );
      await undo(undoing(place, { revisions: [first, stuck], discardsWrites: true }));
      assert.deepEqual([await look(), await rows()], before);
    });
  }
});
