import type { Connection } from '../../engine/engine.ts';
import type { Schema } from '../../schema/table.ts';
import type { MoveRun } from '../target/bookkeeping.ts';

/** The columns a schema's own quarantine table needs for the rows of a move to be filed there. */
const COLUMNS = ['id', 'table_name', 'row_key', 'reason', 'detail', 'cells', 'run_id', 'quarantined_at'];

/** The schema's own quarantine table, if it has one in the known form. */
export function quarantineTableOf(schema: Schema): string | undefined {
  const table = schema.tables.quarantine;
  return table !== undefined && COLUMNS.every((column) => column in table.columns) ? table.name : undefined;
}

/**
 * Files the rows this run set aside in the schema's own quarantine table, after those that came with the source. They stay in the bookkeeping
 * too, where verification finds them by row id. Runs once, in the transaction that ends the run.
 */
export async function fileQuarantined(connection: Connection, schema: Schema, run: MoveRun): Promise<void> {
  const table = quarantineTableOf(schema);
  if (table === undefined) return;
  await connection.execute(
    `INSERT INTO "${table}" (table_name, row_key, reason, detail, cells, run_id, quarantined_at)
     SELECT table_name, row_key, reason, detail, cells, run_id, quarantined_at
     FROM flashcase_move.quarantine WHERE run_id = $1 ORDER BY table_name, source_rowid`,
    [run.id],
  );
}
