import type { Column } from '../../../src/schema/column.ts';
import type { Value } from '../../../src/schema/index.ts';
import type { Schema, Table, View } from '../../../src/schema/table.ts';
import type { Journey } from '../round-trip.ts';
import { type Genes, isIn, type Side } from './genes.ts';
import { Names } from './names.ts';
import { type Parts, partsOf } from './parts.ts';
import { addReference, foreignKeysOf, required, type TableSlot, tableSlot } from './slots.ts';
import { usingOf } from './values.ts';

const marked = (nameOf: readonly [string, string], side: Side, isOld: boolean): { renamedFrom?: string } =>
  side === 1 && isOld && nameOf[0] !== nameOf[1] ? { renamedFrom: nameOf[0] } : {};

function tableOn(slot: TableSlot, parts: Parts, side: Side, position: number): Table {
  const isOld = slot.gene.place === 'both';
  const { comment } = slot.gene;
  return {
    name: slot.names[side],
    columns: Object.fromEntries([
      ...slot.columns.flatMap((column): [string, Column][] => {
        const found = column.columns[side];
        const isKnown = isOld && column.columns[0] !== undefined;
        return found === undefined ? [] : [[column.names[side], { ...found, ...marked(column.names, side, isKnown) }]];
      }),
      ...parts.computed,
    ]),
    primaryKey: slot.keys[side].map((key) => key.names[side]),
    ...(slot.partition[side] === undefined
      ? {}
      : { partitionedKey: [...slot.keys[side], slot.partition[side]].map((key) => key.names[side]) }),
    uniques: parts.uniques,
    indexes: parts.indexes,
    foreignKeys: foreignKeysOf(slot, side),
    checks: parts.checks,
    triggers: parts.triggers,
    ...(comment[side] ? { comment: `Table ${position}'s "comment"` } : {}),
    ...marked(slot.names, side, isOld),
  };
}

const AUDIT: Table = {
  name: 'audit',
  columns: { number: required('int32'), hits: required('int64') },
  primaryKey: ['number'],
  uniques: [],
  indexes: [],
  foreignKeys: [],
  checks: [],
  triggers: [],
};

/** The two schemas and A's rows that the genes say. */
export function journeyOf(genes: Genes): Journey {
  const tableNames = new Names();
  tableNames.take('audit', 0);
  const slots = genes.map((gene, i) => {
    const first = tableNames.take(`t${i}`, gene.name);
    const otherCase = first === first.toUpperCase() ? first.toLowerCase() : first.toUpperCase();
    const { renamed } = gene;
    const isKept = renamed === null || gene.place !== 'both';
    const second = isKept ? first : gene.isCaseOnly ? otherCase : tableNames.take(`t${i}_b`, renamed);
    return tableSlot(gene, [first, second], i);
  });
  for (const [i, slot] of slots.entries()) {
    for (const [k, gene] of slot.gene.extras.entries()) if (gene.kind === 'reference') addReference(slots, slot, i, gene, k);
  }
  const onSide = (side: Side): Schema => {
    const here = slots.filter((slot) => isIn(slot.gene, side));
    const made = here.map((slot): [Table, View[]] => {
      const position = slots.indexOf(slot);
      const parts = partsOf(slot, position, side, AUDIT.name);
      return [tableOn(slot, parts, side, position), parts.views];
    });
    return {
      tables: Object.fromEntries([AUDIT, ...made.map(([table]) => table)].map((table) => [table.name, table])),
      views: made.flatMap(([, views]) => views),
    };
  };
  const rows = slots
    .filter((slot) => isIn(slot.gene, 0))
    .map((slot): [string, Record<string, Value | null>[]] => [
      slot.names[0],
      Array.from({ length: slot.rows }, (_, row) =>
        Object.fromEntries(
          slot.columns
            .filter((column) => column.columns[0] !== undefined)
            .map((column, i) => {
              const isNull = column.columns[0]?.isNullable === true && ((slot.gene.nulls >> ((row + i) % 6)) & 1) === 1;
              return [column.names[0], isNull ? null : column.value(row)];
            }),
        ),
      ),
    ]);
  return { a: onSide(0), b: onSide(1), rows: Object.fromEntries([[AUDIT.name, [{ number: 1, hits: 0n }]], ...rows]), usingOf };
}
