import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upgrade } from '../../../src/revisions/run.ts';
import { alterTable, createTable } from '../../../src/revisions/step.ts';
import { generatedId, int64, table, text } from '../../../src/schema/index.ts';
import { everydayEngines } from '../../support/database.ts';
import { onFresh } from '../own-schema.ts';
import { afterwards, onFile, refused, rows, tell, value } from './story.ts';

/** The checklist of facts 5.2, second half: references, keys, sequences, and what strangers put beside and on the table. */
const node = table('node', {
  columns: { id: generatedId(), name: text({ nullable: true }), parent_id: int64({ nullable: true }) },
  primaryKey: ['id'],
  references: { parent_id: { to: 'node.id', onDelete: 'cascade' } },
  indexes: { node_by_name: ['name'], node_by_parent: ['parent_id', '-name'] },
});
const three = "INSERT INTO node (id, name, parent_id) VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 2);";
/** No version of SQLite changes a default in place. */
const anew = alterTable('node', { kind: 'changeColumn', name: 'name', column: text({ default: 'x', nullable: true }) });

test('checklist 91: a table that refers to itself is rebuilt with every row and still cascades', () =>
  afterwards({ tables: [node], plant: three, steps: [anew] }, (db) => {
    assert.equal(value(db, 'SELECT count(*) FROM node'), 3);
    db.exec('PRAGMA foreign_keys = ON; DELETE FROM node WHERE id = 1');
    assert.equal(value(db, 'SELECT count(*) FROM node'), 0);
  }));

test('checklist 92, 93, 107: tables that refer to it, directly, over two columns and in turn, keep every row and are enforced afterwards', () =>
  afterwards(
    {
      tables: [node],
      plant: `${three} CREATE UNIQUE INDEX node_pair ON node (id, name);
        CREATE TABLE leaf (id INTEGER PRIMARY KEY, node_id INTEGER NOT NULL REFERENCES node (id) ON DELETE CASCADE, n INTEGER, name TEXT, FOREIGN KEY (n, name) REFERENCES node (id, name));
        INSERT INTO leaf VALUES (1, 1, 1, 'a'), (2, 3, 3, 'c');
        CREATE TABLE hair (leaf_id INTEGER REFERENCES leaf (id) ON DELETE SET NULL); INSERT INTO hair VALUES (1), (2);`,
      steps: [anew, alterTable('node', { kind: 'addUnique', unique: { name: 'uq', columns: ['name', 'parent_id'] } })],
    },
    (db) => {
      assert.deepEqual(rows(db, 'SELECT * FROM leaf'), [
        [1, 1, 1, 'a'],
        [2, 3, 3, 'c'],
      ]);
      assert.deepEqual(rows(db, 'SELECT * FROM hair').flat(), [1, 2]);
      db.exec('PRAGMA foreign_keys = ON');
      assert.throws(() => db.exec('INSERT INTO leaf VALUES (3, 9, NULL, NULL)'), /FOREIGN KEY/);
      assert.throws(() => db.exec("INSERT INTO leaf VALUES (3, 1, 1, 'b')"), /FOREIGN KEY/);
    },
  ));

test('checklist 94: foreign key, unique constraint, check and primary key are added and dropped, and hold', async () => {
  const plain = table('plain', { columns: { a: int64(), b: int64({ nullable: true }), c: text() }, primaryKey: ['a'] });
  const plant = `${three} INSERT INTO plain VALUES (1, 1, 'x'), (2, NULL, 'y');`;
  const add = alterTable(
    'plain',
    { kind: 'addForeignKey', foreignKey: { name: 'fk', columns: ['b'], references: { table: 'node', columns: ['id'] } } },
    { kind: 'addUnique', unique: { name: 'uq', columns: ['c'] } },
    { kind: 'addCheck', check: { name: 'ck', expression: "c <> ''" } },
    { kind: 'changePrimaryKey', columns: ['a', 'c'] },
  );
  await afterwards({ tables: [node, plain], plant, steps: [add] }, (db) => {
    db.exec('PRAGMA foreign_keys = ON');
    for (const bad of ["(3, 9, 'z')", "(3, 1, 'x')", "(3, 1, '')"])
      assert.throws(() => db.exec(`INSERT INTO plain VALUES ${bad}`), /constraint failed/);
    db.exec("INSERT INTO plain VALUES (1, 1, 'other')");
  });
  const drop = alterTable(
    'plain',
    { kind: 'dropForeignKey', name: 'fk' },
    { kind: 'dropUnique', name: 'uq' },
    { kind: 'dropCheck', name: 'ck' },
    { kind: 'changePrimaryKey', columns: ['a'] },
  );
  await afterwards({ tables: [node, plain], plant, steps: [add, drop] }, (db) => {
    db.exec("PRAGMA foreign_keys = ON; INSERT INTO plain VALUES (3, 9, ''), (4, 9, '')");
    assert.throws(() => db.exec("INSERT INTO plain VALUES (1, 1, 'other')"), /UNIQUE/);
  });
});

