import type { Column, ColumnType } from '../../../src/schema/column.ts';
import { objectName, type Value } from '../../../src/schema/index.ts';
import type { ForeignKey, ReferenceAction } from '../../../src/schema/table.ts';
import { type ColumnGene, type ExtraGene, isIn, type Side, type TableGene, TYPES } from './genes.ts';
import { Names } from './names.ts';
import { DEFAULTS, PLAIN, RETYPED, VALUES, WORDS } from './values.ts';

export interface ColumnSlot {
  readonly names: readonly [string, string];
  readonly columns: readonly [Column | undefined, Column | undefined];
  /** What row r holds, in A. */
  readonly value: (row: number) => Value | null;
  readonly isDistinct: boolean;
}

export interface TableSlot {
  readonly gene: TableGene;
  readonly names: readonly [string, string];
  readonly columns: ColumnSlot[];
  readonly keys: readonly [readonly ColumnSlot[], readonly ColumnSlot[]];
  /** Further columns of the key on an engine that partitions. */
  readonly partition: readonly [ColumnSlot | undefined, ColumnSlot | undefined];
  readonly references: Reference[];
  readonly rows: number;
}

export interface Reference {
  readonly to: TableSlot;
  readonly columns: readonly ColumnSlot[];
  readonly gene: ExtraGene;
  readonly isNullable: boolean;
}

export function columnSlot(gene: ColumnGene, names: Names, plain: string): ColumnSlot {
  const first = names.take(plain, gene.name);
  const second = gene.renamed === null || gene.place !== 'both' ? first : names.take(`${plain}_b`, gene.renamed);
  const type = TYPES[gene.type] as ColumnType;
  const other = (gene.isRetyped && RETYPED[type]) || type;
  const isRetyped = other !== type;
  const of = (side: Side): Column | undefined => {
    if (!isIn(gene, side)) return undefined;
    const own = side === 0 ? type : other;
    const hasOneOf = gene.oneOf[side] === true && !isRetyped && type === 'text';
    const fallback = hasOneOf ? WORDS[side] : DEFAULTS[own]?.[side];
    // What comes to a table with rows has a value for them: null, or a default.
    const mustHaveOne = gene.place !== 'both' || gene.isNullable[1 - side] === true;
    const hasDefault =
      fallback !== undefined && !(isRetyped && own === 'text') && (gene.hasDefault[side] === true || mustHaveOne);
    const isNullable = gene.isNullable[side] === true || (mustHaveOne && !hasDefault);
    return {
      type: own,
      isNullable,
      hasDefault: hasDefault || isNullable,
      isGenerated: false,
      ...(hasDefault ? { default: fallback } : {}),
      ...(hasOneOf ? { oneOf: side === 0 ? WORDS : WORDS.toReversed() } : {}),
      ...(gene.comment[side] ? { comment: `It's "${plain}" on side ${side}` } : {}),
    };
  };
  const columns = [of(0), of(1)] as const;
  const values = columns.some((column) => column?.oneOf !== undefined) ? WORDS : (isRetyped && PLAIN[type]) || VALUES[type];
  return { names: [first, second], columns, value: (row) => values[row] as Value, isDistinct: type !== 'boolean' };
}

export const fixed = (
  nameOf: readonly [string, string],
  column: Column,
  values: readonly Value[],
  other: Column = column,
): ColumnSlot => ({
  names: nameOf,
  columns: [column, other],
  value: (row) => values[row] as Value,
  isDistinct: true,
});
export const required = (type: ColumnType, isGenerated = false): Column => ({
  type,
  isNullable: false,
  hasDefault: isGenerated,
  isGenerated,
});
export const IDS = [1n, 2n, 3n, 50n, 7n, 6n];

