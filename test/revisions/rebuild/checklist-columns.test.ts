import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileStep } from '../../../src/revisions/compile/compile.ts';
import { targetOf } from '../../../src/revisions/compile/target.ts';
import { replaySteps } from '../../../src/revisions/state.ts';
import { alterTable, createTable } from '../../../src/revisions/step.ts';
import { generatedId, int64, table, text } from '../../../src/schema/index.ts';
import { hasCode } from '../own-schema.ts';
import { afterwards, refused, rows, value } from './story.ts';

/** The checklist of facts 5.2: what is in the file after the change, on a plan that builds every table anew and on today's. */
const shelf = table('shelf', {
  columns: { id: generatedId(), code: text() },
  primaryKey: ['id'],
  uniques: { uq_shelf_code: ['code'] },
});
const book = table('book', {
  columns: {
    id: generatedId(),
    title: text(),
    pages: text({ nullable: true }),
    shelf_id: int64({ nullable: true }),
    isbn: text({ nullable: true }),
  },
  primaryKey: ['id'],
  references: { shelf_id: 'shelf.id' },
  indexes: { book_by_title: ['title'], book_lower: ['(lower(title))'] },
  uniqueIndexes: { book_isbn: { columns: ['isbn'], where: "isbn <> ''" } },
  checks: { ck_book_title: "title <> ''" },
});
const plant = `INSERT INTO shelf (id, code) VALUES (1, 'A'), (2, 'B');
  INSERT INTO book (id, title, pages, shelf_id, isbn) VALUES (1, 'One', '100', 1, 'i1'), (2, 'Two', NULL, 2, NULL), (3, 'Three', '7', NULL, 'i3');`;
const tables = [shelf, book];
const indexNames = (db: Parameters<typeof rows>[0]): unknown =>
  rows(db, "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'book' AND sql IS NOT NULL ORDER BY 1").flat();

test('checklist 79: a changed type changes the values by the expression given, and nothing else', () =>
  afterwards(
    {
      tables,
      plant,
      steps: [
        alterTable('book', {
          kind: 'changeColumn',
          name: 'pages',
          column: int64({ nullable: true }),
          using: 'CAST(pages AS INTEGER)',
        }),
      ],
    },
    (db) => {
      assert.deepEqual(rows(db, 'SELECT id, title, pages, typeof(pages), shelf_id FROM book ORDER BY id'), [
        [1, 'One', 100, 'integer', 1],
        [2, 'Two', null, 'null', 2],
        [3, 'Three', 7, 'integer', null],
      ]);
      assert.deepEqual(indexNames(db), ['book_by_title', 'book_isbn', 'book_lower']);
    },
  ));

test('checklist 80, 81, 95: a renamed column keeps its values, index, expression index, check and unique constraint', () =>
  afterwards(
    {
      tables,
      plant,
      steps: [
        alterTable('book', { kind: 'renameColumn', name: 'title', to: 'name' }),
        alterTable('shelf', { kind: 'renameColumn', name: 'code', to: 'place' }),
      ],
    },
    (db) => {
      assert.deepEqual(rows(db, 'SELECT name FROM book ORDER BY id').flat(), ['One', 'Two', 'Three']);
      assert.deepEqual(rows(db, "SELECT name FROM pragma_index_info('book_by_title')").flat(), ['name']);
      assert.match(String(value(db, "SELECT sql FROM sqlite_schema WHERE name = 'book_lower'")), /lower\("?name"?\)/);
      assert.throws(() => db.exec("INSERT INTO book (name) VALUES ('')"), /ck_book_title/);
      assert.throws(() => db.exec("INSERT INTO shelf (place) VALUES ('A')"), /UNIQUE/);
    },
  ));

