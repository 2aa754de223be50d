import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../db/clock.ts';

/** No work with such a folder takes so long. */
const LEFT_BEHIND_MS = 24 * 60 * 60_000;

/** Removes what processes that were killed left in the temporary folder, under names that begin so. What cannot be removed is another user's. */
export async function removeLeftBehind(prefix: string, clock: Clock, temporaryFolder: string = tmpdir()): Promise<void> {
  const now = Number(clock.now().micros / 1000n);
  for (const name of await readdir(temporaryFolder).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(temporaryFolder, name);
    const found = await stat(folder).catch(() => undefined);
    const isOld = found !== undefined && now - found.mtimeMs > LEFT_BEHIND_MS;
    if (isOld) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
