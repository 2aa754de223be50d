import { appendFile, mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { folderBeside, removeFolder } from '../folder-beside.ts';
import type { LatencyRecord } from './latency-record.ts';

/**
 * Each server process has two files in a folder beside the SQLite file: `.minutes` with a line a minute, and `.fine` with a line every two seconds of
 * the last hours. Nothing of it is in the database: measuring takes no lock and waits for no disk that users wait for.
 */
const MINUTES = '.minutes';
const FINE = '.fine';
/** Two of these are kept: about an hour each under load, the whole move where there is little. */
const MOST_FINE_BYTES = 512 * 1024;

export const latencyFolderOf = (sqliteFile: string): string => folderBeside(sqliteFile, '.latency');

/** Lines begin with their line end: one that a full disk or a kill cut off spoils itself only. */
const linesOf = (records: readonly LatencyRecord[]): string => records.map((record) => `\n${JSON.stringify(record)}`).join('');

/** Adds what a process measured to its files. */
export async function appendLatency(
  sqliteFile: string,
  process: string,
  { fine, minutes }: { readonly fine: readonly LatencyRecord[]; readonly minutes: readonly LatencyRecord[] },
): Promise<void> {
  const folder = latencyFolderOf(sqliteFile);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, process);
  if (fine.length > 0) await appendFile(file + FINE, linesOf(fine), { mode: 0o600 });
  if (minutes.length === 0) return;
  await appendFile(file + MINUTES, linesOf(minutes), { mode: 0o600 });
  // At the end of a minute only, so that the fine lines that stay begin with one.
  if ((await stat(file + FINE)).size > MOST_FINE_BYTES) await rename(file + FINE, `${file}${FINE}.old`);
}

/** Lines that were cut off are left out. */
async function recordsIn(file: string): Promise<LatencyRecord[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as LatencyRecord];
    } catch {
      return [];
    }
  });
}

async function processesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const measured = names.flatMap((name) => /^(.+?)\.(?:minutes|fine|fine\.old)$/.exec(name)?.[1] ?? []);
  return [...new Set(measured)].toSorted();
}

/** What a process measured, each moment once: as finely as it is known. */
async function recordsOf(file: string): Promise<LatencyRecord[]> {
  const fine = [...(await recordsIn(`${file}${FINE}.old`)), ...(await recordsIn(file + FINE))];
  const since = fine[0]?.from ?? Number.POSITIVE_INFINITY;
  const minutes = await recordsIn(file + MINUTES);
  // Fine lines begin with a minute, whose first seconds may have been idle.
  return [...minutes.filter(({ to }) => to <= since), ...fine];
}

/** Everything the server processes of this installation measured around the move. A folder that is not there holds nothing. */
export async function readLatency(sqliteFile: string): Promise<LatencyRecord[]> {
  const folder = latencyFolderOf(sqliteFile);
  const all = await Promise.all((await processesIn(folder)).map((process) => recordsOf(join(folder, process))));
  return all.flat();
}

/** What was measured lately: only the newest lines are read, so that it may be asked every second. */
export async function readRecentLatency(sqliteFile: string, since: number): Promise<LatencyRecord[]> {
  const folder = latencyFolderOf(sqliteFile);
  const files = (await processesIn(folder)).flatMap((process) => [`${process}${FINE}.old`, process + FINE]);
  const all = await Promise.all(
    files.map(async (name) => {
      const file = join(folder, name);
      // Of a process that is gone, or of hours ago.
      const touched = await stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      );
      return touched < since ? [] : recordsIn(file);
    }),
  );
  return all.flat().filter(({ to }) => to > since);
}

/** Forgets what was measured: the move is over, and its report has it. */
export function removeLatency(sqliteFile: string): void {
  removeFolder(latencyFolderOf(sqliteFile));
}
