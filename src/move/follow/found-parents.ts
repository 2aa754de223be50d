import type { Connection } from '../../engine/engine.ts';
import type { CarriedTable } from '../carried-tables.ts';
import type { Rules } from '../plan/rules.ts';
import { quoted } from '../source/source-tables.ts';
import type { ForwardBatch } from './forward-batch.ts';
import { fromHex, hexSql, referencesOf } from './references.ts';
import type { SqliteJournal } from './sqlite-journal.ts';
import { dedupeSql, GONE, matching, stageOf } from './stage.ts';

/**
 * Stages the children of parents that are new in this batch, where orphans of that reference were decided about: what was emptied or put into
 * quarantine because the parent was not there comes back with it.
 * @returns the numbers of the tables with staged rows.
 */
export async function stageFoundChildren(
  connection: Connection,
  journal: SqliteJournal,
  batch: ForwardBatch,
  rules: Rules,
  tables: readonly CarriedTable[],
  touched: ReadonlySet<number>,
): Promise<ReadonlySet<number>> {
  const staged = new Set(touched);
  for (const { key, child, parent } of referencesOf(tables)) {
    const decision = { table: child.table.name, column: key.columns.join(','), kind: 'orphan' };
    if (!touched.has(parent.no) || rules.remedyFor(decision) === undefined) continue;
    const { columns } = key.references;
    const parents = await connection.query(
      `SELECT ${hexSql('s', parent, columns)} FROM ${stageOf(parent)} AS s WHERE NOT s.${GONE} AND ${columns.map((column) => `s.${quoted(column)} IS NOT NULL`).join(' AND ')}
       AND NOT EXISTS (SELECT 1 FROM ${quoted(parent.table.name)} AS p WHERE ${matching('p', 's', columns)})`,
    );
    for (const row of parents) {
      const children = [...journal.keysOf(child, key.columns, fromHex(parent, row, columns))];
      if (children.length === 0) continue;
      await batch.stageKeys(child, children);
      staged.add(child.no);
    }
    if (parents.length > 0) await connection.script(dedupeSql(child));
  }
  return staged;
}
