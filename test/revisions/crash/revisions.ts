import type { Revision } from '../../../src/revisions/revision.ts';
import { alterTable, backfill, createTable, createView, dropTable, dropView, renameTable } from '../../../src/revisions/step.ts';
import { generatedId, int64, table, text } from '../../../src/schema/index.ts';
import { sql } from '../own-schema.ts';

const ROWS = 240;
const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})`;

const shelf = table('shelf', { columns: { id: generatedId(), room: text() }, primaryKey: ['id'] });
const book = table('book', {
  columns: { id: generatedId(), title: text(), shelf_id: int64(), sequel_of: int64({ nullable: true }) },
  primaryKey: ['id'],
  references: { shelf_id: { to: 'shelf.id', onDelete: 'cascade' } },
  triggers: {
    keep_title: {
      timing: 'after',
      event: 'delete',
      body: {
        sqlite: 'UPDATE shelf SET room = room;',
        postgres: 'UPDATE shelf SET room = room; RETURN OLD;',
      },
    },
  },
});
const shortTitles = {
  name: 'short_titles',
  reads: ['book'],
  query: 'SELECT id, title, length(title) AS total FROM book WHERE length(title) < 9',
};

/** Every way in which a revision is run: one transaction, piece by piece, batches, rebuilds, indexes built while others write. */
export const revisions: readonly Revision[] = [
  {
    id: '0001',
    name: 'books',
    upgrade: [
      createTable(shelf),
      createTable(book),
      sql(
        'rows',
        "INSERT INTO shelf (room) VALUES ('north'), ('süd')",
        `INSERT INTO book (title, shelf_id, sequel_of) ${numbers} SELECT 'Band ' || i, 1 + i % 2, CASE WHEN i > 7 THEN i - 7 END FROM n`,
      ),
      createView(shortTitles),
    ],
    downgrade: 'it is the beginning.',
  },
  {
    id: '0002',
    name: 'online',
    isTransactional: false,
    upgrade: [
      alterTable(
        'book',
        { kind: 'addColumn', name: 'pages', column: int64({ nullable: true }) },
        { kind: 'addIndex', index: { name: 'ix_book_title', isUnique: false, columns: [{ name: 'title', isDescending: true }] } },
        { kind: 'addUnique', unique: { name: 'uq_book_title', columns: ['title', 'shelf_id'] } },
        { kind: 'addCheck', check: { name: 'ck_book_title', expression: "title <> ''" } },
        {
          kind: 'addForeignKey',
          foreignKey: { name: 'fk_book_sequel', columns: ['sequel_of'], references: { table: 'book', columns: ['id'] } },
        },
      ),
    ],
    downgrade: [
      alterTable(
        'book',
        { kind: 'dropForeignKey', name: 'fk_book_sequel' },
        { kind: 'dropCheck', name: 'ck_book_title' },
        { kind: 'dropUnique', name: 'uq_book_title' },
        { kind: 'dropIndex', name: 'ix_book_title' },
        { kind: 'dropColumn', name: 'pages' },
      ),
    ],
  },
  {
    id: '0003',
    name: 'pages',
    upgrade: [
      backfill({
        about: 'count pages',
        table: 'book',
        set: { pages: 'length(title) * 10' },
        where: 'pages IS NULL',
        batchRows: 60,
      }),
    ],
    downgrade: [sql('forget pages', 'UPDATE book SET pages = NULL')],
  },
  {
    id: '0004',
    name: 'required',
    upgrade: [
      dropView('short_titles'),
      alterTable(
        'book',
        { kind: 'changeColumn', name: 'pages', column: int64({ default: 0 }), using: 'coalesce(pages, 0)' },
        { kind: 'renameColumn', name: 'sequel_of', to: 'follows' },
      ),
      createView(shortTitles),
    ],
    downgrade: [
      dropView('short_titles'),
      alterTable(
        'book',
        { kind: 'renameColumn', name: 'follows', to: 'sequel_of' },
        { kind: 'changeColumn', name: 'pages', column: int64({ nullable: true }) },
      ),
      createView(shortTitles),
    ],
  },
  {
    id: '0005',
    name: 'volumes',
    isTransactional: false,
    upgrade: [
      dropView('short_titles'),
      renameTable('book', 'volume'),
      alterTable(
        'volume',
        { kind: 'dropIndex', name: 'ix_book_title' },
        { kind: 'changeColumn', name: 'follows', column: int64({ default: 1 }), using: 'coalesce(follows, 1)' },
      ),
      createTable(
        table('loan', {
          columns: { id: generatedId(), volume_id: int64() },
          primaryKey: ['id'],
          references: { volume_id: 'volume.id' },
        }),
      ),
    ],
    downgrade: [
      dropTable('loan'),
      alterTable(
        'volume',
        { kind: 'changeColumn', name: 'follows', column: int64({ nullable: true }) },
        { kind: 'addIndex', index: { name: 'ix_book_title', isUnique: false, columns: [{ name: 'title', isDescending: true }] } },
      ),
      renameTable('volume', 'book'),
      createView(shortTitles),
    ],
  },
];
