import { FlashcaseError } from '../../errors/index.ts';
import type { Timestamp } from '../../schema/index.ts';
import { isAhead, newestListed, withDirectory } from './backup-folder.ts';
import { claimNight, endNight } from './claim-night.ts';
import { type DrillOptions, type DrillReport, runDrill } from './drill/drill.ts';
import { pruneLogsFirst } from './log/prune-log.ts';
import { makeBackup } from './make-backup.ts';
import type { Manifest } from './manifest.ts';
import { prune } from './prune-backups.ts';
import { readRecord } from './record.ts';

/** The last time before now that the schedule names. @param minuteOfDay after midnight UTC. */
export function slotBefore(now: Timestamp, minuteOfDay: number): Timestamp {
  const minute = 60_000_000n;
  const day = 1440n * minute;
  const at = now.micros - (now.micros % day) + BigInt(minuteOfDay) * minute;
  return now.plusMicros((at <= now.micros ? at : at - day) - now.micros);
}

export type Night =
  /** Made, tried out and pruned; or only tried out, where an earlier process came that far. */
  | { readonly outcome: 'done'; readonly manifest: Manifest | undefined; readonly report: DrillReport; readonly removed: number }
  /** Another server has done it, or is at it. */
  | { readonly outcome: 'elsewhere'; readonly host: string | undefined }
  | { readonly outcome: 'already' };

/** Which part of a night is left to do here. */
function leftToDo(directory: string, slot: Timestamp, now: Timestamp): 'all' | 'drill' | 'nothing' {
  const newest = newestListed(directory, now)?.manifest;
  if (newest === undefined || newest.madeAt < slot.text) return 'all';
  // Of this very backup: a drill somebody made with an older one says nothing about it.
  const isTried = readRecord(directory).some(
    ({ kind, at, backup }) => kind === 'drill' && backup === newest.name && !isAhead(at, now),
  );
  return isTried ? 'nothing' : 'drill';
}

/**
 * What a server does once a night, at or after the slot: a backup, a drill with it, and what is past its time goes. Of several servers one does it: those with the same directory hold
 * it in turns, and those on other machines claim the night in their common PostgreSQL. Throws what went wrong; older backups are as they were, and nothing is pruned then.
 */
export async function runNight(options: DrillOptions, slot: Timestamp): Promise<Night> {
  const { directory } = options.backup;
  try {
    return await withDirectory(directory, async (): Promise<Night> => {
      const left = leftToDo(directory, slot, options.clock.now());
      if (left === 'nothing') return { outcome: 'already' };
      const holder = left === 'all' ? await claimNight(options, slot) : undefined;
      if (holder !== undefined) return { outcome: 'elsewhere', host: holder };
      try {
        // Before: nights that fail would otherwise never prune what fills the disk.
        pruneLogsFirst(options);
        const manifest = left === 'all' ? await makeBackup(options) : undefined;
        const report = await runDrill(options);
        const removed = prune(options, false).filter(({ isKept }) => !isKept).length;
        await endNight(options, slot, true);
        return { outcome: 'done', manifest, report, removed };
      } catch (error) {
        await endNight(options, slot, false);
        throw error;
      }
    });
  } catch (error) {
    if (error instanceof FlashcaseError && error.code === 'FC_BACKUP_BUSY') return { outcome: 'elsewhere', host: undefined };
    throw error;
  }
}
