import fc from 'fast-check';
import type { Column, ColumnType, SqlText } from '../../src/schema/column.ts';
import { objectName, Timestamp, type Value } from '../../src/schema/index.ts';
import type { Check, ForeignKey, Index, ReferenceAction, Schema, Table, Trigger, Unique, View } from '../../src/schema/table.ts';
import type { Journey } from './round-trip.ts';

/**
 * Random schemas A and B of the same "slots" (tables, columns, indexes …), each of which is in A, in B or in both, there under the same
 * name, renamed, or changed. Small numbers mean the plain case, so that a counterexample shrinks to what matters.
 */
const TYPES: readonly ColumnType[] = ['int64', 'text', 'boolean', 'int32', 'float64', 'timestamp', 'bytes'];

/** The hard ones of names: quotes, dots, spaces, case, reserved words, comment signs, placeholders, 63 bytes, not ASCII. */
const NAMES: readonly string[] = [
  '',
  'order',
  'Select',
  'a.b',
  'with space',
  'quo"te',
  "it's",
  'ünïcødé',
  '日本語の表',
  'UPPER_Case',
  'semi;colon',
  'per%cent',
  'back\\slash',
  '$1',
  '?',
  'new',
  'rowid',
  'table-dash',
  'a,b',
  '-- no comment',
  '/* neither',
  '(paren)',
  '😀',
  'n'.repeat(63),
  'é'.repeat(31),
  'constraint',
  'check (',
  '"x" text',
  "') OR 1",
  'column\tname',
];

type Place = 'both' | 'a' | 'b';
const place = fc.constantFrom<Place>('both', 'both', 'both', 'both', 'a', 'b');
const name = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(NAMES.length - 1) });
const seldom = fc.nat(5).map((n) => n === 5);
const often = fc.nat(2).map((n) => n === 2);

const COLUMN = fc.record({
  place,
  name,
  renamed: fc.option(name, { freq: 4 }),
  type: fc.nat(TYPES.length - 1),
  isRetyped: seldom,
  isNullable: fc.tuple(fc.boolean(), often),
  hasDefault: fc.tuple(often, often),
  oneOf: fc.tuple(seldom, seldom),
  comment: fc.tuple(seldom, seldom),
});

const EXTRA = fc.record({
  kind: fc.constantFrom('index', 'unique', 'check', 'computed', 'trigger', 'view', 'reference', 'reference'),
  place,
  name,
  /** Another name, or another meaning, in B. */
  change: fc.constantFrom('no', 'no', 'name', 'meaning'),
  picks: fc.tuple(fc.nat(7), fc.nat(7)),
  flavour: fc.nat(11),
});

const TABLE = fc.record({
  place,
  name,
  renamed: fc.option(name, { freq: 4 }),
  key: fc.constantFrom('generated', 'text', 'pair', 'int'),
  keyChange: seldom,
  /** The other key of an engine that partitions. */
  isPartitioned: fc.tuple(seldom, seldom),
  /** A rename changes nothing but upper and lower case. */
  isCaseOnly: seldom,
  columns: fc.array(COLUMN, { maxLength: 5 }),
  extras: fc.array(EXTRA, { maxLength: 5 }),
  comment: fc.tuple(seldom, seldom),
  rows: fc.nat(5),
  nulls: fc.nat(63),
});

export type Genes = typeof GENES extends fc.Arbitrary<infer G> ? G : never;
export const GENES = fc.array(TABLE, { minLength: 1, maxLength: 4 });

type TableGene = Genes[number];
type ColumnGene = TableGene['columns'][number];
type ExtraGene = TableGene['extras'][number];
type Side = 0 | 1;

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const isIn = (gene: { readonly place: Place }, side: Side): boolean =>
  gene.place === 'both' || gene.place === (side === 0 ? 'a' : 'b');

/** Conversions there and back that lose nothing, written as a person would. */
const RETYPED: Partial<Record<ColumnType, ColumnType>> = { int32: 'int64', boolean: 'int32', text: 'bytes', int64: 'text' };
/** The conversion a person writes where autogenerate does not know one. */
export function usingOf(column: string, from: ColumnType, to: ColumnType): SqlText | undefined {
  if (from !== 'bytes' || to !== 'text') return undefined;
  return { sqlite: `CAST(${quote(column)} AS TEXT)`, postgres: `convert_from(${quote(column)}, 'UTF8')` };
}

