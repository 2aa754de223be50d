import { closeSync, openSync } from 'node:fs';
import { FlashcaseError } from '../../../errors/index.ts';
import type { Column } from '../../../schema/column.ts';
import { BinaryWriter } from '../binary-writer.ts';
import { Catalog, type TableLayout } from './catalog.ts';
import { type PageFile, readFileHeader } from './file-header.ts';
import { RecordEncoder } from './record-encoder.ts';
import { splitTable } from './split-table.ts';
import { type RowidRange, type ScanOptions, TableScan } from './table-scan.ts';

/** Names and types of the wanted columns, in the order of the target. The source may have others between them, in another order. */
export type Columns = readonly (readonly [string, Column])[];

/** The most columns SQLite can be built for. */
const MOST_COLUMNS = 32_767;

/**
 * Reads tables of a quiet SQLite file page by page and writes COPY tuples, several times as fast as by SQL. A quiet file has no writer and no
 * log: a snapshot by `VACUUM INTO` or the backup API.
 */
export class PageReader {
  readonly #file: PageFile | string;
  readonly #descriptor: number;
  readonly #name: string;
  readonly #catalog: Catalog | undefined;
  readonly #layouts = new Map<string, TableLayout | string>();

  constructor(name: string) {
    this.#name = name;
    this.#descriptor = openSync(name, 'r');
    this.#file = readFileHeader(this.#descriptor, name);
    this.#catalog = typeof this.#file === 'string' ? undefined : new Catalog(name);
  }

  /**
   * Says, as half a sentence, why these columns of this table must be read by SQL; `undefined` when they can be read here. A table whose first
   * row is older than a wanted column is one for SQL, since its other old rows are too; should old rows come later only, `TableScan.read` refuses
   * them one by one as `short_record`.
   */
  canRead(table: string, columns: Columns): string | undefined {
    const prepared = this.#prepare(table, columns);
    if (typeof prepared === 'string') return prepared;
    let isShort = false;
    const firstRow = new TableScan(prepared.file, prepared.rootPage, prepared.encoder, {}, () => {});
    firstRow.read(new BinaryWriter(1), ({ reason }) => {
      isShort = reason === 'short_record';
      return 'stop';
    });
    return isShort ? 'it has rows that are older than one of its columns' : undefined;
  }

  /**
   * Starts to read rows in the order of their ids. Throws `FC_DB_UNSUPPORTED` where `canRead` gives a reason, and, after the last row,
   * `FC_MOVE_SOURCE_UNFIT` when the file was changed in the meantime.
   */
  scan(table: string, columns: Columns, options: ScanOptions = {}): TableScan {
    const { file, rootPage, encoder } = this.#prepared(table, columns);
    return new TableScan(file, rootPage, encoder, options, () => this.#requireUnchanged(file));
  }

  /** Cuts a table into at most `parts` ranges of about equally many pages that hold every row id once. Throws as `scan` does. */
  split(table: string, parts: number): readonly RowidRange[] {
    const { file, rootPage } = this.#prepared(table, []);
    return splitTable(file, rootPage, parts);
  }

  close(): void {
    this.#catalog?.close();
    closeSync(this.#descriptor);
  }

  #layoutOf(catalog: Catalog, table: string): TableLayout | string {
    const known = this.#layouts.get(table);
    if (known !== undefined) return known;
    const layout = catalog.layoutOf(table);
    this.#layouts.set(table, layout);
    return layout;
  }

  #prepare(table: string, columns: Columns): { file: PageFile; rootPage: number; encoder: RecordEncoder } | string {
    if (typeof this.#file === 'string') return this.#file;
    const layout = this.#layoutOf(this.#catalog as Catalog, table);
    if (typeof layout === 'string') return layout;
    if (columns.length > MOST_COLUMNS) return `it has ${columns.length} columns`;
    const fields = [];
    for (const [name, column] of columns) {
      const stored = layout.columns.get(name);
      if (stored === undefined) return `its column ${name} is missing`;
      // SQLite hands whole numbers of such a column out as reals, which no column but a float takes.
      if (stored.hasRealAffinity && column.type !== 'float64') return `its column ${name} is declared as a real`;
      if (stored.isRowid && column.type !== 'int64' && column.type !== 'int32')
        return `its row id ${name} is wanted as ${column.type}`;
      fields.push({ name, column, stored });
    }
    return { file: this.#file, rootPage: layout.rootPage, encoder: new RecordEncoder(fields) };
  }

  #prepared(table: string, columns: Columns): { file: PageFile; rootPage: number; encoder: RecordEncoder } {
    const prepared = this.#prepare(table, columns);
    if (typeof prepared !== 'string') return prepared;
    throw new FlashcaseError('FC_DB_UNSUPPORTED', {
      what: `The table ${table} cannot be read page by page: ${prepared}.`,
      where: this.#name,
      hint: 'Ask canRead first, and read such a table by SQL.',
    });
  }

  #requireUnchanged(file: PageFile): void {
    const now = readFileHeader(this.#descriptor, this.#name);
    if (typeof now !== 'string' && now.changeCounter === file.changeCounter && now.pageCount === file.pageCount) return;
    throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
      what: 'The snapshot was changed while it was read.',
      where: this.#name,
      hint: 'Let no other program open it, and run the same command again.',
    });
  }
}

/** Opens a quiet SQLite file. A file whose pages cannot be read directly is opened too; `canRead` then says why. */
export function openPageReader(file: string): PageReader {
  return new PageReader(file);
}
