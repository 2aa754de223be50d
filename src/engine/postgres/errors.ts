import { type ErrorCode, FlashcaseError } from '../../errors/index.ts';

interface PostgresError extends Error {
  readonly code?: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
  readonly detail?: string;
  /** What the server was doing. */
  readonly where?: string;
}

const SQLSTATE: Record<string, { code: ErrorCode; what: string; hint: string }> = {
  '53100': {
    code: 'FC_DB_DISK_FULL',
    what: 'The disk of the PostgreSQL server is full; nothing of this change was kept.',
    hint: 'Free space on the server; writing goes on by itself.',
  },
  '53300': {
    code: 'FC_DB_POOL_TIMEOUT',
    what: 'PostgreSQL accepts no more connections.',
    hint: 'Lower DB_POOL_SIZE, raise max_connections, or put PgBouncer between.',
  },
  '25006': {
    code: 'FC_DB_READ_ONLY',
    what: 'PostgreSQL is read-only here (a replica, or default_transaction_read_only).',
    hint: 'Point DATABASE_URL at the primary.',
  },
  // The fence of a live move (src/move/capture): this side is not, or no longer, the one that is written.
  FC001: {
    code: 'FC_GATE_HOLDING',
    what: 'Writes are held for a moment while the database is moved.',
    hint: 'Try again in a second; flashcase move status says where the move is.',
  },
  '55P03': {
    code: 'FC_DB_LOCK_TIMEOUT',
    what: 'Another transaction holds what this statement needs.',
    hint: 'Wait until it ends, then try again.',
  },
  '40P01': { code: 'FC_DB_DEADLOCK', what: 'PostgreSQL ended a deadlock by cancelling this transaction.', hint: 'Try again.' },
  '40001': {
    code: 'FC_DB_DEADLOCK',
    what: 'PostgreSQL cancelled this transaction because of a concurrent one.',
    hint: 'Try again.',
  },
  '57014': { code: 'FC_DB_DEADLINE', what: 'A statement took too long and was cancelled.', hint: 'Try again.' },
  '28P01': { code: 'FC_DB_UNREACHABLE', what: 'PostgreSQL refused the user name or password.', hint: 'Check DATABASE_URL.' },
  '28000': { code: 'FC_DB_UNREACHABLE', what: 'PostgreSQL refused the login.', hint: 'Check DATABASE_URL and pg_hba.conf.' },
  '3D000': {
    code: 'FC_DB_UNREACHABLE',
    what: 'The database does not exist on this PostgreSQL server.',
    hint: "Create it (CREATE DATABASE … ENCODING 'UTF8') or correct DATABASE_URL.",
  },
  '42501': {
    code: 'FC_DB_FAILED',
    what: 'PostgreSQL does not allow this to the role FlashCase logs in as.',
    hint: 'Give the role in DATABASE_URL (for revisions DATABASE_DIRECT_URL, where set) the right. It has to own the tables it changes (ALTER TABLE … OWNER TO role) and make new ones (GRANT USAGE, CREATE ON SCHEMA public TO role).',
  },
  '25P03': {
    code: 'FC_DB_UNREACHABLE',
    what: 'PostgreSQL ended the session: this process stood still inside a transaction for too long. The transaction was rolled back.',
    hint: 'Run the same command again.',
  },
  XX001: { code: 'FC_DB_CORRUPT', what: 'PostgreSQL found damaged data.', hint: 'Stop writing and restore from a backup.' },
  XX002: { code: 'FC_DB_CORRUPT', what: 'PostgreSQL found a damaged index.', hint: 'REINDEX the index named in the cause.' },
};

const CONSTRAINTS: Record<string, string> = { '23502': 'not_null', '23503': 'foreign_key', '23505': 'unique', '23514': 'check' };

/** Serialization failure, deadlock: the transaction did nothing and may run again. */
export function mayRunAgain(error: unknown): boolean {
  const code = (error as PostgresError | undefined)?.code;
  return code === '40001' || code === '40P01';
}

/** What a Citus coordinator says of a node, by `XX000` as by the codes of lost connections. */
const OF_A_NODE =
  /connection to the remote node|remote node .* failed|could not establish any connections to the node|connection establishment for node .* failed|failure on connection marked as essential/i;

