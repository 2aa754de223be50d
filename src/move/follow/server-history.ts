import { POSTGRES_JOURNAL } from '../capture/postgres-capture-sql.ts';

/**
 * Where in which course of events a PostgreSQL server was. A standby that takes over, and a server restored from a backup, go on from an earlier
 * point: transactions that were carried may be missing there, and their numbers are handed out again.
 */
export interface ServerHistory {
  readonly system: string;
  /** Raised by every promotion and every recovery to a point in time. */
  readonly timeline: string;
  /** A place in the write-ahead log. */
  readonly lsn: string;
  /** Number, place and digest of the newest journal row; empty when there was none. A copy of the files that was started again has another one. */
  readonly witness: string;
}

const WITNESS = "concat_ws(' ', j.xid, j.seq, md5(j::text))";

/** Columns `system, timeline, lsn, witness`, to be read in the snapshot they tell about. */
export const HISTORY_COLUMNS = `(SELECT system_identifier FROM pg_control_system()), left(pg_walfile_name(pg_current_wal_lsn()), 8), pg_current_wal_insert_lsn(),
  (SELECT ${WITNESS} FROM ${POSTGRES_JOURNAL} AS j ORDER BY j.xid DESC, j.seq DESC LIMIT 1)`;

export function historyOf([system, timeline, lsn, witness]: readonly (string | null)[]): ServerHistory {
  return { system: String(system), timeline: String(timeline), lsn: String(lsn), witness: witness ?? '' };
}

const isWitness = ({ witness }: ServerHistory): string => {
  const [xid, seq] = witness.split(' ');
  return `xid = '${xid}'::xid8 AND seq = ${seq}`;
};

/** Finds the witness: one row when it is still what it was. */
export function witnessSql(history: ServerHistory): string {
  return `SELECT 1 FROM ${POSTGRES_JOURNAL} AS j WHERE ${isWitness(history)} AND ${WITNESS} = '${history.witness}'`;
}

/** A condition on journal rows, to be appended: any but the witness. */
export function exceptWitness(history: ServerHistory): string {
  return history.witness === '' ? '' : ` AND NOT (${isWitness(history)})`;
}

const placeOf = (lsn: string): bigint => {
  const [high = '0', low = '0'] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
};

/** Why what was carried `before` may be missing `now`; `undefined` when nothing speaks for it. */
export function whyOther(before: ServerHistory, now: ServerHistory): string | undefined {
  if (before.system !== now.system) return `it is another server (system ${now.system}, before ${before.system})`;
  if (before.timeline !== now.timeline)
    return `a standby took over, or a backup was restored (timeline ${now.timeline}, before ${before.timeline})`;
  if (placeOf(now.lsn) < placeOf(before.lsn)) return `it was set back to ${now.lsn} from ${before.lsn}`;
  return undefined;
}