const VALUES: Readonly<Record<ColumnType, readonly Value[]>> = {
  int32: [-2_147_483_648, 2_147_483_647, 0, 17, -1, 5],
  int64: [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 0n, -1n, 5n],
  float64: [0.1 + 0.2, 5e-324, Number.MAX_VALUE, -1e22, 3, 0],
  boolean: [true, false, true, false, true, false],
  text: ['', ' x ', 'Ünï🚀\n', `quo'te"\\`, 'x'.repeat(3000), '\ufeff007'],
  timestamp: [-62_135_596_800_000_000n, 253_402_300_799_999_999n, -1n, 0n, 946_684_800_000_000n, 1n].map((micros) =>
    Timestamp.fromMicros(micros),
  ),
  bytes: ['', '00', 'ff00', 'deadbeef', '61'.repeat(2000), '27'].map((hex) => Buffer.from(hex, 'hex')),
};
/** Columns that change their type have values that both types can hold. */
const PLAIN: Partial<Record<ColumnType, readonly Value[]>> = {
  int32: [1, -2, 3, 400_000, 5, 0],
  int64: [1n, -2n, 3n, 4_000_000_000n, 5n, 0n],
};
const WORDS = ['new', "it's", 'ok', 'völlig', 'Done', ''];
const DEFAULTS: Partial<Record<ColumnType, readonly (string | number | boolean)[]>> = {
  int32: [7, -1],
  int64: [0, 9_007_199_254_740_991],
  float64: [1.5, -0.25],
  boolean: [false, true],
  text: ["it's", 'x'],
};

interface ColumnSlot {
  readonly names: readonly [string, string];
  readonly columns: readonly [Column | undefined, Column | undefined];
  /** What row r holds, in A. */
  readonly value: (row: number) => Value | null;
  readonly isDistinct: boolean;
}

interface TableSlot {
  readonly gene: TableGene;
  readonly names: readonly [string, string];
  readonly columns: ColumnSlot[];
  readonly keys: readonly [readonly ColumnSlot[], readonly ColumnSlot[]];
  /** Further columns of the key on an engine that partitions. */
  readonly partition: readonly [ColumnSlot | undefined, ColumnSlot | undefined];
  readonly references: Reference[];
  readonly rows: number;
}

interface Reference {
  readonly to: TableSlot;
  readonly columns: readonly ColumnSlot[];
  readonly gene: ExtraGene;
  readonly isNullable: boolean;
}

/** Gives out names that differ from all before, whatever their case, cut to what PostgreSQL keeps. */
class Names {
  readonly #taken = new Set<string>();
  take(plain: string, gene: number): string {
    const wanted = NAMES[gene] || plain;
    for (let n = 0; ; n++) {
      let found = n === 0 ? wanted : `${wanted}${n}`;
      if (Buffer.byteLength(found) > 63) found = `${n}${wanted}`;
      while (Buffer.byteLength(found) > 63) found = found.slice(0, -1);
      if (this.#taken.has(found.toLowerCase())) continue;
      this.#taken.add(found.toLowerCase());
      return found;
    }
  }
}

function columnSlot(gene: ColumnGene, names: Names, plain: string): ColumnSlot {
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
    const mustHaveOne = gene.place !== 'both' || gene.isNullable[1 - side];
    const hasDefault = fallback !== undefined && !(isRetyped && own === 'text') && (gene.hasDefault[side] || mustHaveOne);
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

const fixed = (
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
const required = (type: ColumnType, isGenerated = false): Column => ({
  type,
  isNullable: false,
  hasDefault: isGenerated,
  isGenerated,
});
const IDS = [1n, 2n, 3n, 50n, 7n, 6n];

function tableSlot(gene: TableGene, names: readonly [string, string], position: number): TableSlot {
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

const ACTIONS: readonly (ReferenceAction | undefined)[] = [undefined, 'cascade', 'restrict', 'set null', 'set default'];

function addReference(slots: readonly TableSlot[], slot: TableSlot, position: number, gene: ExtraGene, i: number): void {
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
      value: (row) => {
        const parent = (row * 3 + i) % (to.rows + (isNullable ? 1 : 0));
        return parent < to.rows && isIn(to.gene, 0) ? key.value(parent) : null;
      },
    };
  });
  slot.columns.push(...columns);
  slot.references.push({ to, columns, gene, isNullable });
}

function foreignKeysOf(slot: TableSlot, side: Side): ForeignKey[] {
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

interface Parts {
  readonly computed: [string, Column][];
  readonly indexes: Index[];
  readonly uniques: Unique[];
  readonly checks: Check[];
  readonly triggers: Trigger[];
  readonly views: View[];
}

/** The parts of one table on one side, from its extras. */
function partsOf(slot: TableSlot, position: number, side: Side, audit: string): Parts {
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
          ].filter(
            (part, at, all) =>
              all.findIndex((other) => other.name === part.name && part.name !== undefined) === at || part.name === undefined,
          ),
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
        const event = (['update', 'delete', 'insert'] as const)[flavour % 3] as 'update';
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

function checkOf(column: string, type: ColumnType): string {
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
    const isRenamed = gene.renamed !== null && gene.place === 'both';
    const second = !isRenamed ? first : gene.isCaseOnly ? otherCase : tableNames.take(`t${i}_b`, gene.renamed);
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
