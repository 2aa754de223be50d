import type { DatabaseSync } from 'node:sqlite';

/** Begins a read transaction that sees the file as it is now; ends the one before. */
export function beginNow(db: DatabaseSync): void {
  if (db.isTransaction) db.exec('ROLLBACK');
  db.exec('BEGIN');
  // A transaction sees what is there at its first read.
  db.prepare('SELECT count(*) FROM sqlite_schema').get();
}
