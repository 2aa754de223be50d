import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { SqliteConnection } from '../../src/engine/sqlite/connection.ts';
import { introspect } from '../../src/engine/sqlite/introspect.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { installSqliteCapture, removeSqliteCapture, sqliteCaptureProblems } from '../../src/move/capture/sqlite-capture.ts';
import { type CarriedTable, carriedTables } from '../../src/move/carried-tables.ts';
import { LEDGERS } from '../../src/move/source/source-level.ts';
import { readSourceTables } from '../../src/move/source/source-tables.ts';
import { readMoveState } from '../../src/move/state/sqlite-state.ts';
import { table, text } from '../../src/schema/index.ts';
import { insert, library, newSource, temporaryFolder } from './library.ts';

const MOVE = { runId: 'mv-test', target: 'postgres://db1/cards', epoch: 1 };
const FENCED = /FlashCase: this file is fenced, its data has moved; writes go to postgres:\/\/db1\/cards/;

interface Place {
  readonly file: string;
  /** Somebody's program: it knows nothing of the move. */
  readonly db: DatabaseSync;
  /** The move's own connection. */
  readonly own: SqliteConnection;
  readonly tables: readonly CarriedTable[];
}

/** Tables as they are declared to the move; the file itself may say more. */
const declared = (name: string, key: readonly string[], no = 0): CarriedTable => ({
  no,
  table: table(name, {
    columns: Object.fromEntries(key.map((column) => [column, text()])),
    primaryKey: [...key],
  }),
  key,
});

function opened(t: TestContext, file: string, tables: readonly CarriedTable[]): Place {
  const db = new DatabaseSync(file, { timeout: 5000 });
  const own = new SqliteConnection({ file, readOnly: false, busyTimeoutMs: 5000, columnTypes: new Map() });
  t.after(() => {
    if (db.isOpen) db.close();
    own.close();
  });
  return { file, db, own, tables };
}

/** A file with these statements run in it, and capture on. */
async function captured(t: TestContext, sql: string, tables: readonly CarriedTable[]): Promise<Place> {
  const file = join(temporaryFolder(t), 'app.db');
  const place = opened(t, file, tables);
  place.db.exec(`PRAGMA journal_mode = WAL; ${sql}`);
  await installSqliteCapture(place.own, tables, MOVE);
  return place;
}

/** The same in memory, where the move and the program share a connection. */
async function capturedInMemory(sql: string, tables: readonly CarriedTable[]): Promise<DatabaseSync> {
  const own = new SqliteConnection({ file: ':memory:', readOnly: false, busyTimeoutMs: 0, columnTypes: new Map() });
  own.scriptSync(sql);
  await installSqliteCapture(own, tables, MOVE);
  return own.raw;
}

async function capturedLibrary(t: TestContext): Promise<Place> {
  const file = join(temporaryFolder(t), 'app.db');
  (await newSource(file)).close();
  const place = opened(t, file, carriedTables(library, []));
  await installSqliteCapture(place.own, place.tables, MOVE);
  return place;
}

/** What is journalled since the last call: `table_no: keys`, in order. */
function journalled(db: DatabaseSync): string[] {
  const statement = db.prepare('SELECT table_no, k1, k2, k3, k4, k5, k6, k7, k8 FROM flashcase_move_journal ORDER BY seq');
  statement.setReadBigInts(true);
  const rows = statement.all() as Record<string, SQLInputValue>[];
  db.exec('DELETE FROM flashcase_move_journal');
  return rows.map(({ table_no, ...keys }) => {
    const values = Object.values(keys);
    while (values.at(-1) === null) values.pop();
    return `${table_no}: ${values.map(String).join(' ')}`;
  });
}

const once = (lines: readonly string[]): string[] => [...new Set(lines)].toSorted();

const fence = (db: DatabaseSync, isWritable: boolean): void =>
  db.exec(`UPDATE flashcase_move SET is_writable = ${Number(isWritable)}`);

