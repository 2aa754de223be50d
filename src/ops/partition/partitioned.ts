import { ddl, keyOf } from '../../engine/postgres/ddl.ts';
import { PARTITION_BEFORE_SCHEMA, PARTITION_SCHEMA } from '../../engine/schema-form.ts';
import { flashcase } from '../../schema/flashcase.ts';
import type { Table } from '../../schema/table.ts';

/** A table that can be stored by months, and the column that decides. Its key on PostgreSQL holds that column. */
export interface Partitioned {
  readonly table: Table;
  readonly column: string;
}

/** The one table that grows for ever. */
export const REVIEWS: Partitioned = { table: flashcase.tables.study_log, column: 'reviewed_at' };

/** How a table is stored: `months`, or `whole` as its revision made it. */
export type StorageForm = 'months' | 'whole';

/** Nothing older gets a month of its own: it lies in one partition together. */
export const OLDEST_MONTHS = 120;
/** Made before they are needed. */
export const MONTHS_AHEAD = 12;

const { quote } = ddl;

/** Names of one table while it is built anew, all quoted. */
export interface Names {
  /** The table that serves, as the application finds it. */
  readonly live: string;
  /** The one that is built. */
  readonly made: string;
  /** The one whose place was taken. */
  readonly before: string;
  readonly key: readonly string[];
}

export function namesOf({ table }: Partitioned): Names {
  return {
    live: quote(table.name),
    made: `${PARTITION_SCHEMA}.${quote(table.name)}`,
    before: `${PARTITION_BEFORE_SCHEMA}.${quote(table.name)}`,
    key: keyOf(table).map(quote),
  };
}

/** `a.k1 = b.k1 AND …` */
export const sameKey = (key: readonly string[], left: string, right: string): string =>
  key.map((column) => `${left}.${column} = ${right}.${column}`).join(' AND ');
