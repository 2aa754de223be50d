import type { Connection, WriteGuard } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { gateGuard } from './gate.ts';

/**
 * For whom a unit of work writes: a user, or `nobody` where nobody looks for it in statistics, searches and exports (a login). What names
 * neither is written for everybody.
 */
export type Writer = bigint | 'nobody' | undefined;

/** Not in the application's own schema: it belongs to reading from replicas, and no revision or move knows it. */
const SCHEMA = 'flashcase_replica';
/** For each user the position in the log (LSN) at the last write, written in its very transaction; user 0 stands for everybody. */
const LAST_WRITE = `${SCHEMA}.last_write`;
const EVERYBODY = 0n;
/** `flash_repl` in ASCII: two servers that make the table at once would meet. */
const LOCK_KEY = '7378413942538252';
/** The table is made between two writes. Behind this wait every write of everybody waits: it is short, and the next look tries again. */
const LOCK_MS = 50;

const writers = new WeakMap<Connection, Writer>();

/** Notes for whom the transaction on this connection writes. */
export function writesFor(connection: Connection, writer: Writer): void {
  writers.set(connection, writer);
}

/** True in the rows of the gate where positions are kept and this role may keep them. */
const IS_KEPT = `coalesce(has_table_privilege(to_regclass('${LAST_WRITE}'), 'UPDATE'), false)`;

/**
 * The write gate on PostgreSQL, which also keeps the position of a user's last write where somebody wants to know it. In the transaction
 * itself: a replica that shows the row shows everything of that transaction, and of those of the user before it, whose row it waited for.
 */
export const gateAndPosition: WriteGuard = {
  sql: gateGuard.sql.replace(' FROM ', `, ${IS_KEPT} AS m_kept FROM `),
  check: gateGuard.check,
  ending(rows, connection) {
    const writer = writers.get(connection);
    if (rows[0]?.m_kept !== true || writer === 'nobody') return '';
    return `INSERT INTO ${LAST_WRITE} AS w (user_id, lsn) VALUES (${writer ?? EVERYBODY}, pg_current_wal_insert_lsn())
      ON CONFLICT (user_id) DO UPDATE SET lsn = greatest(w.lsn, pg_current_wal_insert_lsn()); `;
  },
};

/** What a replica must show before it may answer a user. */
export interface Position {
  /** Of the log, at the primary, now. */
  readonly now: string;
  /** It changes when another server becomes the primary. */
  readonly timeline: string;
  /** The rows of the user and of everybody, where positions are kept: by user, the LSN. */
  readonly rows: ReadonlyMap<string, string> | undefined;
}

/** True where positions of writes are kept in this database. */
export async function isPositionKept(connection: Connection): Promise<boolean> {
  return (await connection.query(`SELECT ${IS_KEPT} AS m_kept`))[0]?.m_kept === true;
}

/** The position of the primary, in a session of it. The flushed one: the position of the next record may lie behind a page's head, where no replica comes before it is written. */
const NOW = 'pg_current_wal_flush_lsn()::text AS m_now, left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) AS m_timeline';

/** Asks the primary what a replica must show of this user's writes. @param isKept as `isPositionKept` said */
export async function readPosition(connection: Connection, userId: bigint, isKept: boolean): Promise<Position> {
  const found = isKept
    ? await connection.query(
        `SELECT ${NOW}, NULL AS m_user, NULL AS m_lsn UNION ALL SELECT NULL, NULL, user_id::text, lsn::text FROM ${LAST_WRITE} WHERE user_id IN ($1, ${EVERYBODY})`,
        [userId],
      )
    : await connection.query(`SELECT ${NOW}`);
  const here = found.find(({ m_now }) => m_now !== null);
  const rows = found.filter((row) => row !== here);
  return {
    now: String(here?.m_now),
    timeline: String(here?.m_timeline),
    rows: isKept ? new Map(rows.map(({ m_user, m_lsn }) => [String(m_user), String(m_lsn)])) : undefined,
  };
}

/**
 * True when the replica of this connection has replayed the log up to a position, and shows each of the rows.
 * @param floor where nothing is known of what was written before
 */
export async function hasReached(connection: Connection, floor: string, rows: Position['rows']): Promise<boolean> {
  const shown = [...(rows ?? [])];
  const [answer] = await connection.query(
    `SELECT coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false)${
      shown.length === 0
        ? ''
        : ` AND (SELECT count(*) = ${shown.length} FROM ${LAST_WRITE} AS w JOIN unnest($2::bigint[], $3::pg_lsn[]) AS must (user_id, lsn) ON must.user_id = w.user_id AND w.lsn >= must.lsn)`
    } AS m_reached`,
    shown.length === 0 ? [floor] : [floor, shown.map(([user]) => user), shown.map(([, lsn]) => lsn)],
  );
  return answer?.m_reached === true;
}

/** Each role that may write the gate may keep positions, also one that was granted it since. Nothing is granted twice: two servers at once would meet. */
const GRANT = `
  DO $$
  DECLARE role oid;
  BEGIN
    FOR role IN SELECT DISTINCT acl.grantee FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) AS acl
      WHERE pg_class.oid = 'write_gate'::regclass AND acl.privilege_type = 'UPDATE' AND acl.grantee <> 0
        AND NOT (has_table_privilege(acl.grantee, '${LAST_WRITE}', 'SELECT') AND has_table_privilege(acl.grantee, '${LAST_WRITE}', 'INSERT')
          AND has_table_privilege(acl.grantee, '${LAST_WRITE}', 'UPDATE'))
    LOOP
      EXECUTE format('GRANT SELECT, INSERT, UPDATE ON ${LAST_WRITE} TO %s', role::regrole);
    END LOOP;
  END $$`;

/**
 * Begins to keep positions in a database, for every server of it, whatever its settings; where they are kept, lets the roles keep them that may write by now.
 * The table is made between two writes: each write transaction has looked at the gate, and none that did not know of the table is still open when it is there.
 * One try: throws `FC_DB_LOCK_TIMEOUT` while a write transaction stays open.
 * @returns false where this role may not.
 */
export async function keepPositions(connection: Connection): Promise<boolean> {
  const [row] = await connection.query(`SELECT to_regclass('${LAST_WRITE}') IS NOT NULL AS m_found`);
  const make = `
    CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
    COMMENT ON SCHEMA ${SCHEMA} IS 'Where each user of FlashCase wrote last, so that replicas answer only those whose writes they have.';
    GRANT USAGE ON SCHEMA ${SCHEMA} TO PUBLIC;
    LOCK TABLE write_gate IN ACCESS EXCLUSIVE MODE;
    CREATE TABLE IF NOT EXISTS ${LAST_WRITE} (user_id bigint PRIMARY KEY, lsn pg_lsn NOT NULL) WITH (fillfactor = 70);`;
  try {
    await connection.script(`
      BEGIN;
      SET LOCAL lock_timeout = ${LOCK_MS};
      SELECT pg_advisory_xact_lock(${LOCK_KEY});
      ${row?.m_found === true ? '' : make}
      ${GRANT};
      COMMIT`);
    return true;
  } catch (error) {
    await connection.script('ROLLBACK');
    if (error instanceof FlashcaseError && ((error.cause ?? {}) as { code?: string }).code === '42501') return false;
    throw error;
  }
}
