import type { Column, SqlText } from '../schema/column.ts';
import type { Check, ForeignKey, Index, Trigger, Unique } from '../schema/table.ts';

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
