import type { Connection } from '../../engine/engine.ts';
import { rowToJson } from '../../schema/stored-cell.ts';
import type { CarriedTable } from '../carried-tables.ts';
import type { QuarantinedRow } from '../copy/special-rows.ts';
import type { JournalKey } from './sqlite-journal.ts';

/** Entries written in one statement. */
const AT_ONCE = 500;

/** The key under which the quarantine keeps a row. */
export function quarantineKey({ table, key }: CarriedTable, cells: JournalKey): string {
  return rowToJson(
    Object.fromEntries(table.primaryKey.map((column) => [column, cells[key.indexOf(column)] ?? { kind: 'null' }])),
  );
}

/**
 * Keeps the quarantine of a table at what the journal says: a row written again is taken out, and put in again when it still cannot be held.
 * Entries are named by the row's key; the row id the bookkeeping asks for is the file's own where that is free.
 */
export class LiveQuarantine {
  readonly #connection: Connection;
  readonly #runId: string;
  readonly #table: string;
  #forgotten: string[] = [];
  #added: QuarantinedRow[] = [];

  constructor(connection: Connection, runId: string, { table }: CarriedTable) {
    this.#connection = connection;
    this.#runId = runId;
    this.#table = table.name;
  }

  /** True when it is time to `flush`. */
  get isFull(): boolean {
    return this.#forgotten.length + this.#added.length >= AT_ONCE;
  }

  /** The row of this key is not in quarantine any more. */
  forget(rowKey: string): void {
    this.#forgotten.push(rowKey);
  }

  /** Takes the place of what was kept under the row's key. */
  add(row: QuarantinedRow): void {
    this.#added.push(row);
  }

  /** Writes what was collected. All rows of one key must be in one call. */
  async flush(): Promise<void> {
    const [added, forgotten] = [this.#added, this.#forgotten];
    this.#added = [];
    this.#forgotten = [];
    if (added.length + forgotten.length === 0) return;
    await this.#connection.execute(
      'DELETE FROM flashcase_move.quarantine WHERE run_id = $1 AND table_name = $2 AND row_key = ANY ($3::text[])',
      [this.#runId, this.#table, [...forgotten, ...added.map(({ rowKey }) => rowKey)]],
    );
    if (added.length === 0) return;
    await this.#connection.execute(
      `INSERT INTO flashcase_move.quarantine (run_id, table_name, source_rowid, row_key, reason, detail, cells, quarantined_at)
       SELECT $1, $2, CASE WHEN q.id > 0 AND NOT EXISTS (
           SELECT 1 FROM flashcase_move.quarantine AS o WHERE o.run_id = $1 AND o.table_name = $2 AND o.source_rowid = q.id) THEN q.id
         ELSE (SELECT least(coalesce(min(o.source_rowid), 0), 0) FROM flashcase_move.quarantine AS o WHERE o.run_id = $1 AND o.table_name = $2) - q.n END,
         q.row_key, q.reason, q.detail, q.cells, clock_timestamp()
       FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY AS q (id, row_key, reason, detail, cells, n)`,
      [
        this.#runId,
        this.#table,
        added.map(({ rowid }) => String(rowid)),
        added.map(({ rowKey }) => rowKey),
        added.map(({ reason }) => reason),
        added.map(({ detail }) => detail),
        added.map(({ cells }) => cells),
      ],
    );
  }
}
