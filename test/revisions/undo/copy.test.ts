import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { refuseWithoutSpace } from '../../../src/engine/sqlite/verified-copy.ts';
import { targetOf } from '../../../src/revisions/compile/target.ts';
import type { Revision } from '../../../src/revisions/revision.ts';
import { EMPTY, replay } from '../../../src/revisions/state.ts';
import { alterTable, backfill, createView, dropTable, type Step } from '../../../src/revisions/step.ts';
import type { KeptCopy } from '../../../src/revisions/undo/copies.ts';
import { destructionsOf } from '../../../src/revisions/undo/destructive.ts';
import { finish } from '../../../src/revisions/undo/finish.ts';
import { undo } from '../../../src/revisions/undo/undo.ts';
import { int64, text } from '../../../src/schema/index.ts';
import { hasCode, sql } from '../own-schema.ts';
import { contentOf } from '../rebuild/story.ts';
import { atFirst, beside, upgraded, write } from './at-first.ts';
import { history, making, taking, undoing } from './parcels.ts';

test('SQLite: a verified copy is made before a revision that takes something away, and none before others or on an empty file', () =>
  atFirst(async (bench, file) => {
    const before = contentOf(file) as { objects: unknown };
    assert.deepEqual(beside(file), [basename(file)], 'none while there was not a row');
    const copies = await upgraded(bench);
    assert.deepEqual(
      copies.map(({ revision }) => revision),
      ['0002'],
    );
    const [copy] = copies as [KeptCopy];
    assert.match(basename(copy.file), /^flashcase\.db\.before-0002-\d{8}T\d{12}Z$/);
    assert.equal(copy.bytes, statSync(copy.file).size);
    const kept = contentOf(copy.file) as { tables: [string, unknown[]][] };
    const own = (content: unknown) =>
      (content as { tables: [string, unknown[]][] }).tables.filter(([name]) => !name.startsWith('schema_revision'));
    assert.deepEqual(own(kept), own(before));
  }));

test('SQLite: undo puts the copy back when nothing was written since, keeps the other file by name, and a second undo goes on', () =>
  atFirst(async (bench, file) => {
    await upgraded(bench);
    const at3 = contentOf(file);
    const first = await undo(undoing(bench.place, { revision: '0003' }));
    assert.equal(first.how, 'downgrade');
    const second = await undo(undoing(bench.place, { revision: '0002' }));
    assert.ok(second.how === 'copy' && second.writes.length === 0);
    assert.ok(beside(file).includes(basename(second.keptAside)));
    assert.ok(!beside(file).some((name) => /before-0002-2|scratch|partial/.test(name)), 'the copy is the database now');
    assert.ok(
      beside(file).some((name) => /before-0003-down-/.test(name)),
      'taking 0003 back made a copy too',
    );
    const db = new DatabaseSync(file);
    assert.equal(db.prepare('SELECT count(*) AS n FROM stamp').get()?.n, 1);
    assert.deepEqual(
      db
        .prepare('SELECT size, depot_id FROM parcel ORDER BY id')
        .all()
        .map((row) => Object.values(row)),
      [
        ['s', 1],
        ['l', 2],
        ['m', null],
      ],
    );
    db.close();
    assert.equal((await undo(undoing(bench.place, { revision: '0002' }))).how, 'nothing', 'the same command again does no more');
    await upgraded(bench);
    const own = (content: unknown) =>
      JSON.stringify(
        (content as { tables: [string, unknown[]][] }).tables.filter(([name]) => !name.startsWith('schema_revision')),
      );
    assert.equal(own(contentOf(file)), own(at3));
  }));

for (const [what, statements, named] of [
  ['a row added', "INSERT INTO parcel (label) VALUES ('new')", /parcel: 1 rows added/],
  ['a row changed', "UPDATE parcel SET label = 'other' WHERE id = 2", /parcel: 1 rows changed/],
  ['a value of another storage class', 'UPDATE loose SET v = 1.0', /loose: .*changed/],
  ['a row deleted', 'DELETE FROM parcel WHERE id = 2', /parcel: 1 rows deleted/],
  [
    'added, changed and deleted at once',
    "INSERT INTO parcel (label) VALUES ('n'), ('m'); UPDATE parcel SET grams = 9 WHERE id = 1; DELETE FROM parcel WHERE id = 3",
    /parcel: 2 rows added, 1 rows changed, 1 rows deleted/,
  ],
  [
    'an id handed out and its row deleted',
    "INSERT INTO parcel (label) VALUES ('gone'); DELETE FROM parcel WHERE label = 'gone'",
    /parcel: 1 ids handed out/,
  ],
  ['a table made', 'CREATE TABLE mine (a); INSERT INTO mine VALUES (1), (2)', /mine: made since, 2 rows added/],
  ['an index made', 'CREATE INDEX mine ON parcel (label)', /mine: made since/],
  ['a trigger made', 'CREATE TRIGGER mine AFTER DELETE ON parcel BEGIN SELECT 1; END', /mine: made since/],
] as const) {
  test(`SQLite: undo finds ${what} since the revision, says so, and changes nothing`, () =>
    atFirst(async (bench, file) => {
      write(file, 'CREATE TABLE loose (v); INSERT INTO loose VALUES (1)');
      await upgraded(bench, history.slice(0, 2));
      write(file, statements);
      const content = contentOf(file);
      const names = beside(file);
      await assert.rejects(
        undo(undoing(bench.place, { revisions: history.slice(0, 2) })),
        hasCode('FC_REVISION_DECISION_NEEDED', named, /--discard-writes/),
      );
      assert.deepEqual([contentOf(file), beside(file)], [content, names]);
      const undone = await undo(undoing(bench.place, { revisions: history.slice(0, 2), discardsWrites: true }));
      assert.ok(undone.how === 'copy');
      assert.deepEqual(contentOf(undone.keptAside), content, 'what was discarded is in the file kept aside');
    }));
}