const schemaText = (db: DatabaseSync): string =>
  JSON.stringify(db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name').all());

/** Each statement on a file of its own: what it journals, with and without recursive triggers. */
async function journals(
  { sql, tables, before }: { sql: string; tables: readonly CarriedTable[]; before: string },
  statements: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  for (const recursive of ['OFF', 'ON']) {
    for (const [statement, expected] of Object.entries(statements)) {
      const db = await capturedInMemory(`${sql}; ${before}`, tables);
      db.exec(`PRAGMA recursive_triggers = ${recursive}; PRAGMA foreign_keys = ON`);
      db.exec(statement);
      assert.deepEqual(once(journalled(db)), expected, `${statement} (recursive triggers ${recursive})`);
      db.close();
    }
  }
}

describe('capture on SQLite', () => {
  test('each insert, update and delete of any program journals the key of the row', async (t) => {
    const { db } = await capturedLibrary(t);
    insert(db, 'author', { pen_name: 'Ada' });
    insert(db, 'shelf', { room: 'north', label: 'a' });
    db.exec("UPDATE author SET pen_name = 'Eva'");
    db.exec('DELETE FROM author');
    assert.deepEqual(journalled(db), ['0: 1', '2: north a', '0: 1', '0: 1']);
  });

  test('a change of a key journals the row before and after it, also one of upper and lower case, and one by the name rowid', async () => {
    const sql = 'CREATE TABLE a (k TEXT COLLATE NOCASE PRIMARY KEY, n); CREATE TABLE b (id INTEGER PRIMARY KEY, n)';
    const tables = [declared('a', ['k']), declared('b', ['id'], 1)];
    await journals(
      { sql, tables, before: "INSERT INTO a VALUES ('x', 1), ('y', 2); INSERT INTO b VALUES (1, 1), (2, 2)" },
      {
        "UPDATE a SET k = 'z' WHERE k = 'x'": ['0: x', '0: z'],
        "UPDATE a SET k = 'X' WHERE k = 'x'": ['0: X', '0: x'],
        "UPDATE a SET n = 3 WHERE k = 'x'": ['0: x'],
        'UPDATE b SET id = 7 WHERE id = 1': ['1: 1', '1: 7'],
        'UPDATE b SET rowid = 7 WHERE id = 1': ['1: 1', '1: 7'],
        'UPDATE b SET _rowid_ = 7, n = 5 WHERE id = 1': ['1: 1', '1: 7'],
        "INSERT INTO a VALUES ('x', 5) ON CONFLICT (k) DO UPDATE SET k = 'w', n = excluded.n": ['0: w', '0: x'],
        "INSERT INTO a VALUES ('x', 5) ON CONFLICT DO NOTHING": ['0: x'],
      },
    );
  });

  test('T-47: a row that REPLACE deletes on the way is journalled, whichever unique key it stood in, with and without recursive triggers', async () => {
    const sql = `CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, u TEXT COLLATE NOCASE UNIQUE, v INTEGER NOT NULL DEFAULT 7, w, x INTEGER, y INTEGER,
        z INTEGER GENERATED ALWAYS AS (x + y), UNIQUE (v, w));
      CREATE UNIQUE INDEX a_partial ON a (w) WHERE v > 100;
      CREATE UNIQUE INDEX a_expression ON a (abs(x) DESC, lower(u) COLLATE RTRIM);
      CREATE UNIQUE INDEX a_computed ON a (z)`;
    const before = `INSERT INTO a (id, u, v, w, x, y) VALUES (1, 'one', 7, 'w1', 1, 10), (2, 'two', 101, 'w2', 2, 20), (3, 'three', 8, 'w3', 3, 30)`;
    await journals(
      { sql, before, tables: [declared('a', ['id'])] },
      {
        "INSERT OR REPLACE INTO a (u) VALUES ('ONE')": ['0: 1', '0: 4'],
        "REPLACE INTO a (id, u) VALUES (2, 'one')": ['0: 1', '0: 2'],
        "INSERT OR REPLACE INTO a (v, w) VALUES (8, 'w3')": ['0: 3', '0: 4'],
        "INSERT OR REPLACE INTO a (v, w) VALUES (NULL, 'w1')": ['0: 1', '0: 4'],
        "INSERT OR REPLACE INTO a (v, w) VALUES (102, 'w2')": ['0: 2', '0: 4'],
        "INSERT OR REPLACE INTO a (u, x) VALUES ('three  ', -3)": ['0: 3', '0: 4'],
        'INSERT OR REPLACE INTO a (x, y) VALUES (0, 22)': ['0: 2', '0: 4'],
        "INSERT OR REPLACE INTO a (u, v, w) VALUES ('one', 8, 'w3')": ['0: 1', '0: 3', '0: 4'],
        "UPDATE OR REPLACE a SET u = 'TWO' WHERE id = 1": ['0: 1', '0: 2'],
        "UPDATE OR REPLACE a SET v = NULL, w = 'w1' WHERE id = 3": ['0: 1', '0: 3'],
        "UPDATE OR REPLACE a SET v = 103, w = 'w2' WHERE id = 3": ['0: 2', '0: 3'],
        'UPDATE OR REPLACE a SET y = 32 WHERE id = 1': ['0: 1', '0: 3'],
        "UPDATE OR REPLACE a SET x = -2, u = 'two' WHERE id = 1": ['0: 1', '0: 2'],
        'UPDATE OR REPLACE a SET id = 3 WHERE id = 1': ['0: 1', '0: 3'],
      },
    );
  });

  test('T-47: the same holds for keys of several columns, tables without row ids, hidden row ids and REPLACE in the table itself', async () => {
    const sql = `CREATE TABLE a (id INTEGER PRIMARY KEY, at TEXT);
      CREATE TABLE b (k TEXT, l INTEGER NOT NULL DEFAULT 3, u UNIQUE, PRIMARY KEY (k, l)) WITHOUT ROWID;
      CREATE TABLE c (k TEXT PRIMARY KEY, n);
      CREATE TABLE d (id INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT REPLACE);
      CREATE TABLE "new" (id INTEGER PRIMARY KEY, "u ""x" UNIQUE)`;
    const before = `INSERT INTO a VALUES (1, 'monday'), (2, 'tuesday'); INSERT INTO b VALUES ('x', 3, 1), ('y', 2, 2);
      INSERT INTO c VALUES ('x', 1), ('y', 2); INSERT INTO d VALUES (1, 1), (2, 2); INSERT INTO "new" VALUES (1, 1), (2, 2)`;
    const tables = [
      declared('a', ['id', 'at']),
      declared('b', ['k', 'l'], 1),
      declared('c', ['k'], 2),
      declared('d', ['id'], 3),
      declared('new', ['id'], 4),
    ];
    await journals(
      { sql, before, tables },
      {
        "INSERT OR REPLACE INTO a VALUES (1, 'friday')": ['0: 1 friday', '0: 1 monday'],
        'UPDATE OR REPLACE a SET id = 2 WHERE id = 1': ['0: 1 monday', '0: 2 monday', '0: 2 tuesday'],
        "INSERT OR REPLACE INTO b VALUES ('z', 1, 2)": ['1: y 2', '1: z 1'],
        "INSERT OR REPLACE INTO b VALUES ('x', NULL, 5)": ['1: x 3'],
        "UPDATE OR REPLACE b SET k = 'x', l = NULL WHERE k = 'y'": ['1: x 3', '1: y 2'],
        "INSERT OR REPLACE INTO c (rowid, k) VALUES (1, 'z')": ['2: x', '2: z'],
        "UPDATE OR REPLACE c SET rowid = 2 WHERE k = 'x'": ['2: x', '2: y'],
        'INSERT INTO d VALUES (3, 2)': ['3: 2', '3: 3'],
        'UPDATE d SET u = 1 WHERE id = 2': ['3: 1', '3: 2'],
        'INSERT OR REPLACE INTO "new" VALUES (3, 2)': ['4: 2', '4: 3'],
        'UPDATE OR REPLACE "new" SET "u ""x" = 1 WHERE id = 2': ['4: 1', '4: 2'],
      },
    );
  });

  test('T-48: no value a program writes is refused because of the journal: bytes, text that is no UTF-8, NUL, NaN, infinity, a long text', async (t) => {
    const { db } = await captured(t, 'CREATE TABLE a (k PRIMARY KEY, u UNIQUE, v)', [declared('a', ['k'])]);
    const values: SQLInputValue[] = [
      Buffer.from([0, 255, 1]),
      'a\0b',
      Number.NaN,
      Number.POSITIVE_INFINITY,
      'x'.repeat(5_000_000),
      -0,
      2n ** 62n,
    ];
    for (const value of values) {
      db.prepare('INSERT OR REPLACE INTO a VALUES (?, ?, ?)').run(value, value, value);
      db.prepare('UPDATE a SET v = ?, u = ? WHERE k IS ?').run(value, value, value);
    }
    db.exec("INSERT INTO a VALUES (CAST(x'ff00fe' AS TEXT), CAST(x'ff' AS TEXT), CAST(x'c328' AS TEXT))");
    assert.equal(db.prepare('SELECT count(*) AS n FROM a').get()?.n, values.length + 1);
    assert.equal(
      db.prepare('SELECT count(*) AS n FROM a WHERE NOT EXISTS (SELECT 1 FROM flashcase_move_journal WHERE k1 IS k)').get()?.n,
      0,
    );
  });

  test('T-49: a journalled key is bit for bit the key of the row, in its storage class', async (t) => {
    const { db } = await captured(t, 'CREATE TABLE a (k PRIMARY KEY)', [declared('a', ['k'])]);
    db.exec(
      `INSERT INTO a VALUES (0.1 + 0.2), (9223372036854775807), ('9223372036854775807'), (x'00ff'), (CAST(x'ff00fe' AS TEXT)), (1e300), ('')`,
    );
    const form = (from: string): unknown[] =>
      db.prepare(`SELECT typeof(k) AS t, hex(CAST(k AS BLOB)) AS h FROM ${from} ORDER BY 1, 2`).all();
    assert.deepEqual(form('(SELECT k1 AS k FROM flashcase_move_journal)'), form('a'));
    assert.equal(db.prepare('SELECT k1 FROM flashcase_move_journal WHERE typeof(k1) = ?').get('real')?.k1, 0.1 + 0.2);
  });

  test('a DELETE of all rows journals each of them', async (t) => {
    const { db } = await captured(t, 'CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1), (2), (3)', [
      declared('a', ['id']),
    ]);
    db.exec('DELETE FROM a');
    assert.deepEqual(journalled(db), ['0: 1', '0: 2', '0: 3']);
  });

  test('what is rolled back leaves the journal with it, and what stays of a failed statement stays in it', async (t) => {
    const { db } = await captured(t, 'CREATE TABLE a (id INTEGER PRIMARY KEY, u UNIQUE CHECK (u < 100))', [
      declared('a', ['id']),
    ]);
    db.exec(
      'BEGIN; INSERT INTO a VALUES (1, 1); SAVEPOINT s; INSERT INTO a VALUES (2, 2); ROLLBACK TO s; INSERT INTO a VALUES (3, 3); COMMIT',
    );
    db.exec('BEGIN; INSERT INTO a VALUES (4, 4); ROLLBACK');
    assert.deepEqual(journalled(db), ['0: 1', '0: 3']);
    assert.throws(() => db.exec('INSERT INTO a VALUES (5, 5), (6, 100)'), /CHECK/);
    assert.deepEqual(journalled(db), []);
    assert.throws(() => db.exec('INSERT OR FAIL INTO a VALUES (5, 5), (6, 100)'), /CHECK/);
    assert.deepEqual(journalled(db), ['0: 5']);
    assert.throws(() => db.exec('UPDATE OR FAIL a SET u = u + 95'), /CHECK/);
    assert.deepEqual(journalled(db).slice(0, 2), ['0: 1', '0: 3']);
  });

  test('rows that foreign keys delete or change are journalled, also below a row that REPLACE deleted', async () => {
    const sql = `CREATE TABLE a (id INTEGER PRIMARY KEY, u UNIQUE, up INTEGER REFERENCES a ON DELETE CASCADE);
      CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE);
      CREATE TABLE c (a INTEGER REFERENCES a ON DELETE SET NULL ON UPDATE CASCADE, n PRIMARY KEY)`;
    const before =
      'INSERT INTO a VALUES (1, 1, NULL), (2, 2, 1), (3, 3, 2), (4, 4, NULL), (5, 5, NULL); INSERT INTO b VALUES (10, 3), (11, 4), (12, 5); INSERT INTO c VALUES (3, 20), (4, 21)';
    await journals(
      { sql, before, tables: [declared('a', ['id']), declared('b', ['id'], 1), declared('c', ['n'], 2)] },
      {
        'DELETE FROM a WHERE id = 1': ['0: 1', '0: 2', '0: 3', '1: 10', '2: 20'],
        'INSERT OR REPLACE INTO a VALUES (9, 1, NULL)': ['0: 1', '0: 2', '0: 3', '0: 9', '1: 10', '2: 20'],
        'UPDATE OR REPLACE a SET u = 5 WHERE id = 4': ['0: 4', '0: 5', '1: 12'],
        'UPDATE a SET id = 40 WHERE id = 4': ['0: 4', '0: 40', '1: 11', '2: 21'],
      },
    );
  });

  test('what triggers of the schema write is journalled, and a row that one of them lets stand by failing is too, also after a VACUUM', async (t) => {
    const sql = `CREATE TABLE a (id INTEGER PRIMARY KEY, n); CREATE TABLE b (id INTEGER PRIMARY KEY, n);
      CREATE TRIGGER a_b AFTER INSERT ON a BEGIN INSERT INTO b VALUES (NEW.id * 10, NEW.n); UPDATE a SET n = n + 1 WHERE id = NEW.id; END;
      CREATE TRIGGER a_u BEFORE UPDATE ON a WHEN NEW.n > 100 BEGIN DELETE FROM b WHERE id = OLD.id * 10; END;
      CREATE TRIGGER b_fails AFTER INSERT ON b WHEN NEW.n = 50 BEGIN SELECT RAISE(FAIL, 'no fifty'); END;
      CREATE TRIGGER b_ignores BEFORE DELETE ON b WHEN OLD.n = 60 BEGIN SELECT RAISE(IGNORE); END`;
    for (const more of ['', 'VACUUM']) {
      const { db } = await captured(t, sql, [declared('a', ['id']), declared('b', ['id'], 1)]);
      db.exec(more);
      db.exec('INSERT INTO a VALUES (1, 1)');
      assert.deepEqual(once(journalled(db)), ['0: 1', '1: 10']);
      db.exec('UPDATE a SET n = 101');
      assert.deepEqual(once(journalled(db)), ['0: 1', '1: 10']);
      assert.throws(() => db.exec('INSERT INTO b VALUES (5, 50)'), /no fifty/);
      assert.equal(db.prepare('SELECT n FROM b WHERE id = 5').get()?.n, 50);
      assert.deepEqual(once(journalled(db)), ['1: 5']);
    }
  });

  test('a statement answers as without a move: last id, number of changes, RETURNING, ids handed out', async (t) => {
    const sql = `CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, u UNIQUE, n INTEGER, s INTEGER GENERATED ALWAYS AS (n * 2) STORED);
      CREATE TABLE b (k TEXT PRIMARY KEY, n) WITHOUT ROWID; CREATE TABLE c (a INTEGER REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE);
      CREATE TRIGGER a_t AFTER UPDATE ON a BEGIN INSERT INTO c VALUES (NEW.id); END`;
    const { db } = await captured(t, sql, [declared('a', ['id']), declared('b', ['k'], 1), declared('c', ['a'], 2)]);
    const plain = new DatabaseSync(':memory:');
    t.after(() => plain.close());
    plain.exec(sql);
    const statements = [
      'INSERT INTO a (u, n) VALUES (1, 1), (2, 2), (3, 3) RETURNING *',
      'INSERT OR REPLACE INTO a (u, n) VALUES (2, 5) RETURNING id, s',
      "INSERT INTO b VALUES ('x', 1), ('y', 2)",
      'INSERT INTO a (u, n) VALUES (3, 9) ON CONFLICT (u) DO UPDATE SET n = excluded.n RETURNING *',
      'INSERT OR IGNORE INTO a (u, n) VALUES (3, 10) RETURNING *',
      'UPDATE a SET n = n + 1 RETURNING id, n, s',
      'UPDATE a SET id = id + 100 WHERE u = 1 RETURNING id',
      "INSERT INTO b SELECT k || '2', n FROM b RETURNING k",
      'DELETE FROM a WHERE u = 2 RETURNING *',
      'DELETE FROM c',
      'DELETE FROM a',
      'INSERT INTO a (u) VALUES (50) RETURNING id',
    ];
    const answers = (of: DatabaseSync, statement: string): unknown => ({
      rows: of.prepare(statement).all(),
      after: of.prepare('SELECT last_insert_rowid() AS last, changes() AS changes').get(),
      ids: of.prepare('SELECT * FROM sqlite_sequence').all(),
    });
    for (const statement of statements) assert.deepEqual(answers(db, statement), answers(plain, statement), statement);
    for (const statement of statements.slice(0, 2).map((each) => each.replace(/ RETURNING.*/, '')))
      assert.deepEqual(db.prepare(statement).run(), plain.prepare(statement).run(), statement);
  });

  test('the journal is found from everywhere: an attached file, a temporary table of its name, a program that trusts no schema', async (t) => {
    const { db, file } = await captured(t, 'CREATE TABLE a (id INTEGER PRIMARY KEY, u UNIQUE)', [declared('a', ['id'])]);
    db.exec(
      'CREATE TEMP TABLE flashcase_move_journal (x); CREATE TEMP TABLE flashcase_move (pass); INSERT INTO flashcase_move VALUES (1)',
    );
    db.exec('PRAGMA trusted_schema = OFF; INSERT INTO main.a VALUES (1, 1)');
    db.exec('DROP TABLE temp.flashcase_move_journal; DROP TABLE temp.flashcase_move');
    const other = new DatabaseSync(':memory:');
    other.prepare('ATTACH ? AS app').run(file);
    other.exec('CREATE TABLE flashcase_move_journal (x); CREATE TABLE a (id); INSERT OR REPLACE INTO app.a VALUES (2, 1)');
    other.close();
    assert.deepEqual(journalled(db), ['0: 1', '0: 1', '0: 2']);
  });

  test('VACUUM and ANALYZE, and changes of other tables, work as before', async (t) => {
    const { db, own, tables } = await captured(
      t,
      'CREATE TABLE a (id INTEGER PRIMARY KEY, u UNIQUE); CREATE TABLE other (x); CREATE VIEW v AS SELECT x FROM other',
      [declared('a', ['id'])],
    );
    db.exec(
      'VACUUM; ANALYZE; ALTER TABLE other RENAME TO others; ALTER TABLE others RENAME COLUMN x TO y; ALTER TABLE others ADD COLUMN z; ALTER TABLE others DROP COLUMN z; CREATE INDEX a_n ON a (u, id)',
    );
    assert.deepEqual(await sqliteCaptureProblems(own, tables), []);
    db.exec('INSERT INTO a VALUES (1, 1)');
    assert.deepEqual(journalled(db), ['0: 1']);
  });

  test('the journal of several processes that write at once holds the key of every row that one of them changed', async (t) => {
    const { db, file } = await captured(t, 'CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, u INTEGER UNIQUE)', [
      declared('a', ['id']),
    ]);
    const program = `
      const db = new (require('node:sqlite').DatabaseSync)(process.argv[1], { timeout: 30000 });
      db.exec('PRAGMA synchronous = OFF');
      for (let i = 0; i < 150; i++) {
        db.exec('BEGIN IMMEDIATE');
        db.prepare('INSERT OR REPLACE INTO a (u) VALUES (?)').run((i * 7) % 50);
        db.prepare('UPDATE a SET u = u + 1000 WHERE id = (SELECT min(id) FROM a)').run();
        if (i % 3 === 0) db.exec('DELETE FROM a WHERE u > 1000');
        db.exec(i % 10 === 9 ? 'ROLLBACK' : 'COMMIT');
      }`;
    const ends = [1, 2, 3].map(
      () =>
        new Promise<number | null>((done) => {
          spawn(process.execPath, ['-e', program, file], { stdio: 'inherit' }).on('close', done);
        }),
    );
    assert.deepEqual(await Promise.all(ends), [0, 0, 0]);
    const handedOut = Number(db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'a'").get()?.seq);
    const keys = db
      .prepare('SELECT count(DISTINCT k1) AS n, min(k1) AS first, max(k1) AS last FROM flashcase_move_journal')
      .get();
    assert.deepEqual({ ...keys }, { n: handedOut, first: 1, last: handedOut });
  });

  test('a carrier writes past fence and journal', async (t) => {
    const { db } = await captured(t, 'CREATE TABLE a (id INTEGER PRIMARY KEY, u UNIQUE)', [declared('a', ['id'])]);
    fence(db, false);
    db.exec(
      'BEGIN IMMEDIATE; UPDATE flashcase_move SET pass = 1; REPLACE INTO a VALUES (1, 1), (2, 1); UPDATE a SET id = 7; DELETE FROM a; UPDATE flashcase_move SET pass = 0; COMMIT',
    );
    assert.deepEqual(journalled(db), []);
    assert.throws(() => db.exec('INSERT INTO a VALUES (1, 1)'), FENCED);
  });
});

const shell = '/usr/bin/sqlite3';

/** Runs SQL in another process: the sqlite3 shell where there is one, else another Node. Returns what it wrote to standard error. */
function inOtherProcess(file: string, sql: string): string {
  const script = `new (require('node:sqlite').DatabaseSync)(process.argv[1]).exec(process.argv[2])`;
  const { stderr } = existsSync(shell)
    ? spawnSync(shell, [file, sql], { encoding: 'utf8' })
    : spawnSync(process.execPath, ['-e', script, file, sql], { encoding: 'utf8' });
  return stderr;
}

describe('the fence of the SQLite file', () => {
  const sql = `CREATE TABLE a (id INTEGER PRIMARY KEY, u UNIQUE, up INTEGER REFERENCES a ON DELETE CASCADE);
    CREATE TABLE b (k TEXT PRIMARY KEY, a INTEGER REFERENCES a ON DELETE SET NULL ON UPDATE CASCADE) WITHOUT ROWID;
    CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (id INTEGER PRIMARY KEY REFERENCES parent ON DELETE CASCADE);
    CREATE TABLE other (x); CREATE VIEW v AS SELECT * FROM a;
    CREATE TRIGGER other_a AFTER INSERT ON other BEGIN UPDATE a SET u = NEW.x WHERE id = 1; END;
    CREATE TRIGGER v_a INSTEAD OF DELETE ON v BEGIN DELETE FROM a WHERE id = OLD.id; END;
    INSERT INTO a VALUES (1, 1, NULL), (2, 2, 1); INSERT INTO b VALUES ('x', 1); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1)`;
  const tables = [declared('a', ['id']), declared('b', ['k'], 1), declared('child', ['id'], 2)];
  const writes = [
    'INSERT INTO a (u) VALUES (9)',
    'INSERT INTO a DEFAULT VALUES',
    'INSERT OR IGNORE INTO a VALUES (1, 1, NULL)',
    'INSERT OR REPLACE INTO a VALUES (1, 2, NULL)',
    'INSERT OR FAIL INTO a (u) VALUES (7), (8)',
    'REPLACE INTO a (u) VALUES (2)',
    'INSERT INTO a VALUES (1, 1, NULL) ON CONFLICT DO NOTHING',
    'INSERT INTO a VALUES (1, 1, NULL) ON CONFLICT (id) DO UPDATE SET u = 5',
    'INSERT INTO a (u) SELECT u + 100 FROM a',
    'UPDATE a SET u = u',
    'UPDATE OR IGNORE a SET u = 1',
    'UPDATE OR REPLACE a SET u = 1 WHERE id = 2',
    'UPDATE OR FAIL a SET u = 5',
    'UPDATE a SET rowid = 9 WHERE id = 2',
    "UPDATE b SET a = 2 WHERE k = 'x'",
    'DELETE FROM a',
    'DELETE FROM a WHERE id = 2',
    "DELETE FROM b WHERE k = 'x'",
    'DELETE FROM parent',
    'INSERT INTO other VALUES (5)',
    'DELETE FROM v WHERE id = 2',
  ];

  test('T-57: once it is fenced, no kind of write of any program changes a row of a carried table, and each is told where writes go', async (t) => {
    const { db, file } = await captured(t, sql, tables);
    fence(db, false);
    const content = (): string =>
      JSON.stringify(
        ['a', 'b', 'child', 'parent', 'other', 'flashcase_move_journal'].map((name) => db.prepare(`SELECT * FROM ${name}`).all()),
      );
    const before = content();
    for (const recursive of ['OFF', 'ON']) {
      db.exec(`PRAGMA recursive_triggers = ${recursive}`);
      for (const write of writes) assert.throws(() => db.exec(write), FENCED, write);
    }
    for (const write of writes) assert.match(inOtherProcess(file, `PRAGMA foreign_keys = ON; ${write}`), FENCED, write);
    assert.equal(content(), before);
    assert.equal(db.prepare('SELECT count(*) AS n FROM a').get()?.n, 2);
    assert.equal(inOtherProcess(file, 'DELETE FROM other; VACUUM; SELECT count(*) FROM a'), '');
  });

  test('what a transaction had done in other tables stays when the fence refuses a statement of it', async (t) => {
    const { db } = await captured(t, sql, tables);
    fence(db, false);
    db.exec('BEGIN; INSERT INTO parent VALUES (7)');
    assert.throws(() => db.exec('INSERT OR ROLLBACK INTO a (u) VALUES (5)'), FENCED);
    db.exec('COMMIT');
    assert.equal(db.prepare('SELECT count(*) AS n FROM parent').get()?.n, 2);
  });

  test('a program that began its transaction before the fence cannot write past it', async (t) => {
    const { db, own } = await captured(t, sql, tables);
    db.exec('PRAGMA busy_timeout = 0; BEGIN; SELECT * FROM a');
    db.prepare('SELECT * FROM a').all();
    await own.script('UPDATE flashcase_move SET is_writable = 0');
    assert.throws(() => db.exec('INSERT INTO a (u) VALUES (9)'), /locked/);
    db.exec('ROLLBACK');
    assert.throws(() => db.exec('INSERT INTO a (u) VALUES (9)'), FENCED);
  });

  test('the message shows no password and survives quotes in the name of the target', async (t) => {
    const file = join(temporaryFolder(t), 'app.db');
    const place = opened(t, file, tables);
    place.db.exec(sql);
    await installSqliteCapture(place.own, tables, { ...MOVE, target: "postgres://me:s3cret@db1/it's" });
    fence(place.db, false);
    assert.throws(() => place.db.exec('DELETE FROM b'), /writes go to postgres:\/\/me@db1\/it's$/);
    assert.doesNotMatch(schemaText(place.db) + String((await readMoveState(place.own))?.target), /s3cret/);
    assert.deepEqual(await sqliteCaptureProblems(place.own, tables), []);
  });
});

describe('a file in a move', () => {
  test('shows no form of its schema that the move is there, and its plan names no table of the move', async (t) => {
    const { file, own, db } = await capturedLibrary(t);
    insert(db, 'author', { pen_name: 'Ada' });
    const snapshot = new DatabaseSync(file, { readOnly: true });
    t.after(() => snapshot.close());
    assert.deepEqual(readSourceTables(snapshot, library, LEDGERS, file).unknown, []);
    assert.deepEqual(
      (await introspect(own)).filter((line) => line.includes('flashcase_move')),
      [],
    );
  });
});

describe('capture is put on and taken off', () => {
  test('a move begins writable, copying, with the epoch it was given and an empty journal', async (t) => {
    const { own, db } = await capturedLibrary(t);
    const state = await readMoveState(own);
    assert.deepEqual(
      { ...state, followedAt: undefined },
      {
        runId: 'mv-test',
        target: 'postgres://db1/cards',
        phase: 'copying',
        epoch: 1,
        attempt: undefined,
        isWritable: true,
        isPaused: false,
        throttle: 'auto',
        position: 0n,
        witness: { no: 0, word: 'mv-test' },
        followerToken: 0,
        follower: undefined,
        followedAt: undefined,
      },
    );
    assert.deepEqual(journalled(db), []);
  });

  test('after the end of a move the schema is text by text what it was, and every write works', async (t) => {
    const file = join(temporaryFolder(t), 'app.db');
    (await newSource(file)).close();
    const tables = carriedTables(library, []);
    const { db, own } = opened(t, file, tables);
    const before = schemaText(db);
    await removeSqliteCapture(own);
    assert.equal(schemaText(db), before);
    await installSqliteCapture(own, tables, MOVE);
    assert.notEqual(schemaText(db), before);
    insert(db, 'author', { pen_name: 'Ada' });
    db.exec('ANALYZE; DROP TABLE sqlite_stat1; VACUUM');
    fence(db, false);
    await removeSqliteCapture(own);
    await removeSqliteCapture(own);
    assert.equal(schemaText(db), before);
    db.exec("UPDATE author SET pen_name = 'Eva'");
    assert.equal(await readMoveState(own), undefined);
  });

  test('a second move in the same file is refused, and so is a file that has a name a move needs, or a table it lacks: nothing is changed then', async (t) => {
    const { db, own, tables } = await capturedLibrary(t);
    const refused = async (code: string, what: RegExp, connection = own): Promise<void> => {
      const before = schemaText(db);
      await assert.rejects(
        installSqliteCapture(connection, tables, MOVE),
        (error) => error instanceof FlashcaseError && error.code === code && what.test(error.message),
      );
      assert.equal(schemaText(db), before);
    };
    await refused('FC_MOVE_UNDERWAY', /mv-test to postgres:\/\/db1\/cards/);
    await removeSqliteCapture(own);
    for (const make of [
      'CREATE TABLE Flashcase_Move (x)',
      'CREATE VIEW flashcase_move_journal AS SELECT 1',
      'CREATE TRIGGER flashcase_move_0_after_insert AFTER INSERT ON author BEGIN SELECT 1; END',
    ]) {
      db.exec(make);
      await refused('FC_MOVE_SOURCE_UNFIT', /has a name that a move needs/);
      const [, kind, name] = make.split(' ');
      db.exec(`DROP ${kind} ${name}`);
    }
    db.exec('DROP TABLE placed');
    await refused('FC_MOVE_SOURCE_UNFIT', /The file has no table placed/);
  });

  test('a table whose writes fail anyway is named before the move begins', async (t) => {
    const file = join(temporaryFolder(t), 'app.db');
    const tables = [declared('a', ['id'])];
    const { db, own } = opened(t, file, tables);
    db.exec('CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TRIGGER broken AFTER DELETE ON a BEGIN DELETE FROM nowhere; END');
    await assert.rejects(installSqliteCapture(own, tables, MOVE), /Writes to table a cannot be captured/);
    assert.equal(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE 'flashcase%'").get()?.n, 0);
  });

  test('a capture that somebody changed is named, and so is a table changed since, by any way', async (t) => {
    const changes: Readonly<Record<string, RegExp>> = {
      'DROP TRIGGER flashcase_move_1_before_delete': /^Trigger flashcase_move_1_before_delete of table book is gone\.$/,
      [`DROP TRIGGER flashcase_move_0_after_insert; CREATE TRIGGER flashcase_move_0_after_insert AFTER INSERT ON author BEGIN SELECT 1; END`]:
        /^Trigger flashcase_move_0_after_insert of table author was changed\.$/,
      'ALTER TABLE shelf ADD COLUMN colour TEXT': /^Table shelf was changed since/,
      'ALTER TABLE book RENAME COLUMN body TO content': /^Table book was changed since/,
      'ALTER TABLE placed RENAME TO put': /^Table placed is gone\.$/,
      'DROP TABLE placed; CREATE TABLE placed (book_id INTEGER, room TEXT, label TEXT)':
        /^Trigger flashcase_move_3_before_insert of table placed is gone\.$/,
      'CREATE UNIQUE INDEX shelf_note ON shelf (note)': /^Table shelf was changed since/,
      'DROP INDEX ix_author_pen_name': /^Table author was changed since/,
      'CREATE TRIGGER mine AFTER INSERT ON book BEGIN SELECT 1; END':
        /^Trigger mine of table book was made since the move began\.$/,
      'CREATE TRIGGER flashcase_move_mine AFTER INSERT ON book BEGIN SELECT 1; END':
        /^Trigger flashcase_move_mine is none of this move\.$/,
      'ALTER TABLE flashcase_move_journal ADD COLUMN k9': /^Table flashcase_move_journal was changed\.$/,
      'DROP TABLE flashcase_move': /^Table flashcase_move is gone\.$/,
      'DELETE FROM flashcase_move': /^The state of the move is gone\.$/,
    };
    for (const [change, expected] of Object.entries(changes)) {
      const { db, own, tables } = await capturedLibrary(t);
      assert.deepEqual(await sqliteCaptureProblems(own, tables), []);
      db.exec(`BEGIN; ${change}; COMMIT`);
      assert.match((await sqliteCaptureProblems(own, tables))[0] ?? '', expected, change);
    }
  });
});
