import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../../../db/durable-file.ts';
import { syncFolder } from '../../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { listBackups } from '../backup-folder.ts';
import { type BackupOptions, isFullDisk, keyOf } from '../options.ts';
import {
  chainFolder,
  chainKeys,
  chainNames,
  firstSeqOf,
  logDirectory,
  logFilesOf,
  OLDEST,
  readChain,
  refuseUntrustedChain,
  taggedText,
} from './chain.ts';
import { isBase } from './windows.ts';

const REMOVED = '.removed-';

/** Which chains may go as a whole, and which files of others. */
interface Due {
  readonly chain: string;
  /** `undefined`: all of it. */
  readonly files: readonly string[] | undefined;
  /** The first file that stays. */
  readonly first: string;
}

/**
 * Says what of the log no restore to one of the last days begins with any more: older backups are restored by name. Of the chain that is written now what is behind its newest backup stays in any case, and one that cannot be read is left for a person to look at.
 */
function dueLogs(options: BackupOptions): Due[] {
  const { backup, clock } = options;
  const { directory, retention } = backup;
  const key = keyOf(options);
  const oldest = clock.now().plusDays(-Math.max(1, retention.days)).text;
  const bases = listBackups(directory).flatMap(({ manifest }) => (isBase(manifest) ? [manifest] : []));
  const written = new Set<string>();
  return chainNames(directory).flatMap((name): Due[] => {
    let file: string;
    try {
      const chain = readChain(directory, name);
      refuseUntrustedChain(chain, key, true);
      ({ file } = chain);
    } catch (error) {
      if (error instanceof FlashcaseError) return [];
      throw error;
    }
    // By its number, not by its name: after a clock was set back that may be an earlier one.
    const isNewest = !written.has(file);
    written.add(file);
    const own = bases.filter(({ log }) => log.chain === name);
    const recent = own.filter(({ madeAt }) => madeAt >= oldest);
    if (recent.length === 0 && !isNewest) return [{ chain: name, files: undefined, first: '' }];
    // The newest first: without a backup for days its log begins with the newest there is.
    const after = (recent.length === 0 ? own.slice(0, 1) : recent).map(({ log }) => log.after);
    if (after.length === 0) return [];
    const needed = Math.min(...after) + 1;
    const files = logFilesOf(chainFolder(directory, name));
    const first = files.findLastIndex((one) => firstSeqOf(one) <= needed);
    return first <= 0 ? [] : [{ chain: name, files: files.slice(0, first), first: files[first] as string }];
  });
}

/** Written before anything goes: killed in between, files are there that nobody needs. */
function writeOldest(options: BackupOptions, name: string, seq: number): void {
  const { directory } = options.backup;
  const keys = chainKeys(readChain(directory, name), keyOf(options));
  const folder = chainFolder(directory, name);
  const { uid, gid } = statSync(directory);
  writeDurably(join(folder, OLDEST), Buffer.from(taggedText('oldest', { seq }, keys)), { mode: 0o600, uid, gid });
}

/** Removes what of the change log is past its time; the directory must be held. Works on a full disk. */
export function pruneLogs(options: BackupOptions): void {
  const { directory } = options.backup;
  const logs = logDirectory(directory);
  for (const name of existsSync(logs) ? readdirSync(logs) : [])
    if (name.startsWith(REMOVED)) rmSync(join(logs, name), { recursive: true, force: true });
  for (const { chain, files, first } of dueLogs(options)) {
    const folder = chainFolder(directory, chain);
    if (files === undefined) {
      // Under another name first: killed half-way, what is left is no chain.
      const aside = join(logs, `${REMOVED}${chain}`);
      renameSync(folder, aside);
      syncFolder(logs);
      rmSync(aside, { recursive: true, force: true });
      options.say(`removed the change log ${chain}`);
      continue;
    }
    try {
      writeOldest(options, chain, firstSeqOf(first));
    } catch (error) {
      if (!isFullDisk(error)) throw error;
      // Not a block is left: one of the files makes room. Killed in between, a verification says that it is missing.
      rmSync(join(folder, files[0] as string));
      writeOldest(options, chain, firstSeqOf(first));
    }
    for (const file of files) rmSync(join(folder, file), { force: true });
    syncFolder(folder);
    options.say(`removed ${files.length} files of the change log ${chain}`);
  }
}

/** The same before a backup is made, which does not fail because of it: what went wrong is said. */
export function pruneLogsFirst(options: BackupOptions): void {
  try {
    pruneLogs(options);
  } catch (error) {
    options.say(`the change log was not pruned: ${(error as Error).message}`);
  }
}
