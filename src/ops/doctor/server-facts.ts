import type { Client } from 'pg';
import { readEnv } from '../../db/env.ts';
import type { Connection } from '../../engine/engine.ts';
import type { PostgresConnection } from '../../engine/postgres/connection.ts';
import { LEDGER_TABLE, PROGRESS_TABLE } from '../../engine/schema-form.ts';
import { clockSkewMs, isPooled } from '../../move/target/inspect-target.ts';
import { flashcase } from '../../schema/flashcase.ts';

/** Round trips measured. */
const ROUND_TRIPS = 21;

/** What a PostgreSQL server and this login on it are, as far as FlashCase cares. */
export interface ServerFacts {
  readonly version: string;
  readonly versionNumber: number;
  readonly role: string;
  readonly database: string;
  readonly schemaName: string | null;
  readonly encoding: string;
  readonly collation: string;
  /** The version the database's collation was made with and the one the system has now; null where the provider has none. */
  readonly collationVersion: string | null;
  readonly collationVersionNow: string | null;
  readonly isReplica: boolean;
  readonly isReadOnly: boolean;
  readonly isSuperuser: boolean;
  readonly mayCreateTables: boolean;
  readonly mayCreateSchemas: boolean;
  readonly mayUseTemporaryTables: boolean;
  /** Tables that are there: all, those this role may change, those it may read and write (the ledger of the revisions: read). */
  readonly tables: number;
  readonly ownTables: number;
  readonly writableTables: number;
  /** Of the server and database that answer: the same for two addresses of one database. */
  readonly identity: string;
  readonly maxConnections: number;
  readonly reservedConnections: number;
  /** Of role and database; -1: none. */
  readonly roleLimit: number;
  readonly databaseLimit: number;
  /** Settings by name, as a new session has them; those this role may not see are missing. */
  readonly settings: Readonly<Record<string, string>>;
  readonly hasStatements: boolean;
  readonly isPooled: boolean;
  readonly isEncrypted: boolean;
  /** True where a certificate of no known authority would have been refused. */
  readonly isVerified: boolean;
  readonly isLoopback: boolean;
  readonly clockSkewMs: number;
  readonly roundTripsMs: readonly number[];
}

const SETTINGS = [
  'archive_mode',
  'autovacuum',
  'data_checksums',
  'fsync',
  'full_page_writes',
  'ignore_checksum_failure',
  'idle_in_transaction_session_timeout',
  'session_replication_role',
  'shared_preload_libraries',
  'standard_conforming_strings',
  'statement_timeout',
  'synchronous_commit',
  'TimeZone',
  'track_counts',
  'zero_damaged_pages',
];

const FACTS = `
  SELECT current_setting('server_version') AS v_version, current_setting('server_version_num')::integer AS v_number, current_user::text AS v_role,
    datname::text AS v_database, current_schema()::text AS v_schema, pg_encoding_to_char(encoding)::text AS v_encoding, datcollate::text AS v_collate,
    pg_is_in_recovery() AS v_replica, current_setting('transaction_read_only') = 'on' AS v_read_only,
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS v_super, (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS v_role_limit,
    datconnlimit AS v_database_limit,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS v_create, has_database_privilege(datname, 'CREATE') AS v_create_schema,
    has_database_privilege(datname, 'TEMPORARY') AS v_temporary,
    current_setting('max_connections')::integer AS v_max,
    current_setting('superuser_reserved_connections')::integer + coalesce(current_setting('reserved_connections', true), '0')::integer AS v_reserved,
    extract(epoch FROM pg_postmaster_start_time())::text || ' ' || oid::text AS v_identity,
    (SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements' AND installed_version IS NOT NULL) > 0 AS v_statements
  FROM pg_database WHERE datname = current_database()`;

const COLLATION = `
  SELECT datlocprovider::text AS v_provider, datcollversion AS v_made, pg_database_collation_actual_version(oid) AS v_now
  FROM pg_database WHERE datname = current_database()`;

