import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { FlashcaseError } from '../../errors/index.ts';
import { openSource, takeSnapshot } from '../../move/source/snapshot.ts';
import type { Timestamp } from '../../schema/index.ts';

function countRows(db: DatabaseSync): Map<string, number> {
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .all() as { name: string }[];
  return new Map(
    tables.map(({ name }) => [name, Number(db.prepare(`SELECT count(*) AS n FROM "${name.replaceAll('"', '""')}"`).get()?.n)]),
  );
}

/**
 * Copies an SQLite file by the backup API (commits in its WAL included) to `<file>.backup-<time>` and proves the copy: integrity check,
 * and each table's row count equal to the original's. Synced with its folder before it counts. Returns the copy's path.
 */
export async function backUp(file: string, now: Timestamp, say: (line: string) => void): Promise<string> {
  const copy = `${file}.backup-${now.text.slice(0, 19).replace(/[-:]/g, '').replace(' ', 'T')}Z`;
  const original = openSource(file);
  let expected: Map<string, number>;
  try {
    expected = countRows(original);
  } finally {
    original.close();
  }
  await takeSnapshot(
    file,
    copy,
    (db) => {
      const verdict = String(db.prepare('PRAGMA integrity_check').get()?.integrity_check);
      const counts = countRows(db);
      const wrong = [...expected].filter(([table, count]) => counts.get(table) !== count).map(([table]) => table);
      if (verdict !== 'ok' || wrong.length > 0) {
        throw new FlashcaseError('FC_DB_CORRUPT', {
          what: 'The backup made before the adoption is not right, so nothing was changed.',
          where: file,
          why: verdict === 'ok' ? `other row counts in ${wrong.join(', ')}` : verdict,
          hint: 'Stop every program that writes the file and try again; if the integrity check failed, restore the file first.',
        });
      }
    },
    () => {},
  );
  const folder = openSync(dirname(copy), 'r');
  fsyncSync(folder);
  closeSync(folder);
  say(`backup ${copy} verified`);
  return copy;
}
