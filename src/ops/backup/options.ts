import type { Clock } from '../../db/clock.ts';
import type { BackupSettings, Settings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Project } from '../../revisions/project.ts';
import { type BackupKey, readKey } from './key.ts';
import type { Manifest } from './manifest.ts';

/** What makes, restores and tries backups is told. */
export interface BackupOptions {
  readonly backup: BackupSettings;
  /** The database that serves. */
  readonly database: Settings['database'];
  /** PostgreSQL without a pooler between. */
  readonly directUrl: string | undefined;
  readonly project: Project;
  /** Tables of which each database has its own row, as that of the gate: a copy of PostgreSQL gets one of its own. */
  readonly ownTables: readonly string[];
  readonly clock: Clock;
  readonly madeBy: Manifest['madeBy'];
  /** Takes a backup for which the key that is set does not vouch: somebody said so. */
  readonly acceptsUnsealed?: boolean;
  /** A line for people about what goes on. */
  readonly say: (line: string) => void;
  /** Called at each named step, for tests that end the process there. */
  readonly onStep?: (step: string) => Promise<void> | void;
}

/** The key of the settings, if they name one. Throws `FC_BACKUP_KEY`. */
export function keyOf({ backup }: Pick<BackupOptions, 'backup'>): BackupKey | undefined {
  return backup.keyFile === undefined ? undefined : readKey(backup.keyFile);
}

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Whether the system said that a disk, or a quota, is full. */
export const isFullDisk = (error: unknown): boolean => FULL.has((error as NodeJS.ErrnoException).code ?? '');

/** A full disk is named as such, whoever met it. */
export function namingFullDisk(error: unknown, { backup: { directory, scratch } }: Pick<BackupOptions, 'backup'>): unknown {
  if (!isFullDisk(error)) return error;
  return new FlashcaseError('FC_DB_DISK_FULL', {
    what: 'The disk is full. Nothing of it was kept; what was there before is as it was.',
    where: (error as NodeJS.ErrnoException).path ?? (directory === scratch ? directory : `${directory} or ${scratch}`),
    hint: 'Free space there (flashcase backup prune removes what is past its time), or set BACKUP_DIRECTORY and BACKUP_SCRATCH to another disk.',
    cause: error,
  });
}
