/**
 * Every failure FlashCase can name, in one list: HTTP status, exit code, whether the same call may simply be tried again.
 * Exit codes: 1 error, 2 a person must decide, 3 differences found.
 */
export const registry = {
  FC_SETTINGS_INVALID: { status: 500, exitCode: 1, retryable: false },
  FC_INPUT_INVALID: { status: 422, exitCode: 1, retryable: false },
  FC_VALUE_INVALID: { status: 422, exitCode: 1, retryable: false },
  FC_VALUE_UNREADABLE: { status: 500, exitCode: 1, retryable: false },
  FC_NOT_FOUND: { status: 404, exitCode: 1, retryable: false },
  FC_CONFLICT: { status: 409, exitCode: 1, retryable: false },
  FC_UNAUTHENTICATED: { status: 401, exitCode: 1, retryable: false },
  FC_FORBIDDEN: { status: 403, exitCode: 1, retryable: false },
  FC_BAD_REQUEST: { status: 400, exitCode: 1, retryable: false },
  FC_RATE_LIMITED: { status: 429, exitCode: 1, retryable: true },
  FC_NOT_CONFIGURED: { status: 503, exitCode: 1, retryable: false },

  FC_DB_UNREACHABLE: { status: 503, exitCode: 1, retryable: true },
  FC_DB_BUSY: { status: 503, exitCode: 1, retryable: true },
  FC_DB_POOL_TIMEOUT: { status: 503, exitCode: 1, retryable: true },
  FC_DB_DISK_FULL: { status: 507, exitCode: 1, retryable: true },
  FC_DB_READ_ONLY: { status: 503, exitCode: 1, retryable: false },
  FC_DB_CORRUPT: { status: 500, exitCode: 1, retryable: false },
  FC_DB_CONSTRAINT: { status: 409, exitCode: 1, retryable: false },
  FC_DB_WRITE_UNKNOWN: { status: 503, exitCode: 1, retryable: true },
  FC_DB_LOCK_TIMEOUT: { status: 503, exitCode: 1, retryable: true },
  FC_DB_DEADLOCK: { status: 503, exitCode: 1, retryable: true },
  FC_DB_POOLER: { status: 500, exitCode: 1, retryable: false },
  FC_DB_DEADLINE: { status: 503, exitCode: 1, retryable: true },
  FC_DB_FAILED: { status: 500, exitCode: 1, retryable: false },
  FC_DB_UNSUPPORTED: { status: 500, exitCode: 1, retryable: false },
  FC_DB_NETWORK_FILE_SYSTEM: { status: 500, exitCode: 1, retryable: false },
  FC_GATE_HOLDING: { status: 503, exitCode: 1, retryable: true },
  FC_GATE_MOVED: { status: 503, exitCode: 1, retryable: false },

  FC_SCHEMA_UNKNOWN: { status: 500, exitCode: 1, retryable: false },
  FC_SCHEMA_DRIFT: { status: 500, exitCode: 3, retryable: false },
  FC_REVISION_INVALID: { status: 500, exitCode: 1, retryable: false },
  FC_REVISION_FAILED: { status: 500, exitCode: 1, retryable: false },
  FC_REVISION_EDITED: { status: 500, exitCode: 1, retryable: false },
  FC_REVISION_UNKNOWN: { status: 500, exitCode: 1, retryable: false },
  FC_REVISION_OUT_OF_ORDER: { status: 500, exitCode: 1, retryable: false },
  FC_REVISION_PENDING: { status: 500, exitCode: 1, retryable: false },
  FC_REVISION_DUPLICATE: { status: 500, exitCode: 1, retryable: false },
  FC_REVISION_DELETED: { status: 500, exitCode: 1, retryable: false },
  FC_REVISION_UNFINISHED: { status: 500, exitCode: 1, retryable: false },
  FC_REVISION_BLOCKED: { status: 503, exitCode: 1, retryable: true },
  FC_REVISION_STOPPED: { status: 503, exitCode: 1, retryable: true },
  FC_REVISION_DECISION_NEEDED: { status: 409, exitCode: 2, retryable: false },
  FC_REVISION_LOCKED: { status: 503, exitCode: 1, retryable: true },
  FC_ADOPTION_NEEDED: { status: 500, exitCode: 2, retryable: false },
  FC_QUARANTINE_BLOCKED: { status: 409, exitCode: 2, retryable: false },

  FC_MOVE_DECISION_NEEDED: { status: 409, exitCode: 2, retryable: false },
  FC_MOVE_SOURCE_UNFIT: { status: 409, exitCode: 1, retryable: false },
  FC_MOVE_TARGET_UNFIT: { status: 409, exitCode: 1, retryable: false },
  FC_MOVE_RULES_INVALID: { status: 422, exitCode: 1, retryable: false },
  FC_MOVE_DIFFERENT: { status: 409, exitCode: 3, retryable: false },
  FC_MOVE_FAILED: { status: 500, exitCode: 1, retryable: true },

  FC_INTERNAL: { status: 500, exitCode: 1, retryable: false },
} as const satisfies Record<string, { status: number; exitCode: number; retryable: boolean }>;

export type ErrorCode = keyof typeof registry;
