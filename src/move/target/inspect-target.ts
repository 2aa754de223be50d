import { existsSync } from 'node:fs';
import type { Connection } from '../../engine/engine.ts';
import { PostgresConnection } from '../../engine/postgres/connection.ts';
import { freeBytesIn } from '../../engine/sqlite/free-bytes.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { hasBookkeeping, type MoveRun, readRun } from './bookkeeping.ts';

/** Older servers are not tested against. */
export const OLDEST_VERSION = 130_000;
/** Measured on FlashCase data: tables, indexes and write-ahead log together stay below this many times the SQLite file. */
const TARGET_BYTES_PER_SOURCE_BYTE = 2.5;
/** More than this, and times written by the server and by FlashCase would visibly disagree. */
export const CLOCK_SKEW_LIMIT_MS = 2000;

export interface TargetReport {
  readonly version: string;
  readonly location: string;
  readonly encoding: string;
  readonly schemaName: string;
  readonly run: MoveRun | undefined;
  readonly clockSkewMs: number;
  /** `undefined` where the server does not say. */
  readonly freeBytes: number | undefined;
  readonly neededBytes: number;
}

const unfit = (what: string, where: string, hint: string, details: Record<string, unknown> = {}): never => {
  throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', { what, where, hint, details });
};

/** True where a pooler stands between PostgreSQL and us: it would spread a session over several server connections, and settings and locks would not hold. */
export async function isPooled(connection: Connection): Promise<boolean> {
  const announced = ((connection as PostgresConnection).client as unknown as { readonly processID: number | null }).processID;
  return announced !== (await connection.query('SELECT pg_backend_pid() AS pid'))[0]?.pid;
}

async function refusePooler(target: Connection, where: string): Promise<void> {
  if (!(target instanceof PostgresConnection))
    return unfit('The target is not PostgreSQL.', where, 'Name a PostgreSQL database with --to.');
  if (await isPooled(target))
    unfit('A connection pooler stands between FlashCase and the target.', where, "Name the server's own address with --to.");
}

/** Relations in the schema the tables would go to, those of extensions left out. */
async function existingRelations(target: Connection): Promise<string[]> {
  const rows = await target.query(
    `SELECT c.relname::text AS relation FROM pg_class AS c
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
       AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1`,
  );
  return rows.map((row) => row.relation as string);
}

/** Free bytes on the server's data disk: known only when the server runs here and says where its data is. */
async function freeBytes(target: Connection): Promise<number | undefined> {
  const [row] = await target.query(
    `SELECT CASE WHEN pg_has_role(current_user, 'pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END AS folder,
       coalesce(host(inet_server_addr()), 'socket') IN ('127.0.0.1', '::1', 'socket') AS is_here`,
  );
  const folder = row?.folder;
  if (row?.is_here !== true || typeof folder !== 'string' || !existsSync(folder)) return undefined;
  return freeBytesIn(folder);
}

/** How far the server's clock is ahead of this machine's. @param now microseconds since 1970 of this machine's clock */
export async function clockSkewMs(target: Connection, now: () => bigint): Promise<number> {
  const before = now();
  const [row] = await target.query('SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS server_micros');
  const after = now();
  return Math.round(Number(BigInt(row?.server_micros as number) - (before + after) / 2n) / 1000);
}

/**
 * Checks that a target can take the move: reachable without a pooler, new enough, UTF8, may be written, has room, and is either empty or holds
 * an unfinished run. Writes nothing. Throws `FC_MOVE_TARGET_UNFIT` with the next step.
 * @param now microseconds since 1970 of this machine's clock.
 */
export async function inspectTarget(
  target: Connection,
  where: string,
  sourceBytes: number,
  now: () => bigint,
): Promise<TargetReport> {
  await refusePooler(target, where);
  const [server] = await target.query(
    `SELECT current_setting('server_version') AS server, current_setting('server_version_num')::integer AS number,
       pg_encoding_to_char(encoding) AS encoding, current_schema()::text AS schema_name, pg_is_in_recovery() AS is_replica,
       current_setting('transaction_read_only') AS read_only,
       has_database_privilege(current_database(), 'CREATE') AS may_create_schema,
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create_table
     FROM pg_database WHERE datname = current_database()`,
  );
  if (server === undefined) return unfit('The target did not answer.', where, 'Try again.');
  if ((server.number as number) < OLDEST_VERSION)
    unfit(`PostgreSQL ${String(server.server)} is too old; 13 is needed.`, where, 'Name a newer server with --to.');
  if (server.encoding !== 'UTF8') {
    unfit(
      `The target stores text as ${String(server.encoding)}, not UTF8.`,
      where,
      "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name that one with --to.",
    );
  }
  if (server.is_replica === true || server.read_only === 'on')
    unfit('The target is read-only.', where, 'Name the primary with --to.');
  if (server.schema_name === null || server.may_create_table !== true) {
    unfit('The role may not create tables in the target.', where, 'GRANT CREATE ON SCHEMA public TO the role of --to.');
  }
  const run = await readRun(target);
  if (server.may_create_schema !== true && !(await hasBookkeeping(target))) {
    unfit('The role may not create schemas in the target.', where, 'GRANT CREATE ON DATABASE … TO the role of --to.');
  }
  if (run === undefined) {
    const relations = await existingRelations(target);
    if (relations.length > 0) {
      unfit(
        `The target is not empty, and what is there was not put there by a move: ${relations.slice(0, 6).join(', ')}${relations.length > 6 ? ` and ${relations.length - 6} more` : ''}.`,
        where,
        'Create a new database for the move. A server that was started on this one has made its own tables; nothing here is overwritten.',
        { relations },
      );
    }
  }
  const neededBytes = Math.ceil(sourceBytes * TARGET_BYTES_PER_SOURCE_BYTE);
  const free = await freeBytes(target);
  if (free !== undefined && free < neededBytes && run === undefined) {
    unfit(`The target's disk has ${free} bytes free; about ${neededBytes} are needed.`, where, 'Free space there first.', {
      freeBytes: free,
      neededBytes,
    });
  }
  const skew = await clockSkewMs(target, now);
  return {
    version: `PostgreSQL ${String(server.server)}`,
    location: where,
    encoding: String(server.encoding),
    schemaName: String(server.schema_name),
    run,
    clockSkewMs: skew,
    freeBytes: free,
    neededBytes,
  };
}

/** True where the two clocks differ enough to tell the operator. */
export function isClockFarOff(report: TargetReport): boolean {
  return Math.abs(report.clockSkewMs) > CLOCK_SKEW_LIMIT_MS;
}
