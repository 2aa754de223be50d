import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { carriedTables } from '../../src/move/carried-tables.ts';
import { repairAll, repairRows } from '../../src/move/live/repair-rows.ts';
import { rowToRepair } from '../../src/move/live/row-key.ts';
import { startMove } from '../../src/move/live/start.ts';
import { type LiveVerdict, verifyLive } from '../../src/move/live/verify-live.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { createTable } from '../../src/revisions/step.ts';
import { boolean, generatedId, int64, schema, table, text, timestamp } from '../../src/schema/index.ts';
import { freshTarget, newSource, servers, temporaryFolder } from './library.ts';
import { librarySource, liveOptionsFor, onPostgres, onSqlite, PATIENT } from './live.ts';

const told = ({ tables }: LiveVerdict): string[] =>
  tables
    .flatMap(({ differences }) => differences)
    .map(({ table: name, key, column, source, target }) => `${name} ${key} ${column}: ${source} | ${target}`)
    .toSorted();

/** Writes past the fence and the journal, as only damage can. */
const damage = (url: string, sql: string): Promise<unknown> =>
  onPostgres(url, (client) => client.query(`BEGIN; SET LOCAL flashcase_move.pass = 'on'; ${sql}; COMMIT`));

const damageSqlite = (file: string, sql: string): void =>
  onSqlite(file, (db) =>
    db.exec(`BEGIN; UPDATE flashcase_move SET pass = 1; ${sql}; UPDATE flashcase_move SET pass = 0; COMMIT`),
  );

for (const target of servers()) {
  test(`a damaged row of the side that follows is named with its key, column and both values, and repair makes it what the primary has (${target.name})`, {
    skip: target.skip,
    timeout: 240_000,
  }, async (t) => {
    const url = await freshTarget(t, target);
    const file = await librarySource(t, 60);
    const options = liveOptionsFor(file, url);
    await startMove(options);
    const verify = (isParanoid = false): Promise<LiveVerdict> => verifyLive(options, { events: options.events, isParanoid });
    assert.equal((await verify()).isEqual, true);
    await damage(
      url,
      "UPDATE book SET body = 'other' WHERE id = 7; DELETE FROM placed WHERE book_id = 3; INSERT INTO shelf VALUES ('r', 'too, \"much\"', NULL)",
    );
    onSqlite(file, (db) => db.exec('UPDATE book SET stars = 5 WHERE id = 8'));
    const found = await verify();
    assert.deepEqual(told(found), [
      'book id=7 body: "book 7" | "other"',
      'placed book_id=3,room="r",label="l" *: a row | no row',
      'shelf room="r",label="too, \\"much\\"" *: no row | a row',
    ]);
    const rows = found.tables
      .flatMap(({ differences }) => differences)
      .map(({ table, key }) => rowToRepair(options.tables, table, key));
    assert.deepEqual(
      (await verify(true)).tables.flatMap(({ differences }) => differences.map(({ table, rowKey }) => ({ table, key: rowKey }))),
      rows,
      'both ways of comparing name the rows so that they can be repaired',
    );
    const one = await repairRows(options, [rowToRepair(options.tables, 'book', '7')]);
    assert.deepEqual([one.rows, one.checked, one.differences], [1, 1, []]);
    assert.equal(told(await verify()).length, 2);
    const rest = await repairRows(options, rows);
    assert.deepEqual([rest.rows, rest.checked, rest.differences], [3, 3, []]);
    assert.equal((await verify()).isEqual, true);

    await cutover(options, PATIENT);
    damageSqlite(
      file,
      "UPDATE book SET printed_at = '2020-02-02 02:02:02.020202' WHERE id = 9; DELETE FROM placed WHERE book_id = 6; INSERT INTO author (id, pen_name) VALUES (77, 'nobody'); UPDATE sqlite_sequence SET seq = 2 WHERE name = 'author'",
    );
    const back = await verify();
    assert.deepEqual(told(back), [
      'author id=77 *: a row | no row',
      'book id=9 printed_at: 2020-02-02 02:02:02.020202 | 2024-01-01 00:00:00.000009',
      'placed book_id=6,room="r",label="l" *: no row | a row',
    ]);
    const all = await repairAll(options, options.events);
    assert.deepEqual([all.rows, all.verdict.isEqual, told(all.verdict)], [3, true, []]);
    assert.deepEqual((await repairAll(options, options.events)).rows, 0, 'nothing is left to be repaired');
  });
}

