import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createTable } from '../../src/revisions/step.ts';
import { generatedId, int64, schema, table } from '../../src/schema/index.ts';
import {
  freshTarget,
  insert,
  looseSource,
  moved,
  newSource,
  onTarget,
  optionsFor,
  planned,
  server,
  temporaryFolder,
} from './library.ts';

describe('keys, references and sequences', { concurrency: false }, () => {
  test('T-19: orphans are found, quarantined byte for byte, and those that hang on them follow', {
    skip: server().skip,
  }, async (t) => {
    const file = join(temporaryFolder(t), 'source.db');
    const db = await newSource(file);
    insert(db, 'author', { id: 1n, pen_name: 'Ada' });
    insert(db, 'author', { id: 3n, pen_name: 'Orphan of 2', mentor_id: 2n });
    insert(db, 'author', { id: 4n, pen_name: 'Pupil of 3', mentor_id: 3n });
    insert(db, 'book', { id: 1n, author_id: 1n, editor_id: 99n });
    insert(db, 'book', { id: 2n, author_id: 4n });
    insert(db, 'book', { id: 3n, author_id: 77n, body: 'no author' });
    insert(db, 'shelf', { room: 'r', label: 'a' });
    insert(db, 'placed', { book_id: 1n, room: 'r', label: 'a' });
    insert(db, 'placed', { book_id: 2n, room: 'r', label: 'a' });
    insert(db, 'placed', { book_id: 1n, room: 'r', label: 'gone' });
    db.close();
    const url = await freshTarget(t);
    const { findings } = await planned(optionsFor(file, url));
    assert.deepEqual(
      findings.map(({ table: name, key, column, kind, shown }) => `${name} ${key} ${column} ${kind} ${shown}`),
      [
        'author id=3 mentor_id orphan 2',
        'author id=4 mentor_id orphan 3',
        'book id=2 author_id orphan 4',
        'book id=3 author_id orphan 77',
        'book id=1 editor_id orphan 99',
        'placed book_id=1,room="r",label="a" book_id orphan 1',
        'placed book_id=2,room="r",label="a" book_id orphan 2',
        'placed book_id=1,room="r",label="gone" room,label orphan "r", "gone"',
      ],
    );
    const { result, verdict } = await moved(file, url, {
      'author.mentor_id orphan': 'set_null',
      'book.editor_id orphan': 'set_null',
    });
    assert.equal(verdict.isEqual, true, JSON.stringify(verdict, null, 1));
    assert.deepEqual(result.tables, [
      { table: 'author', rowsIn: 3, rowsOut: 3, quarantined: 0 },
      { table: 'book', rowsIn: 3, rowsOut: 2, quarantined: 1 },
      { table: 'shelf', rowsIn: 1, rowsOut: 1, quarantined: 0 },
      { table: 'placed', rowsIn: 3, rowsOut: 2, quarantined: 1 },
    ]);
    // Two authors lost their mentor, but only one reference was broken: emptied references break nothing further.
    assert.deepEqual(
      (await onTarget(url, 'SELECT id, mentor_id FROM author ORDER BY id')).map((row) => Object.values(row).join()),
      ['1,', '3,', '4,3'],
    );
    assert.deepEqual((await onTarget(url, 'SELECT editor_id FROM book WHERE id = 1'))[0]?.editor_id, null);
    const kept = await onTarget(url, 'SELECT table_name, row_key, reason, cells FROM flashcase_move.quarantine ORDER BY 1');
    assert.deepEqual(
      kept.map(({ table_name, reason }) => `${table_name} ${reason}`),
      ['book orphan', 'placed orphan'],
    );
    assert.deepEqual(JSON.parse(kept[0]?.cells ?? '').body, { text: 'no author' });
  });

  test('T-20: references to later rows, to the own table and in a circle arrive whatever the order', {
    skip: server().skip,
  }, async (t) => {
    const hen = table('hen', { columns: { id: generatedId(), egg_id: int64({ nullable: true }) }, primaryKey: ['id'] });
    const egg = table('egg', {
      columns: { id: generatedId(), hen_id: int64({ nullable: true }), next_id: int64({ nullable: true }) },
      primaryKey: ['id'],
      references: { next_id: 'egg.id' },
    });
    const circle = schema({
      hen: {
        ...hen,
        foreignKeys: [{ name: 'fk_hen_egg_id', columns: ['egg_id'], references: { table: 'egg', columns: ['id'] } }],
      },
      egg: {
        ...egg,
        foreignKeys: [
          ...egg.foreignKeys,
          { name: 'fk_egg_hen_id', columns: ['hen_id'], references: { table: 'hen', columns: ['id'] } },
        ],
      },
    });
    const revisions = [
      {
        id: '0001',
        name: 'circle',
        upgrade: [
          createTable(hen),
          createTable(egg),
          {
            kind: 'sql' as const,
            about: 'close the circle',
            sqlite: [],
            postgres: [
              'ALTER TABLE hen ADD CONSTRAINT fk_hen_egg_id FOREIGN KEY (egg_id) REFERENCES egg (id)',
              'ALTER TABLE egg ADD CONSTRAINT fk_egg_hen_id FOREIGN KEY (hen_id) REFERENCES hen (id)',
            ],
          },
        ],
        downgrade: 'not needed here.',
      },
    ];
    const file = join(temporaryFolder(t), 'source.db');
    const db = await newSource(file, circle, revisions);
    db.exec(`
      INSERT INTO hen VALUES (1, 70), (2, NULL);
      WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 70) INSERT INTO egg SELECT i, 1 + i % 2, 71 - i FROM s;
    `);
    db.close();
    const url = await freshTarget(t);
    const { verdict } = await moved(file, url, {}, { schema: circle, revisions, rowsPerCheckpoint: 10 });
    assert.equal(verdict.isEqual, true, JSON.stringify(verdict, null, 1));
    assert.equal(
      (await onTarget(url, "SELECT count(*) AS n FROM pg_constraint WHERE contype = 'f' AND convalidated"))[0]?.n,
      '3',
    );
  });

  test('T-25: duplicates of a key are found, all but the first, and the target has the key', {
    skip: server().skip,
  }, async (t) => {
    const file = join(temporaryFolder(t), 'source.db');
    const db = await looseSource(file);
    insert(db, 'author', { id: 1n, pen_name: 'Ada' });
    insert(db, 'author', { id: 2n, pen_name: 'Ada' });
    insert(db, 'author', { id: 3n, pen_name: 'ada' });
    for (const note of ['first', 'second', 'third']) insert(db, 'shelf', { room: 'r', label: 'l', note });
    insert(db, 'shelf', { room: null, label: 'l', note: 'no room' });
    insert(db, 'shelf', { room: null, label: 'l', note: 'no room' });
    db.close();
    const url = await freshTarget(t);
    const { findings } = await planned(optionsFor(file, url));
    assert.deepEqual(
      findings.map(({ table: name, kind, column, shown }) => `${name} ${column} ${kind} ${shown}`),
      [
        'author pen_name duplicate "Ada"',
        'shelf room null_not_allowed NULL',
        'shelf room null_not_allowed NULL',
        'shelf room,label duplicate "r", "l"',
        'shelf room,label duplicate "r", "l"',
      ],
    );
    const { result, verdict } = await moved(file, url);
    assert.equal(verdict.isEqual, true, JSON.stringify(verdict, null, 1));
    assert.deepEqual(
      result.tables.find((row) => row.table === 'shelf'),
      { table: 'shelf', rowsIn: 5, rowsOut: 1, quarantined: 4 },
    );
    assert.deepEqual(
      (await onTarget(url, 'SELECT note FROM shelf')).map(({ note }) => note),
      ['first'],
    );
    await assert.rejects(onTarget(url, "INSERT INTO author (pen_name) VALUES ('Ada')"), { code: '23505' });
  });

  test('T-27: columns in another order in the file arrive under their own names', { skip: server().skip }, async (t) => {
    const file = join(temporaryFolder(t), 'source.db');
    const db = await looseSource(file);
    db.exec('DROP TABLE shelf; CREATE TABLE shelf (note, label, room)');
    insert(db, 'shelf', { room: 'r', label: 'l', note: 'n' });
    db.close();
    const url = await freshTarget(t);
    assert.equal((await moved(file, url)).verdict.isEqual, true);
    assert.deepEqual({ ...(await onTarget(url, 'SELECT * FROM shelf'))[0] }, { room: 'r', label: 'l', note: 'n' });
  });

  test('a condition of the schema that a stored row breaks is found', { skip: server().skip }, async (t) => {
    const file = join(temporaryFolder(t), 'source.db');
    const db = await looseSource(file);
    insert(db, 'author', { id: 1n, pen_name: 'Ada' });
    insert(db, 'book', { id: 1n, author_id: 1n, pages: -1n });
    db.close();
    const url = await freshTarget(t);
    const { findings } = await planned(optionsFor(file, url));
    assert.deepEqual(
      findings.map(({ column, kind }) => `${column} ${kind}`),
      ['book_pages_positive check_failed'],
    );
    assert.equal((await moved(file, url)).verdict.isEqual, true);
  });

  test('text too long for an index is asked about before anything is written', { skip: server().skip }, async (t) => {
    const file = join(temporaryFolder(t), 'source.db');
    const db = await newSource(file);
    insert(db, 'author', { id: 1n, pen_name: 'Ada' });
    insert(db, 'book', { id: 1n, author_id: 1n, body: 'a'.repeat(5000) });
    db.close();
    const url = await freshTarget(t);
    const { findings } = await planned(optionsFor(file, url));
    assert.deepEqual(
      findings.map(({ column, kind, remedies }) => `${column} ${kind} ${remedies.join()}`),
      ['body too_long_for_index quarantine,keep'],
    );
    const { result, verdict } = await moved(file, url, { 'book.body too_long_for_index': 'keep' });
    assert.equal(verdict.isEqual, true);
    assert.equal(result.tables.find((row) => row.table === 'book')?.rowsOut, 1);
  });

  test('a table without row ids is moved, and its rows are named by their key', { skip: server().skip }, async (t) => {
    const file = join(temporaryFolder(t), 'source.db');
    const db = await newSource(file);
    db.exec(
      'DROP TABLE placed; DROP TABLE shelf; CREATE TABLE shelf (room, label, note, PRIMARY KEY (room, label)) WITHOUT ROWID; CREATE TABLE placed (book_id, room, label)',
    );
    for (let i = 0; i < 50; i++) insert(db, 'shelf', { room: `r${i % 7}`, label: `l${i}`, note: i === 20 ? 'a\0b' : 'fine' });
    db.close();
    const url = await freshTarget(t);
    const { findings } = await planned(optionsFor(file, url));
    assert.deepEqual(
      findings.map(({ key, kind }) => `${key} ${kind}`),
      ['room="r6",label="l20" nul_character'],
    );
    const { result, verdict } = await moved(file, url);
    assert.equal(verdict.isEqual, true, JSON.stringify(verdict, null, 1));
    assert.deepEqual(
      result.tables.find((row) => row.table === 'shelf'),
      { table: 'shelf', rowsIn: 50, rowsOut: 49, quarantined: 1 },
    );
  });
});
