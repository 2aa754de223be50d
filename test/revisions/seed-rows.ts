import type { Column } from '../../src/schema/column.ts';
import type { Value } from '../../src/schema/index.ts';
import type { Schema, Table } from '../../src/schema/table.ts';
import type { Rows } from './fill.ts';
import { VALUES } from './random/values.ts';

const ROWS = 4;

/**
 * Rows for tables that have none yet: the ends of each type's range, NULL wherever it may be, every listed value, text of all kinds,
 * parents of the same number, and rows that refer to themselves.
 */
export function seedRows(state: Schema, isWanted: (table: Table) => boolean): Rows {
  const rows: Record<string, Record<string, Value | null>[]> = {};
  const keyOf = (table: Table, column: string, row: number): Value | null => {
    const reference = table.foreignKeys.find((key) => key.columns.includes(column));
    const own = table.columns[column] as Column;
    if (reference !== undefined) {
      if (own.isNullable && row % 3 === 2) return null;
      const parent = state.tables[reference.references.table] as Table;
      const target = reference.references.columns[reference.columns.indexOf(column)] as string;
      return parent.name === table.name && target === column ? null : keyOf(parent, target, row);
    }
    if (own.isGenerated) return BigInt(row + 1);
    if (own.isNullable && row % 2 === 1) return null;
    if (own.oneOf !== undefined) return own.oneOf[row % own.oneOf.length] as string;
    return VALUES[own.type][row] as Value;
  };
  for (const table of Object.values(state.tables).filter(isWanted)) {
    const stored = Object.entries(table.columns).filter(([, column]) => column.computed === undefined);
    rows[table.name] = Array.from({ length: ROWS }, (_, row) =>
      Object.fromEntries(stored.map(([name]) => [name, keyOf(table, name, row)])),
    );
  }
  return rows;
}
