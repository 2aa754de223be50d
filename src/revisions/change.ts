import type { Column, SqlText } from '../schema/column.ts';
import { type Check, type ForeignKey, type Index, type IndexParts, indexOf, type Trigger, type Unique } from '../schema/table.ts';

/**
 * One change of a table, as data. All changes of one table in one revision are one `alterTable` step, so that an engine that has to build
 * the table anew does so once. Parts are named by their name; what a way down needs of them is in the state before (state.ts).
 */
export type Change =
  /** `fill` gives existing rows their value where neither default nor null does: an SQL expression over the row's columns. */
  | { readonly kind: 'addColumn'; readonly name: string; readonly column: Column; readonly fill?: SqlText }
  | { readonly kind: 'dropColumn'; readonly name: string }
  | { readonly kind: 'renameColumn'; readonly name: string; readonly to: string }
  /** The whole column as it is afterwards. `using`: existing values by an SQL expression; without it they are kept or refused, never bent. */
  | { readonly kind: 'changeColumn'; readonly name: string; readonly column: Column; readonly using?: SqlText }
  | { readonly kind: 'addIndex'; readonly index: Index }
  | { readonly kind: 'dropIndex'; readonly name: string }
  | { readonly kind: 'renameIndex'; readonly name: string; readonly to: string }
  | { readonly kind: 'addUnique'; readonly unique: Unique }
  | { readonly kind: 'dropUnique'; readonly name: string }
  | { readonly kind: 'addForeignKey'; readonly foreignKey: ForeignKey }
  | { readonly kind: 'dropForeignKey'; readonly name: string }
  | { readonly kind: 'addCheck'; readonly check: Check }
  | { readonly kind: 'dropCheck'; readonly name: string }
  /** A unique constraint, foreign key or check of the same meaning under another name. */
  | { readonly kind: 'renameConstraint'; readonly name: string; readonly to: string }
  | { readonly kind: 'changePrimaryKey'; readonly columns: readonly string[]; readonly partitionedKey?: readonly string[] }
  | { readonly kind: 'addTrigger'; readonly trigger: Trigger }
  | { readonly kind: 'dropTrigger'; readonly name: string }
  | { readonly kind: 'changeComment'; readonly comment: string | undefined };

/** True where a change gives rows that are there a value by an expression of its own. */
export const computesValues = (change: Change): boolean =>
  (change.kind === 'addColumn' && change.fill !== undefined) || (change.kind === 'changeColumn' && change.using !== undefined);

const withText = <K extends string>(key: K, text: SqlText | undefined): { readonly [N in K]?: SqlText } =>
  (text === undefined ? {} : { [key]: text }) as { readonly [N in K]?: SqlText };

export const addColumn = (name: string, column: Column, options: { readonly fill?: SqlText } = {}): Change => ({
  kind: 'addColumn',
  name,
  column,
  ...withText('fill', options.fill),
});
export const dropColumn = (name: string): Change => ({ kind: 'dropColumn', name });
export const renameColumn = (name: string, to: string): Change => ({ kind: 'renameColumn', name, to });
export const changeColumn = (name: string, column: Column, options: { readonly using?: SqlText } = {}): Change => ({
  kind: 'changeColumn',
  name,
  column,
  ...withText('using', options.using),
});
/** Columns as in `table()`: `-name` sorts descending, `(lower(name))` is an expression, `{ columns, where }` a partial index. */
export const addIndex = (name: string, parts: IndexParts): Change => ({ kind: 'addIndex', index: indexOf(name, parts, false) });
export const addUniqueIndex = (name: string, parts: IndexParts): Change => ({
  kind: 'addIndex',
  index: indexOf(name, parts, true),
});
export const dropIndex = (name: string): Change => ({ kind: 'dropIndex', name });
export const renameIndex = (name: string, to: string): Change => ({ kind: 'renameIndex', name, to });
export const addUnique = (name: string, columns: readonly string[]): Change => ({ kind: 'addUnique', unique: { name, columns } });
export const dropUnique = (name: string): Change => ({ kind: 'dropUnique', name });
export const addForeignKey = (foreignKey: ForeignKey): Change => ({ kind: 'addForeignKey', foreignKey });
export const dropForeignKey = (name: string): Change => ({ kind: 'dropForeignKey', name });
export const addCheck = (name: string, expression: SqlText): Change => ({ kind: 'addCheck', check: { name, expression } });
export const dropCheck = (name: string): Change => ({ kind: 'dropCheck', name });
export const renameConstraint = (name: string, to: string): Change => ({ kind: 'renameConstraint', name, to });
export const changePrimaryKey = (columns: readonly string[], partitionedKey?: readonly string[]): Change => ({
  kind: 'changePrimaryKey',
  columns,
  ...(partitionedKey === undefined ? {} : { partitionedKey }),
});
export const addTrigger = (name: string, trigger: Omit<Trigger, 'name'>): Change => ({
  kind: 'addTrigger',
  trigger: { name, ...trigger },
});
export const dropTrigger = (name: string): Change => ({ kind: 'dropTrigger', name });
/** Without a text the comment goes. */
export const changeComment = (comment?: string): Change => ({ kind: 'changeComment', comment });
