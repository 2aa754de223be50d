/** What one code is. */
interface Meaning {
  readonly status: number;
  readonly exitCode: number;
  /** The same call may simply be tried again. */
  readonly retryable: boolean;
  /** For people: what it means, and what to do first. */
  readonly about: string;
}

/**
 * Every failure FlashCase can name, in one list, which is also the page docs/reference/errors.md.
 * Exit codes: 1 error, 2 a person must decide, 3 differences found, 4 given up with the old side serving.
 */
export const registry = {
  FC_SETTINGS_INVALID: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'A setting is missing or has a value that cannot be. The message names it; correct it in the environment or in .env.',
  },
  FC_INPUT_INVALID: {
    status: 422,
    exitCode: 1,
    retryable: false,
    about: 'A field of the request is missing or not allowed as it is. Correct the field that is named and send it again.',
  },
  FC_VALUE_INVALID: {
    status: 422,
    exitCode: 1,
    retryable: false,
    about: 'A value does not fit its column. Correct the columns that are named.',
  },
  FC_VALUE_UNREADABLE: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about:
      'A stored value is not of its column’s type: another program wrote it, or the file is damaged. flashcase db check says more.',
  },
  FC_NOT_FOUND: {
    status: 404,
    exitCode: 1,
    retryable: false,
    about: 'What was asked for is not there, or is not yours to see. Check its id.',
  },
  FC_CONFLICT: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about:
      'The request does not fit what came before it: its Idempotency-Key was used for another one, or an answer to take back is no longer the last. The message says which.',
  },
  FC_ANSWER_TIME: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about:
      'An answer says it was given in the future, or before its card was there: the clock of the device is wrong, and nothing was recorded. Correct the clock, or send the answer without its time: it then counts from now.',
  },
  FC_OPTIMISER: {
    status: 503,
    exitCode: 1,
    retryable: false,
    about:
      'Parameters of one’s own could not be fitted: the optional package of the optimiser is not there for this machine, or it failed, took too long or was cancelled. Nothing was changed; cards go on with the parameters they have.',
  },
  FC_CHANGED_MEANWHILE: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about: 'Somebody else, or another tab, changed it since it was loaded; nothing was overwritten. Load it again and compare.',
  },
  FC_CARD_OF_NOTE: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about: 'The card is made from a note, and its sides are not fields of their own. Change the note that the message names.',
  },
  FC_UNAUTHENTICATED: {
    status: 401,
    exitCode: 1,
    retryable: false,
    about: 'Nobody is logged in, or the login is over. Log in again.',
  },
  FC_FORBIDDEN: {
    status: 403,
    exitCode: 1,
    retryable: false,
    about: 'You are logged in, but may not do this. Ask its owner, or an administrator.',
  },
  FC_TOKEN_SCOPE: {
    status: 403,
    exitCode: 1,
    retryable: false,
    about:
      'The API token may not do this. Make one with the scope that the message names, or sign in where it says that no token may.',
  },
  FC_PASSKEY_SITE: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about:
      'The page was opened at another address than PUBLIC_URL, and passkeys belong to one. Open that address, or set PUBLIC_URL to the one people use.',
  },
  FC_QUOTA: {
    status: 403,
    exitCode: 1,
    retryable: false,
    about:
      'More cards than this user may have: the message says how many that are, and how many there are already. Nothing was added. Delete some, or ask an administrator.',
  },
  FC_BAD_REQUEST: {
    status: 400,
    exitCode: 1,
    retryable: false,
    about: 'The request or the command cannot be done as it was written. The message says which part; correct it.',
  },
  FC_RATE_LIMITED: {
    status: 429,
    exitCode: 1,
    retryable: true,
    about: 'Too many attempts in a short time. Wait as long as the answer says, then try again.',
  },
  FC_NOT_CONFIGURED: {
    status: 503,
    exitCode: 1,
    retryable: false,
    about: 'The server has no such service. Whoever runs it must set what the message names.',
  },

  FC_DB_UNREACHABLE: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about: 'The database does not answer, or refuses the login. Check that it runs, and DATABASE_URL.',
  },
  FC_DB_MISSING: {
    status: 503,
    exitCode: 1,
    retryable: false,
    about: 'There is no database file at DATABASE_URL yet. flashcase db upgrade makes it; or correct DATABASE_URL.',
  },
  FC_DB_BUSY: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about: 'Another process is writing to the database right now. Try again; if it stays, find the process that holds it.',
  },
  FC_DB_POOL_TIMEOUT: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about: 'All connections to the database are in use. Try again; if it stays, raise the pool or look for slow queries.',
  },
  FC_DB_DISK_FULL: {
    status: 507,
    exitCode: 1,
    retryable: true,
    about: 'The disk of the database is full; the change was not kept. Free some space, then try again.',
  },
  FC_DB_READ_ONLY: {
    status: 503,
    exitCode: 1,
    retryable: false,
    about:
      'The database takes no writes: a replica, or a file that may not be written. Check DATABASE_URL and the rights of the file.',
  },
  FC_DB_CORRUPT: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'The database is damaged. Stop writing, keep the files as they are, and restore a backup.',
  },
  FC_DB_CONSTRAINT: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about: 'The change breaks a rule of the tables: a key, a reference or a condition. The message names it; correct the values.',
  },
  FC_DB_WRITE_UNKNOWN: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about:
      'The connection broke during a commit: the change may or may not be kept. Send the same request with the same Idempotency-Key.',
  },
  FC_DB_LOCK_TIMEOUT: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about: 'Another transaction held what was needed for too long; nothing was changed. Try again.',
  },
  FC_DB_DEADLOCK: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about: 'Two transactions waited for each other, and this one was given up; nothing was changed. Try again.',
  },
  FC_DB_POOLER: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'Revisions cannot run through a transaction pooler. Set DATABASE_DIRECT_URL to the PostgreSQL server itself.',
  },
  FC_DB_DEADLINE: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about: 'A statement took too long and was cancelled; nothing was changed. Try again.',
  },
  FC_DB_FAILED: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about:
      'The database or its disk failed in a way that has no code of its own. Read the cause in the message; it may be a bug to report.',
  },
  FC_DB_UNSUPPORTED: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'The database, or a setting of it, cannot be used. The message says what is needed.',
  },
  FC_DB_NETWORK_FILE_SYSTEM: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about:
      'The SQLite file lies on a network disk, where its locks cannot be trusted. Put it on a local disk, or use PostgreSQL.',
  },
  FC_GATE_HOLDING: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about: 'Writes are held for a moment while the database is moved. Try again in a second.',
  },
  FC_GATE_MOVED: {
    status: 503,
    exitCode: 1,
    retryable: false,
    about: 'This database was moved and takes no more writes. Set DATABASE_URL to the new one and restart.',
  },
  FC_GATE_CONFLICT: {
    status: 503,
    exitCode: 1,
    retryable: false,
    about:
      'The two databases of a move do not agree which of them serves, as after a restored backup. Nothing is served until you decide which to keep.',
  },

  FC_SCHEMA_UNKNOWN: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'The database has tables of somebody else, or none where some are needed. Check DATABASE_URL.',
  },
  FC_SCHEMA_DRIFT: {
    status: 500,
    exitCode: 3,
    retryable: false,
    about:
      'The tables are not what the named revision makes; nothing was written. Name the one they are really at; the message lists what differs.',
  },
  FC_REVISION_INVALID: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'A revision or the model contradicts itself or the history. The message names it; correct the file.',
  },
  FC_REVISION_FAILED: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'A revision failed at the step that is named. Its transaction was rolled back; correct the cause and run it again.',
  },
  FC_REVISION_EDITED: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about:
      'A revision was changed after it was applied. Bring its old text back; flashcase db repair takes an edit that makes no difference.',
  },
  FC_REVISION_UNKNOWN: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about:
      'This code does not know the revision: a wrong id, or a database newer than the code. Check the id, or run the newer release.',
  },
  FC_REVISION_OUT_OF_ORDER: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about:
      'A revision was merged behind newer ones that are applied here. flashcase db rebase puts it last; --allow-out-of-order applies it.',
  },
  FC_REVISION_PENDING: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'The database lacks revisions that this code needs. Run flashcase db upgrade.',
  },
  FC_REVISION_DUPLICATE: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'Two revision files have the same id, from two branches. flashcase db rebase gives one of them the next id.',
  },
  FC_REVISION_DELETED: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'The database has a revision that this code does not have. Bring its file back, or use the database of this branch.',
  },
  FC_REVISION_UNFINISHED: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'A revision is half applied or half taken back. Finish it first, with the command that the message names.',
  },
  FC_REVISION_BLOCKED: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about: 'Other transactions kept the locks a revision needs; the attempts changed nothing. Let them end, then run it again.',
  },
  FC_REVISION_STOPPED: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about: 'A run was stopped as asked; what was committed stays. Run the same command to go on.',
  },
  FC_REVISION_NO_SOURCES: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'There is no folder of revision files here. Name it with --versions, or make one with flashcase db init.',
  },
  FC_REVISION_DECISION_NEEDED: {
    status: 409,
    exitCode: 2,
    retryable: false,
    about: 'Something would be lost, or may be meant in two ways; nothing was changed. Decide, and say it as the message shows.',
  },
  FC_PARTITION_UNDERWAY: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about:
      'A table is being stored in another form just now. Finish that, or give it up; flashcase db partition status says more.',
  },
  FC_PARTITION_UNFIT: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about: 'The table or the database is not one that can be stored by months as it is. The message names what is in the way.',
  },
  FC_PARTITION_DIFFERS: {
    status: 500,
    exitCode: 3,
    retryable: false,
    about: 'The table that was built is not the one it was built from. Nothing was exchanged: give it up and report it.',
  },
  FC_PARTITION_BLOCKED: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about: 'Other transactions kept the table all the time. Nothing is lost: let them end, then type the same command.',
  },
  FC_PARTITIONED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about: 'The table is stored by months, and this cannot be done with it in that form: flashcase db partition undo first.',
  },
  FC_DISTRIBUTE_UNFIT: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about: 'The database is not one that can be spread over several nodes as it is. The message names all that is in the way.',
  },
  FC_DISTRIBUTE_DIFFERS: {
    status: 500,
    exitCode: 3,
    retryable: false,
    about: 'A table would not be the same in its new place. It stays where it was, whole: report it.',
  },
  FC_DISTRIBUTED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about: 'The database is spread over several nodes, and this cannot be done with it so: flashcase db distribute undo first.',
  },
  FC_REVISION_LOCKED: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about: 'Another process is changing the schema. Wait for it, or give --wait more seconds.',
  },
  FC_ADOPTION_NEEDED: {
    status: 500,
    exitCode: 2,
    retryable: false,
    about: 'This is a database of the original app; nothing was changed. Run flashcase db adopt.',
  },
  FC_QUARANTINE_BLOCKED: {
    status: 409,
    exitCode: 2,
    retryable: false,
    about: 'A row that was set aside cannot go back yet. Restore or create what it refers to first.',
  },

  FC_MOVE_DECISION_NEEDED: {
    status: 409,
    exitCode: 2,
    retryable: false,
    about:
      'The move found values that somebody must decide about. Run flashcase move plan and write each decision into the rules file; on the way home to SQLite, change the values in PostgreSQL.',
  },
  FC_MOVE_SOURCE_UNFIT: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about: 'What is to be moved cannot be moved as it is. Correct what the message names, then plan again.',
  },
  FC_MOVE_TARGET_UNFIT: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about: 'The place the move goes to cannot take it as it is. Correct what the message names, or name another with --to.',
  },
  FC_MOVE_RULES_INVALID: {
    status: 422,
    exitCode: 1,
    retryable: false,
    about: 'The rules file has an entry that cannot be. Correct the line that is named.',
  },
  FC_MOVE_NOT_STARTED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about: 'This database is in no live move. Begin with flashcase move plan, then flashcase move start.',
  },
  FC_MOVE_STATE: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about: 'The move is not where this command can do anything. The message says where it is and which command comes next.',
  },
  FC_MOVE_UNDERWAY: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about:
      'A live move is under way, and this would change what it relies on. End it first: flashcase move finish, or flashcase move abort.',
  },
  FC_MOVE_SCHEMA_CHANGED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about:
      'Somebody changed the schema or the capture of a database in a live move. Nothing more is carried. Abort the move and start anew.',
  },
  FC_MOVE_SET_BACK: {
    status: 409,
    exitCode: 2,
    retryable: false,
    about:
      'One side of the move was set back to an earlier state: a standby took over, or a backup was put back. Nothing is carried until somebody decides; the message names the ways.',
  },
  FC_MOVE_TAKEN_OVER: {
    status: 409,
    exitCode: 1,
    retryable: true,
    about: 'Another process carries the changes of this move now. Nothing is lost; flashcase move status names it.',
  },
  FC_MOVE_GIVEN_UP: {
    status: 409,
    exitCode: 4,
    retryable: true,
    about:
      'The switch was given up before its decision, and the side that served before serves on. Nothing was lost; run it again.',
  },
  FC_MOVE_FAILED: {
    status: 500,
    exitCode: 1,
    retryable: true,
    about: 'The move stopped half-way; the source is as it was. Run the same command: it goes on from its last checkpoint.',
  },

  FC_BACKUP_NOT_FOUND: {
    status: 404,
    exitCode: 1,
    retryable: false,
    about: 'There is no such backup in BACKUP_DIRECTORY. flashcase backup list shows those that are there.',
  },
  FC_BACKUP_DAMAGED: {
    status: 500,
    exitCode: 3,
    retryable: false,
    about: 'A backup is not what was made; nothing was restored from it. The message says what was found. Use another one.',
  },
  FC_BACKUP_KEY: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'The key of an encrypted backup is missing, is no key, or is another one. Set BACKUP_KEY_FILE to the right file.',
  },
  FC_BACKUP_UNSEALED: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about:
      'A key is set, and a backup is not encrypted or not sealed with it: anybody could have put it there. Nothing was restored. Take another one, or --accept-unsealed.',
  },
  FC_BACKUP_VERSION: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'A backup was made by a newer FlashCase than this one. Use that one to read it.',
  },
  FC_BACKUP_BUSY: {
    status: 503,
    exitCode: 1,
    retryable: true,
    about:
      'Another process is making, removing or trying a backup in this folder, or restores into this place. Wait until it is done.',
  },
  FC_BACKUP_FAILED: {
    status: 500,
    exitCode: 1,
    retryable: true,
    about: 'A backup could not be made; none is left half. The message says why. Older ones are as they were.',
  },
  FC_RESTORE_TARGET: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about:
      'The place of a restore cannot take it: something is there, or is in use. Nothing was changed. Name another with --into.',
  },
  FC_RESTORE_FAILED: {
    status: 500,
    exitCode: 1,
    retryable: true,
    about: 'What was restored could not be put in its place; the database is the one from before.',
  },
  FC_RESTORE_WINDOW: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about:
      'No change log reaches the moment that was asked for. Nothing was changed. The message says which moments can be restored; flashcase backup list does, too.',
  },
  FC_PHYSICAL_SETUP: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about:
      'Physical backups of PostgreSQL cannot be made or restored from here as things are set. The message says what is missing; flashcase backup setup prints all of it.',
  },
  FC_PHYSICAL_UNSERVED: {
    status: 409,
    exitCode: 1,
    retryable: false,
    about:
      'The installed pgBackRest does not know this version of PostgreSQL. Install the one that is named, or use what the message offers instead.',
  },
  FC_DRILL_FAILED: {
    status: 500,
    exitCode: 3,
    retryable: false,
    about: 'A backup was restored for a trial, and something is not right with it. The message says what. Make another one now.',
  },

  FC_MEDIA_TYPE: {
    status: 415,
    exitCode: 1,
    retryable: false,
    about: 'The file is no picture or sound that cards can show; its content tells, not its name. Save it as PNG, JPEG or MP3.',
  },
  FC_MEDIA_QUOTA: {
    status: 413,
    exitCode: 1,
    retryable: false,
    about: 'The pictures and sounds of this person would take more room than MEDIA_QUOTA_MB allows. Nothing was changed.',
  },
  FC_IMPORT_UNREADABLE: {
    status: 400,
    exitCode: 1,
    retryable: false,
    about: 'The file to import is damaged, encrypted, or not of a kind FlashCase reads. Nothing was changed. Export it again.',
  },
  FC_IMPORT_TOO_NEW: {
    status: 400,
    exitCode: 1,
    retryable: false,
    about:
      'The file to import was made by a newer program than FlashCase knows. Export it in an older format, or update FlashCase.',
  },
  FC_IMPORT_TOO_LARGE: {
    status: 413,
    exitCode: 1,
    retryable: false,
    about: 'The file to import is larger, or unpacks to more, than is taken. Nothing was changed. Split it.',
  },
  FC_IMPORT_UNSAFE: {
    status: 400,
    exitCode: 1,
    retryable: false,
    about:
      'The archive to import names files outside of itself, or one name twice. Nothing was unpacked. Get it anew from its maker.',
  },

  FC_INTERNAL: {
    status: 500,
    exitCode: 1,
    retryable: false,
    about: 'FlashCase met an error it does not know. Please report it, with what you did.',
  },
} as const satisfies Record<string, Meaning>;

export type ErrorCode = keyof typeof registry;
