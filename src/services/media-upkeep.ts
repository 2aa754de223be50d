import type { Database } from '../db/database.ts';
import { deleteMedia, listOldMedia, textsWithMedia } from '../db/stores/media.ts';
import { MEDIA_PATH, mediaIn } from '../notes/media.ts';
import { KEEP_DELETED_DAYS } from './housekeeping.ts';

/** What nobody gave for so long may go: a change that is taken back within its month may show it again. */
const UNUSED_DAYS = KEEP_DELETED_DAYS + 1;
const PAGE = 500;

export interface PrunedMedia {
  /** Files that nothing shows, and their bytes together. */
  readonly files: number;
  readonly bytes: number;
}

/**
 * Finds pictures and sounds that no text shows, wherever it is kept: notes and cards, deleted ones too until they are purged, what can be
 * taken back, suggestions, rows set aside. Removes them unless it is only asked. What was given within the last 31 days stays: its note
 * may not be saved yet.
 */
export async function pruneMedia(database: Database, isDryRun: boolean): Promise<PrunedMedia> {
  const before = database.clock.now().plusDays(-UNUSED_DAYS);
  const unused = new Map<string, number>();
  for (let after = ''; ; ) {
    const page = await database.read((session) => listOldMedia(session, before, after, PAGE));
    for (const { sha256, byte_count } of page) unused.set(sha256, byte_count);
    after = page.at(-1)?.sha256 ?? '';
    if (page.length < PAGE) break;
  }
  if (unused.size > 0) {
    await database.read(async (session) => {
      for await (const text of textsWithMedia(session, MEDIA_PATH)) for (const hash of mediaIn(text)) unused.delete(hash);
    });
  }
  let files = 0;
  let bytes = 0;
  for (const [sha256, size] of unused) {
    // In small units of work: nobody waits for it.
    if (!isDryRun && !(await database.write((session) => deleteMedia(session, sha256, before)))) continue;
    files++;
    bytes += size;
  }
  return { files, bytes };
}
