import type { Table } from '../../schema/table.ts';

/** What is done in a database for one step, in order. */
export type Action =
  | { readonly kind: 'statement'; readonly sql: string }
  /** SQLite: the table is made anew and filled from the old one (rebuild.ts). */
  | Rebuild;

export interface Rebuild {
  readonly kind: 'rebuild';
  readonly from: Table;
  readonly to: Table;
  /** The new table's columns that are filled, and the relation their values come from: the old table, or a query over it. */
  readonly columns: readonly string[];
  readonly source: string;
  /** Columns whose values must come out as they were: new name to old name. */
  readonly carried: ReadonlyMap<string, string>;
  /** The columns that go on under another name: what others say of them follows. */
  readonly renames: readonly { readonly from: string; readonly to: string }[];
  /**
   * What SQLite calls the number of a row here. Rows keep it where no column of the new table is it: external-content full-text tables
   * refer to it. Absent where it is a column, or where columns hide all three of its names.
   */
  readonly rowid?: string;
}

export const statement = (sql: string): Action => ({ kind: 'statement', sql });