test('SQLite: a write between two revisions of one run is found too, though both are undone in turn', () =>
  atFirst(async (bench, file) => {
    await upgraded(bench, history.slice(0, 2));
    write(file, "INSERT INTO parcel (label) VALUES ('between')");
    await upgraded(bench);
    await undo(undoing(bench.place));
    await assert.rejects(undo(undoing(bench.place)), hasCode('FC_REVISION_DECISION_NEEDED', /parcel: 1 rows added/));
  }));

test('SQLite: undo refuses while another process has the file open, and names it', () =>
  atFirst(async (bench, file) => {
    await upgraded(bench, history.slice(0, 2));
    const program =
      "const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(process.argv[1]); db.exec('PRAGMA journal_mode = WAL'); db.prepare('SELECT count(*) FROM parcel').get(); console.log('open'); setTimeout(() => {}, 600000);";
    const child = spawn(process.execPath, ['-e', program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      const content = contentOf(file);
      await assert.rejects(
        undo(undoing(bench.place, { revisions: history.slice(0, 2) })),
        hasCode('FC_DB_BUSY', new RegExp(`process ${child.pid}`), /Stop the server/),
      );
      assert.deepEqual(contentOf(file), content);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    assert.equal((await undo(undoing(bench.place, { revisions: history.slice(0, 2) }))).how, 'copy');
  }));

test('SQLite: a process that opens the file in the very moment of the exchange cannot write into the old one', () =>
  atFirst(async (bench, file) => {
    await upgraded(bench, history.slice(0, 2));
    let early: DatabaseSync | undefined;
    const undone = await undo(
      undoing(bench.place, {
        revisions: history.slice(0, 2),
        onStep: (step) => {
          if (step === 'compared') early = new DatabaseSync(file, { timeout: 0 });
        },
      }),
    );
    assert.ok(undone.how === 'copy' && early !== undefined);
    assert.throws(() => early?.exec("INSERT INTO parcel (label) VALUES ('lost')"), /readonly/);
    early.close();
  }));

test('SQLite: a revision half-applied in pieces can be undone: what it did itself is counted, and --discard-writes goes back', () =>
  atFirst(async (bench, file) => {
    const filling: Revision = {
      id: '0002',
      name: 'grams',
      upgrade: [
        backfill({ about: 'fill grams', table: 'parcel', set: { grams: '1' }, where: 'grams IS NULL', batchRows: 1 }),
        sql('fail', 'SELECT * FROM nowhere'),
      ],
      downgrade: 'values cannot be told apart.',
    };
    const before = JSON.stringify((contentOf(file) as { tables: unknown[][] }).tables.filter(([name]) => name === 'parcel'));
    await assert.rejects(upgraded(bench, [making, filling]), /0002/);
    const revisions = [making, filling];
    await assert.rejects(
      undo(undoing(bench.place, { revisions })),
      hasCode('FC_REVISION_DECISION_NEEDED', /by the half-applied revision itself/, /parcel: 1 rows changed/),
    );
    assert.equal((await undo(undoing(bench.place, { revisions, discardsWrites: true }))).how, 'copy');
    assert.equal(
      JSON.stringify((contentOf(file) as { tables: unknown[][] }).tables.filter(([name]) => name === 'parcel')),
      before,
    );
    // Corrected, it goes through, with one copy although it has two transactions; and undo runs it again to compare.
    const corrected = { ...filling, upgrade: filling.upgrade.slice(0, 1) };
    assert.equal((await upgraded(bench, [making, corrected])).length, 1);
    const undone = await undo(undoing(bench.place, { revisions: [making, corrected] }));
    assert.ok(undone.how === 'copy' && undone.writes.length === 0);
  }));

test('SQLite: a damaged copy is not put in anybody’s place', () =>
  atFirst(async (bench, file) => {
    const [copy] = (await upgraded(bench, history.slice(0, 2))) as [KeptCopy];
    const bytes = readFileSync(copy.file);
    bytes.fill(0x7f, 8192, 8192 + 3000);
    writeFileSync(copy.file, bytes);
    const content = contentOf(file);
    await assert.rejects(undo(undoing(bench.place, { revisions: history.slice(0, 2) })), hasCode('FC_DB_CORRUPT'));
    assert.deepEqual(contentOf(file), content);
  }));

test('SQLite: three copies are kept, older ones are removed by name and said; finish removes the rest', () =>
  atFirst(async (bench, file) => {
    const times = ['20200101T000000000001Z', '20210101T000000000001Z', '20220101T000000000001Z'];
    for (const time of times) copyFileSync(file, `${file}.before-0001-${time}`);
    copyFileSync(file, `${file}.before-nobody-knows`);
    const [copy] = (await upgraded(bench, history.slice(0, 2))) as [KeptCopy];
    assert.deepEqual(
      copy.removed.map((name) => basename(name)),
      [`flashcase.db.before-0001-${times[0]}`],
    );
    assert.equal(beside(file).filter((name) => /before-\d{4}-/.test(name)).length, 3);
    const engine = undoing(bench.place).open();
    const dropped = await finish({ engine, clock: undoing(bench.place).clock, revision: '0001' });
    assert.deepEqual(
      dropped.map(({ what }) => basename(what)),
      times.slice(1).map((time) => `flashcase.db.before-0001-${time}`),
    );
    await finish({ engine, clock: undoing(bench.place).clock });
    await engine.close();
    assert.deepEqual(beside(file), ['flashcase.db', 'flashcase.db.before-nobody-knows'], 'a name that is none of ours stays');
  }));

test('SQLite: a copy that has the revision itself, put there by hand, is not taken for one from before it', () =>
  atFirst(async (bench, file) => {
    const [copy] = (await upgraded(bench, history.slice(0, 2))) as [KeptCopy];
    copyFileSync(file, `${file}.before-0002-29990101T000000000001Z`);
    await assert.rejects(
      undo(undoing(bench.place, { revisions: history.slice(0, 2) })),
      hasCode('FC_REVISION_UNKNOWN', /it has that revision/),
    );
    assert.ok(beside(file).includes(basename(copy.file)));
  }));

test('SQLite: without room on the disk an upgrade refuses before it changes anything, and says how to go on', () =>
  assert.throws(
    () =>
      refuseWithoutSpace(
        tmpdir(),
        2 ** 60,
        'The copy made before revision 0002',
        'Make room, or flashcase db upgrade --no-copy.',
      ),
    hasCode(
      'FC_DB_DISK_FULL',
      /The copy made before revision 0002 needs \d+ MiB, and the disk has \d+ MiB left. Nothing was changed/,
      /--no-copy/,
    ),
  ));

test('what is destructive is said in one place: drops, types, values given anew, rebuilds, and SQL that writes', () => {
  const before = replay([making]);
  const of = (...steps: Step[]): string[] => destructionsOf(steps, before, targetOf('sqlite', '3.53'));
  assert.deepEqual(of(...taking.upgrade), ['drop table stamp', 'parcel: drop column depot_id, drop column size']);
  assert.deepEqual(of(alterTable('parcel', { kind: 'addColumn', name: 'x', column: text({ nullable: true }) })), []);
  assert.deepEqual(
    of(
      alterTable('parcel', {
        kind: 'changeColumn',
        name: 'grams',
        column: text({ nullable: true }),
        using: 'CAST(grams AS TEXT)',
      }),
    ),
    ['parcel: change column grams'],
  );
  assert.deepEqual(
    of(alterTable('parcel', { kind: 'changeColumn', name: 'grams', column: int64({ nullable: true, default: 1 }) })),
    ['parcel: built anew'],
  );
  assert.deepEqual(
    of(
      sql('look', 'SELECT 1'),
      sql('clean', 'DELETE FROM parcel'),
      sql('both', 'WITH a AS (SELECT 1) UPDATE parcel SET grams = 1'),
    ),
    ['clean', 'both'],
  );
  assert.deepEqual(
    of(
      sql('add', "INSERT INTO parcel (label) VALUES ('REPLACE; DELETE')"),
      sql('after another', 'SELECT 1; DELETE FROM parcel'),
      sql('in place of another', 'INSERT OR REPLACE INTO parcel (id) VALUES (1)'),
      sql('or changed', 'INSERT INTO parcel (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET grams = 1'),
    ),
    ['after another', 'in place of another', 'or changed'],
  );
  assert.deepEqual(of(createView({ name: 'v', query: 'SELECT 1 AS a', reads: [] })), []);
  assert.deepEqual(destructionsOf([dropTable('stamp')], replay([making], EMPTY), targetOf('postgres', '15')), [
    'drop table stamp',
  ]);
});
