import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Timestamp } from '../../schema/index.ts';
import { folderOf, isAhead } from './backup-folder.ts';
import { MANIFEST } from './manifest.ts';
import { type Recorded, readRecord } from './record.ts';

/** How backups stand, for `/ready`: nothing in it says where anything is. */
export interface BackupHealth {
  /** False when it is time to look: no backup for too long, or the last backup or drill failed. */
  readonly isGood: boolean;
  /** Of the newest backup of this machine that is there; `null` where there is none. */
  readonly ageSeconds: number | null;
  readonly lastFailure: { readonly at: string; readonly code: string } | null;
  readonly drill: { readonly at: string; readonly ageSeconds: number; readonly isGood: boolean } | null;
}

/** A night and a bit. */
const OLDEST_SECONDS = 26 * 3600;

const secondsBetween = (from: string, to: Timestamp): number =>
  Math.round((Date.parse(`${to.text.replace(' ', 'T')}Z`) - Date.parse(`${from.replace(' ', 'T')}Z`)) / 1000);

/** Reads the record of the backups; cheap enough for a probe. */
export function backupHealth(directory: string, now: Timestamp): BackupHealth {
  const entries = readRecord(directory);
  const made = entries.findLast(
    ({ kind, isGood, backup }) =>
      kind === 'backup' && isGood && backup !== undefined && existsSync(join(folderOf(directory, backup), MANIFEST)),
  );
  const last = entries.findLast(({ kind }) => kind === 'backup');
  const drill = entries.findLast(({ kind }) => kind === 'drill');
  const failure = entries.findLast(({ kind, isGood }) => /^(backup|drill|physical|physical-drill)$/.test(kind) && !isGood);
  const isLastGood = (wanted: Recorded['kind']): boolean => entries.findLast(({ kind }) => kind === wanted)?.isGood !== false;
  const ageSeconds = made === undefined ? null : secondsBetween(made.at, now);
  return {
    isGood:
      ageSeconds !== null &&
      !isAhead(made?.at ?? '', now) &&
      ageSeconds <= OLDEST_SECONDS &&
      last?.isGood === true &&
      drill?.isGood !== false &&
      isLastGood('physical') &&
      isLastGood('physical-drill'),
    ageSeconds,
    lastFailure: failure === undefined ? null : { at: failure.at, code: failure.detail?.split(':')[0] ?? 'FC_INTERNAL' },
    drill: drill === undefined ? null : { at: drill.at, ageSeconds: secondsBetween(drill.at, now), isGood: drill.isGood },
  };
}
