import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';

/** Unpacks the original application's real database, version 2, into the folder. */
export function unpackOriginal(folder: string): string {
  const packed = fileURLToPath(new URL('../../../test/fixtures/legacy/flashcase-v2.db.zst', import.meta.url));
  const file = join(folder, 'original.db');
  writeFileSync(file, zstdDecompressSync(readFileSync(packed)));
  return file;
}

/**
 * Fills the story's tables with the original's rows, those whose parents exist, and deletes the newest deck with its cards: their ids must
 * never come back. Both sides start from this.
 */
export function fill(file: string, original: string): void {
  const db = new DatabaseSync(file);
  db.exec(`ATTACH '${original}' AS old; PRAGMA foreign_keys = ON; BEGIN;
    INSERT INTO main.user SELECT id, email, username, created_at FROM old.user;
    INSERT INTO main.deck SELECT id, name, is_public, school, year, created_at, updated_at FROM old.deck;
    INSERT INTO main.card SELECT id, deck_id, front, back, created_at, updated_at FROM old.card WHERE deck_id IN (SELECT id FROM old.deck);
    INSERT INTO main.study_log SELECT id, user_id, card_id, reviewed_at, ease_factor FROM old.study_log
      WHERE user_id IN (SELECT id FROM old.user) AND card_id IN (SELECT id FROM main.card);
    INSERT INTO main.report SELECT id, reporter_id, content_id, status, description FROM old.report WHERE reporter_id IN (SELECT id FROM old.user);
    DELETE FROM main.deck WHERE id = (SELECT max(id) FROM main.deck);
    DELETE FROM main.card WHERE id = (SELECT max(id) FROM main.card);
    DELETE FROM main.report WHERE id = (SELECT max(id) FROM main.report);
    COMMIT; DETACH old`);
  db.close();
}
