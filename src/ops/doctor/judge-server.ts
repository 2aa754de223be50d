import { weaknessOf } from '../../engine/postgres/durable-commit.ts';
import { CLOCK_SKEW_LIMIT_MS, OLDEST_VERSION } from '../../move/target/inspect-target.ts';
import type { ServerFacts } from './server-facts.ts';

export interface Finding {
  readonly check: string;
  readonly level: 'good' | 'advice' | 'problem';
  /** What was found, as a sentence. */
  readonly says: string;
  /** What to do about it: a command or a statement where there is one. */
  readonly next?: string;
}

/** How many servers are to use it, each with how many connections. */
export interface Demand {
  readonly servers: number;
  /** Processes of each server. */
  readonly workers: number;
  readonly poolSize: number;
  readonly maxOverflow: number;
  readonly statementTimeoutSeconds: number;
}

/** The newest that the tests run on; newer ones are likely to work. */
const NEWEST_TESTED = 18;
/** Beside its pool a server opens connections of its own: a look for monitoring, the backup of the night, the live move. */
const BESIDE_POOL = 3;
/** An answer of a student takes about ten round trips. */
const SLOW_ROUND_TRIP_MS = 5;

const good = (check: string, says: string): Finding => ({ check, level: 'good', says });
const advice = (check: string, says: string, next: string): Finding => ({ check, level: 'advice', says, next });
const problem = (check: string, says: string, next: string): Finding => ({ check, level: 'problem', says, next });

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function version({ version: text, versionNumber }: ServerFacts): Finding {
  const major = Math.floor(versionNumber / 10_000);
  if (versionNumber < OLDEST_VERSION)
    return problem('version', `PostgreSQL ${text} is too old.`, `Use ${OLDEST_VERSION / 10_000} or newer.`);
  if (major > NEWEST_TESTED)
    return advice('version', `PostgreSQL ${text} is newer than what FlashCase is tested with.`, 'Try it out before you move.');
  return good('version', `PostgreSQL ${text}; 13 to ${NEWEST_TESTED} are served.`);
}

/** @param setting the one that has the address */
export function tls({ isEncrypted, isVerified, isLoopback, isPooled }: ServerFacts, setting = 'DATABASE_URL'): Finding {
  const to = isPooled ? 'pooler' : 'server';
  if (isEncrypted && isVerified) return good('tls', `Encrypted, and the certificate of the ${to} is verified.`);
  if (isLoopback) return good('tls', `${isEncrypted ? 'Encrypted' : 'Not encrypted'}, on this machine only.`);
  if (isEncrypted)
    return advice(
      'tls',
      `Encrypted, but the certificate of the ${to} is not verified: whoever is in between could read everything.`,
      `Add ?sslmode=verify-full&sslrootcert=/path/ca.pem to ${setting}.`,
    );
  return problem(
    'tls',
    'Passwords and cards cross the network without encryption.',
    `Switch ssl on in PostgreSQL and add ?sslmode=verify-full&sslrootcert=/path/ca.pem to ${setting}.`,
  );
}

function encoding({ encoding: name }: ServerFacts): Finding {
  return name === 'UTF8'
    ? good('encoding', 'UTF8.')
    : problem(
        'encoding',
        `Text is stored as ${name}, which cannot hold every card.`,
        "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and use that one.",
      );
}

function collation({ collation: name, collationVersion: made, collationVersionNow: now, database }: ServerFacts): Finding {
  return made === null || now === null || made === now
    ? good('collation', `${name}${made === null ? '' : `, version ${made}`}.`)
    : problem(
        'collation',
        `${name} was version ${made} when the database was made and is ${now} now: indexes of text may give wrong answers.`,
        `REINDEX DATABASE ${quoted(database)}; ALTER DATABASE ${quoted(database)} REFRESH COLLATION VERSION;`,
      );
}

function clock({ clockSkewMs: skew, settings }: ServerFacts): Finding[] {
  const ahead = `${Math.abs(skew)} ms ${skew < 0 ? 'behind' : 'ahead of'} this machine’s`;
  return [
    Math.abs(skew) > CLOCK_SKEW_LIMIT_MS
      ? problem('clock', `The server’s clock is ${ahead}: times of reviews would disagree.`, 'Let NTP set both clocks.')
      : good('clock', `The server’s clock is ${ahead}.`),
    good('time zone', `${settings.TimeZone ?? 'unknown'}; FlashCase stores moments, any zone will do.`),
  ];
}

