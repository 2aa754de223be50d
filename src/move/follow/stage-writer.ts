import type { Connection } from '../../engine/engine.ts';
import { codecOf } from '../../schema/codec.ts';
import type { Column, Value } from '../../schema/column.ts';
import type { StoredCell } from '../../schema/stored-cell.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { BinaryWriter } from '../copy/binary-writer.ts';
import { startCopy } from '../copy/copy-stream.ts';
import { writeExact } from '../copy/exact-cells.ts';
import { exactValue } from '../plan/apply-remedy.ts';
import { judgeCell } from '../plan/judge-cell.ts';
import type { ChangedRow, JournalKey } from './sqlite-journal.ts';
import { copyIntoStageSql, writableColumns } from './stage.ts';

const CHUNK_BYTES = 512 * 1024;
const TRUE = Buffer.from([1]);
const FALSE = Buffer.from([0]);

/** Collects rows for the stage of a table and sends them by COPY, a chunk at a time: between two chunks the connection is free. */
export class StageWriter {
  /** Keys staged so far. */
  rows = 0;
  readonly #carried: CarriedTable;
  readonly #connection: Connection;
  readonly #where: string;
  readonly #columns: readonly (readonly [string, Column])[];
  readonly #writer = new BinaryWriter(CHUNK_BYTES);

  constructor(carried: CarriedTable, connection: Connection, where: string) {
    this.#carried = carried;
    this.#connection = connection;
    this.#where = where;
    this.#columns = writableColumns(carried.table);
  }

  get isFull(): boolean {
    return this.#writer.isFull;
  }

  /** Adds a row as it is stored; false, and nothing is added, when a cell is no value of its column. */
  exact({ cells, first }: ChangedRow): boolean {
    const start = this.#begin(FALSE);
    if (writeExact(this.#writer, this.#columns, cells, first) === undefined) {
      this.rows++;
      return true;
    }
    this.#writer.rewind(start);
    return false;
  }

  /** Adds a row by the values of all columns of the table. */
  values(values: readonly (Value | null)[]): void {
    this.#begin(FALSE);
    const names = Object.keys(this.#carried.table.columns);
    for (const [name, column] of this.#columns) this.#field(column, values[names.indexOf(name)] ?? null);
    this.rows++;
  }

  /** Adds a key whose row is to be removed. A key PostgreSQL cannot hold is in none of its rows. */
  gone(key: JournalKey): void {
    const { table, key: names } = this.#carried;
    const isPossible = names.every(
      (name, i) => judgeCell(table.columns[name] as Column, key[i] as StoredCell, 'key') === undefined,
    );
    if (!isPossible) return;
    this.#begin(TRUE);
    for (const [name, column] of this.#columns) {
      const i = names.indexOf(name);
      this.#field(column, i < 0 ? null : exactValue(column, key[i] as StoredCell));
    }
    this.rows++;
  }

  /** Sends what was collected. */
  async send(): Promise<void> {
    if (this.#writer.length === 0) return;
    this.#writer.trailer();
    const stream = startCopy(this.#connection, copyIntoStageSql(this.#carried), this.#where);
    try {
      await stream.write(this.#writer.take());
    } catch (error) {
      await stream.abort(error);
      throw error;
    }
    await stream.end();
  }

  #begin(flag: Buffer): number {
    const start = this.#writer.length;
    if (start === 0) this.#writer.header();
    const tuple = this.#writer.length;
    this.#writer.startTuple(this.#columns.length + 1);
    this.#writer.field(flag);
    return start === 0 ? 0 : tuple;
  }

  #field(column: Column, value: Value | null): void {
    this.#writer.field(value === null ? null : codecOf(column.type).toBinary(value));
  }
}
