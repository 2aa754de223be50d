import { FlashcaseError } from '../../../errors/index.ts';

/** Says that a file is not built as the SQLite file format has it. */
export function damaged(file: string, what: string): FlashcaseError {
  return new FlashcaseError('FC_DB_CORRUPT', {
    what: `The snapshot is damaged: ${what}.`,
    where: file,
    why: 'Its pages are not built as the SQLite file format has them; the disk or another program changed them.',
    hint: 'Run PRAGMA integrity_check on the source; if it is fine, run the same command again with a new snapshot.',
  });
}
