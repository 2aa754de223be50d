import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST, type Manifest } from '../manifest.ts';
import { HEAD, type Head, logDirectory } from './chain.ts';

/** The ends of the window of the newest log, as its files say; not proved, for a look only. */
export interface WindowSeen {
  /** Absent where there is no backup to begin with. */
  readonly oldest: string | undefined;
  readonly newest: string | undefined;
}

const isName = (name: string): boolean => /^\d{8}T\d{12}Z$/.test(name);

/** What a file says before its last line; `undefined` for one that is not there, or cannot be read. */
async function bodyOf<T>(file: string): Promise<T | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    return JSON.parse(text.slice(0, text.lastIndexOf('\n', text.length - 2))) as T;
  } catch {
    return undefined;
  }
}

const namesIn = async (folder: string): Promise<string[]> => (await readdir(folder).catch(() => [])).filter(isName).toSorted();

/** Looks at the newest log, which may be on a share: no thread waits. @returns `undefined` where there is none, and after a move of the data elsewhere */
export async function lookAtWindow(directory: string): Promise<WindowSeen | undefined> {
  const chain = (await namesIn(logDirectory(directory))).at(-1);
  if (chain === undefined) return undefined;
  const head = await bodyOf<Head>(join(logDirectory(directory), chain, HEAD));
  // The data is on the other side of a live move: this log is nobody's way back.
  if (head?.ended !== undefined) return undefined;
  // A backup that lies in the log was made after its beginning.
  for (const name of (await namesIn(directory)).filter((one) => one >= chain)) {
    const manifest = await bodyOf<Manifest>(join(directory, name, MANIFEST));
    if (manifest?.log?.chain === chain) return { oldest: manifest.log.at, newest: head?.completeTo };
  }
  return { oldest: undefined, newest: undefined };
}