test('checklist 82, 83: a renamed key is renamed in the tables that refer to it, and so is a renamed reference', () =>
  afterwards(
    {
      tables,
      plant: `${plant} CREATE TABLE note (id INTEGER PRIMARY KEY, book INTEGER REFERENCES book (id)); INSERT INTO note VALUES (1, 3);`,
      steps: [
        // Together with something that no version changes in place, so that the renames happen inside a rebuild too.
        alterTable(
          'shelf',
          { kind: 'renameColumn', name: 'id', to: 'shelf_key' },
          { kind: 'addUnique', unique: { name: 'uq2', columns: ['shelf_key', 'code'] } },
        ),
        alterTable(
          'book',
          { kind: 'renameColumn', name: 'id', to: 'book_key' },
          { kind: 'renameColumn', name: 'shelf_id', to: 'on_shelf' },
          { kind: 'changeColumn', name: 'isbn', column: text({ default: '' }), using: "coalesce(isbn, '')" },
        ),
      ],
    },
    (db) => {
      assert.deepEqual(rows(db, 'SELECT "table", "from", "to" FROM pragma_foreign_key_list(\'book\')'), [
        ['shelf', 'on_shelf', 'shelf_key'],
      ]);
      assert.deepEqual(rows(db, 'SELECT "table", "from", "to" FROM pragma_foreign_key_list(\'note\')'), [
        ['book', 'book', 'book_key'],
      ]);
      assert.deepEqual(rows(db, 'SELECT book_key, on_shelf FROM book ORDER BY 1'), [
        [1, 1],
        [2, 2],
        [3, null],
      ]);
      db.exec('PRAGMA foreign_keys = ON');
      assert.throws(() => db.exec('DELETE FROM shelf WHERE shelf_key = 1'), /FOREIGN KEY/);
    },
  ));

test('checklist 80: two columns that swap their names keep their values, and a dropped column’s name goes to another', () =>
  afterwards(
    {
      tables,
      plant,
      steps: [
        alterTable(
          'book',
          { kind: 'renameColumn', name: 'title', to: 'spare' },
          { kind: 'dropIndex', name: 'book_isbn' },
          { kind: 'renameColumn', name: 'isbn', to: 'title' },
          { kind: 'renameColumn', name: 'spare', to: 'isbn' },
          { kind: 'dropColumn', name: 'pages' },
          { kind: 'addUnique', unique: { name: 'uq_book', columns: ['id', 'title'] } },
        ),
      ],
    },
    (db) =>
      assert.deepEqual(rows(db, 'SELECT id, title, isbn FROM book ORDER BY id'), [
        [1, 'i1', 'One'],
        [2, null, 'Two'],
        [3, 'i3', 'Three'],
      ]),
  ));

test('checklist 85: added columns come last, with their default or fill for every row', () =>
  afterwards(
    {
      tables,
      plant,
      steps: [
        alterTable(
          'book',
          { kind: 'addColumn', name: 'lent', column: int64({ default: 5 }) },
          { kind: 'addColumn', name: 'slug', column: text(), fill: 'lower(title)' },
        ),
      ],
    },
    (db) => {
      assert.deepEqual(rows(db, 'SELECT lent, slug FROM book ORDER BY id'), [
        [5, 'one'],
        [5, 'two'],
        [5, 'three'],
      ]);
      assert.deepEqual(rows(db, "SELECT name FROM pragma_table_info('book')").flat().slice(-2), ['lent', 'slug']);
    },
  ));

test('checklist 86, 88: a dropped column is gone, also one that referred to another table', () =>
  afterwards(
    {
      tables,
      plant,
      steps: [
        alterTable(
          'book',
          { kind: 'dropForeignKey', name: 'fk_book_shelf_id' },
          { kind: 'dropColumn', name: 'shelf_id' },
          { kind: 'dropColumn', name: 'pages' },
        ),
      ],
    },
    (db) => {
      assert.deepEqual(rows(db, "SELECT name FROM pragma_table_info('book')").flat(), ['id', 'title', 'isbn']);
      assert.deepEqual(rows(db, "SELECT * FROM pragma_foreign_key_list('book')"), []);
      assert.equal(value(db, 'SELECT count(*) FROM book'), 3);
    },
  ));

