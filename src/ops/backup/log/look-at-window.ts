import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Timestamp } from '../../../schema/index.ts';
import { MANIFEST, type Manifest } from '../manifest.ts';
import {
  type Chain,
  DESCRIPTION,
  HEAD,
  type Head,
  isAheadOfClock,
  isChainName,
  lastBegunFirst,
  logDirectory,
  type Numbered,
} from './chain.ts';

/** The ends of the window of the log that was begun last, as its files say; not proved, for a look only. */
export interface WindowSeen {
  /** Absent where there is no backup to begin with. */
  readonly oldest: string | undefined;
  readonly newest: string | undefined;
}

/** What a file says before its last line; `undefined` for one that is not there, or cannot be read. */
async function bodyOf<T>(file: string): Promise<T | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    return JSON.parse(text.slice(0, text.lastIndexOf('\n', text.length - 2))) as T;
  } catch {
    return undefined;
  }
}

const namesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).filter(isChainName).toSorted();

async function lastBegun(directory: string): Promise<string | undefined> {
  const found: Numbered[] = [];
  for (const name of await namesIn(logDirectory(directory))) {
    const chain = await bodyOf<Chain>(join(logDirectory(directory), name, DESCRIPTION));
    found.push({ name, ordinal: chain === undefined ? undefined : (chain.ordinal ?? 0) });
  }
  return lastBegunFirst(found)[0];
}

/** Looks at the log that was begun last, which may be on a share: no thread waits. @returns `undefined` where there is none, and after a move of the data elsewhere */
export async function lookAtWindow(directory: string, now: Timestamp): Promise<WindowSeen | undefined> {
  const chain = await lastBegun(directory);
  if (chain === undefined) return undefined;
  const head = await bodyOf<Head>(join(logDirectory(directory), chain, HEAD));
  // The data is on the other side of a live move: this log is nobody's way back.
  if (head?.ended !== undefined) return undefined;
  // The clock was set back, and nobody has begun a new one: it is not as new as it says.
  if (head !== undefined && isAheadOfClock(head, now)) return { oldest: undefined, newest: undefined };
  // A backup that lies in the log was made after its beginning.
  for (const name of (await namesIn(directory)).filter((one) => one >= chain)) {
    const manifest = await bodyOf<Manifest>(join(directory, name, MANIFEST));
    if (manifest?.log?.chain === chain) return { oldest: manifest.log.at, newest: head?.completeTo };
  }
  return { oldest: undefined, newest: undefined };
}
