import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statementsOf } from '../../src/engine/sql/statements.ts';
import type { Dialect } from '../../src/engine/sql/tokens.ts';
import { transactionControlIn } from '../../src/engine/sql/transaction-control.ts';

const split = (sql: string, dialect: Dialect): string[] => statementsOf(sql, dialect).map(({ text }) => text);

test('checklist 140: a text is split where the engine splits it: quotes, dollar quotes, comments, triggers, BEGIN ATOMIC', () => {
  const cases: readonly (readonly [Dialect, string, readonly string[]])[] = [
    ['postgres', "SELECT ';'; SELECT 'it''s; ok' ;;  ", ["SELECT ';'", "SELECT 'it''s; ok'"]],
    ['postgres', String.raw`SELECT E'\';'; SELECT 2`, [String.raw`SELECT E'\';'`, 'SELECT 2']],
    ['postgres', String.raw`SELECT '\'; SELECT 2`, [String.raw`SELECT '\'`, 'SELECT 2']],
    ['postgres', 'SELECT "a;b" ; SELECT $1', ['SELECT "a;b"', 'SELECT $1']],
    [
      'postgres',
      'DO $$ BEGIN PERFORM 1; END $$; SELECT $x$ ; $$ ; $x$; SELECT 1',
      ['DO $$ BEGIN PERFORM 1; END $$', 'SELECT $x$ ; $$ ; $x$', 'SELECT 1'],
    ],
    ['postgres', '/* a; /* b; */ c; */ SELECT 1; -- d;\nSELECT 2 -- e;', ['SELECT 1', 'SELECT 2']],
    ['postgres', 'SELECT a$b$c; SELECT d$b$', ['SELECT a$b$c', 'SELECT d$b$']],
    [
      'postgres',
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3',
      ['CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END', 'SELECT 3'],
    ],
    [
      'postgres',
      'CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3',
      ['CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)', 'SELECT 3'],
    ],
    ['postgres', 'BEGIN; SELECT 1; END', ['BEGIN', 'SELECT 1', 'END']],
    ['sqlite', '/* a; /* b; */ SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
    ['sqlite', 'SELECT [a;b], `c;d`; SELECT $$', ['SELECT [a;b], `c;d`', 'SELECT $$']],
    [
      'sqlite',
      'CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END; SELECT 1',
      ['CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END', 'SELECT 1'],
    ],
    [
      'sqlite',
      'CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = NEW.end, end = CASE WHEN NEW.begin THEN end END; SELECT 1; END; SELECT 2',
      [
        'CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = NEW.end, end = CASE WHEN NEW.begin THEN end END; SELECT 1; END',
        'SELECT 2',
      ],
    ],
    ['postgres', 'CREATE PROCEDURE p() BEGIN ATOMIC END; COMMIT', ['CREATE PROCEDURE p() BEGIN ATOMIC END', 'COMMIT']],
    ['sqlite', "SELECT 'open", ["SELECT 'open"]],
    ['postgres', '-- nothing', []],
  ];
  for (const [dialect, sql, wanted] of cases) assert.deepEqual(split(sql, dialect), wanted, sql);
});

test('checklist 120: what stands in a comment, a literal or a body is no statement', () => {
  const words = (sql: string, dialect: Dialect): string[] =>
    statementsOf(sql, dialect).flatMap(({ tokens }) => tokens.map((token) => token.value));
  for (const sql of [
    "SELECT 'DROP TABLE a'",
    '-- DROP TABLE a\nSELECT 1',
    '/* DROP TABLE a */ SELECT 1',
    'DO $$ BEGIN DROP TABLE a; END $$',
    'CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DROP TABLE a; END',
  ])
    assert.ok(!words(sql, 'postgres').includes('DROP'), sql);
  assert.ok(!words('CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END', 'sqlite').includes('DELETE'));
  assert.ok(words('DROP TABLE a', 'sqlite').includes('DROP'));
});

test('what begins or ends a transaction is told from what only looks like it', () => {
  for (const sql of [
    'SELECT 1; COMMIT',
    '/* ; */ commit work',
    'ROLLBACK TO SAVEPOINT a',
    'RELEASE a',
    'SAVEPOINT a',
    'BEGIN',
    'SELECT 1; ; END',
    'ABORT',
  ])
    for (const dialect of ['sqlite', 'postgres'] as const)
      assert.ok(transactionControlIn(sql, dialect) !== undefined, `${sql} (${dialect})`);
  for (const sql of ['START TRANSACTION', "PREPARE TRANSACTION 'a'", 'DO $$ BEGIN END $$; COMMIT AND CHAIN'])
    assert.ok(transactionControlIn(sql, 'postgres') !== undefined, sql);
  assert.ok(
    transactionControlIn('CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; END; COMMIT', 'sqlite') !==
      undefined,
  );

  for (const sql of [
    "SELECT 'x; COMMIT; y'",
    '-- COMMIT;\nSELECT 1',
    '/* ; COMMIT; */ SELECT 1',
    'SELECT "; COMMIT"',
    'UPDATE a SET "end" = 1',
  ])
    for (const dialect of ['sqlite', 'postgres'] as const)
      assert.equal(transactionControlIn(sql, dialect), undefined, `${sql} (${dialect})`);
  for (const sql of [
    'DO $$ BEGIN PERFORM 1; COMMIT; END $$',
    'CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN COMMIT; END $f$',
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END',
    "SELECT E'\\'; COMMIT; '",
    'PREPARE plan AS SELECT 1',
  ])
    assert.equal(transactionControlIn(sql, 'postgres'), undefined, sql);
  for (const sql of [
    'CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = NEW.end; END',
    'CREATE TRIGGER "begin" AFTER UPDATE OF [end] ON a BEGIN SELECT 1; END;',
    'SELECT [; COMMIT], `; COMMIT`',
  ])
    assert.equal(transactionControlIn(sql, 'sqlite'), undefined, sql);
});
