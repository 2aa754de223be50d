import { closeSync, existsSync, linkSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { onExclusiveFile } from '../../../engine/sqlite/exclusive-file.ts';
import { processesWith } from '../../../engine/sqlite/lock-holder.ts';
import { syncFolder } from '../../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { BESIDE, hasNoLinks, isThere, nameToo, type Plan, takeBack, writePlan } from './exchange-plan.ts';

type OnStep = (step: string) => void;

/**
 * True for what begins as an SQLite file; false for what does not, and where nothing is. Throws what the system says of a file that cannot be read. SQLite itself is not asked: opening
 * what is none, it would remove the log beside it.
 */
export function isDatabase(file: string): boolean {
  if (!isThere(file)) return false;
  const handle = openSync(file, 'r');
  try {
    const head = Buffer.alloc(16);
    readSync(handle, head, 0, 16, 0);
    return head.toString('latin1') === 'SQLite format 3\0';
  } finally {
    closeSync(handle);
  }
}

/** True where a database is, or what SQLite keeps beside one. */
export const isTaken = (file: string): boolean => ['', ...BESIDE].some((end) => isThere(file + end));

/**
 * Refuses a place where something is. A log without its database counts: SQLite would take it for the new file's, and write it over it.
 * Throws `FC_RESTORE_TARGET`.
 */
export function refuseTaken(file: string): void {
  const taken = ['', ...BESIDE].map((end) => file + end).find(isThere);
  if (taken !== undefined)
    throw new FlashcaseError('FC_RESTORE_TARGET', {
      what: `There is something at ${taken}; a restore into a new place overwrites nothing.`,
      where: file,
      hint: 'Move it away, or name another place with --into.',
    });
  if (!existsSync(dirname(file)))
    throw new FlashcaseError('FC_RESTORE_TARGET', {
      what: 'The folder of the restored file does not exist.',
      where: dirname(file),
      hint: 'Make it, or name another place with --into.',
    });
}

/** Gives a complete file the name of a place where nothing is, without overwriting. */
export function putInNewPlace(ready: string, file: string): void {
  refuseTaken(file);
  try {
    linkSync(ready, file);
  } catch (error) {
    refuseTaken(file);
    if (!hasNoLinks(error)) throw error;
    renameSync(ready, file);
  }
  rmSync(ready, { force: true });
  syncFolder(dirname(file));
}

/**
 * Puts a complete file in the place of another one. That one keeps a name of its own, with its log: nothing is deleted. At no moment is the name without a database, for a server
 * that started then would make an empty one; and never has the new file the old one's log beside it. When anything fails, everything has the name it had; after a kill the plan, which is written first,
 * says how to get there (`settleRestore`).
 */
function exchange(ready: string, file: string, plan: Plan, onStep: OnStep): void {
  const ends = ['', ...BESIDE].filter((end) => isThere(file + end));
  try {
    writePlan(file, plan);
    onStep('planned');
    for (const end of ends) nameToo(file + end, plan.aside + end);
    syncFolder(dirname(file));
    onStep('aside');
    for (const end of ends) if (end !== '') rmSync(file + end, { force: true });
    syncFolder(dirname(file));
    onStep('without log');
    renameSync(ready, file);
  } catch (cause) {
    takeBack(file);
    throw new FlashcaseError('FC_RESTORE_FAILED', {
      what: 'The restored file could not be put in its place.',
      where: file,
      why: (cause as Error).message,
      hint: 'The database is the one from before. Correct the cause and run the same command again.',
      cause,
    });
  }
  // From here on the new file has the name: taking anything back would take the old one's last name.
  syncFolder(dirname(file));
  onStep('in place');
}

/** Refuses while somebody has the file open, also one that SQLite cannot open any more. */
export function refuseOpen(file: string): void {
  const pids = processesWith(file).map(({ pid }) => pid);
  if (pids.length === 0) return;
  throw new FlashcaseError('FC_DB_BUSY', {
    what: 'Another process has the database open, so its file cannot be exchanged.',
    where: file,
    why: `It is open in ${pids.map((pid) => `process ${pid}`).join(', ')}.`,
    hint: 'Stop the server and every other program that has the file open, and run the same command again.',
    details: { processes: pids },
  });
}

/**
 * Exchanges the live file for a complete one. Throws `FC_DB_BUSY` while somebody has it open, `FC_RESTORE_FAILED` when it could not be done; it is as it was then.
 * A file that is no database or a damaged one (that is what backups are for) is exchanged as well; one that cannot be opened for another reason only when somebody has said so.
 */
export async function putInPlaceOf(
  ready: string,
  file: string,
  plan: Plan,
  acceptsUnreadable: boolean,
  onStep: OnStep,
): Promise<void> {
  refuseOpen(file);
  let canOpen = false;
  try {
    canOpen = isDatabase(file);
  } catch (error) {
    if (!acceptsUnreadable) throw error;
  }
  if (!canOpen) {
    exchange(ready, file, plan, onStep);
    return;
  }
  let isBegun = false;
  try {
    await onExclusiveFile(file, async () => {
      isBegun = true;
      exchange(ready, file, plan, onStep);
    });
  } catch (error) {
    const { code } = error as { code?: string };
    if (isBegun || !(code === 'FC_DB_CORRUPT' || (acceptsUnreadable && code !== 'FC_DB_BUSY'))) throw error;
    refuseOpen(file);
    exchange(ready, file, plan, onStep);
  }
}
