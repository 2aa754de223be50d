import { type ErrorCode, FlashcaseError } from '../../errors/index.ts';

interface NodeSqliteError extends Error {
  readonly code: string;
  readonly errcode: number;
  readonly errstr: string;
}

function isSqliteError(error: unknown): error is NodeSqliteError {
  return error instanceof Error && (error as { code?: unknown }).code === 'ERR_SQLITE_ERROR';
}

const BUSY = 5;
const LOCKED = 6;

/** True when another connection holds the lock wanted: the caller waits and tries again. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && ((error.errcode & 0xff) === BUSY || (error.errcode & 0xff) === LOCKED);
}

const DISK_FULL = {
  code: 'FC_DB_DISK_FULL',
  what: 'The disk is full; nothing of this change was kept.',
  hint: 'Free space on the disk of the database file; writing goes on by itself.',
} as const;

const HINTS: Record<number, { code: ErrorCode; what: string; hint: string }> = {
  5: {
    code: 'FC_DB_BUSY',
    what: 'The database is being written by another process for too long.',
    hint: 'Try again; flashcase db current names the processes that have the file open, where the system tells.',
  },
  6: { code: 'FC_DB_BUSY', what: 'The database is being written by another process for too long.', hint: 'Try again.' },
  8: {
    code: 'FC_DB_READ_ONLY',
    what: 'The database file cannot be written.',
    hint: 'Check the owner and rights of the file, its -wal and -shm files and their folder.',
  },
  10: {
    code: 'FC_DB_FAILED',
    what: 'The disk failed to read or write the database.',
    hint: 'Check the disk (dmesg, smartctl), then flashcase db check.',
  },
  11: {
    code: 'FC_DB_CORRUPT',
    what: 'The database file is damaged.',
    hint: 'Stop the server, keep the file, and restore the newest backup beside it.',
  },
  13: DISK_FULL,
  14: {
    code: 'FC_DB_UNREACHABLE',
    what: 'The database file cannot be opened.',
    hint: 'Check that the folder exists and can be written.',
  },
  26: { code: 'FC_DB_CORRUPT', what: 'The file is not an SQLite database.', hint: 'Check DATABASE_URL.' },
  // SQLITE_IOERR_SHMSIZE: no room for the file beside the database that readers and writers share; met when opening on a full disk.
  4874: DISK_FULL,
};

/** SQLite names columns (`user.email`) or a check; both engines report `{kind, table, columns}` or `{kind, constraint}`. */
function constraintOf(error: NodeSqliteError): Record<string, unknown> {
  const kinds: Record<number, string> = {
    275: 'check',
    787: 'foreign_key',
    1299: 'not_null',
    1555: 'unique',
    2067: 'unique',
    2579: 'unique',
    3091: 'type',
  };
  const kind = kinds[error.errcode] ?? 'constraint';
  const subject = /constraint failed: (.+)$/.exec(error.message)?.[1];
  if (subject === undefined) return { kind };
  if (kind === 'check') return { kind, constraint: subject };
  const columns = subject.split(', ').map((part) => part.split('.'));
  return { kind, table: columns[0]?.[0], columns: columns.map((part) => part[1] ?? part[0]) };
}

/** Translates a driver error at the ground floor; anything that is not SQLite's is returned as it is. */
export function translateSqliteError(error: unknown, location: string): unknown {
  if (!isSqliteError(error)) return error;
  const primary = error.errcode & 0xff;
  if (primary === 19) {
    const details = constraintOf(error);
    return new FlashcaseError('FC_DB_CONSTRAINT', {
      what: `The database refused the change: ${error.message}.`,
      where: location,
      details,
      cause: error,
    });
  }
  const known = HINTS[error.errcode] ?? HINTS[primary];
  if (known !== undefined)
    return new FlashcaseError(known.code, {
      what: known.what,
      where: location,
      // "disk I/O error" has some thirty causes; the extended code says which call failed.
      why: `${error.message} (SQLite code ${error.errcode})`,
      hint: known.hint,
      cause: error,
    });
  return new FlashcaseError('FC_DB_FAILED', {
    what: 'The database could not run a statement.',
    where: location,
    why: error.message,
    hint: 'This is a bug; please report it.',
    cause: error,
  });
}