test('checklist 95, 97: indexes of every kind come back: several columns, descending, on an expression, partial, unique with a collation', () =>
  afterwards(
    {
      tables: [node],
      plant: `${three} CREATE UNIQUE INDEX i1 ON node (name COLLATE NOCASE, parent_id) WHERE name IS NOT NULL; CREATE INDEX i2 ON node (upper(name) DESC);`,
      steps: [anew],
    },
    (db) => {
      assert.deepEqual(rows(db, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1").flat(), [
        'i1',
        'i2',
        'node_by_name',
        'node_by_parent',
      ]);
      db.exec("INSERT INTO node (name, parent_id) VALUES ('q', 1)");
      assert.throws(() => db.exec("INSERT INTO node (name, parent_id) VALUES ('Q', 1)"), /UNIQUE/);
    },
  ));

test('checklist 96: an index that names a dropped column cannot come back, so the change is refused and names it', () =>
  refused(
    {
      tables: [node],
      plant: `${three} CREATE INDEX by_length ON node (length(name)) WHERE name > 'a';`,
      steps: [
        anew,
        alterTable(
          'node',
          { kind: 'dropIndex', name: 'node_by_name' },
          { kind: 'dropIndex', name: 'node_by_parent' },
          { kind: 'dropColumn', name: 'name' },
          { kind: 'addUnique', unique: { name: 'uq', columns: ['parent_id'] } },
        ),
      ],
    },
    /index by_length does not fit the changed table node/,
    /CREATE INDEX by_length ON node \(length\(name\)\)/,
  ));

test('checklist 97, 106: a table with a composite key, one whose key is no id, and one with other rows’ numbers keep them', () =>
  afterwards(
    {
      tables: [
        table('pair', { columns: { a: text(), b: int64(), c: text({ nullable: true }) }, primaryKey: ['b', 'a'] }),
        table('word', {
          columns: { w: text(), n: int64({ nullable: true }), size: int64({ nullable: true, computed: 'length(w)' }) },
          primaryKey: ['w'],
        }),
      ],
      plant:
        "INSERT INTO pair (rowid, a, b) VALUES (7, 'x', 1), (3, 'x', 2); INSERT INTO word (rowid, w, n) VALUES (9, 'q', 1), (4, 'pp', 2);",
      steps: [
        alterTable('pair', { kind: 'changeColumn', name: 'c', column: text({ default: 'd', nullable: true }) }),
        alterTable('word', { kind: 'changeColumn', name: 'n', column: int64({ default: 1, nullable: true }) }),
      ],
    },
    (db) => {
      assert.deepEqual(rows(db, 'SELECT rowid, a, b FROM pair ORDER BY rowid'), [
        [3, 'x', 2],
        [7, 'x', 1],
      ]);
      assert.deepEqual(rows(db, 'SELECT rowid, w, size FROM word ORDER BY rowid'), [
        [4, 'pp', 2],
        [9, 'q', 1],
      ]);
      assert.deepEqual(rows(db, "SELECT name FROM pragma_table_info('pair') WHERE pk > 0 ORDER BY pk").flat(), ['b', 'a']);
    },
  ));

test('checklist 99: AUTOINCREMENT and its sequence go on, also after the highest rows are gone, and for a table that was never used', () =>
  afterwards({ tables: [node], plant: `${three} DELETE FROM node WHERE id > 1;`, steps: [anew] }, (db) => {
    db.exec("INSERT INTO node (name) VALUES ('new')");
    assert.equal(value(db, 'SELECT max(id) FROM node'), 4);
  }));

test('checklist 100, 101: views stay and answer, and legacy_alter_table and foreign_keys are as they were', () =>
  onFile(
    {
      tables: [node],
      plant: `${three} CREATE VIEW v AS SELECT name FROM node; CREATE VIEW vv AS SELECT count(*) AS n FROM v;`,
      steps: [anew],
    },
    async (engine) => {
      for (const setting of ['ON', 'OFF']) {
        await engine.dedicated(async (connection) => {
          await connection.script(`PRAGMA legacy_alter_table = ${setting}; PRAGMA recursive_triggers = ${setting}`);
          const story = { tables: [node], plant: '', steps: setting === 'ON' ? [anew] : [] };
          await tell(connection, engine, story, '3.53');
          const read = async (pragma: string): Promise<unknown> =>
            Object.values((await connection.query(`PRAGMA ${pragma}`))[0] ?? {})[0];
          const on = setting === 'ON' ? 1 : 0;
          assert.deepEqual(
            [await read('legacy_alter_table'), await read('recursive_triggers'), await read('defer_foreign_keys')],
            [on, on, 0],
          );
          assert.equal(Object.values((await connection.query('SELECT n FROM vv'))[0] ?? {})[0], 3);
        });
      }
    },
  ));

