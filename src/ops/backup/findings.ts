import { FlashcaseError } from '../../errors/index.ts';

/** What can be wrong with a backup, each told apart. */
export type Finding =
  | 'manifest_missing'
  | 'manifest_changed'
  | 'seal_wrong'
  | 'other_backup'
  | 'data_missing'
  | 'data_empty'
  | 'data_too_short'
  | 'data_too_long'
  | 'data_changed'
  | 'data_unreadable'
  | 'log_beside'
  | 'content_differs'
  | 'log_missing'
  | 'log_changed'
  | 'log_too_short';

/** A backup that is not what was made. @param why what was found. */
export function damaged(
  finding: Finding,
  name: string,
  why: string,
  { where, cause }: { readonly where?: string; readonly cause?: unknown } = {},
): FlashcaseError {
  return new FlashcaseError('FC_BACKUP_DAMAGED', {
    what: `The backup ${name} is damaged.`,
    ...(where === undefined ? {} : { where }),
    why,
    hint: 'Use another one: flashcase backup verify --all says which are whole. Keep this one until you know why; the disk may be failing.',
    details: { finding, backup: name },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A backup that cannot be read with the key that is set, or without one. Keys are named by their fingerprints. */
export function wrongKey(name: string, needed: string, found: string | undefined): FlashcaseError {
  return new FlashcaseError('FC_BACKUP_KEY', {
    what:
      found === undefined
        ? `The backup ${name} is encrypted, and no key is set.`
        : `The backup ${name} was encrypted with another key.`,
    why: `It needs the key ${needed}${found === undefined ? '' : `; the key that is set is ${found}`}.`,
    hint: 'Set BACKUP_KEY_FILE to the file with that key. Older keys are needed as long as their backups are.',
    details: { needed, ...(found === undefined ? {} : { found }) },
  });
}

/** A chain of the change log that is not what was written. @param name of the chain */
export function damagedLog(finding: Finding, name: string, why: string, where: string, cause?: unknown): FlashcaseError {
  return new FlashcaseError('FC_BACKUP_DAMAGED', {
    what: `The change log ${name} is damaged.`,
    where,
    why,
    hint: 'Moments behind the damage cannot be restored from it; backups by name can: flashcase restore NAME. Make one now: flashcase backup now. Keep the log until you know why; the disk may be failing.',
    details: { finding, log: name },
    ...(cause === undefined ? {} : { cause }),
  });
}
