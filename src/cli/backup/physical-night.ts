import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { takeLock } from '../../ops/backup/lock.ts';
import { drillCluster } from '../../ops/physical/drill-cluster.ts';
import { pruneSets } from '../../ops/physical/prune-sets.ts';
import { doneSince, takeSet } from '../../ops/physical/take-set.ts';
import type { Timestamp } from '../../schema/index.ts';
import { clusterOptions } from './drill-options.ts';

export interface PhysicalNight {
  readonly isGood: boolean;
  /** Absent while another process is at it. */
  readonly line: string | undefined;
}

/** Without these nothing else goes, either. */
const NOT_SET_UP: ReadonlySet<string> = new Set(['FC_PHYSICAL_SETUP', 'FC_PHYSICAL_UNSERVED', 'FC_BACKUP_KEY']);

/** A failure in one line of the log. */
export const wordsOf = (error: unknown): string =>
  error instanceof FlashcaseError
    ? `${error.code} ${error.message} ${error.why ?? ''} ${error.hint ?? ''}`.replace(/ +/g, ' ').trim()
    : String(error);

/**
 * What the night does with physical backups, where they are kept: a set, what is past its time goes, a cluster tried out. It runs whether the other backup was made or not. One process at a time: a second one looks again later. What is past its
 * time goes before the drill, and behind a set that failed: nights that fail would otherwise fill the repository.
 */
export async function physicalNight(serving: Settings, slot: Timestamp): Promise<PhysicalNight | undefined> {
  const { physical } = serving.backup;
  if (physical === undefined || serving.database.engine !== 'postgres') return undefined;
  const isThere = existsSync(physical.directory);
  const lock = isThere ? takeLock(join(physical.directory, '.night-lock')) : undefined;
  if (isThere && lock === undefined) return { isGood: false, line: undefined };
  try {
    const options = clusterOptions(serving, () => {});
    const done = doneSince(options, slot);
    if (done.isTried) return undefined;
    const problems: string[] = [];
    let taken = 'a physical backup was taken before';
    if (!done.isTaken) {
      try {
        taken = `took the physical backup ${(await takeSet(options)).label}`;
      } catch (error) {
        problems.push(wordsOf(error));
        if (!(error instanceof FlashcaseError) || NOT_SET_UP.has(error.code))
          return { isGood: false, line: `the physical backup: ${wordsOf(error)}` };
      }
    }
    let removed = 0;
    try {
      removed = (await pruneSets(options, false)).filter(({ isKept }) => !isKept).length;
    } catch (error) {
      problems.push(wordsOf(error));
    }
    let tried = '';
    // Without a set of this night there is another try in an hour; a damaged one is behind it.
    if (doneSince(options, slot).isTaken) {
      try {
        const report = await drillCluster(options);
        tried = `; ${report.moment.slice(0, 19)} UTC restored for a trial and right (${report.cardStates.checked} card states recomputed, ${report.seconds} s)`;
      } catch (error) {
        problems.push(wordsOf(error));
      }
    }
    if (problems.length > 0) return { isGood: false, line: `the physical backup: ${problems.join('; ')}` };
    return { isGood: true, line: `${taken}${tried}${removed === 0 ? '' : `; ${removed} past their time removed`}` };
  } catch (error) {
    return { isGood: false, line: `the physical backup: ${wordsOf(error)}` };
  } finally {
    lock?.close();
  }
}
