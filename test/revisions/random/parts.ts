import type { Column, ColumnType, SqlText } from '../../../src/schema/column.ts';
import { objectName } from '../../../src/schema/index.ts';
import type { Check, Index, Trigger, Unique, View } from '../../../src/schema/table.ts';
import { isIn, quote, type Side } from './genes.ts';
import { NAMES } from './names.ts';
import type { ColumnSlot, TableSlot } from './slots.ts';

export interface Parts {
  readonly computed: [string, Column][];
  readonly indexes: Index[];
  readonly uniques: Unique[];
  readonly checks: Check[];
  readonly triggers: Trigger[];
  readonly views: View[];
}

/** The parts of one table on one side, from its extras. */
export function partsOf(slot: TableSlot, position: number, side: Side, audit: string): Parts {
  const parts: Parts = { computed: [], indexes: [], uniques: [], checks: [], triggers: [], views: [] };
  const here = slot.columns.filter((column) => column.columns[side] !== undefined);
  const stays = here.filter((column) => {
    const [a, b] = column.columns;
    return a !== undefined && b !== undefined && a.type === b.type && a.isNullable === b.isNullable;
  });
  const distinct = stays.filter((column) => column.isDistinct);
  for (const [i, gene] of slot.gene.extras.entries()) {
    if (!isIn(gene, side)) continue;
    const isOther = side === 1 && gene.change === 'meaning';
    const flavour = gene.flavour + (isOther ? 1 : 0);
    const plain = `${gene.kind}_${position}_${i}${side === 1 && gene.change === 'name' ? '_b' : ''}`;
    const own = gene.name === 0 ? plain : objectName(plain, (NAMES[gene.name] as string).slice(0, 30));
    const pick = (from: readonly ColumnSlot[], n: number): ColumnSlot => from[n % from.length] as ColumnSlot;
    const one = pick(here, gene.picks[0]);
    const two = pick(here, gene.picks[1]);
    const q = (column: ColumnSlot): string => quote(column.names[side]);
    const type = (one.columns[side] as Column).type;
    const isComputable = !slot.references.some((reference) => reference.columns.includes(one));
    switch (gene.kind) {
      case 'index': {
        const isUnique = flavour % 3 === 2 && distinct.length > 0;
        const plainPart = { name: (isUnique ? pick(distinct, gene.picks[0]) : one).names[side], isDescending: flavour % 2 === 1 };
        const expression = type === 'text' ? `lower(${q(one)})` : `coalesce(${q(one)}, ${q(one)})`;
        parts.indexes.push({
          name: own,
          isUnique,
          columns: [
            plainPart,
            ...(one !== two && !isUnique ? [{ name: two.names[side], isDescending: flavour % 4 === 3 }] : []),
            ...(flavour % 5 === 4 ? [{ expression, isDescending: false }] : []),
          ],
          ...(flavour % 4 === 2 ? { where: `${q(two)} IS NOT NULL` } : {}),
        });
        break;
      }
      case 'unique': {
        if (distinct.length === 0) break;
        const first = pick(distinct, gene.picks[0]);
        const second = pick(stays, gene.picks[1]);
        const columns = first === second || flavour % 2 === 0 ? [first] : [second, first];
        const names = columns.map((column) => column.names[side]);
        if (parts.uniques.some((unique) => unique.columns.join('\0') === names.join('\0'))) break;
        const key = slot.keys[side].map((column) => column.names[side]);
        const partitioned = [...key, slot.partition[side]?.names[side]];
        if ([key, partitioned].some((other) => other.join('\0') === names.join('\0'))) break;
        parts.uniques.push({ name: own, columns: names });
        break;
      }
      case 'check': {
        const expression =
          flavour % 2 === 0 ? `${q(one)} IS NOT NULL OR ${q(two)} IS NULL OR ${q(two)} IS NOT NULL` : checkOf(q(one), type);
        parts.checks.push({ name: own, expression });
        break;
      }
      case 'computed': {
        if (!isComputable || type === 'timestamp') break;
        const [computedType, computed]: [ColumnType, SqlText] =
          type === 'text'
            ? flavour % 2 === 0
              ? ['int32', `length(${q(one)})`]
              : ['text', `upper(${q(one)}) || '${'!'.repeat(1 + (flavour % 3))}'`]
            : [type, `coalesce(${q(one)}, ${q(one)})`];
        parts.computed.push([own, { type: computedType, isNullable: true, hasDefault: true, isGenerated: false, computed }]);
        break;
      }
      case 'trigger': {
        const event = (['update', 'delete', 'insert'] as const)[flavour % 3] as Trigger['event'];
        const timing = flavour % 2 === 0 ? 'after' : 'before';
        const count = `UPDATE ${quote(audit)} SET hits = hits + ${1 + (flavour % 4)};`;
        parts.triggers.push({
          name: own,
          timing,
          event,
          ...(event === 'update' && flavour > 5 ? { updateOf: [one.names[side]] } : {}),
          ...(event === 'update' && flavour % 4 === 3 ? { when: `new.${q(one)} IS NOT NULL` } : {}),
          body: { sqlite: count, postgres: `${count} RETURN ${event === 'delete' ? 'OLD' : 'NEW'};` },
        });
        break;
      }
      case 'view': {
        const first = parts.views[0];
        if (first !== undefined && flavour % 2 === 0) {
          parts.views.push({ name: own, reads: [first.name], query: `SELECT v.* FROM ${quote(first.name)} AS v` });
          break;
        }
        const table = quote(slot.names[side]);
        parts.views.push({
          name: own,
          reads: [slot.names[side]],
          query: `SELECT ${q(one)} AS first_one, count(*) AS total FROM ${table}${flavour % 3 === 0 ? '' : ` WHERE ${q(two)} IS NOT NULL`} GROUP BY ${q(one)}`,
        });
        break;
      }
    }
  }
  return parts;
}

export function checkOf(column: string, type: ColumnType): string {
  switch (type) {
    case 'int32':
    case 'int64':
      return `${column} <> 123456`;
    case 'float64':
      return `${column} <> 0.5`;
    case 'text':
      return `length(${column}) < 9999 AND ${column} <> 'never, "ever"'`;
    default:
      return `${column} IS NULL OR ${column} = ${column}`;
  }
}
