import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atOneMoment } from '../db/at-one-moment.ts';
import type { Session } from '../db/database.ts';
import { ownDeckIds, rowsOfAccount } from '../db/stores/account-rows.ts';
import type { User } from '../db/stores/users.ts';
import { writeZip, type ZipPart } from '../formats/zip/write-zip.ts';
import { toJson } from '../schema/json.ts';
import { exportDeck } from './export-deck.ts';
import { writeNewFile } from './new-file.ts';

/** Folders of the temporary folder that begin so are of such an export: of one that was killed, `removeLeftBehind`. */
export const ACCOUNT_PREFIX = 'flashcase-account-';

const README = `This is everything FlashCase has stored about you.

decks/*.flashcase   one archive a deck, with your dates and reviews; FlashCase imports them again.
rows/*.jsonl        the rows of the database, one a line, as JSON. Times are UTC.

Left out: hashes of your password and tokens, and what follows from the rest, as counts.
`;

async function* lines(rows: AsyncIterable<Record<string, unknown>>, signal: AbortSignal | undefined): AsyncGenerator<string> {
  let held: string[] = [];
  for await (const row of rows) {
    signal?.throwIfAborted();
    if (held.push(`${toJson(row)}\n`) < 200) continue;
    yield held.join('');
    held = [];
  }
  yield held.join('');
}

/**
 * Writes everything of a user's into one new zip file. The rows are those of one moment; each deck's archive of its own, just after it.
 * @param hasWaysIn whether logins, API tokens and passkeys are in it
 * @param to the file; one that exists is not overwritten (`FC_BAD_REQUEST`)
 * @param signal ends it, and leaves nothing of it
 */
export async function exportAccount(
  session: Session,
  user: User,
  to: string,
  { hasWaysIn = true, signal }: { readonly hasWaysIn?: boolean; readonly signal?: AbortSignal } = {},
): Promise<void> {
  signal?.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), ACCOUNT_PREFIX));
  try {
    const text = hasWaysIn ? README : `${README}Left out, too, because an API token asked: logins, API tokens and passkeys.\n`;
    const parts: ZipPart[] = [{ name: 'README.txt', text }];
    await atOneMoment(session, async () => {
      for (const [table, rows] of rowsOfAccount(session, user.id, { hasWaysIn })) {
        const file = join(folder, `${table}.jsonl`);
        await writeNewFile(file, () => lines(rows, signal));
        parts.push({ name: `rows/${table}.jsonl`, file });
      }
    });
    for (const id of await ownDeckIds(session, user.id)) {
      const file = join(folder, `${id}.flashcase`);
      await exportDeck(session, user, id, 'archive', file, { temporaryFolder: folder, signal });
      parts.push({ name: `decks/${id}.flashcase`, file });
    }
    await writeNewFile(to, () => writeZip(to, parts, signal));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
