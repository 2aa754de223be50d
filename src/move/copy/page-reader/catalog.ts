import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { quoted } from '../../source/source-tables.ts';

export interface StoredColumn {
  /** Place in the record. */
  readonly position: number;
  /** True for the `INTEGER PRIMARY KEY`: the record holds NULL, the value is the row id. */
  readonly isRowid: boolean;
  /** True where SQLite hands an integer in the record out as a real. */
  readonly hasRealAffinity: boolean;
}

export interface TableLayout {
  readonly rootPage: number;
  readonly columns: ReadonlyMap<string, StoredColumn>;
}

/** A declared type's affinity is REAL (SQLite documentation, "Datatypes", section 3.1): the rules apply in this order. */
function hasRealAffinity(declaredType: string): boolean {
  return !/INT|CHAR|CLOB|TEXT|BLOB/i.test(declaredType) && /REAL|FLOA|DOUB/i.test(declaredType);
}

/** Where tables are and how their rows are laid out, read by SQLite itself from a file nobody writes. */
export class Catalog {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    // Immutable: neither locks nor a log are looked for, and none is made beside a file in WAL mode.
    this.#db = new DatabaseSync(`${pathToFileURL(file)}?mode=ro&immutable=1`);
  }

  /** @returns the reason, as half a sentence, when the table's rows are not in a table b-tree with all its columns. */
  layoutOf(table: string): TableLayout | string {
    const listed = this.#db.prepare('SELECT type, wr FROM pragma_table_list WHERE schema = ? AND name = ?').get('main', table) as
      | { type: string; wr: number }
      | undefined;
    if (listed === undefined) return 'there is no such table';
    if (listed.type !== 'table') return `it is a ${listed.type} table`;
    if (listed.wr === 1) return 'it is WITHOUT ROWID';
    const rootPage = this.#db
      .prepare("SELECT rootpage FROM main.sqlite_schema WHERE type = 'table' AND name = ?")
      .get(table)?.rootpage;
    if (typeof rootPage !== 'number' || rootPage < 1) return 'it has no root page';
    const columns = this.#db.prepare(`PRAGMA main.table_xinfo(${quoted(table)})`).all() as {
      cid: number;
      name: string;
      type: string;
      pk: number;
      hidden: number;
    }[];
    if (columns.some((column) => column.hidden !== 0)) return 'it has generated columns';
    const keyColumns = columns.filter((column) => column.pk > 0);
    // Only a key that is the row id needs no index of its own: INT PRIMARY KEY and INTEGER PRIMARY KEY DESC have one.
    const indexes = this.#db.prepare(`PRAGMA main.index_list(${quoted(table)})`).all() as { origin: string }[];
    const rowidColumn =
      keyColumns.length === 1 && !indexes.some((index) => index.origin === 'pk') ? keyColumns[0]?.name : undefined;
    return {
      rootPage,
      columns: new Map(
        columns.map(({ cid, name, type }) => [
          name,
          { position: cid, isRowid: name === rowidColumn, hasRealAffinity: hasRealAffinity(type) },
        ]),
      ),
    };
  }

  close(): void {
    this.#db.close();
  }
}
