import { FlashcaseError } from '../../errors/index.ts';
import type { Timestamp } from '../../schema/index.ts';
import { isAhead } from '../backup/backup-folder.ts';
import { recordFailure } from '../backup/make-backup.ts';
import type { BackupOptions } from '../backup/options.ts';
import { type Recorded, readRecord, record } from '../backup/record.ts';
import type { PhysicalKind, PhysicalSet } from './physical-backup.ts';
import { isEnding } from './run-program.ts';
import { openOnHost } from './setup.ts';

/** A full set begins a week; the nights between add what changed. */
const FULL_DAYS = 7;

/** What is due: a full set where there is none of the last days, or else what changed. */
export function kindDue(sets: readonly PhysicalSet[], now: Timestamp): PhysicalKind {
  const newest = sets.findLast(({ kind, isDamaged }) => kind === 'full' && !isDamaged);
  return newest === undefined || newest.stoppedAt.isBefore(now.plusDays(-FULL_DAYS).plusSeconds(6 * 3600)) ? 'full' : 'incr';
}

/** How the record begins what went wrong with a set that is damaged. */
const DAMAGED = 'FC_BACKUP_DAMAGED:';

/** What of a night is done: its set, and its drill. A damaged set is one, too: the next would be the same, and one an hour would fill the repository. @param slot when the night began */
export function doneSince(
  { backup: { directory }, clock }: Pick<BackupOptions, 'backup' | 'clock'>,
  slot: Timestamp,
): { readonly isTaken: boolean; readonly isTried: boolean } {
  const now = clock.now();
  // What a clock that was wrong dated ahead says nothing of this night.
  const entries = readRecord(directory).filter(({ at }) => at >= slot.text && !isAhead(at, now));
  const isDone = (wanted: Recorded['kind']): boolean => entries.some(({ kind, isGood }) => kind === wanted && isGood);
  const isTaken =
    isDone('physical') || entries.some(({ kind, detail }) => kind === 'physical' && detail?.startsWith(DAMAGED) === true);
  return { isTaken, isTried: isTaken && isDone('physical-drill') };
}

/** A set that was taken. */
export interface TakenSet extends PhysicalSet {
  readonly tool: string;
  readonly seconds: number;
}

/**
 * Takes a physical backup while people write, and waits until the log it needs is archived. @param kind what is due when absent. How it went is recorded. Throws `FC_PHYSICAL_SETUP`, `FC_PHYSICAL_UNSERVED`, `FC_BACKUP_FAILED`, and
 * `FC_BACKUP_DAMAGED` when a page of the cluster does not have its checksum
 */
export async function takeSet(options: BackupOptions, kind?: PhysicalKind): Promise<TakenSet> {
  const { clock, backup, say } = options;
  const started = performance.now();
  const seconds = (): number => Math.round(performance.now() - started) / 1000;
  try {
    const { tool } = await openOnHost(options);
    const before = await tool.inventory();
    const wanted = kind ?? kindDue(before.sets, clock.now());
    say(`taking a physical backup (${wanted})`);
    await tool.take(wanted);
    const known = new Set(before.sets.map(({ label }) => label));
    const made = (await tool.inventory()).sets.findLast(({ label }) => !known.has(label));
    if (made === undefined)
      throw new FlashcaseError('FC_BACKUP_FAILED', {
        what: `${tool.name} ended well, and no new backup is in its repository.`,
        hint: 'Look at its log in BACKUP_PHYSICAL/log.',
      });
    if (made.isDamaged)
      throw new FlashcaseError('FC_BACKUP_DAMAGED', {
        what: `A page of the running cluster does not have the checksum it should: the disk of PostgreSQL has lost something (found by ${made.label}).`,
        hint: 'Its log in BACKUP_PHYSICAL/log names the file. Keep the backups of before; restore from one: flashcase restore --to TIME.',
        details: { backup: made.label },
      });
    record(backup.directory, { at: clock.now().text, kind: 'physical', backup: made.label, isGood: true, seconds: seconds() });
    return { ...made, tool: tool.name, seconds: seconds() };
  } catch (error) {
    if (!isEnding()) recordFailure(options, 'physical', error, seconds());
    throw error;
  }
}
