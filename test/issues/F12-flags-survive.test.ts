import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { openSqlite } from '../../src/engine/sqlite/engine.ts';
import type { Rebuild } from '../../src/revisions/compile/action.ts';
import { compileStep } from '../../src/revisions/compile/compile.ts';
import { targetOf } from '../../src/revisions/compile/target.ts';
import { rebuild } from '../../src/revisions/rebuild.ts';
import { alterTable } from '../../src/revisions/step.ts';
import {
  boolean,
  bytes,
  type Column,
  float64,
  generatedId,
  int32,
  int64,
  schema,
  type Table,
  table,
  text,
} from '../../src/schema/index.ts';
import { one, rebuilt } from '../revisions/rebuild/planted.ts';
import { afterwards, refused, value } from '../revisions/rebuild/story.ts';

/** F12: other tools lose STRICT, WITHOUT ROWID, COLLATE, ON CONFLICT, DEFERRABLE, unnamed CHECKs, and half the indexes in a rebuild. */
const columnOf: fc.Arbitrary<Column> = fc.oneof(
  fc.record({ nullable: fc.boolean(), default: fc.constantFrom('', "o'clock", 'x') }).map((o) => text(o) as Column),
  fc.record({ nullable: fc.boolean() }).map((o) => text(o) as Column),
  fc.constant(text({ oneOf: ['a', "b'", 'c'], default: 'a' }) as Column),
  fc.record({ nullable: fc.boolean(), default: fc.integer({ min: -5, max: 5 }) }).map((o) => int32(o) as Column),
  fc.constant(int64({ nullable: true }) as Column),
  fc.constant(boolean({ default: true }) as Column),
  fc.constant(float64({ nullable: true }) as Column),
  fc.constant(bytes({ nullable: true }) as Column),
);
const tableOf: fc.Arbitrary<Table> = fc
  .record({
    columns: fc.dictionary(fc.constantFrom('name', 'select', 'Über', 'with space', 'check', 'x_1'), columnOf, { minKeys: 1 }),
    isGenerated: fc.boolean(),
    hasUnique: fc.boolean(),
    hasCheck: fc.boolean(),
    isDeferred: fc.boolean(),
    isDescending: fc.boolean(),
    isPartial: fc.boolean(),
    isComputed: fc.boolean(),
    key: fc.integer({ min: 0, max: 10 }),
  })
  .map((parts) => {
    const names = Object.keys(parts.columns);
    const some = names[parts.key % names.length] as string;
    const quoted = `"${some}"`;
    const columns: Record<string, Column> = {
      id: parts.isGenerated ? generatedId() : (int64() as Column),
      ...parts.columns,
      parent_id: int64({ nullable: true }),
      ...(parts.isComputed ? { made: int64({ nullable: true, computed: `length(${quoted})` }) } : {}),
    };
    return table('thing', {
      columns,
      primaryKey: parts.isGenerated || parts.key % 2 === 0 ? ['id'] : ['id', some],
      ...(parts.hasUnique ? { uniques: { uq_thing: [some, 'parent_id'] } } : {}),
      ...(parts.hasCheck ? { checks: { ck_thing: `${quoted} IS NOT 'never'` } } : {}),
      indexes: {
        thing_plain: [parts.isDescending ? `-${some}` : some],
        thing_other: {
          columns: [{ sqlite: `lower(${quoted})`, postgres: `lower(${quoted})` }],
          ...(parts.isPartial ? { where: `${quoted} IS NOT NULL` } : {}),
        },
      },
      ...(parts.isGenerated || parts.key % 2 === 0
        ? {
            references: {
              parent_id: { to: 'thing.id', onDelete: 'set null' as const, ...(parts.isDeferred ? { isDeferred: true } : {}) },
            },
          }
        : {}),
    }) as Table;
  });

