import type { Retention } from '../../db/settings.ts';
import type { Timestamp } from '../../schema/index.ts';
import type { BackupOptions } from '../backup/options.ts';
import { record } from '../backup/record.ts';
import { type Fate, lastOfPeriods } from '../backup/retention.ts';
import type { PhysicalSet } from './physical-backup.ts';
import { openReader, repositoryOwner } from './restore-cluster.ts';
import { physicalOf } from './setup.ts';

/** Of one that fails night after night the last ones tell enough, and all of them would fill the repository. */
const DAMAGED_KEPT = 2;

/**
 * Says which sets are past their time, by the same rule as other backups: the last of each of the last days, weeks and months stays, whatever was taken within a day, and the newest. What a set that stays cannot be restored without stays, too; one
 * that is damaged counts for nothing; the newest two are left for a person to look at.
 */
export function fatesOfSets(sets: readonly PhysicalSet[], retention: Retention, now: Timestamp): Fate[] {
  const newestFirst = sets.toReversed();
  const whole = newestFirst.filter(({ isDamaged }) => !isDamaged);
  const why = lastOfPeriods(
    whole.map(({ label, stoppedAt }) => ({ name: label, madeAt: stoppedAt.text })),
    retention,
  );
  const [newest] = whole;
  if (newest !== undefined) why.set(newest.label, 'newest');
  let damaged = 0;
  const dayAgo = now.plusDays(-1);
  for (const { label, stoppedAt, isDamaged } of newestFirst) {
    if (isDamaged && damaged++ < DAMAGED_KEPT) why.set(label, 'damaged');
    else if (isDamaged) continue;
    else if (!why.has(label) && !stoppedAt.isBefore(dayAgo)) why.set(label, 'recent');
  }
  // A set needs earlier ones only, and names all of them.
  for (const { label, needs } of newestFirst)
    if (why.has(label)) for (const needed of needs) if (!why.has(needed)) why.set(needed, `needed by ${label}`);
  return newestFirst.map(({ label }) => ({
    name: label,
    isKept: why.has(label),
    why: why.get(label) ?? 'past its time',
  }));
}

/**
 * How many of the newest full sets the whole log is kept for: those of the last days, and the one before, with which their moments begin. The tool counts damaged ones, too, which no moment begins with. @param now a clock that jumped ahead
 * counts as the end of the newest set: what is kept must not hang on it
 */
export function fullsWithLog(sets: readonly PhysicalSet[], { days }: Retention, now: Timestamp): number {
  const newest = sets.at(-1)?.stoppedAt;
  const begun = (newest?.isBefore(now) ? newest : now).plusDays(-Math.max(1, days));
  const fulls = sets.filter(({ kind }) => kind === 'full').toReversed();
  const isWhole = ({ isDamaged }: PhysicalSet): boolean => !isDamaged;
  const before = fulls.findIndex((set) => isWhole(set) && set.stoppedAt.isBefore(begun));
  return before === -1 ? fulls.length : before + 1;
}

/** Removes sets and log that are past their time. @returns what becomes of each set */
export async function pruneSets(options: BackupOptions, isDryRun: boolean): Promise<Fate[]> {
  const { backup, clock, say } = options;
  physicalOf(options);
  const tool = await openReader(options, repositoryOwner(options));
  const { sets } = await tool.inventory();
  const fates = fatesOfSets(sets, backup.retention, clock.now());
  if (isDryRun) return fates;
  // The newest first: a set goes before those it needs.
  for (const { name, isKept } of fates) {
    if (isKept) continue;
    await tool.remove(name);
    say(`removed ${name}`);
    record(backup.directory, { at: clock.now().text, kind: 'prune', backup: name, isGood: true });
  }
  const gone = new Set(fates.filter(({ isKept }) => !isKept).map(({ name }) => name));
  const fulls = fullsWithLog(
    sets.filter(({ label }) => !gone.has(label)),
    backup.retention,
    clock.now(),
  );
  if (fulls > 0) await tool.trimLog(fulls);
  return fates;
}