const log = table('log', {
  columns: {
    id: generatedId(),
    reader_no: int64(),
    read_at: timestamp(),
    was_loud: boolean(),
    note: text({ nullable: true }),
    updated_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  partitionedKey: ['id', 'read_at', 'reader_no', 'was_loud'],
});
const logs = schema({ log });
const logRevisions: readonly Revision[] = [
  { id: '0001', name: 'log', upgrade: [createTable(log)], downgrade: 'not needed here.' },
];

test('a row whose key holds more than its primary key is repaired by that alone, whatever the rest became; verify says when it was last written', {
  timeout: 240_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = join(temporaryFolder(t), 'source.db');
  const db = await newSource(file, logs, logRevisions);
  db.exec(`INSERT INTO log (id, reader_no, read_at, was_loud, note, updated_at) VALUES
    (1, 1, '2024-01-01 00:00:00.000001', 0, 'a', '2024-05-05 00:00:00.000000'), (2, 2, '2024-01-02 00:00:00.000002', 1, 'b', NULL)`);
  db.close();
  const options = liveOptionsFor(file, url, { schema: logs, revisions: logRevisions, tables: carriedTables(logs, []) });
  await startMove(options);
  const verify = (): Promise<LiveVerdict> => verifyLive(options, { events: options.events, isParanoid: false });
  await damage(
    url,
    "UPDATE log SET read_at = read_at + interval '1 day', was_loud = NOT was_loud WHERE id = 1; DELETE FROM log WHERE id = 2",
  );
  const found = await verify();
  assert.deepEqual(told(found), [
    'log id=1 read_at: 2024-01-01 00:00:00.000001 | 2024-01-02 00:00:00.000001',
    'log id=1 was_loud: false | true',
    'log id=2 *: a row | no row',
  ]);
  assert.deepEqual(
    found.tables[0]?.differences.map(({ lastWritten }) => lastWritten),
    ['updated_at 2024-05-05 00:00:00.000000', 'updated_at 2024-05-05 00:00:00.000000', undefined],
  );
  const rows = ['1', 'id=2'].map((key) => rowToRepair(options.tables, 'log', key));
  assert.deepEqual((await repairRows(options, rows)).differences, []);
  assert.equal((await verify()).isEqual, true);
  await cutover(options, PATIENT);
  damageSqlite(
    file,
    "UPDATE log SET read_at = '2023-01-01 00:00:00.000000', was_loud = 1 - was_loud WHERE id = 1; DELETE FROM log WHERE id = 2",
  );
  assert.equal(told(await verify()).length, 3);
  assert.deepEqual((await repairRows(options, rows)).differences, []);
  assert.equal((await verify()).isEqual, true);
});

test('verify says of a differing row whether it was written since the copy', { timeout: 120_000 }, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t, 10);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  onSqlite(file, (db) => db.exec('UPDATE book SET stars = 4 WHERE id = 2'));
  const verify = async (): Promise<unknown[]> =>
    (await verifyLive(options, { events: options.events, isParanoid: false })).tables.flatMap(({ differences }) =>
      differences.map(({ key, isJournalled }) => [key, isJournalled]),
    );
  assert.deepEqual(await verify(), []);
  await damage(url, 'UPDATE book SET pages = pages + 1 WHERE id IN (2, 3)');
  assert.deepEqual(await verify(), [
    ['id=2', true],
    ['id=3', undefined],
  ]);
});

test('repair refuses a table that is not moved and a key of another form, and says how a key is written', () => {
  const { tables } = liveOptionsFor('unused', 'unused');
  const refused = (table: string, key: string): unknown => {
    try {
      return rowToRepair(tables, table, key);
    } catch (error) {
      return (error as { hint?: string }).hint;
    }
  };
  assert.match(String(refused('books', '1')), /author, book, shelf, placed/);
  for (const key of ['', 'seven', 'id=seven', 'id=1,room=2', '1;', 'key=1', '99999999999999999999'])
    assert.match(String(refused('book', key)), /: id=17$/, key);
  for (const key of ['r', 'room=r', 'room="r"', 'room="r",label="l",note="n"', 'room="r,label="l"'])
    assert.match(String(refused('shelf', key)), /: room="words",label="words"$/, key);
  assert.deepEqual(refused('book', 'id=17'), { table: 'book', key: ['17'] });
  assert.deepEqual(refused('book', '-3'), { table: 'book', key: ['-3'] });
  assert.deepEqual(refused('shelf', 'room=r,label=l'), { table: 'shelf', key: ['r', 'l'] });
  assert.deepEqual(refused('shelf', 'room="a,\\"b",label=""'), { table: 'shelf', key: ['a,"b', ''] });
});
