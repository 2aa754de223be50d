import { chmodSync, constants, copyFileSync, linkSync, lstatSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeDurably } from '../../../db/durable-file.ts';
import { removeDatabase, syncFolder } from '../../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { giveToOwnerOf } from '../backup-folder.ts';
import { syncFile } from '../data-file.ts';

/** What SQLite keeps beside a database. */
export const BESIDE: readonly string[] = ['-wal', '-shm', '-journal'];

/** What a restore is about to do to the names of files; it lies beside the database until that is done. */
export interface Plan {
  readonly backup: string;
  /** Where the database of before goes, its log beside it. */
  readonly aside: string;
}

/** With what tells after a kill how far it has come. */
export interface WrittenPlan extends Plan {
  /** The file that is to get the name: where it has it, the exchange is done. */
  readonly inode: string;
  /** When the database of before was last written, in nanoseconds; absent where none is. */
  readonly writtenNs?: string | undefined;
}

/** Where a restore makes the file that gets the name of the database when it is complete. */
export const restoringOf = (file: string): string => `${file}.restoring`;
export const planOf = (file: string): string => `${file}.restore-plan`;

/** Whether anything has this name. Throws what the system says where that cannot be known. */
export const isThere = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false }) !== undefined;

const statOf = (file: string) => lstatSync(file, { bigint: true, throwIfNoEntry: false });

export const hasNoLinks = (error: unknown): boolean =>
  ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Writes what is about to be done with the file that is ready. On the disk when this returns. */
export function writePlan(file: string, plan: Plan): void {
  const { uid, gid } = statSync(dirname(file));
  const written: WrittenPlan = {
    ...plan,
    inode: String(statOf(restoringOf(file))?.ino),
    writtenNs: statOf(file)?.mtimeNs.toString(),
  };
  writeDurably(planOf(file), Buffer.from(`${JSON.stringify(written)}\n`), { mode: 0o600, uid, gid });
}

/** The plan of a restore that has not said that it is done. Throws `FC_RESTORE_FAILED` for one that cannot be read. */
export function readPlan(file: string): WrittenPlan | undefined {
  const path = planOf(file);
  if (!isThere(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as WrittenPlan;
  } catch (cause) {
    throw new FlashcaseError('FC_RESTORE_FAILED', {
      what: 'A restore was cut off, and its plan cannot be read.',
      where: path,
      why: (cause as Error).message,
      hint: `Look which of ${file} and the files ${file}.before-restore-… is the database you want, give it that name, and remove the plan.`,
      cause,
    });
  }
}

/** Whether the restored file has the name of the database. */
export const isExchanged = (file: string, { inode }: WrittenPlan): boolean => String(statOf(file)?.ino) === inode;

export function removePlan(file: string): void {
  rmSync(planOf(file), { force: true });
  syncFolder(dirname(file));
}

/** Gives a file a second name that nothing has; where there are no such names, a copy. */
export function nameToo(file: string, also: string): void {
  try {
    linkSync(file, also);
  } catch (error) {
    if (!hasNoLinks(error) || isThere(also)) throw error;
    const partial = `${also}.partial`;
    rmSync(partial, { force: true });
    copyFileSync(file, partial, constants.COPYFILE_EXCL);
    chmodSync(partial, statSync(file).mode & 0o777);
    giveToOwnerOf(file, partial);
    syncFile(partial);
    renameSync(partial, also);
  }
}

/** True for two names of one file. Of a log also for two copies of it; of a database the time it was written tells that. */
function isSame(aside: string, file: string): boolean {
  const [one, other] = [statOf(aside), statOf(file)];
  if (one === undefined || other === undefined) return false;
  if (one.ino === other.ino) return true;
  return BESIDE.some((end) => file.endsWith(end)) && one.size === other.size && readFileSync(aside).equals(readFileSync(file));
}

/**
 * Gives everything the name it had before an exchange that did not come to its end. A log is put back only beside the database it belongs to: one that was written since would be
 * damaged by it. @returns what stays aside
 */
export function takeBack(file: string): string[] {
  const plan = readPlan(file);
  if (plan === undefined) return [];
  const isAsItWas = statOf(file)?.mtimeNs.toString() === plan.writtenNs;
  const kept: string[] = [];
  for (const end of ['', ...BESIDE]) {
    const aside = plan.aside + end;
    rmSync(`${aside}.partial`, { force: true });
    if (!isThere(aside)) continue;
    // The index of a log is made anew by whoever opens it.
    const isNeedless = (end === '' && isAsItWas) || (end === '-shm' && isThere(file + end));
    if (isNeedless || isSame(aside, file + end)) rmSync(aside);
    // Whoever looked at the database without its log has made an empty one.
    else if (isAsItWas && (statOf(file + end)?.size ?? 0n) === 0n) renameSync(aside, file + end);
    else kept.push(aside);
  }
  // The names first, then the plan: killed in between, the same is done again.
  syncFolder(dirname(file));
  removePlan(file);
  removeDatabase(restoringOf(file));
  return kept;
}
