import fc from 'fast-check';
import type { ColumnType } from '../../../src/schema/column.ts';
import { NAMES } from './names.ts';

/**
 * What random schemas are made from: "slots" (tables, columns, indexes …), each of which is in A, in B or in both, there under the same
 * name, renamed, or changed. Small numbers mean the plain case, so that a counterexample shrinks to what matters.
 */
export const TYPES: readonly ColumnType[] = ['int64', 'text', 'boolean', 'int32', 'float64', 'timestamp', 'bytes'];

export type Place = 'both' | 'a' | 'b';
export const place = fc.constantFrom<Place>('both', 'both', 'both', 'both', 'a', 'b');
export const name = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(NAMES.length - 1) });
export const seldom = fc.nat(5).map((n) => n === 5);
export const often = fc.nat(2).map((n) => n === 2);

export const COLUMN = fc.record({
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

export const EXTRA = fc.record({
  kind: fc.constantFrom('index', 'unique', 'check', 'computed', 'trigger', 'view', 'reference', 'reference'),
  place,
  name,
  /** Another name, or another meaning, in B. */
  change: fc.constantFrom('no', 'no', 'name', 'meaning'),
  picks: fc.tuple(fc.nat(7), fc.nat(7)),
  flavour: fc.nat(11),
});

export const TABLE = fc.record({
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

export type TableGene = Genes[number];
export type ColumnGene = TableGene['columns'][number];
export type ExtraGene = TableGene['extras'][number];
export type Side = 0 | 1;

export const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
export const isIn = (gene: { readonly place: Place }, side: Side): boolean =>
  gene.place === 'both' || gene.place === (side === 0 ? 'a' : 'b');
