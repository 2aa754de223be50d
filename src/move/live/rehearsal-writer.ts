import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

/** A thread of a rehearsal: rewrites rows of the copy, as users would, until it is told to stop. */

const { sqliteFile, tables, writes } = workerData as {
  readonly sqliteFile: string;
  /** Name and first column of each, quoted. */
  readonly tables: readonly (readonly [string, string])[];
  /** What was written, and whether to stop. */
  readonly writes: Int32Array;
};
/** As a busy installation writes. */
const REST_MS = 10;
const sleep = new Int32Array(new SharedArrayBuffer(4));

const db = new DatabaseSync(sqliteFile, { timeout: 0 });
try {
  const filled = tables.flatMap(([table, column]) => {
    try {
      const rows = Number(db.prepare(`SELECT max(rowid) AS n FROM main.${table}`).get()?.n ?? 0);
      return rows > 0 ? [{ rows, update: db.prepare(`UPDATE main.${table} SET ${column} = ${column} WHERE rowid = ?`) }] : [];
    } catch {
      // It has no rowid.
      return [];
    }
  });
  for (let i = 0; Atomics.load(writes, 1) === 0; i++) {
    const one = filled[i % Math.max(1, filled.length)];
    try {
      // Spread over the table without randomness: a stride that has no common factor with most sizes.
      if (one !== undefined) Atomics.add(writes, 0, Number(one.update.run((i * 7919) % (one.rows + 1)).changes));
    } catch {
      // The file is the side that follows now, or somebody else writes.
    }
    Atomics.wait(sleep, 0, 0, REST_MS);
  }
} finally {
  db.close();
}