/** Citus: the node that had the rows was lost while it committed. It is said of nothing else. */
function isCommitLost({ code, message }: PostgresError): boolean {
  return code === 'XX000' && /^could not commit transaction for shard \d+/i.test(message);
}

/** Citus: a node behind the coordinator does not answer. The connection to the coordinator is as good as it was. */
export function isNodeLost(error: unknown): boolean {
  const { code, message, where = '' } = error as PostgresError;
  if (typeof code !== 'string' || !/^(08|57P|XX000)/.test(code)) return false;
  if (OF_A_NODE.test(message) || isCommitLost(error as PostgresError)) return true;
  // What a node said last is passed on with its own words.
  return code !== 'XX000' && /^while executing command on \S+:\d+/m.test(where);
}

/** True when the connection can no longer be used, whatever the statement did. */
export function isConnectionLost(error: unknown): boolean {
  const { code, message } = error as PostgresError;
  if (isNodeLost(error)) return false;
  if (typeof code === 'string' && (/^(08|57P0|25P03)/.test(code) || /^E[A-Z]+$/.test(code))) return true;
  return /Connection terminated|connection error|timeout exceeded|Query read timeout|Client has encountered|socket/i.test(
    message,
  );
}

/** Citus puts a shard number behind the name in the message and leaves the field empty (docs/gotchas.md). */
function constraintName(error: PostgresError): string | undefined {
  return error.constraint ?? /constraint "([^"]+?)(?:_\d+)?"/.exec(error.message)?.[1];
}

function constraintDetails(error: PostgresError, kind: string): Record<string, unknown> {
  const columns = /^Key \(([^)]+)\)=/
    .exec(error.detail ?? '')?.[1]
    ?.split(', ')
    .map((name) => name.replaceAll('"', ''));
  return {
    kind,
    ...(error.table === undefined ? {} : { table: error.table }),
    ...(kind === 'not_null' && error.column !== undefined
      ? { columns: [error.column] }
      : columns === undefined
        ? {}
        : { columns }),
    ...(kind === 'check' ? { constraint: constraintName(error) } : {}),
  };
}

/** Translates a driver error at the ground floor. `where` names host and database, never a password. */
export function translatePostgresError(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof FlashcaseError) return error;
  const { code } = error as PostgresError;
  const kind = code === undefined ? undefined : CONSTRAINTS[code];
  if (kind !== undefined) {
    return new FlashcaseError('FC_DB_CONSTRAINT', {
      what: `The database refused the change: ${error.message}.`,
      where,
      details: constraintDetails(error, kind),
      cause: error,
    });
  }
  if (isCommitLost(error))
    return new FlashcaseError('FC_DB_WRITE_UNKNOWN', {
      what: 'A node of the cluster was lost while the change was being committed: it may or may not have been kept.',
      where,
      why: error.message,
      hint: 'Send the same request again with the same Idempotency-Key.',
      cause: error,
    });
  if (isNodeLost(error))
    return new FlashcaseError('FC_DB_UNREACHABLE', {
      what: 'A node of the cluster that holds these rows cannot be reached; the others go on.',
      where,
      why: error.message,
      hint: 'Try again: it works again by itself when the node is back. Operators: flashcase db distribute verify names the node.',
      cause: error,
    });
  const known = code === undefined ? undefined : SQLSTATE[code];
  if (known !== undefined)
    return new FlashcaseError(known.code, { what: known.what, where, why: error.message, hint: known.hint, cause: error });
  if (isConnectionLost(error)) {
    return new FlashcaseError('FC_DB_UNREACHABLE', {
      what: 'PostgreSQL cannot be reached.',
      where,
      why: error.message,
      hint: 'Check that PostgreSQL runs, that the network lets it through, and DATABASE_URL. A FlashCase server connects again by itself; a command is typed again.',
      cause: error,
    });
  }
  if (code === undefined) return error;
  return new FlashcaseError('FC_DB_FAILED', {
    what: 'The database could not run a statement.',
    where,
    why: `${error.message} (${code})`,
    hint: 'This is a bug; please report it.',
    cause: error,
  });
}
