import { POSTGRES_JOURNAL } from '../capture/postgres-capture-sql.ts';

/**
 * Up to where PostgreSQL's journal was carried: everything of transactions before `xmax`, but for those in `running`, which had not ended yet.
 * That is exactly what a snapshot sees, so what came after it is found without reading again what lies before, however long a transaction runs.
 */
export interface JournalMark {
  readonly xmax: bigint;
  readonly running: readonly bigint[];
}

/** A position alone: everything from this transaction on may be new. */
export function markAt(position: bigint): JournalMark {
  return { xmax: position, running: [] };
}

/** The condition on a row of the journal that a mark has it: the rows `journalAfter` does not give. */
export function isBefore({ xmax, running }: JournalMark): string {
  return `xid < '${xmax}'::xid8${running.length === 0 ? '' : ` AND xid <> ALL ('{${running.join(',')}}'::xid8[])`}`;
}

/** Reads `pg_current_snapshot()`: `xmin:xmax:xip,xip`. */
export function markOf(snapshot: string): JournalMark {
  const [, xmax = '', running = ''] = snapshot.split(':');
  return { xmax: BigInt(xmax), running: running === '' ? [] : running.split(',').map(BigInt) };
}

/** The xid below which the snapshot sees every transaction that will ever be. */
export function positionOf(snapshot: string): bigint {
  return BigInt(snapshot.split(':')[0] as string);
}

/** The journal rows that came after a mark: two ranges of the journal's key. */
export function journalAfter({ xmax, running }: JournalMark): string {
  const later = `SELECT * FROM ${POSTGRES_JOURNAL} WHERE xid >= '${xmax}'::xid8`;
  if (running.length === 0) return `(${later})`;
  return `(${later} UNION ALL SELECT * FROM ${POSTGRES_JOURNAL} WHERE xid = ANY ('{${running.join(',')}}'::xid8[]))`;
}