function state({ isReplica, isReadOnly }: ServerFacts): Finding {
  return isReplica || isReadOnly
    ? problem(
        'writing',
        isReplica ? 'The server is a standby: it takes no writes.' : 'Sessions are read-only.',
        isReplica ? 'Name the primary.' : 'ALTER ROLE … RESET default_transaction_read_only, or the same for the database.',
      )
    : good('writing', 'The server takes writes.');
}

function rights(facts: ServerFacts): Finding[] {
  const { role, schemaName, database, tables, ownTables, writableTables } = facts;
  if (schemaName === null)
    return [
      problem(
        'rights',
        `The role ${role} may use no schema.`,
        `GRANT USAGE ON SCHEMA public TO ${quoted(role)}; or set its search_path.`,
      ),
    ];
  const missing = [
    ...(facts.mayCreateTables ? [] : [`GRANT CREATE ON SCHEMA ${quoted(schemaName)} TO ${quoted(role)};`]),
    ...(facts.mayCreateSchemas ? [] : [`GRANT CREATE ON DATABASE ${quoted(database)} TO ${quoted(role)};`]),
    // Through them a live move carries what is written.
    ...(facts.mayUseTemporaryTables ? [] : [`GRANT TEMPORARY ON DATABASE ${quoted(database)} TO ${quoted(role)};`]),
    ...(ownTables === tables ? [] : [`its ${tables - ownTables} tables belong to another role`]),
  ];
  return [
    tables === 0 || writableTables === tables
      ? good('rights to serve', tables === 0 ? 'The database is empty.' : `${role} reads and writes all ${tables} tables.`)
      : problem(
          'rights to serve',
          `${role} may not read and write ${tables - writableTables} of ${tables} tables.`,
          'Let an administrator run the SQL of the roles below.',
        ),
    missing.length === 0
      ? good('rights to revise', `${role} may change tables: it can run revisions, moves and restores.`)
      : advice(
          'rights to revise',
          `${role} cannot run revisions. That is right for the servers’ role; they need DB_REVISIONS=fail then.`,
          `For the role of flashcase db upgrade: ${missing.join(' ')}`,
        ),
    facts.isSuperuser
      ? advice('superuser', `${role} is a superuser: a fault in FlashCase could harm the whole server.`, 'Use the roles below.')
      : good('superuser', `${role} is none.`),
  ];
}

function latency({ roundTripsMs }: ServerFacts): Finding {
  const sorted = roundTripsMs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] as number;
  const says = `A round trip takes ${median.toFixed(1)} ms (median of ${sorted.length}, slowest ${(sorted.at(-1) as number).toFixed(1)} ms).`;
  return median > SLOW_ROUND_TRIP_MS
    ? advice('latency', `${says} An answer of a student takes about ten.`, 'Run FlashCase in the same zone as its database.')
    : good('latency', says);
}

export function connections(facts: ServerFacts, { servers, workers, poolSize, maxOverflow }: Demand): Finding {
  const { maxConnections, reservedConnections, roleLimit, databaseLimit } = facts;
  const available = Math.min(maxConnections - reservedConnections, ...[roleLimit, databaseLimit].filter((limit) => limit >= 0));
  // In a rolling restart a new process is there before the one it replaces has gone.
  const processes = workers === 1 ? 1 : workers + 1;
  const each = processes * (poolSize + maxOverflow + BESIDE_POOL);
  const ofEach = workers === 1 ? '' : ` × ${processes} processes (${workers} workers, and one more in a rolling restart)`;
  const sum = `${servers} server${servers === 1 ? '' : 's'}${ofEach} × (${poolSize} + ${maxOverflow} + ${BESIDE_POOL}) = ${servers * each}; the server gives ${available} (max_connections ${maxConnections}, ${reservedConnections} reserved${roleLimit < 0 ? '' : `, role ${roleLimit}`}${databaseLimit < 0 ? '' : `, database ${databaseLimit}`})`;
  if (facts.isPooled)
    return good('connections', `${sum}. A pooler is between: its default_pool_size counts there, its max_client_conn here.`);
  if (servers * each <= available) return good('connections', `${sum}.`);
  const fitting = Math.floor(available / (servers * processes)) - BESIDE_POOL - maxOverflow;
  return problem(
    'connections',
    `${sum}: under load requests would be refused.`,
    fitting >= 1 ? `Set DB_POOL_SIZE=${fitting}, or put PgBouncer between.` : 'Put PgBouncer between, or raise max_connections.',
  );
}

