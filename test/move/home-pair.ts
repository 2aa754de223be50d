import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { randomBytes } from '../../src/db/random.ts';
import { openPostgres } from '../../src/engine/postgres/engine.ts';
import { carriedTables } from '../../src/move/carried-tables.ts';
import type { HomeOptions } from '../../src/move/home/home-options.ts';
import { noGate } from '../../src/move/state/gate.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { cellOf, cellSql, cellToJson } from '../../src/schema/stored-cell.ts';
import type { Schema } from '../../src/schema/table.ts';
import { freshTarget, library, libraryRevisions, onTarget, server, temporaryFolder } from './library.ts';

/** What a move home of the library's schema needs. */
export function homeOptions(postgresUrl: string, sqliteFile: string, more: Partial<HomeOptions> = {}): HomeOptions {
  return {
    schema: library,
    revisions: libraryRevisions,
    tables: carriedTables(library, []),
    gate: noGate,
    sqliteFile,
    postgresUrl,
    clock: systemClock(),
    newId: () => randomBytes(4).toString('hex'),
    by: 'test',
    events: { phase() {}, expect() {}, rows() {}, bytes() {}, done() {}, note() {} },
    ...more,
  };
}

/** A PostgreSQL database that never was SQLite, with books, shelves, and ids that were handed out and are gone. */
export async function libraryServer(t: TestContext, books = 50, target = server()): Promise<{ url: string; file: string }> {
  const url = await freshTarget(t, target);
  const engine = openPostgres({
    schema: library,
    url,
    pool: { size: 1, maxOverflow: 0, timeoutSeconds: 10, recycleSeconds: -1, statementSeconds: 60 },
  });
  await upgrade({ engine, revisions: libraryRevisions, clock: systemClock() });
  await engine.close();
  await onTarget(
    url,
    `INSERT INTO author (pen_name) VALUES ('Ada'), ('Bo'), ('Cy');
     UPDATE author SET mentor_id = 2 WHERE id = 1;
     INSERT INTO book (author_id, editor_id, body, stars, copies, score, is_lent, printed_at, cover, state, pages)
       SELECT 1 + i % 3, CASE WHEN i % 4 = 0 THEN 2 END, 'Büch ' || i || chr(128512), i % 5, 9007199254740993 + i, i / 7.0, i % 2 = 0,
         timestamptz '2024-02-29 23:59:59.999999+00' + i * interval '1 microsecond', decode('00ff00', 'hex'), CASE WHEN i % 2 = 0 THEN 'old' END, i
       FROM generate_series(1, ${books}) AS i;
     INSERT INTO shelf VALUES ('r', 'l', NULL), ('r', '', 'empty label');
     INSERT INTO placed SELECT id, 'r', 'l' FROM book WHERE id % 3 = 0;
     DELETE FROM placed WHERE book_id = ${books}; DELETE FROM book WHERE id = ${books}`,
  );
  return { url, file: join(temporaryFolder(t), 'home.db') };
}

/** Every stored bit of a file, and what its counters promise. */
export function storedIn(file: string, of: Schema = library): string {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const parts = Object.values(of.tables).flatMap(({ name, columns }) => {
      const names = Object.keys(columns);
      const statement = db.prepare(`SELECT ${names.map((column) => cellSql(`"${column}"`)).join(', ')} FROM "${name}"`);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      return (statement.all() as unknown as unknown[][])
        .map((cells) => `${name} ${JSON.stringify(names.map((_, i) => cellToJson(cellOf(cells[2 * i], cells[2 * i + 1]))))}`)
        .toSorted();
    });
    const counters = db.prepare('SELECT name || seq AS line FROM sqlite_sequence ORDER BY name').all();
    return [...parts, ...counters.map(({ line }) => String(line))].join('\n');
  } finally {
    db.close();
  }
}