const TABLES = `
  SELECT count(*)::integer AS v_all, count(*) FILTER (WHERE pg_has_role(relowner, 'USAGE'))::integer AS v_own,
    count(*) FILTER (WHERE has_table_privilege(oid, 'SELECT') AND (relname IN ('${LEDGER_TABLE}', '${PROGRESS_TABLE}') OR has_table_privilege(oid, 'INSERT')
      AND (relname = '${flashcase.tables.audit_event.name}' OR has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))))::integer AS v_writable
  FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = current_schema()::regnamespace`;

/** Asks a server everything; writes nothing. @param now microseconds since 1970 of this machine's clock */
export async function readServerFacts(connection: Connection, now: () => bigint): Promise<ServerFacts> {
  const [facts = {}] = await connection.query(FACTS);
  const number = Number(facts.v_number);
  const [collation = {}] = number >= 150_000 ? await connection.query(COLLATION) : [];
  const [tables = {}] = facts.v_schema === null ? [] : await connection.query(TABLES);
  const settings = await connection.query(
    'SELECT name::text AS v_name, reset_val AS v_value FROM pg_settings WHERE name = ANY ($1::text[]) AND reset_val IS NOT NULL',
    [SETTINGS],
  );
  const roundTripsMs: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const asked = performance.now();
    await connection.query('SELECT 1');
    roundTripsMs.push(performance.now() - asked);
  }
  const { client } = connection as PostgresConnection;
  const { stream } = (client as unknown as Wire).connection;
  return {
    version: String(facts.v_version),
    versionNumber: number,
    role: String(facts.v_role),
    database: String(facts.v_database),
    schemaName: facts.v_schema as string | null,
    encoding: String(facts.v_encoding),
    collation: `${{ c: 'libc', i: 'icu', b: 'builtin' }[String(collation.v_provider)] ?? 'libc'} ${String(facts.v_collate)}`,
    collationVersion: (collation.v_made as string | null) ?? null,
    collationVersionNow: (collation.v_now as string | null) ?? null,
    isReplica: facts.v_replica === true,
    isReadOnly: facts.v_read_only === true,
    isSuperuser: facts.v_super === true,
    mayCreateTables: facts.v_create === true,
    mayCreateSchemas: facts.v_create_schema === true,
    mayUseTemporaryTables: facts.v_temporary === true,
    tables: Number(tables.v_all ?? 0),
    ownTables: Number(tables.v_own ?? 0),
    writableTables: Number(tables.v_writable ?? 0),
    identity: String(facts.v_identity),
    maxConnections: Number(facts.v_max),
    reservedConnections: Number(facts.v_reserved),
    roleLimit: Number(facts.v_role_limit),
    databaseLimit: Number(facts.v_database_limit),
    settings: Object.fromEntries(settings.map(({ v_name, v_value }) => [String(v_name), String(v_value)])),
    hasStatements: facts.v_statements === true,
    isPooled: await isPooled(connection),
    isEncrypted: stream.encrypted === true,
    isVerified: stream.authorized === true && refusesUnknown(client),
    isLoopback: stream.remoteAddress === undefined || /^(127\.|::1$|::ffff:127\.)/.test(stream.remoteAddress),
    clockSkewMs: await clockSkewMs(connection, now),
    roundTripsMs,
  };
}

interface Wire {
  readonly connection: { readonly stream: Socket; readonly ssl: boolean | { readonly rejectUnauthorized?: boolean } };
}

/** True where a certificate of no known authority ends the connection: one that happens to be good proves nothing where a bad one is taken too. */
export function refusesUnknown(client: Client): boolean {
  const { ssl } = (client as unknown as Wire).connection;
  if (typeof ssl === 'object' && ssl.rejectUnauthorized !== undefined) return ssl.rejectUnauthorized;
  return ssl !== false && readEnv().get('NODE_TLS_REJECT_UNAUTHORIZED')?.value !== '0';
}

interface Socket {
  readonly encrypted?: boolean;
  readonly authorized?: boolean;
  readonly remoteAddress?: string;
}