/** Settings that lose or bend data, or hide what goes on: what the server must not say, and what then. */
function settingsFindings({ settings }: ServerFacts, { statementTimeoutSeconds }: Demand): Finding[] {
  const is = (name: string, value: string): boolean => settings[name] === value;
  const found: Finding[] = [];
  for (const name of ['fsync', 'full_page_writes']) {
    const [says = '', next = ''] = weaknessOf(name).split(' Next: ');
    if (is(name, 'off')) found.push(problem(name, says, `S${next.slice(1)}`));
  }
  const must = (name: string, bad: string, says: string, next: string): void => {
    if (is(name, bad)) found.push(problem(name, says, next));
  };
  must('zero_damaged_pages', 'on', 'Damaged pages are emptied in silence.', 'Set zero_damaged_pages = off.');
  must('ignore_checksum_failure', 'on', 'Damaged pages are read as if they were whole.', 'Set ignore_checksum_failure = off.');
  must(
    'session_replication_role',
    'replica',
    'References are not checked in these sessions.',
    'ALTER ROLE … RESET session_replication_role;',
  );
  must(
    'standard_conforming_strings',
    'off',
    'A backslash in a text means something else than it says.',
    'Set standard_conforming_strings = on.',
  );
  must('autovacuum', 'off', 'Nobody frees dead rows; in the end the server stops writing.', 'Set autovacuum = on.');
  must('track_counts', 'off', 'autovacuum does not see what to do.', 'Set track_counts = on.');
  if (is('synchronous_commit', 'off'))
    found.push(
      advice(
        'synchronous_commit',
        'The server acknowledges commits it can still lose. FlashCase’s own wait for the disk all the same; those of other programs do not.',
        'Set synchronous_commit = on.',
      ),
    );
  if (is('data_checksums', 'off'))
    found.push(
      advice(
        'data_checksums',
        'A damaged page is not noticed when it is read.',
        'pg_checksums --enable, while the server is stopped.',
      ),
    );
  const limit = Number(settings.statement_timeout ?? 0);
  if (limit > 0 && limit < statementTimeoutSeconds * 1000)
    found.push(
      advice(
        'statement_timeout',
        `The server gives statements up after ${limit / 1000} s, before FlashCase would (${statementTimeoutSeconds} s): revisions and backups may not end.`,
        'ALTER ROLE … SET statement_timeout = 0, for the role of revisions and backups.',
      ),
    );
  const rest = Number(settings.idle_in_transaction_session_timeout ?? 0);
  if (rest > 0)
    found.push(
      advice(
        'idle_in_transaction_session_timeout',
        `The server ends sessions that rest in a transaction for ${rest / 1000} s: a backup or a move rests in one while it compares.`,
        'ALTER ROLE … SET idle_in_transaction_session_timeout = 0, for the role of revisions and backups.',
      ),
    );
  const isSafe = found.every(({ level }) => level !== 'problem');
  return [
    ...(isSafe ? [good('settings', 'fsync, full_page_writes and what else could lose data: as they should be.')] : []),
    ...found,
  ];
}

/** Physical backups and the archived log: what is committed since the last other backup is lost with the disk without them. */
function archiving({ settings }: ServerFacts): Finding[] {
  const { archive_mode: mode } = settings;
  if (mode === undefined) return [];
  return [
    mode === 'off'
      ? advice(
          'archiving',
          'The log is not archived: with the server’s disk everything since the last backup is lost, and no moment between can be restored.',
          'On the machine of PostgreSQL set BACKUP_PHYSICAL to a folder, then: flashcase backup setup.',
        )
      : good('archiving', 'The log is archived. flashcase backup setup, on the machine of PostgreSQL, looks whether it arrives.'),
  ];
}

function statements({ hasStatements, settings }: ServerFacts): Finding {
  if (hasStatements) return good('pg_stat_statements', 'Installed: flashcase finds slow statements by it.');
  const isLoaded = settings.shared_preload_libraries?.includes('pg_stat_statements') === true;
  return advice(
    'pg_stat_statements',
    'Not installed; nothing needs it, and slow statements are harder to find without.',
    isLoaded
      ? 'CREATE EXTENSION pg_stat_statements;'
      : "shared_preload_libraries = 'pg_stat_statements', a restart, then CREATE EXTENSION pg_stat_statements;",
  );
}

/** Judges a server and this login; in the order in which a person would set one up. */
export function judgeServer(facts: ServerFacts, demand: Demand): Finding[] {
  return [
    version(facts),
    tls(facts),
    encoding(facts),
    collation(facts),
    ...clock(facts),
    state(facts),
    ...rights(facts),
    ...settingsFindings(facts, demand),
    ...archiving(facts),
    statements(facts),
    latency(facts),
    connections(facts, demand),
  ];
}