test('F12: any table that is built anew without a change is the same table afterwards, word for word', async () => {
  await fc.assert(
    fc.asyncProperty(tableOf, async (thing) => {
      const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
      const engine = openSqlite({ file: join(folder, 'x.db'), schema: schema({}) });
      try {
        await engine.write(async (connection) => {
          for (const sql of [
            ...engine.ddl.createTable(thing),
            ...thing.indexes.map((index) => engine.ddl.createIndex(thing, index)),
          ])
            await connection.script(sql);
          const read = () => connection.query('SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY 1, 2');
          const before = await read();
          const [action] = compileStep(
            alterTable('thing', { kind: 'addUnique', unique: { name: 'unused', columns: ['id'] } }),
            { tables: { thing }, views: [] },
            targetOf('sqlite', '3.53'),
          ) as [Rebuild];
          const asIfOff = {
            ...connection,
            execute: connection.execute.bind(connection),
            script: connection.script.bind(connection),
            query: async (sql: string, values?: readonly unknown[]) =>
              sql === 'PRAGMA foreign_keys' ? [{ foreign_keys: 0 }] : connection.query(sql, values),
          };
          await rebuild(asIfOff as typeof connection, engine, { ...action, to: thing });
          assert.deepEqual(await read(), before);
        });
      } finally {
        await engine.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 100 },
  );
});

const shelf = table('shelf', {
  columns: { id: generatedId(), name: text({ nullable: true }) },
  primaryKey: ['id'],
  indexes: { shelf_name: ['name'] },
});
const anew = alterTable('shelf', { kind: 'changeColumn', name: 'name', column: text({ default: 'x', nullable: true }) });
const made = (body: string): string =>
  `DROP TABLE shelf; CREATE TABLE shelf (${body}) STRICT; CREATE INDEX shelf_name ON shelf (name); INSERT INTO shelf (id, name) VALUES (1, 'a');`;

for (const [what, body, named] of [
  ['a column', 'id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, extra TEXT', /column "extra" TEXT/],
  [
    'a virtual computed column',
    'id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, up TEXT AS (upper(name)) VIRTUAL',
    /column "up" TEXT computed virtual/,
  ],
  ['a collation', 'id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT COLLATE NOCASE', /column "name" TEXT collate "NOCASE"/],
  ['an unnamed CHECK', "id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT CHECK (name <> '')", /check/],
  [
    'a conflict clause',
    'id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE ON CONFLICT REPLACE',
    /unique .*on conflict replace/,
  ],
  [
    'a reference',
    'id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT REFERENCES other (x) DEFERRABLE INITIALLY DEFERRED',
    /foreign key .*other/,
  ],
  ['a default', "id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT DEFAULT 'y'", /column "name" TEXT default 'y'/],
  ['NOT NULL', 'id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL', /column "name" TEXT not null/],
] as const) {
  test(`F12: ${what} that somebody gave the table by hand is never lost in silence: the rebuild is refused and names it`, () =>
    refused(
      { tables: [shelf], plant: made(body), steps: [anew] },
      /Table shelf has what its revisions do not know/,
      named,
      /take it off the table by hand first/,
    ));
}

test('F12: WITHOUT ROWID given by hand is named too', () =>
  refused(
    {
      tables: [table('word', { columns: { w: text(), n: int64({ nullable: true }) }, primaryKey: ['w'] })],
      plant: 'DROP TABLE word; CREATE TABLE word (w TEXT NOT NULL, n INTEGER, PRIMARY KEY (w)) STRICT, WITHOUT ROWID;',
      steps: [alterTable('word', { kind: 'changeColumn', name: 'n', column: int64({ default: 1 }), using: 'coalesce(n, 1)' })],
    },
    /without rowid/,
  ));

test('F12: an index of ours that somebody changed stays changed, and is not replaced by a revision that changes it too', async () => {
  const plant = "DROP INDEX shelf_name; CREATE INDEX shelf_name ON shelf (name) WHERE name > 'm';";
  await afterwards({ tables: [shelf], plant, steps: [anew] }, (db) =>
    assert.match(String(value(db, "SELECT sql FROM sqlite_schema WHERE name = 'shelf_name'")), /WHERE name > 'm'/),
  );
});

test('F12: indexes nobody declared stay: partial, on an expression, descending, with a collation', () =>
  rebuilt(
    "CREATE INDEX i1 ON deck (name) WHERE name > 'a'; CREATE INDEX i2 ON deck (lower(name)); CREATE INDEX i3 ON deck (name DESC); CREATE UNIQUE INDEX i4 ON deck (name COLLATE NOCASE);",
    (db) => {
      assert.deepEqual(
        db
          .prepare("SELECT sql FROM sqlite_schema WHERE name LIKE 'i_' ORDER BY name")
          .all()
          .map((row) => String(row.sql).replace(/^CREATE /, '')),
        [
          "INDEX i1 ON deck (name) WHERE name > 'a'",
          'INDEX i2 ON deck (lower(name))',
          'INDEX i3 ON deck (name DESC)',
          'UNIQUE INDEX i4 ON deck (name COLLATE NOCASE)',
        ],
      );
      assert.throws(() => db.exec("INSERT INTO deck (name) VALUES ('A')"), /UNIQUE/);
      assert.match(String(one(db, "SELECT sql FROM sqlite_schema WHERE name = 'deck'")), /AUTOINCREMENT[\s\S]*STRICT$/);
    },
  ));