export function tableSlot(gene: TableGene, names: readonly [string, string], position: number): TableSlot {
  const columnNames = new Names();
  const both = (plain: string): [string, string] => {
    const taken = columnNames.take(plain, gene.columns.length === 0 ? gene.name : 0);
    return [taken, taken];
  };
  const keys: ColumnSlot[] =
    gene.key === 'generated'
      ? [fixed(both('id'), required('int64', true), IDS, required('int64', !gene.keyChange))]
      : gene.key === 'text'
        ? [fixed(both('code'), required('text'), VALUES.text)]
        : gene.key === 'int'
          ? [fixed(both('number'), required('int32'), VALUES.int32)]
          : [fixed(both('left'), required('text'), VALUES.text), fixed(both('right'), required('int64'), VALUES.int64)];
  const columns = [...keys, ...gene.columns.map((column, i) => columnSlot(column, columnNames, `c${position}${i}`))];
  // A key that changes takes a required column more in B; nothing refers to such a table.
  const more = columns.find(
    (slot) => !keys.includes(slot) && slot.columns.every((column) => column?.isNullable === false && column.type !== 'bytes'),
  );
  const isRekeyed = gene.keyChange && gene.key !== 'generated' && more !== undefined;
  const isPartitioned = (side: Side): boolean => gene.isPartitioned[side] === true && !isRekeyed && more !== undefined;
  return {
    gene,
    names,
    columns,
    keys: [keys, isRekeyed ? [more, ...keys] : keys],
    partition: [isPartitioned(0) ? more : undefined, isPartitioned(1) ? more : undefined],
    references: [],
    rows: gene.rows,
  };
}

export const ACTIONS: readonly (ReferenceAction | undefined)[] = [undefined, 'cascade', 'restrict', 'set null', 'set default'];

export function addReference(slots: readonly TableSlot[], slot: TableSlot, position: number, gene: ExtraGene, i: number): void {
  const to = slots[gene.picks[0] % slots.length] as TableSlot;
  if (to.keys[0].length !== to.keys[1].length || to.partition.some((column) => column !== undefined)) return;
  const isEarlier = slots.indexOf(to) < position && to.gene.place === 'both' && to.rows > 0;
  const isNullable = !isEarlier || gene.flavour % 2 === 0;
  const columns = to.keys[0].map((key, part): ColumnSlot => {
    const type = (key.columns[0] as Column).type;
    const column: Column = { type, isNullable, hasDefault: isNullable, isGenerated: false };
    const own = `ref${i}_${part}`;
    return {
      names: [own, own],
      columns: [isIn(slot.gene, 0) ? column : undefined, isIn(slot.gene, 1) ? column : undefined],
      isDistinct: false,
      value: (row): Value | null => {
        const parent = (row * 3 + i) % (to.rows + (isNullable ? 1 : 0));
        return parent < to.rows && isIn(to.gene, 0) ? key.value(parent) : null;
      },
    };
  });
  slot.columns.push(...columns);
  slot.references.push({ to, columns, gene, isNullable });
}

export function foreignKeysOf(slot: TableSlot, side: Side): ForeignKey[] {
  return slot.references.flatMap(({ to, columns, gene, isNullable }, i): ForeignKey[] => {
    if (!isIn(gene, side) || !isIn(to.gene, side) || !isIn(slot.gene, side)) return [];
    const isOther = side === 1 && gene.change === 'meaning';
    const action = (n: number): ReferenceAction | undefined => {
      const wanted = ACTIONS[(n + (isOther ? 1 : 0)) % ACTIONS.length];
      return !isNullable && (wanted === 'set null' || wanted === 'set default') ? undefined : wanted;
    };
    const onDelete = action(gene.flavour);
    const onUpdate = action(gene.picks[1]);
    const own = columns.map((column) => column.names[side]);
    return [
      {
        name:
          side === 1 && gene.change === 'name'
            ? objectName('fk_b', slot.names[0], String(i))
            : objectName('fk', slot.names[0], String(i)),
        columns: own,
        references: { table: to.names[side], columns: to.keys[side].map((key) => key.names[side]) },
        ...(onDelete === undefined ? {} : { onDelete }),
        ...(onUpdate === undefined ? {} : { onUpdate }),
        ...(gene.flavour % 3 === 1 ? { isDeferred: true } : {}),
      },
    ];
  });
}