test('checklist 103: inside a transaction that enforces foreign keys a rebuild is refused, whatever refers to the table', () =>
  onFile({ tables: [node], plant: three, steps: [anew] }, async (engine) => {
    await engine.dedicated(async (connection) => {
      await connection.script('PRAGMA foreign_keys = ON; BEGIN IMMEDIATE');
      await assert.rejects(
        tell(
          {
            ...connection,
            query: connection.query.bind(connection),
            execute: connection.execute.bind(connection),
            script: async (sql) => (/^PRAGMA foreign_keys = OFF; BEGIN|^ROLLBACK/.test(sql) ? undefined : connection.script(sql)),
          } as typeof connection,
          engine,
          { tables: [node], plant: '', steps: [anew] },
          '3.53',
        ),
        /change table node/,
      );
      await connection.script('ROLLBACK');
      assert.equal(Object.values((await connection.query('SELECT count(*) AS n FROM node'))[0] ?? {})[0], 3);
    });
  }));

test('checklist 106: virtual and stored computed columns, tables without key and WITHOUT ROWID of others stay as they are', () =>
  afterwards(
    {
      tables: [node],
      plant: `${three} CREATE TABLE calc (a INTEGER, b INTEGER AS (a * 2) VIRTUAL, c INTEGER AS (a * 3) STORED, node_id INTEGER REFERENCES node (id)); INSERT INTO calc (a, node_id) VALUES (1, 1);
        CREATE TABLE odd (k TEXT PRIMARY KEY, v ANY) STRICT, WITHOUT ROWID; INSERT INTO odd VALUES ('k', x'00ff');`,
      steps: [anew],
    },
    (db) => {
      assert.deepEqual(rows(db, 'SELECT a, b, c FROM calc'), [[1, 2, 3]]);
      assert.equal(value(db, 'SELECT hex(v) FROM odd'), '00FF');
      assert.equal(value(db, "SELECT wr + strict FROM pragma_table_list('odd')"), 2);
    },
  ));

test('checklist 107: NOT NULL comes and goes on a column with two indexes; without a default it is refused on rows that have none', async () => {
  const set = alterTable('node', { kind: 'changeColumn', name: 'name', column: text() });
  const drop = alterTable('node', { kind: 'changeColumn', name: 'name', column: text({ nullable: true }) });
  await afterwards({ tables: [node], plant: three, steps: [set, drop] }, (db) => {
    db.exec('INSERT INTO node (name) VALUES (NULL)');
    assert.equal(value(db, "SELECT count(*) FROM pragma_index_list('node')"), 2);
  });
  await refused({ tables: [node], plant: 'INSERT INTO node (name) VALUES (NULL);', steps: [set] }, /constraint failed/);
  await afterwards({ tables: [node], plant: '', steps: [set] }, (db) =>
    assert.throws(() => db.exec('INSERT INTO node (name) VALUES (NULL)'), /NOT NULL/),
  );
});

for (const target of everydayEngines()) {
  test(
    `checklist 102: an empty text is no number and no NULL: making it one is refused on both engines (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, query }) => {
        const first = {
          id: '0001',
          name: 'thing',
          upgrade: [
            createTable(table('thing', { columns: { id: generatedId(), size: text({ nullable: true }) }, primaryKey: ['id'] })),
          ],
          downgrade: [],
        };
        await upgrade(run([first]));
        await query("INSERT INTO thing (size) VALUES ('12'), ('')");
        const number = (using: string) => ({
          id: '0002',
          name: 'number',
          upgrade: [
            alterTable('thing', {
              kind: 'changeColumn',
              name: 'size',
              column: int64({ nullable: true }),
              using: { sqlite: using, postgres: using.replace('INTEGER', 'bigint') },
            }),
          ],
          downgrade: [],
        });
        await assert.rejects(
          upgrade(
            run([
              first,
              {
                ...number(''),
                upgrade: [alterTable('thing', { kind: 'changeColumn', name: 'size', column: int64({ nullable: true }) })],
              },
            ]),
          ),
          /0002/,
        );
        assert.deepEqual(
          (await query('SELECT size FROM thing ORDER BY id')).map((row) => row.size),
          ['12', ''],
        );
        await upgrade(run([first, number("CAST(nullif(size, '') AS INTEGER)")]));
        assert.deepEqual(
          (await query('SELECT size FROM thing ORDER BY id')).map((row) => (row.size === null ? null : Number(row.size))),
          [12, null],
        );
      }),
  );

  test(
    `checklist 108: a column that becomes required with a default refuses its NULLs, unless the revision says that they become the default (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, query }) => {
        const first = {
          id: '0001',
          name: 'thing',
          upgrade: [
            createTable(table('thing', { columns: { id: generatedId(), size: int64({ nullable: true }) }, primaryKey: ['id'] })),
          ],
          downgrade: [],
        };
        await upgrade(run([first]));
        await query('INSERT INTO thing (size) VALUES (1), (NULL)');
        const required = (more: { using?: string }) => ({
          id: '0002',
          name: 'required',
          upgrade: [alterTable('thing', { kind: 'changeColumn', name: 'size', column: int64({ default: 7 }), ...more })],
          downgrade: [],
        });
        await assert.rejects(upgrade(run([first, required({})])), /0002/);
        await upgrade(run([first, required({ using: 'coalesce(size, 7)' })]));
        await query('INSERT INTO thing (id) VALUES (9)');
        assert.deepEqual(
          (await query('SELECT size FROM thing ORDER BY id')).map((row) => Number(row.size)),
          [1, 7, 7],
        );
      }),
  );
}
