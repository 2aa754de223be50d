import { codecOf } from '../../schema/codec.ts';
import { flashcase } from '../../schema/flashcase.ts';
import type { RowOf } from '../../schema/index.ts';

type Tables = typeof flashcase.tables;
type Kept = 'note' | 'card' | 'subscription_note';

/** A row as JSON holds it: every value as text, to the letter. */
export type KeptRow = Readonly<Record<string, string | null>>;

const codecs = (table: Kept): [string, ReturnType<typeof codecOf>][] =>
  Object.entries(flashcase.tables[table].columns).map(([name, { type }]) => [name, codecOf(type)]);

export const keptRow = <T extends Kept>(table: T, row: RowOf<Tables[T]>): KeptRow =>
  Object.fromEntries(
    codecs(table).map(([name, codec]) => {
      const value = (row as Record<string, unknown>)[name] ?? null;
      return [name, value === null ? null : codec.toPostgresText(value as never)];
    }),
  );

/** The row again. A column that is younger than the kept row is empty. */
export const rowOfKept = <T extends Kept>(table: T, kept: KeptRow): RowOf<Tables[T]> =>
  Object.fromEntries(
    codecs(table).map(([name, codec]) => {
      const text = kept[name] ?? null;
      return [name, text === null ? null : codec.fromPostgresText(text)];
    }),
  ) as RowOf<Tables[T]>;
