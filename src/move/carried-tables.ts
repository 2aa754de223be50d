import { FlashcaseError } from '../errors/index.ts';
import type { Schema, Table } from '../schema/table.ts';

/** Key columns a journal has room for; no schema of ours needs more than four. */
export const MOST_KEY_COLUMNS = 8;

/** A table whose rows a live move carries. */
export interface CarriedTable {
  /** Its number in both journals: the place in the schema, which does not change while a move goes on. */
  readonly no: number;
  readonly table: Table;
  /**
   * What names a row on both engines: the primary key, and what the partitioned key adds to it. A change of any of these columns journals the
   * row before and after it.
   */
  readonly key: readonly string[];
}

/**
 * The tables a live move captures, carries and compares, parents before children.
 * @param ownTables tables that describe one side (the application's gate): each side has its own row.
 * Throws `FC_MOVE_SOURCE_UNFIT` for a key of more columns than a journal holds.
 */
export function carriedTables(schema: Schema, ownTables: readonly string[]): readonly CarriedTable[] {
  return Object.values(schema.tables)
    .map((table, no) => ({ no, table, key: [...new Set([...table.primaryKey, ...(table.partitionedKey ?? [])])] }))
    .filter(({ table }) => !ownTables.includes(table.name))
    .map((carried) => {
      if (carried.key.length <= MOST_KEY_COLUMNS) return carried;
      throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
        what: `The key of ${carried.table.name} has ${carried.key.length} columns; a live move carries keys of up to ${MOST_KEY_COLUMNS}.`,
        hint: 'Use the offline move: flashcase move run.',
      });
    });
}
