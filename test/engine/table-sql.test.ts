import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { tokensOf } from '../../src/engine/sql/tokens.ts';
import { formOfEntries, type SchemaEntry } from '../../src/engine/sqlite/schema-sql.ts';
import { tableLines } from '../../src/engine/sqlite/table-sql.ts';
import { factOf } from '../../src/schema/form.ts';

const lines = (sql: string, table = 't'): string[] => tableLines(table, sql).lines.toSorted();

test('F12: everything a table’s text can say is a line of its form', () => {
  assert.deepEqual(
    lines(`CREATE TABLE t (
      a INTEGER PRIMARY KEY AUTOINCREMENT, -- a comment, with ) and '
      [b c] VARCHAR(10, 2) NOT NULL ON CONFLICT IGNORE DEFAULT 'it''s' COLLATE NOCASE,
      \`d\` decimal(5) DEFAULT -1.5 CHECK (d <> ',' /* ) */ AND d > 0),
      'e' TEXT DEFAULT (lower('X')) UNIQUE ON CONFLICT REPLACE,
      f INT GENERATED ALWAYS AS (a + (1)) VIRTUAL, g AS ("b c" || ')') STORED,
      h REFERENCES p ON DELETE SET NULL ON UPDATE CASCADE MATCH FULL DEFERRABLE INITIALLY DEFERRED,
      i double precision CONSTRAINT positive CHECK (i > 0) CONSTRAINT known REFERENCES q(x) NOT DEFERRABLE,
      CONSTRAINT pair UNIQUE (a, "b c" COLLATE BINARY DESC),
      CHECK (a IN (1, 2)) FOREIGN KEY (a, "b c") REFERENCES r (x, y) ON DELETE NO ACTION
    )`),
    [
      '"t" check "positive" «i > 0»',
      '"t" check «a IN (1, 2)»',
      `"t" check «d <> ',' AND d > 0»`,
      '"t" column "a" INTEGER not null generated',
      `"t" column "b c" VARCHAR(10, 2) not null default 'it''s' not null on conflict ignore collate "NOCASE"`,
      '"t" column "d" decimal(5) default -1.5',
      `"t" column "e" TEXT default «lower('X')»`,
      '"t" column "f" INT computed virtual «a + (1)»',
      `"t" column "g"  computed stored «"b c" || ')'»`,
      '"t" column "h" ',
      '"t" column "i" double precision',
      '"t" foreign key "known" ("i") to "q" ("x")',
      '"t" foreign key ("a", "b c") to "r" ("x", "y")',
      '"t" foreign key ("h") to "p" on delete set null on update cascade match full deferrable initially deferred',
      '"t" primary key ("a")',
      '"t" table',
      '"t" unique "pair" ("a", "b c" collate "BINARY" desc)',
      '"t" unique ("e") on conflict replace',
    ],
  );
  assert.deepEqual(lines('CREATE TABLE t(a ANY, PRIMARY KEY(a DESC)) WITHOUT ROWID, STRICT'), [
    '"t" column "a" ANY not null',
    '"t" primary key ("a" desc)',
    '"t" table strict without rowid',
  ]);
});

test('checklist 11: the same words in another spelling are the same form; other words are not', () => {
  const one = lines('CREATE TABLE t (a TEXT, "B" INT, CHECK (a <> \'x\'   AND "B">1))');
  assert.deepEqual(lines('create table "t"(\n  "a" TEXT,\n  [B] INT,\n  CHECK("a"<>\'x\' /* no */ AND `B` > 1)\n)'), one);
  assert.notDeepEqual(lines('CREATE TABLE t (a TEXT, "B" INT, CHECK (a <> \'X\' AND "B">1))'), one);
  assert.notDeepEqual(lines('CREATE TABLE t (a TEXT, "B" INT, CHECK (a <> \'x \' AND "B">1))'), one);
});

test('tokens written one after the other are the same tokens again', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...`ab1 '"[]\`-/*.,()\n=x|`.split('')), maxLength: 40 }), (sql) => {
      const texts = tokensOf(sql, 'sqlite').map((token) => token.text);
      assert.deepEqual(
        tokensOf(texts.join(' '), 'sqlite').map((token) => token.text),
        texts,
      );
    }),
    { numRuns: 1000 },
  );
});

