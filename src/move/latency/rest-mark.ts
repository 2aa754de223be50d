import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { latencyFolderOf } from './latency-files.ts';
import type { Slowness } from './users-limit.ts';

/** Why a part of the move rests: told beside the measurements, because a write into the database is what users wait for. */
export interface RestMark {
  readonly doing: 'copy' | 'follow';
  /** Host and pid. */
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** When it was looked at last. */
  readonly at: string;
  readonly measure: Slowness['measure'];
  readonly ms: number;
  readonly limitMs: number;
  /** The p99 before the move, where the limit is made of it. */
  readonly beforeMs?: number;
}

const ENDING = '.rests';
/** A mark is written again every two seconds: one that is older was left by a process that is gone, or has more to do. */
const FRESH_MS = 15_000;

const fileOf = (sqliteFile: string, doing: RestMark['doing']): string => join(latencyFolderOf(sqliteFile), `${doing}${ENDING}`);

/** Shows that a part of the move rests. The folder is there: without measurements nothing rests. */
export function writeRestMark(sqliteFile: string, mark: RestMark): void {
  const file = fileOf(sqliteFile, mark.doing);
  const making = `${file}.${process.pid}`;
  writeFileSync(making, JSON.stringify(mark), { mode: 0o600 });
  renameSync(making, file);
}

export function removeRestMark(sqliteFile: string, doing: RestMark['doing']): void {
  rmSync(fileOf(sqliteFile, doing), { force: true });
}

/** The parts of the move that rest now. */
export async function readRestMarks(sqliteFile: string, nowMs: number): Promise<RestMark[]> {
  const folder = latencyFolderOf(sqliteFile);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(ENDING)).toSorted();
  const marks = await Promise.all(
    names.map(async (name) => {
      try {
        return [JSON.parse(await readFile(join(folder, name), 'utf8')) as RestMark];
      } catch {
        // It has just ended.
        return [];
      }
    }),
  );
  return marks.flat().filter(({ at }) => nowMs - Date.parse(at) < FRESH_MS);
}
