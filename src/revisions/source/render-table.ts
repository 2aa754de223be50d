import { boolean, bytes, type Column, float64, generatedId, int32, int64, text, timestamp } from '../../schema/column.ts';
import { objectName } from '../../schema/name.ts';
import { type ForeignKey, type Index, type IndexParts, indexOf, type Table, type TableParts, table } from '../../schema/table.ts';
import { isSame } from '../canonical.ts';
import { array, call, data, expanded, type Node, object } from './layout.ts';

/** Collects what the written text needs from elsewhere. */
export type Use = (name: string) => string;

/** The builder of each type. */
export const BUILDERS = { boolean, bytes, float64, int32, int64, text, timestamp };

/**
 * A column by its builder. Where the builder does not give exactly this column it is written out as data: what is written must mean what
 * was asked for, short or not.
 */
export function columnNode(column: Column, use: Use): Node {
  if (isSame(column, generatedId())) return call(use('generatedId'));
  const { type, isNullable, default: value, oneOf, computed, comment, renamedFrom } = column;
  const nullable = isNullable ? true : undefined;
  const entries = Object.entries({ nullable, default: value, oneOf, computed, comment, renamedFrom });
  const options = Object.fromEntries(entries.filter(([, entry]) => entry !== undefined));
  const isBuilt = isSame(BUILDERS[type](options), column);
  if (!isBuilt) return data(column);
  return call(use(type), ...(Object.keys(options).length === 0 ? [] : [data(options)]));
}

/** How `table()` and `addIndex()` take an index; `undefined` where they cannot say it. */
export function indexParts(index: Index): IndexParts | undefined {
  const columns = index.columns.map((part) => {
    const sign = part.isDescending ? '-' : '';
    if (part.expression === undefined) return sign + part.name;
    return typeof part.expression === 'string' ? `${sign}(${part.expression})` : part.expression;
  });
  const isPlain = index.where === undefined && columns.every((column) => typeof column === 'string');
  const parts = isPlain ? columns : { columns, ...(index.where === undefined ? {} : { where: index.where }) };
  return isSame(indexOf(index.name, parts, index.isUnique), index) ? parts : undefined;
}

/** A table as `table(name, { … })`, or as data where that would not give exactly this table. */
export function tableNode(value: Table, use: Use): Node {
  const parts = partsOf(value);
  if (parts === undefined || !isBuilt(value, parts)) return data(value);
  const { columns, ...rest } = parts;
  const sections = Object.entries(rest).filter(
    ([, part]) => typeof part === 'string' || (Array.isArray(part) ? part.length > 0 : Object.keys(part as object).length > 0),
  );
  return call(
    use('table'),
    data(value.name),
    expanded([
      ['columns', object(Object.entries(columns).map(([name, column]) => [name, columnNode(column, use)]))],
      ...sections.map(([name, part]): [string, Node] => [name, data(part)]),
    ]),
  );
}

function isBuilt(value: Table, parts: TableParts<Record<string, Column>>): boolean {
  try {
    return isSame(table(value.name, parts), value);
  } catch {
    return false;
  }
}

function partsOf(value: Table): TableParts<Record<string, Column>> | undefined {
  const indexes: Record<string, IndexParts> = {};
  const uniqueIndexes: Record<string, IndexParts> = {};
  for (const index of value.indexes) {
    const parts = indexParts(index);
    if (parts === undefined) return undefined;
    (index.isUnique ? uniqueIndexes : indexes)[index.name] = parts;
  }
  return {
    columns: value.columns,
    primaryKey: value.primaryKey,
    ...(value.partitionedKey === undefined ? {} : { partitionedKey: value.partitionedKey }),
    uniques: Object.fromEntries(value.uniques.map((unique) => [unique.name, unique.columns])),
    uniqueIndexes,
    indexes,
    references: Object.fromEntries(value.foreignKeys.map((key) => [key.columns.join(','), referenceOf(value.name, key)])),
    checks: Object.fromEntries(value.checks.map((check) => [check.name, check.expression])),
    triggers: Object.fromEntries(value.triggers.map(({ name, ...trigger }) => [name, trigger])),
    ...(value.comment === undefined ? {} : { comment: value.comment }),
  };
}

type Reference = NonNullable<TableParts<Record<string, Column>>['references']>[string];

function referenceOf(owner: string, key: ForeignKey): Reference {
  const { name, columns, references, ...actions } = key;
  const to = `${references.table}.${references.columns.join(',')}`;
  const own = name === objectName('fk', owner, ...columns) ? {} : { name };
  return Object.keys(actions).length + Object.keys(own).length === 0 ? to : { to, ...actions, ...own };
}

export const names = (list: readonly string[]): Node => array(list.map(data));