/** Names of every kind, quoted as a person might. */
const name = fc.constantFrom('a', 'B', 'b c', 'order', 'x"y', 'ünï', "it's", 'check', '1st');
const quotes: readonly ((text: string) => string)[] = [
  (text) => `"${text.replaceAll('"', '""')}"`,
  (text) => `\`${text}\``,
  (text) => (text.includes(']') ? `"${text}"` : `[${text}]`),
];
const column = fc.record({
  quote: fc.constantFrom(...quotes),
  type: fc.constantFrom('', 'INTEGER', 'text', 'VARCHAR(10)', 'DECIMAL(10, 5)', 'double precision', 'BLOB'),
  isRequired: fc.boolean(),
  preset: fc.constantFrom(undefined, "'x, )'", '-1.5', '(1 + (2))', 'CURRENT_TIMESTAMP', "x'00'", 'NULL'),
  collation: fc.constantFrom('', ' COLLATE NOCASE'),
  check: fc.constantFrom('', " CHECK (1 <> ')')", ' CONSTRAINT "c k" CHECK (1 /* ) */ > 0)'),
  isUnique: fc.boolean(),
  isReferring: fc.boolean(),
});

test('F12: for random tables the text is read as SQLite itself reads it', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { minLength: 1, maxLength: 5, selector: (text) => text.toLowerCase() }),
      fc.array(column, { minLength: 5, maxLength: 5 }),
      fc.constantFrom('', ' -- end\n', ' /* , */ '),
      fc.boolean(),
      (names, columns, gap, isKeyed) => {
        const written = names.map((text, i) => {
          const { quote, type, isRequired, preset, collation, check, isUnique, isReferring } = columns[i]!;
          return `${quote(text)} ${type}${gap}${isRequired ? ' NOT NULL' : ''}${preset === undefined ? '' : ` DEFAULT ${preset}`}${collation}${check}${isUnique ? ' UNIQUE' : ''}${isReferring ? ` REFERENCES t (${quote(text)}) ON DELETE CASCADE` : ''}`;
        });
        const key = isKeyed ? `,${gap}PRIMARY KEY (${columns[0]!.quote(names[0]!)} DESC)` : '';
        const db = new DatabaseSync(':memory:');
        db.exec(`CREATE TABLE t (${written.join(`,${gap}`)}${key})`);
        const entry = db
          .prepare('SELECT type AS kind, name, tbl_name AS "table", sql FROM sqlite_schema WHERE sql IS NOT NULL')
          .all();
        const facts = formOfEntries(entry as unknown as SchemaEntry[]).map(factOf);
        const of = (kind: string) => facts.filter((fact) => fact.kind === kind);
        const info = db.prepare('SELECT * FROM pragma_table_xinfo(?)').all('t') as {
          name: string;
          type: string;
          notnull: number;
          dflt_value: string | null;
        }[];
        assert.deepEqual(
          of('column')
            .map((fact) => fact.name)
            .toSorted(),
          info.map((row) => row.name).toSorted(),
        );
        for (const row of info) {
          const words = of('column').find((fact) => fact.name === row.name)?.words ?? '';
          assert.ok(words.toLowerCase().includes(` ${row.type.toLowerCase()}`), words);
          assert.equal(/ default /.test(words), row.dflt_value !== null, words);
          const isKey = isKeyed && row.name === names[0];
          if (!isKey) assert.equal(/ not null\b/.test(words), row.notnull === 1, words);
        }
        const count = (pragma: string, where: string) =>
          Number((db.prepare(`SELECT count(*) AS n FROM ${pragma}('t') ${where}`).get() as { n: number }).n);
        assert.equal(of('foreign key').length, count('pragma_foreign_key_list', ''));
        assert.ok(of('unique').length >= count('pragma_index_list', "WHERE origin = 'u'"), 'SQLite keeps one of two equal ones');
        assert.equal(of('check').length, columns.slice(0, names.length).filter((entry) => entry.check !== '').length);
        assert.equal(of('primary key').length, isKeyed ? 1 : 0);
        db.close();
      },
    ),
    { numRuns: 300 },
  );
});

test('checklist 78: SQLite’s own tables and those behind a search index are no part of the form, the index itself is', () => {
  const sql = (kind: string, object: string, text: string): SchemaEntry => ({ kind, name: object, table: object, sql: text });
  assert.deepEqual(formOfEntries([sql('table', 'found', 'CREATE VIRTUAL TABLE found USING fts5(front, back)')]), [
    '"found" virtual table «fts5(front, back)»',
  ]);
});
