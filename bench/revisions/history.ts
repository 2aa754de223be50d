import type { Revision } from '../../src/revisions/revision.ts';
import { replay } from '../../src/revisions/state.ts';
import { alterTable, createTable, dropTable } from '../../src/revisions/step.ts';
import { boolean, float64, generatedId, int64, table, text, timestamp } from '../../src/schema/index.ts';
import type { Schema, Table } from '../../src/schema/table.ts';

const name = (i: number): string => `item_${String(i + 1).padStart(2, '0')}`;
export const idOf = (i: number): string => String(i + 1).padStart(4, '0');

/** Ten columns, two indexes, a check and a reference to the table before: an ordinary table. */
function ordinaryTable(i: number): Table {
  return table(name(i), {
    columns: {
      id: generatedId(),
      label: text(),
      note: text({ nullable: true }),
      state: text({ default: 'open' }),
      amount: int64(),
      share: float64({ nullable: true }),
      is_done: boolean({ default: false }),
      parent_id: int64({ nullable: true }),
      created_at: timestamp(),
      updated_at: timestamp({ nullable: true }),
    },
    primaryKey: ['id'],
    indexes: { [`ix_${name(i)}_parent_id`]: ['parent_id'], [`ix_${name(i)}_state`]: ['state', '-created_at'] },
    checks: { [`ck_${name(i)}_positive`]: 'amount >= 0' },
    ...(i === 0 ? {} : { references: { parent_id: `${name(i - 1)}.id` } }),
  });
}

/** A column that comes to an ordinary table later, in turn over all tables. */
export const laterColumn = (turn: number, tables: number): { table: string; column: string } => ({
  table: name(turn % tables),
  column: `extra_${Math.floor(turn / tables) + 1}`,
});

/** So many revisions: first the tables, one each, then columns in turn; every twelfth of those comes with an index. */
export function historyOf(tables: number, count: number): Revision[] {
  return Array.from({ length: count }, (_, i): Revision => {
    if (i < tables) {
      const made = ordinaryTable(i);
      return { id: idOf(i), name: `make_${made.name}`, upgrade: [createTable(made)], downgrade: [dropTable(made.name)] };
    }
    const turn = i - tables;
    const { table: owner, column } = laterColumn(turn, tables);
    const index = { name: `ix_${owner}_${column}`, isUnique: false, columns: [{ name: column, isDescending: false }] };
    const isIndexed = turn % 12 === 0;
    return {
      id: idOf(i),
      name: `${owner}_${column}`,
      upgrade: [
        alterTable(
          owner,
          { kind: 'addColumn', name: column, column: text({ nullable: true }) },
          ...(isIndexed ? [{ kind: 'addIndex', index } as const] : []),
        ),
      ],
      downgrade: [
        alterTable(owner, ...(isIndexed ? [{ kind: 'dropIndex', name: index.name } as const] : []), {
          kind: 'dropColumn',
          name: column,
        }),
      ],
    };
  });
}

/** The schema this history leads to, and the same with a new column on every tenth table: what autogenerate has to find. */
export function modelOf(history: readonly Revision[], isAhead: boolean): Schema {
  const state = replay(history);
  if (!isAhead) return state;
  const tables = Object.values(state.tables).map((entry, i) =>
    i % 10 === 0 ? { ...entry, columns: { ...entry.columns, brand_new: text({ nullable: true }) } } : entry,
  );
  return { ...state, tables: Object.fromEntries(tables.map((entry) => [entry.name, entry])) };
}
