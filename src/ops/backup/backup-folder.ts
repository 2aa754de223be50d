import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Timestamp } from '../../schema/index.ts';
import { takeLock } from './lock.ts';
import { type Manifest, readManifest } from './manifest.ts';

/** What is being made, and what is being removed: none of it is a backup, whoever is killed in between. */
const PARTIAL = '.partial-';
const REMOVED = '.removed-';
/** The scratch folders of before; nobody makes them any more. */
const OLD_SCRATCH = '.scratch-';
const LOCK = '.lock';
/** How the name of every backup begins: the time it was made. */
const NAME = /^\d{8}T\d{12}Z/;

/** A backup as its folder shows it: with its manifest, or why that cannot be read. */
export type Listed =
  | { readonly name: string; readonly manifest: Manifest; readonly error: undefined }
  | { readonly name: string; readonly manifest: undefined; readonly error: FlashcaseError };

export const folderOf = (directory: string, name: string): string => join(directory, name);
export const partialOf = (directory: string, name: string): string => join(directory, `${PARTIAL}${name}`);

/** Makes the directory of the backups, for its owner only. @param setting which one names it */
export function makeDirectory(directory: string, setting = 'BACKUP_DIRECTORY'): void {
  if (existsSync(directory)) return;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new FlashcaseError('FC_SETTINGS_INVALID', {
      what: `The folder of ${setting} cannot be made.`,
      where: directory,
      why: (cause as Error).message,
      hint: `Make it, correct the rights of the folder around it, or set ${setting} to another one.`,
      cause,
    });
  }
  giveToOwnerOf(dirname(directory), directory);
  syncFolder(dirname(directory));
}

/** The server's user must be able to read it, also when root types the command. */
export function giveToOwnerOf(owner: string, ...files: readonly string[]): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(owner);
  for (const file of files) chownSync(file, uid, gid);
}

/** All backups, the newest first. */
export function listBackups(directory: string): Listed[] {
  if (!existsSync(directory)) return [];
  return (
    readdirSync(directory, { withFileTypes: true })
      // A disk of its own has a lost+found, and people keep folders beside: neither is a backup.
      .filter((entry) => entry.isDirectory() && NAME.test(entry.name))
      .map(({ name }): Listed => {
        try {
          return { name, manifest: readManifest(folderOf(directory, name), name), error: undefined };
        } catch (error) {
          if (error instanceof FlashcaseError) return { name, manifest: undefined, error };
          // One that cannot be read keeps nobody from the others.
          return {
            name,
            manifest: undefined,
            error: new FlashcaseError('FC_BACKUP_DAMAGED', {
              what: `The manifest of ${name} cannot be read.`,
              where: folderOf(directory, name),
              why: (error as Error).message,
              hint: 'Look at the rights and the disk; use another backup meanwhile.',
              cause: error,
            }),
          };
        }
      })
      .toSorted((a, b) => (a.name < b.name ? 1 : -1))
  );
}

/** How far the clocks of servers with one directory may be apart. What is dated later was made by a clock that was wrong. */
const CLOCK_SECONDS = 600;

/** Whether something is dated so far ahead that it says nothing of today. @param at a time as a manifest or the record has it */
export const isAhead = (at: string, now: Timestamp): boolean => at > now.plusSeconds(CLOCK_SECONDS).text;

/** When a backup was made; of one whose manifest cannot be read its name tells. */
const madeAtOf = ({ name, manifest }: Listed): string =>
  manifest?.madeAt ?? name.replace(/^(.{4})(..)(..)T(..)(..)(..)(.{6})Z.*$/, '$1-$2-$3 $4:$5:$6.$7');

/** The newest backup, whether its manifest can be read or not. Restore points, and what is dated in the future, are none. */
export const newestListed = (directory: string, now: Timestamp): Listed | undefined =>
  listBackups(directory).find((one) => one.manifest?.isRestorePoint !== true && !isAhead(madeAtOf(one), now));

/** The newest backup whose manifest can be read; restore points, and what is dated in the future, are left out. Throws `FC_BACKUP_NOT_FOUND`. */
export function newestBackup(directory: string, now: Timestamp): Manifest {
  const readable = listBackups(directory).flatMap(({ manifest }) =>
    manifest === undefined || manifest.isRestorePoint === true ? [] : [manifest],
  );
  const newest = readable.find(({ madeAt }) => !isAhead(madeAt, now));
  if (newest !== undefined) return newest;
  const [ahead] = readable;
  throw new FlashcaseError('FC_BACKUP_NOT_FOUND', {
    what: 'There is no backup here.',
    where: directory,
    ...(ahead === undefined
      ? { hint: 'Make one: flashcase backup now. Or correct BACKUP_DIRECTORY.' }
      : {
          why: `${ahead.name} is dated in the future (now it is ${now.text.slice(0, 19)} UTC), so nobody knows whether it is the newest.`,
          hint: 'Look at the clock of this machine. To restore that one, name it.',
        }),
  });
}

/** A backup by its name. Throws `FC_BACKUP_NOT_FOUND`, `FC_BACKUP_DAMAGED`, `FC_BACKUP_VERSION`. */
export function backupNamed(directory: string, name: string): Manifest {
  const folder = folderOf(directory, name);
  if (/^[\w][\w.-]*$/.test(name) && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true)
    return readManifest(folder, name);
  throw new FlashcaseError('FC_BACKUP_NOT_FOUND', {
    what: `There is no backup ${name} here.`,
    where: directory,
    hint: 'flashcase backup list shows all of them. BACKUP_DIRECTORY says where they are looked for.',
  });
}

/** What processes that were killed left where the backups are: none of it is a backup. */
export function leftoversIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => [PARTIAL, REMOVED, OLD_SCRATCH].some((start) => name.startsWith(start)))
    .map((name) => join(directory, name));
}

/** Gives a backup its name, in one step that overwrites nothing; it outlives a power cut then. */
export function publish(directory: string, name: string): void {
  const folder = folderOf(directory, name);
  syncFolder(partialOf(directory, name));
  // A folder with something in it is not replaced by a rename, an empty one would be.
  if (existsSync(folder))
    throw new FlashcaseError('FC_CONFLICT', { what: `There is a backup ${name} already.`, hint: 'Run the same command again.' });
  renameSync(partialOf(directory, name), folder);
  syncFolder(directory);
}

/** Removes a backup. Under another name first: killed half-way, what is left is no backup. */
export function removeBackup(directory: string, name: string): void {
  const aside = join(directory, `${REMOVED}${name}`);
  renameSync(folderOf(directory, name), aside);
  syncFolder(directory);
  rmSync(aside, { recursive: true, force: true });
}

/**
 * Runs work that nobody else does in this directory meanwhile: making, removing, drilling. A process that is killed holds it no more.
 * Throws `FC_BACKUP_BUSY`.
 */
export async function withDirectory<T>(directory: string, work: () => Promise<T>): Promise<T> {
  makeDirectory(directory);
  const lock = takeLock(join(directory, LOCK));
  if (lock === undefined)
    throw new FlashcaseError('FC_BACKUP_BUSY', {
      what: 'Another process is making, trying or removing a backup.',
      where: directory,
      hint: 'Wait until it is done, then run the same command again.',
    });
  try {
    giveToOwnerOf(directory, join(directory, LOCK));
    return await work();
  } finally {
    lock.close();
  }
}
