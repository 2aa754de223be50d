import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { withCarrier } from '../../src/move/live/carrying.ts';
import { type StartOptions, startMove } from '../../src/move/live/start.ts';
import { freshTarget } from './library.ts';
import { librarySource, liveOptionsFor, onPostgres, onSqlite } from './live.ts';

/** A live move whose SQLite file can be put back to an earlier state. */
export interface Restorable {
  readonly url: string;
  readonly options: StartOptions;
  onFile(sql: string): void;
  onServer(sql: string): Promise<unknown>;
  carry(): Promise<number>;
  backUp(): void;
  /** Puts the backup in the place of the file, as an operator does with everything stopped. */
  putBack(): void;
  assertEqual(): Promise<void>;
}

/** SQLite is the primary of it. */
export async function restorable(t: TestContext): Promise<Restorable> {
  const url = await freshTarget(t);
  const file = await librarySource(t, 40);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  const BOOKS = 'SELECT CAST(id AS TEXT) AS id, body, stars FROM book ORDER BY book.id';
  return {
    url,
    options,
    onFile: (sql) => onSqlite(file, (db) => db.exec(sql)),
    onServer: (sql) => onPostgres(url, (client) => client.query(sql)),
    carry: () => withCarrier(options, async ({ keys }) => keys),
    backUp() {
      onSqlite(file, (db) => db.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
      copyFileSync(file, `${file}.backup`);
    },
    putBack() {
      for (const rest of ['-wal', '-shm']) rmSync(file + rest, { force: true });
      copyFileSync(`${file}.backup`, file);
    },
    async assertEqual() {
      const there = await onPostgres(url, (client) => client.query(BOOKS));
      assert.deepEqual(
        onSqlite(file, (db) =>
          db
            .prepare(BOOKS)
            .all()
            .map((row) => ({ ...row })),
        ),
        there.rows,
      );
    },
  };
}
