import { ddl, keyOf } from '../../engine/postgres/ddl.ts';
import { type Column, sqlFor } from '../../schema/column.ts';
import type { Table } from '../../schema/table.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { quoted } from '../source/source-tables.ts';

/** True in the stage for a key whose row is to be removed; only its key columns are filled then. */
export const GONE = 'flashcase_gone';

/** The temporary table of a connection through which the rows of a batch go. */
export const stageOf = ({ no }: Pick<CarriedTable, 'no'>): string => quoted(`flashcase_stage_${no}`);

/** The columns a row is written by: all but those the database computes. */
export function writableColumns(table: Table): readonly (readonly [string, Column])[] {
  return Object.entries(table.columns).filter(([, column]) => column.computed === undefined);
}

export const list = (columns: readonly string[]): string => columns.map(quoted).join(', ');

/** `a.x = b.x AND …`. */
export function matching(left: string, right: string, columns: readonly string[], others: readonly string[] = columns): string {
  return columns.map((column, i) => `${left}.${quoted(column)} = ${right}.${quoted(others[i] as string)}`).join(' AND ');
}

/** Makes the stage of a table, empty at the start of each transaction. */
export function createStageSql(carried: CarriedTable): string {
  const { table } = carried;
  const columns = Object.entries(table.columns).map(([name, column]) => {
    const computed = column.computed === undefined ? '' : ` GENERATED ALWAYS AS (${sqlFor(column.computed, 'postgres')}) STORED`;
    return `${quoted(name)} ${ddl.columnType(table, name)}${computed}`;
  });
  return `CREATE TEMPORARY TABLE ${stageOf(carried)} (${GONE} boolean NOT NULL, ${columns.join(', ')}) ON COMMIT DELETE ROWS`;
}

/** Fills a stage: the flag, then the writable columns. */
export function copyIntoStageSql(carried: CarriedTable): string {
  return `COPY ${stageOf(carried)} (${GONE}, ${list(writableColumns(carried.table).map(([name]) => name))}) FROM STDIN (FORMAT binary)`;
}

/** Keeps one of several equal keys: rows may be staged for several reasons. */
export function dedupeSql(carried: CarriedTable): string {
  const stage = stageOf(carried);
  return `DELETE FROM ${stage} AS a USING ${stage} AS b WHERE a.ctid > b.ctid AND ${matching('a', 'b', carried.key)}`;
}

/** Brings the staged rows into their table; a row that is there already as it should be is not touched. */
export function upsertSql(carried: CarriedTable): string {
  const { table } = carried;
  const name = quoted(table.name);
  const columns = writableColumns(table).map(([column]) => column);
  const key = keyOf(table);
  const others = columns.filter((column) => !key.includes(column));
  const change =
    others.length === 0
      ? 'DO NOTHING'
      : `DO UPDATE SET ${others.map((column) => `${quoted(column)} = EXCLUDED.${quoted(column)}`).join(', ')}
         WHERE (${others.map((column) => `${name}.${quoted(column)}`).join(', ')}) IS DISTINCT FROM (${others.map((column) => `EXCLUDED.${quoted(column)}`).join(', ')})`;
  return `INSERT INTO ${name} (${list(columns)}) SELECT ${list(columns)} FROM ${stageOf(carried)} WHERE NOT ${GONE}
    ON CONFLICT (${list(key)}) ${change}`;
}

/** Removes the rows whose staged key is gone. */
export function deleteSql(carried: CarriedTable): string {
  return `DELETE FROM ${quoted(carried.table.name)} AS t USING ${stageOf(carried)} AS s WHERE s.${GONE} AND ${matching('t', 's', carried.key)}`;
}
