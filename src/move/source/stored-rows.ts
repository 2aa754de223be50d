import type { DatabaseSync } from 'node:sqlite';
import type { Column } from '../../schema/column.ts';
import { cellOf, cellSql, type StoredCell } from '../../schema/stored-cell.ts';
import { quoted, type SourceTable } from './source-tables.ts';

/** A row with every bit SQLite stores, in the order of the schema's columns. */
export interface FoundRow {
  readonly rowid: bigint;
  readonly cells: readonly StoredCell[];
}

function selectSql(source: SourceTable, where: string): string {
  const cells = Object.keys(source.table.columns).map((column) => cellSql(quoted(column)));
  return `SELECT ${source.rowid}, ${cells.join(', ')} FROM main.${quoted(source.storedAs)} ${where}`;
}

function toRow(values: readonly unknown[], width: number): FoundRow {
  const cells: StoredCell[] = [];
  for (let i = 0; i < width; i++) cells.push(cellOf(values[1 + 2 * i], values[2 + 2 * i]));
  return { rowid: values[0] as bigint, cells };
}

/** Reads rows in the order of their ids. */
export function* storedRows(db: DatabaseSync, source: SourceTable, first: bigint, last: bigint): Generator<FoundRow> {
  const statement = db.prepare(selectSql(source, `WHERE ${source.rowid} BETWEEN ? AND ? ORDER BY ${source.rowid}`));
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const width = Object.keys(source.table.columns).length;
  for (const values of statement.iterate(first, last) as Iterable<unknown>) yield toRow(values as unknown[], width);
}

/** Reads single rows by their id; the returned function gives `undefined` for a row that is not there. */
export function storedRowReader(db: DatabaseSync, source: SourceTable): (rowid: bigint) => FoundRow | undefined {
  const statement = db.prepare(selectSql(source, `WHERE ${source.rowid} = ?`));
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const width = Object.keys(source.table.columns).length;
  return (rowid) => {
    const values = statement.get(rowid) as unknown as unknown[] | undefined;
    return values === undefined ? undefined : toRow(values, width);
  };
}

/** The columns of a table in the order cells are read. */
export function columnList(source: SourceTable): readonly (readonly [string, Column])[] {
  return Object.entries(source.table.columns);
}
