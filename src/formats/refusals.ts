import { FlashcaseError } from '../errors/index.ts';

/** The file is not what it says, or is damaged. */
export function unreadable(what: string, more: { why?: string; hint?: string; cause?: unknown } = {}): FlashcaseError {
  return new FlashcaseError('FC_IMPORT_UNREADABLE', { what, ...more });
}

export function tooLarge(what: string): FlashcaseError {
  return new FlashcaseError('FC_IMPORT_TOO_LARGE', {
    what,
    hint: 'If the file is really yours and really that large, split it: export single decks, or leave the media out.',
  });
}

export function unsafe(what: string): FlashcaseError {
  return new FlashcaseError('FC_IMPORT_UNSAFE', { what, hint: 'Ask whoever made the file for a new export.' });
}

export function tooNew(
  what: string,
  hint = 'Export once more with “Support older Anki versions” switched on, or update FlashCase.',
): FlashcaseError {
  return new FlashcaseError('FC_IMPORT_TOO_NEW', { what, hint });
}

/** A failure while a file was unpacked, in FlashCase's words. */
export function unpackFailure(error: unknown, what: string): FlashcaseError {
  if (error instanceof FlashcaseError) return error;
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    return new FlashcaseError('FC_DB_DISK_FULL', {
      what: 'There is no room in the temporary folder to unpack the file.',
      hint: 'Free some space, or name another folder with TMPDIR.',
      cause: error,
    });
  }
  return unreadable(what, { why: error instanceof Error ? error.message : String(error), cause: error });
}
