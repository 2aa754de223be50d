import type { Connection } from '../../engine/engine.ts';
import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import { rowToJson, type StoredRow } from '../../schema/stored-cell.ts';
import type { Session } from '../database.ts';

export type Quarantined = RowOf<typeof flashcase.tables.quarantine>;

export interface NewQuarantined {
  readonly table: string;
  readonly key: StoredRow;
  readonly row: StoredRow;
  readonly reason: string;
  readonly detail: string;
  readonly runId: string;
  readonly at: Timestamp;
}

/** Sets a row aside, every stored bit of it (schema/stored-cell.ts has the form of `cells`). */
export async function insertQuarantined(connection: Connection, entry: NewQuarantined): Promise<void> {
  await connection.kysely
    .insertInto('quarantine')
    .values(
      checked(flashcase.tables.quarantine, {
        table_name: entry.table,
        row_key: rowToJson(entry.key),
        reason: entry.reason,
        detail: entry.detail,
        cells: rowToJson(entry.row),
        run_id: entry.runId,
        quarantined_at: entry.at,
      }),
    )
    .execute();
}

/** Rows still set aside, oldest first. */
export function listQuarantined(session: Session, after: bigint, limit: number): Promise<Quarantined[]> {
  return session.kysely
    .selectFrom('quarantine')
    .selectAll()
    .where('id', '>', after)
    .where('restored_at', 'is', null)
    .where('discarded_at', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** How many rows are still set aside, by table and reason. */
export async function countQuarantined({ kysely }: Session): Promise<{ table: string; reason: string; rows: number }[]> {
  const rows = await kysely
    .selectFrom('quarantine')
    .select(['table_name', 'reason', (eb) => eb.fn.countAll<bigint>().as('total')])
    .where('restored_at', 'is', null)
    .where('discarded_at', 'is', null)
    .groupBy(['table_name', 'reason'])
    .orderBy('table_name')
    .orderBy('reason')
    .execute();
  return rows.map(({ table_name, reason, total }) => ({ table: table_name, reason, rows: Number(total) }));
}

export function findQuarantined(session: Session, id: bigint): Promise<Quarantined | undefined> {
  return session.kysely.selectFrom('quarantine').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function markQuarantined(
  session: Session,
  id: bigint,
  mark: { restored_at: Timestamp } | { discarded_at: Timestamp },
): Promise<void> {
  await session.kysely.updateTable('quarantine').set(mark).where('id', '=', id).execute();
}
