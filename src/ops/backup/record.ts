import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giveToOwnerOf } from './backup-folder.ts';

const FILE = 'record.jsonl';

/** The same of physical backups of PostgreSQL: a set that was taken, the repository that was read, a cluster that was tried out. */
export type PhysicalRecord = 'physical' | 'physical-verify' | 'physical-drill';

/** What was done here, and how it went: health, `list` and `prune` read it. */
export interface Recorded {
  /** UTC. */
  readonly at: string;
  readonly kind: 'backup' | 'verify' | 'drill' | 'prune' | 'restore' | 'log' | PhysicalRecord;
  /** The backup it was about. */
  readonly backup?: string;
  readonly isGood: boolean;
  /** The error's code, or what was found. */
  readonly detail?: string;
  readonly seconds?: number;
}

/** Adds a line, on the disk when this returns. */
export function record(directory: string, entry: Recorded): void {
  if (!existsSync(directory)) return;
  const file = join(directory, FILE);
  const handle = openSync(file, 'a', 0o600);
  try {
    // A line that a kill cut off must not swallow this one.
    writeSync(handle, `\n${JSON.stringify(entry)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  giveToOwnerOf(directory, file);
}

/** All of it, oldest first. A line that a kill cut off is none. */
export function readRecord(directory: string): Recorded[] {
  const file = join(directory, FILE);
  return existsSync(file) ? entriesIn(readFileSync(file, 'utf8')) : [];
}

/** The same without keeping this thread waiting: the disk may be a share whose server is gone. */
export async function readRecordAside(directory: string): Promise<Recorded[]> {
  try {
    return entriesIn(await readFile(join(directory, FILE), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function entriesIn(text: string): Recorded[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Recorded];
    } catch {
      return [];
    }
  });
}

/** The last thing that was said of each backup: whether it was whole. What a drill found wrong, only a drill finds right again. */
export function lastVerdicts(entries: readonly Recorded[]): ReadonlyMap<string, Recorded> {
  const verdicts = new Map<string, Recorded>();
  for (const entry of entries) {
    if (entry.backup === undefined || entry.kind === 'prune' || entry.kind === 'restore') continue;
    const before = verdicts.get(entry.backup);
    const isBadDrill = before?.kind === 'drill' && !before.isGood;
    if (isBadDrill && entry.kind !== 'drill' && entry.isGood) continue;
    verdicts.set(entry.backup, entry);
  }
  return verdicts;
}