test('checklist 87: a dropped key makes room for another', () =>
  afterwards(
    {
      tables: [table('pair', { columns: { a: int64(), b: int64() }, primaryKey: ['a'] })],
      plant: 'INSERT INTO pair VALUES (5, 1), (9, 2);',
      steps: [alterTable('pair', { kind: 'changePrimaryKey', columns: ['b'] }, { kind: 'dropColumn', name: 'a' })],
    },
    (db) => {
      assert.deepEqual(rows(db, 'SELECT b FROM pair ORDER BY b').flat(), [1, 2]);
      assert.deepEqual(rows(db, "SELECT name FROM pragma_table_info('pair') WHERE pk = 1").flat(), ['b']);
    },
  ));

test('checklist 89, 90: a column a remaining check names is not dropped; one that goes with its check is', async () => {
  const story = {
    tables,
    plant,
    steps: [
      alterTable(
        'book',
        { kind: 'dropIndex', name: 'book_by_title' },
        { kind: 'dropIndex', name: 'book_lower' },
        { kind: 'dropColumn', name: 'title' },
      ),
    ],
  };
  assert.throws(
    () => replaySteps({ tables: { shelf, book }, views: [] }, { id: '0002', name: 'x' }, story.steps),
    hasCode('FC_REVISION_INVALID', /column book.title is still used by check ck_book_title/),
  );
  const [step] = story.steps;
  assert.ok(step?.kind === 'alterTable');
  await afterwards(
    { ...story, steps: [alterTable('book', { kind: 'dropCheck', name: 'ck_book_title' }, ...step.changes)] },
    (db) => assert.deepEqual(rows(db, "SELECT name FROM pragma_table_info('book')").flat(), ['id', 'pages', 'shelf_id', 'isbn']),
  );
});

test('checklist 104: making a table STRICT that holds values of another type is refused, and nothing changes', () =>
  refused(
    {
      // The model's table, which somebody made without STRICT.
      tables: [table('loose', { columns: { id: generatedId(), n: int64({ nullable: true }) }, primaryKey: ['id'] })],
      plant:
        "DROP TABLE loose; CREATE TABLE loose (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER); INSERT INTO loose VALUES (1, 'word');",
      steps: [alterTable('loose', { kind: 'changeColumn', name: 'n', column: int64({ default: 1, nullable: true }) })],
    },
    /cannot store TEXT value in INTEGER column/,
  ));

test('checklist 109: adding, dropping and renaming a plain column is done in place, without a rebuild', () => {
  const state = replaySteps({ tables: {}, views: [] }, { id: '1', name: 'x' }, tables.map(createTable));
  const plan = (...changes: Parameters<typeof alterTable>[1][]) =>
    compileStep(alterTable('book', ...changes), state, targetOf('sqlite', '3.40'));
  assert.deepEqual(
    plan(
      { kind: 'addColumn', name: 'extra', column: text({ nullable: true }) },
      { kind: 'renameColumn', name: 'title', to: 'name' },
      { kind: 'dropColumn', name: 'pages' },
    ).map((action) => (action.kind === 'statement' ? action.sql.split(' ').slice(0, 5).join(' ') : action.kind)),
    ['ALTER TABLE "book" ADD COLUMN', 'ALTER TABLE "book" RENAME COLUMN', 'ALTER TABLE "book" DROP COLUMN'],
  );
});

test('checklist 110: several changes of one table are one rebuild', () => {
  const state = replaySteps({ tables: {}, views: [] }, { id: '1', name: 'x' }, tables.map(createTable));
  const plan = compileStep(
    alterTable(
      'book',
      { kind: 'addUnique', unique: { name: 'uq', columns: ['title'] } },
      { kind: 'changeColumn', name: 'isbn', column: text({ default: '' }), using: "coalesce(isbn, '')" },
      { kind: 'addColumn', name: 'slug', column: text(), fill: 'lower(title)' },
      { kind: 'dropColumn', name: 'pages' },
    ),
    state,
    targetOf('sqlite', '3.53'),
  );
  assert.deepEqual(
    plan.map((action) => action.kind),
    ['rebuild'],
  );
});
