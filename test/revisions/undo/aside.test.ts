// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downgrade, upgrade } from '../../../src/revisions/run.ts';
import { alterTable, createTable } from '../../../src/revisions/step.ts';
import { finish, keptFor } from '../../../src/revisions/undo/finish.ts';
import { undo } from '../../../src/revisions/undo/undo.ts';
import { int64, table, text } from '../../../src/schema/index.ts';
import { type Bench, directPostgres, hasCode, onFresh, postgresOnly } from '../own-schema.ts';
import { killedAt } from './at-first.ts';
import { adding, history, making, rowsOfMaking, taking, undoing } from './parcels.ts';

/** PostgreSQL: what a revision drops is renamed aside until `finish`. */
async function atFirst(bench: Bench): Promise<void> {
  await upgrade(bench.run([making]));
  for (const statement of rowsOfMaking) await bench.query(statement);
}
const contentOf = async ({ query }: Bench): Promise<unknown> => ({
  depot: await query('SELECT * FROM depot ORDER BY id'),
  parcel: await query('SELECT id, label, size, grams, depot_id FROM parcel ORDER BY id'),
  stamp: await query('SELECT * FROM stamp ORDER BY id'),
});
const formOf = ({ engine, direct }: Bench) => direct((connection) => engine.introspect(connection));

