import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from '../../engine/sqlite/errors.ts';
import { syncFolder } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type Manifest, readManifest } from './manifest.ts';

/** What is being made, and what is being removed: none of it is a backup, whoever is killed in between. */
const PARTIAL = '.partial-';
const REMOVED = '.removed-';
/** A restore for a drill. */
export const SCRATCH = '.scratch-';
const LOCK = '.lock';
/** How the name of every backup begins: the time it was made. */
const NAME = /^\d{8}T\d{12}Z/;

/** A backup as its folder shows it: with its manifest, or why that cannot be read. */
export type Listed =
  | { readonly name: string; readonly manifest: Manifest; readonly error: undefined }
  | { readonly name: string; readonly manifest: undefined; readonly error: FlashcaseError };

export const folderOf = (directory: string, name: string): string => join(directory, name);
export const partialOf = (directory: string, name: string): string => join(directory, `${PARTIAL}${name}`);

/** Makes the directory of the backups, for its owner only. */
export function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new FlashcaseError('FC_SETTINGS_INVALID', {
      what: 'The folder of the backups cannot be made.',
      where: directory,
      why: (cause as Error).message,
      hint: 'Make it, correct the rights of the folder around it, or set BACKUP_DIRECTORY.',
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

/** The newest backup whose manifest can be read, restore points left out. Throws `FC_BACKUP_NOT_FOUND`. */
export function newestBackup(directory: string): Manifest {
  const newest = listBackups(directory).find(
    ({ manifest }) => manifest !== undefined && manifest.isRestorePoint !== true,
  )?.manifest;
  if (newest !== undefined) return newest;
  throw new FlashcaseError('FC_BACKUP_NOT_FOUND', {
    what: 'There is no backup here.',
    where: directory,
    hint: 'Make one: flashcase backup now. Or correct BACKUP_DIRECTORY.',
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

/** What processes that were killed left: none of it is a backup. */
export function leftovers(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter((name) => [PARTIAL, REMOVED, SCRATCH].some((start) => name.startsWith(start)));
}

/** Removes leftovers; the lock must be held, so that nobody is at work on them. */
export function removeLeftovers(directory: string): string[] {
  const found = leftovers(directory);
  for (const name of found) rmSync(join(directory, name), { recursive: true, force: true });
  return found;
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
  const lock = new DatabaseSync(join(directory, LOCK), { timeout: 0 });
  try {
    giveToOwnerOf(directory, join(directory, LOCK));
    // Nothing is written, so this works on a full disk as well.
    lock.exec('BEGIN EXCLUSIVE');
    return await work();
  } catch (error) {
    if (!isBusy(error)) throw error;
    throw new FlashcaseError('FC_BACKUP_BUSY', {
      what: 'Another process is making or removing a backup.',
      where: directory,
      hint: 'Wait until it is done, then run the same command again.',
      cause: error,
    });
  } finally {
    lock.close();
  }
}
