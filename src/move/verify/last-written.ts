import type { Connection } from '../../engine/engine.ts';
import { codecOf } from '../../schema/codec.ts';
import type { Column } from '../../schema/column.ts';
import type { Table } from '../../schema/table.ts';
import { quoted } from '../source/source-tables.ts';
import type { SourceView } from './expected-rows.ts';
import type { Difference } from './find-differences.ts';

/** Columns by which applications say when a row was written, the surest first. */
const WRITTEN = ['updated_at', 'changed_at', 'modified_at', 'written_at', 'reviewed_at', 'created_at', 'added_at'];

/** Adds to differing rows when they were last written, by what the newer of both sides says of itself. */
export async function withLastWritten(
  target: Connection,
  view: SourceView,
  table: Table,
  differences: readonly Difference[],
): Promise<Difference[]> {
  const column = WRITTEN.find((name) => table.columns[name]?.type === 'timestamp');
  if (column === undefined) return [...differences];
  const typeOf = (name: string) => codecOf((table.columns[name] as Column).type);
  const where = (parameter: (i: number) => string): string =>
    table.primaryKey.map((name, i) => `${quoted(name)} = ${parameter(i)}`).join(' AND ');
  const there = `SELECT to_char(${quoted(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS m_written FROM ${quoted(table.name)} WHERE ${where((i) => `$${i + 1}`)}`;
  const here = view.db.prepare(
    `SELECT ${quoted(column)} AS written FROM main.${quoted(view.source(table.name).storedAs)} WHERE ${where(() => '?')}`,
  );
  const found: Difference[] = [];
  for (const difference of differences) {
    const { rowKey } = difference;
    if (rowKey === undefined) {
      found.push(difference);
      continue;
    }
    const key = rowKey.map((text, i) => {
      const codec = typeOf(table.primaryKey[i] as string);
      return codec.toSqlite(codec.fromPostgresText(text) as never);
    });
    const times = [here.get(...key)?.written, (await target.query(there, rowKey))[0]?.m_written];
    const last = times
      .filter((time) => typeof time === 'string')
      .toSorted()
      .at(-1);
    found.push(last === undefined ? difference : { ...difference, lastWritten: `${column} ${last}` });
  }
  return found;
}