for (const target of postgresOnly()) {
  test(
    `a downgrade before finish brings back dropped tables and columns with every value, index, key, trigger and id (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await atFirst(bench);
        const [rows, form] = [await contentOf(bench), await formOf(bench)];
        await upgrade(bench.run(history, { keep: {} }));
        await downgrade(bench.run(history), '0001');
        assert.deepEqual(await formOf(bench), form);
        assert.deepEqual(await contentOf(bench), rows);
        await assert.rejects(bench.query("INSERT INTO stamp (parcel_id, code) VALUES (1, 'x')"), hasCode('FC_DB_CONSTRAINT'));
        await assert.rejects(bench.query("INSERT INTO stamp (parcel_id, code) VALUES (99, 'z')"), hasCode('FC_DB_CONSTRAINT'));
        await assert.rejects(bench.query("UPDATE parcel SET size = 'huge'"), hasCode('FC_DB_CONSTRAINT'));
        const [made] = await bench.query("INSERT INTO stamp (parcel_id, code) VALUES (2, 'new') RETURNING id");
        assert.ok(Number(made?.id) > 2, 'ids go on behind those handed out before');
        assert.equal(Number((await bench.query('SELECT grams FROM parcel WHERE id = 2'))[0]?.grams), 0, 'the trigger fires');
        assert.deepEqual(await bench.direct((connection) => keptFor(connection, bench.engine)), []);
      }),
  );

  test(
    `what is aside is in no form of the schema, keeps nobody from writing or deleting, and its names are free (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await atFirst(bench);
        await upgrade(bench.run(history, { keep: {} }));
        const form = await formOf(bench);
        assert.ok(!form.some((line) => line.includes('__aside')), form.join('\n'));
        await bench.query("INSERT INTO parcel (label) VALUES ('meanwhile')");
        // The dropped table referred to it with ON DELETE CASCADE, the dropped column to the depot.
        await bench.query('DELETE FROM parcel WHERE id = 1');
        await bench.query('DELETE FROM depot');
        const again = {
          id: '0004',
          name: 'again',
          upgrade: [
            createTable(
              table('stamp', {
                columns: { id: int64(), code: text() },
                primaryKey: ['id'],
                uniques: { uq_stamp_code: ['code'] },
                indexes: { stamp_by_parcel: ['code'] },
              }),
            ),
            alterTable('parcel', { kind: 'addColumn', name: 'size', column: text({ nullable: true, oneOf: ['xl'] }) }),
          ],
          downgrade: 'not needed here.',
        };
        await upgrade(bench.run([...history, again], { keep: {} }));
        const kept = await bench.direct((connection) => keptFor(connection, bench.engine));
        assert.deepEqual(kept.map(({ revision, what, rows }) => `${revision} ${what} ${rows}`).toSorted(), [
          '0002 column parcel.depot_id 1',
          '0002 column parcel.size 2',
          '0002 table stamp 1',
        ]);
      }),
  );

  test(
    `rows written meanwhile get the default where a value is required and NULL elsewhere (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await atFirst(bench);
        await upgrade(bench.run(history, { keep: {} }));
        await bench.query("INSERT INTO parcel (label) VALUES ('meanwhile')");
        const undone = await undo(undoing(bench.place, { discardsWrites: true }));
        assert.deepEqual([undone.how, 'revision' in undone && undone.revision], ['downgrade', '0003']);
        const named = await undo(undoing(bench.place));
        assert.deepEqual(named.how === 'downgrade' && named.losses.map(({ kind, about, rows }) => `${kind} ${about} ${rows}`), [
          'empty its value of parcel.size, and gets the default: rows written meanwhile 1',
          'empty a value of parcel.depot_id: rows written meanwhile, or without one before 2',
        ]);
        assert.deepEqual(
          (await bench.query('SELECT label, size, depot_id FROM parcel ORDER BY id')).map((row) =>
            Object.values(row).map((cell) => (typeof cell === 'string' || cell === null ? cell : Number(cell))),
          ),
          [
            ['one', 's', 1],
            ['two', 'l', 2],
            ['three', 'm', null],
            ['meanwhile', 'm', null],
          ],
        );
      }),
  );

  test(
    `undo counts what would be lost, changes nothing, and goes on only when told to discard it (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await atFirst(bench);
        await upgrade(bench.run(history, { keep: {} }));
        await bench.query("UPDATE parcel SET note = 'n' WHERE id < 3");
        await assert.rejects(
          undo(undoing(bench.place)),
          hasCode('FC_REVISION_DECISION_NEEDED', /would be lost +values of parcel.note \(2\)/, /--discard-writes/),
        );
        assert.equal((await bench.ledger()).at(-1)?.id, '0003');
        assert.equal((await undo(undoing(bench.place, { discardsWrites: true, revision: '0003' }))).how, 'downgrade');
        assert.equal((await undo(undoing(bench.place, { revision: '0003' }))).how, 'nothing');
        await assert.rejects(
          undo(undoing(bench.place, { revision: '0001' })),
          hasCode('FC_BAD_REQUEST', /Only the newest revision can be undone, which is 0002/),
        );
      }),
  );

  test(
    `finish drops it for good, and then the way back says what does not come back (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await atFirst(bench);
        await upgrade(bench.run(history.slice(0, 2), { keep: {} }));
        assert.deepEqual(await finish({ ...bench.run([]), revision: '0001' }), []);
        const dropped = await finish(bench.run([]));
        assert.deepEqual(dropped.map(({ what, rows }) => `${what} ${rows}`).toSorted(), [
          'column parcel.depot_id 2',
          'column parcel.size 3',
          'table stamp 1',
        ]);
        assert.deepEqual(await finish(bench.run([])), []);
        const undone = await undo(undoing(bench.place, { revisions: history.slice(0, 2) }));
        assert.deepEqual(undone.how === 'downgrade' && undone.losses.map(({ kind, about }) => `${kind} ${about}`), [
          'gone rows of table stamp',
          'gone values of parcel.depot_id',
          'gone values of parcel.size',
        ]);
        assert.deepEqual(
          (await bench.query('SELECT DISTINCT size, depot_id FROM parcel')).map((row) => Object.values(row)),
          [['m', null]],
        );
        assert.deepEqual(await bench.query('SELECT * FROM stamp'), []);
      }),
  );

  test(
    `finish does not drop what a view of somebody still shows: it says so, and goes on when the view is gone (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await atFirst(bench);
        await bench.query('CREATE VIEW sizes AS SELECT id, size FROM parcel');
        await upgrade(bench.run([making, taking], { keep: {} }));
        assert.equal((await bench.query('SELECT * FROM sizes')).length, 3, 'it shows the column aside');
        await assert.rejects(finish(bench.run([])), hasCode('FC_REVISION_FAILED', /column parcel.size/, /sizes/));
        await bench.query('DROP VIEW sizes');
        await finish(bench.run([]));
        assert.deepEqual(await bench.direct((connection) => keptFor(connection, bench.engine)), []);
      }),
  );

  test(`without keep (--no-copy) a drop is a drop (${target.name})`, { skip: target.skip }, () =>
    onFresh(target, async (bench) => {
      await atFirst(bench);
      await upgrade(bench.run([making, taking]));
      assert.deepEqual(await bench.direct((connection) => keptFor(connection, bench.engine)), []);
    }),
  );

  test(
    `a revision that is committed statement by statement keeps aside and brings back too (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await atFirst(bench);
        const rows = await contentOf(bench);
        const online = { ...taking, isTransactional: false as const };
        await upgrade(bench.run([making, online], { keep: {} }));
        await downgrade(bench.run([making, online]), '0001');
        assert.deepEqual(await contentOf(bench), rows);
      }),
  );

  test(
    `rows whose parent was deleted meanwhile: the way back is refused, names them, and changes nothing (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await atFirst(bench);
        await upgrade(bench.run([making, taking], { keep: {} }));
        await bench.query('DELETE FROM depot WHERE id = 1');
        await assert.rejects(
          downgrade(bench.run([making, taking]), '0001'),
          hasCode('FC_REVISION_FAILED', /0002 less failed/, /depot/),
        );
        assert.equal((await bench.ledger()).at(-1)?.id, '0002');
        assert.equal((await bench.direct((connection) => keptFor(connection, bench.engine))).length, 3);
      }),
  );
}

for (const target of directPostgres()) {
  test(
    `finish killed with SIGKILL after each thing it drops goes on with what is left (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await atFirst(bench);
        await upgrade(bench.run([making, taking, adding], { keep: {} }));
        for (let left = 2; left >= 0; left--) {
          assert.equal((await killedAt(bench.place, 'finish', 'dropped 1')).at(-1), 'dropped 1');
          assert.equal((await bench.direct((connection) => keptFor(connection, bench.engine))).length, left);
        }
        assert.deepEqual(await killedAt(bench.place, 'finish', 'never'), ['end']);
      }),
  );
}
