import type { DatabaseSync } from 'node:sqlite';
import type { StoredCell } from '../../schema/stored-cell.ts';
import { exactValue } from '../plan/apply-remedy.ts';
import type { SourceTable } from '../source/source-tables.ts';
import { columnList, storedRows } from '../source/stored-rows.ts';
import { tupleOf } from './tuple.ts';

export interface Chunk {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** Gives the rows of a range in COPY's binary form, those in `except` left out. */
export type ExactRows = (source: SourceTable, first: bigint, last: bigint, except: ReadonlySet<bigint>) => Iterable<Chunk>;

const CHUNK_BYTES = 256 * 1024;

/** Reads rows by SQL. */
export function rowsBySql(db: DatabaseSync): ExactRows {
  return function* (source, first, last, except) {
    const columns = columnList(source);
    let tuples: Buffer[] = [];
    let bytes = 0;
    for (const row of storedRows(db, source, first, last)) {
      if (except.has(row.rowid)) continue;
      const tuple = tupleOf(
        columns,
        columns.map(([, column], i) => exactValue(column, row.cells[i] as StoredCell)),
      );
      tuples.push(tuple);
      bytes += tuple.length;
      if (bytes >= CHUNK_BYTES) {
        yield { bytes: Buffer.concat(tuples), rows: tuples.length };
        tuples = [];
        bytes = 0;
      }
    }
    if (tuples.length > 0) yield { bytes: Buffer.concat(tuples), rows: tuples.length };
  };
}
