import { rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { printable, rowToJson, type StoredCell } from '../../schema/stored-cell.ts';
import { type Schema, type Table, uniqueKeysOf } from '../../schema/table.ts';
import { quoted, type SourceTable } from '../source/source-tables.ts';
import { columnList, type FoundRow, storedRowReader, storedRows } from '../source/stored-rows.ts';
import { type ColumnRole, judgeCell, type Remedy } from './judge-cell.ts';
import type { Rules } from './rules.ts';

/** One row that does not convert exactly, and why. */
export interface Finding {
  readonly table: string;
  readonly rowid: bigint;
  /** For people: `id=5`. */
  readonly key: string;
  /** The column, several joined by a comma, or the constraint. */
  readonly column: string;
  readonly kind: string;
  readonly storageClass: string;
  readonly shown: string;
  readonly why: string;
  readonly remedies: readonly Remedy[];
}

/** All findings of one kind in one column of one table: what one decision is about. */
export interface Group {
  /** `PLAN-1`, in the order of the tables. */
  readonly id: string;
  readonly table: string;
  readonly column: string;
  readonly kind: string;
  readonly rows: number;
  readonly why: string;
  /** Remedies that fit every row; the first is the proposal. */
  readonly remedies: readonly Remedy[];
  readonly decided: Remedy | undefined;
  readonly examples: readonly Finding[];
}

/** Findings shown with each group; all of them are in the file and in `plan --show`. */
const EXAMPLES = 5;

/** The findings of one snapshot, in a file of their own, so that a million bad rows need no memory. */
export class Findings {
  /** The snapshot is `main`, read only; the findings are `work`. */
  readonly db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #source: ReadonlyMap<string, SourceTable>;
  readonly #schema: Schema;
  readonly #readers = new Map<string, (rowid: bigint) => FoundRow | undefined>();

  private constructor(db: DatabaseSync, schema: Schema, source: readonly SourceTable[]) {
    this.db = db;
    this.#schema = schema;
    this.#source = new Map(source.map((table) => [table.table.name, table]));
    this.#insert = db.prepare('INSERT OR IGNORE INTO work.finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  }

  /** Opens the findings of a snapshot; `isNew` forgets those of an earlier plan. */
  static open(
    snapshotFile: string,
    findingsFile: string,
    schema: Schema,
    source: readonly SourceTable[],
    isNew: boolean,
  ): Findings {
    if (isNew) rmSync(findingsFile, { force: true });
    const db = new DatabaseSync(`${pathToFileURL(snapshotFile)}?mode=ro`);
    db.prepare('ATTACH ? AS work').run(findingsFile);
    db.exec(`
      PRAGMA work.synchronous = OFF;
      PRAGMA work.journal_mode = MEMORY;
      CREATE TABLE IF NOT EXISTS work.finding (
        table_name TEXT, row_id INTEGER, column_name TEXT, kind TEXT, key TEXT, storage_class TEXT, shown TEXT, why TEXT, remedies TEXT,
        PRIMARY KEY (table_name, row_id, column_name, kind)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS work.removed (table_name TEXT, row_id INTEGER, round INTEGER, PRIMARY KEY (table_name, row_id)) WITHOUT ROWID;
    `);
    return new Findings(db, schema, source);
  }

  close(): void {
    this.db.close();
  }

  add(finding: Finding): void {
    const { table, rowid, column, kind, key, storageClass, shown, why, remedies } = finding;
    this.#insert.run(table, rowid, column, kind, key, storageClass, shown, why, JSON.stringify(remedies));
  }

  /** Judges the cells of one row and keeps what it finds. Returns whether the row has a problem. */
  judgeRow(source: SourceTable, row: FoundRow): boolean {
    const found = cellFindings(this.#schema, source, row);
    for (const finding of found) this.add(finding);
    return found.length > 0;
  }

  /** Judges every cell of the given rows of a table by SQL; the page reader does the same much faster where it can. */
  judgeTable(source: SourceTable, first: bigint, last: bigint, onRows: (rows: number) => void): void {
    this.db.exec('BEGIN');
    let rows = 0;
    for (const row of storedRows(this.db, source, first, last)) {
      this.judgeRow(source, row);
      if (++rows % 4096 === 0) onRows(4096);
    }
    onRows(rows % 4096);
    this.db.exec('COMMIT');
  }

  /** Judges single rows, in the caller's transaction. */
  judgeRows(source: SourceTable, rowids: readonly bigint[]): void {
    for (const rowid of rowids) {
      const row = this.row(source, rowid);
      if (row !== undefined) this.judgeRow(source, row);
    }
  }

  /** Judges the rows that hold a text outside the allowed ones, which is no matter of how it is stored. In the caller's transaction. */
  judgeAllowedValues(source: SourceTable): void {
    const bound = columnList(source).flatMap(([column, { oneOf }]) => (oneOf === undefined ? [] : [{ column, oneOf }]));
    if (bound.length === 0 || source.rows === 0) return;
    // One look at the table for all of them: each costs as much as reading it.
    const isOutside = bound.map(({ column, oneOf }) => `${quoted(column)} NOT IN (${oneOf.map(() => '?').join(', ')})`);
    const statement = this.db.prepare(
      `SELECT ${source.rowid} AS id FROM main.${quoted(source.storedAs)} WHERE ${isOutside.join(' OR ')}`,
    );
    statement.setReadBigInts(true);
    const found = statement.all(...bound.flatMap(({ oneOf }) => oneOf)) as { id: bigint }[];
    this.judgeRows(
      source,
      found.map(({ id }) => id),
    );
  }

  /** Adds a finding about a row found by SQL, showing the given columns of it. */
  addRow(
    source: SourceTable,
    rowid: bigint,
    columns: readonly string[],
    finding: Pick<Finding, 'column' | 'kind' | 'why' | 'remedies'>,
  ): void {
    const row = this.row(source, rowid);
    if (row === undefined) return;
    const names = Object.keys(source.table.columns);
    const cells = columns.map((column) => row.cells[names.indexOf(column)] as StoredCell);
    this.add({
      table: source.table.name,
      rowid,
      key: keyText(source.table, row),
      storageClass: cells.map((cell) => cell.kind).join(', '),
      shown: cells.map(printable).join(', '),
      ...finding,
    });
  }

  row(source: SourceTable, rowid: bigint): FoundRow | undefined {
    let reader = this.#readers.get(source.table.name);
    if (reader === undefined) {
      reader = storedRowReader(this.db, source);
      this.#readers.set(source.table.name, reader);
    }
    return reader(rowid);
  }

  source(table: string): SourceTable {
    return this.#source.get(table) as SourceTable;
  }

  /** The groups in the order of the tables, with what the rules say about each. */
  groups(rules: Rules | undefined): Group[] {
    const order = new Map(Object.keys(this.#schema.tables).map((name, i) => [name, i]));
    const rows = this.db
      .prepare(
        'SELECT table_name, column_name, kind, count(*) AS rows, min(why) AS why FROM work.finding GROUP BY table_name, column_name, kind',
      )
      .all() as { table_name: string; column_name: string; kind: string; rows: number; why: string }[];
    const rank = (name: string): number => order.get(name) ?? order.size;
    rows.sort(
      (a, b) => rank(a.table_name) - rank(b.table_name) || compare(a.column_name, b.column_name) || compare(a.kind, b.kind),
    );
    return rows.map((row, i) => {
      const place = { table: row.table_name, column: row.column_name, kind: row.kind };
      const remedies = this.#remediesOf(place);
      const decided = rules?.remedyFor(place);
      return {
        id: `PLAN-${i + 1}`,
        ...place,
        rows: row.rows,
        why: row.why,
        remedies,
        decided: decided !== undefined && remedies.includes(decided) ? decided : undefined,
        examples: [...this.findingsOf(place, EXAMPLES)],
      };
    });
  }

  /** The remedies every row of a group allows, in the order of the first row. */
  #remediesOf({ table, column, kind }: Pick<Finding, 'table' | 'column' | 'kind'>): Remedy[] {
    const sets = this.db
      .prepare('SELECT DISTINCT remedies FROM work.finding WHERE table_name = ? AND column_name = ? AND kind = ?')
      .all(table, column, kind)
      .map(({ remedies }) => JSON.parse(String(remedies)) as Remedy[]);
    return (sets[0] ?? []).filter((remedy) => sets.every((set) => set.includes(remedy)));
  }

  *findingsOf({ table, column, kind }: Pick<Finding, 'table' | 'column' | 'kind'>, limit = -1): Generator<Finding> {
    const statement = this.db.prepare(
      'SELECT * FROM work.finding WHERE table_name = ? AND column_name = ? AND kind = ? ORDER BY row_id LIMIT ?',
    );
    statement.setReadBigInts(true);
    for (const row of statement.iterate(table, column, kind, limit)) yield toFinding(row as Record<string, unknown>);
  }

  /** The findings of the rows of one range, by row id. */
  ofRange(table: string, first: bigint, last: bigint): Map<bigint, Finding[]> {
    const statement = this.db.prepare(
      'SELECT * FROM work.finding WHERE table_name = ? AND row_id BETWEEN ? AND ? ORDER BY row_id, column_name, kind',
    );
    statement.setReadBigInts(true);
    const found = new Map<bigint, Finding[]>();
    for (const row of statement.iterate(table, first, last)) {
      const finding = toFinding(row as Record<string, unknown>);
      const list = found.get(finding.rowid);
      if (list === undefined) found.set(finding.rowid, [finding]);
      else list.push(finding);
    }
    return found;
  }

  /** The rows of a range that go into quarantine. */
  removedIn(table: string, first: bigint, last: bigint): Set<bigint> {
    const statement = this.db.prepare('SELECT row_id FROM work.removed WHERE table_name = ? AND row_id BETWEEN ? AND ?');
    statement.setReadBigInts(true);
    return new Set((statement.all(table, first, last) as { row_id: bigint }[]).map(({ row_id }) => row_id));
  }

  /** How many rows of a table have a finding. */
  rowsWithFindings(): number {
    return Number(
      this.db
        .prepare("SELECT count(*) AS n FROM (SELECT DISTINCT table_name, row_id FROM work.finding WHERE kind <> 'unknown_table')")
        .get()?.n,
    );
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function toFinding(row: Record<string, unknown>): Finding {
  return {
    table: row.table_name as string,
    rowid: row.row_id as bigint,
    key: row.key as string,
    column: row.column_name as string,
    kind: row.kind as string,
    storageClass: row.storage_class as string,
    shown: row.shown as string,
    why: row.why as string,
    remedies: JSON.parse(row.remedies as string) as Remedy[],
  };
}

/** What is wrong with the cells of one row. */
export function cellFindings(schema: Schema, source: SourceTable, row: FoundRow): Finding[] {
  const roles = rolesOf(schema, source.table);
  return columnList(source).flatMap(([column, definition], i) => {
    const cell = row.cells[i] as StoredCell;
    const problem = judgeCell(definition, cell, roles.get(column) ?? 'plain');
    if (problem === undefined) return [];
    return [
      {
        table: source.table.name,
        rowid: row.rowid,
        key: keyText(source.table, row),
        column,
        kind: problem.kind,
        storageClass: cell.kind,
        shown: printable(cell),
        why: problem.why,
        remedies: problem.remedies,
      },
    ];
  });
}

/** `id=5`, `user_id=1,card_id=7`. */
export function keyText(table: Table, row: FoundRow): string {
  const names = Object.keys(table.columns);
  return table.primaryKey.map((column) => `${column}=${printable(row.cells[names.indexOf(column)] as StoredCell)}`).join(',');
}

/** The key columns as the JSON the quarantine keeps. */
export function keyJson(table: Table, row: FoundRow): string {
  const names = Object.keys(table.columns);
  return rowToJson(
    Object.fromEntries(table.primaryKey.map((column) => [column, row.cells[names.indexOf(column)] as StoredCell])),
  );
}

const roleCache = new WeakMap<Table, ReadonlyMap<string, ColumnRole>>();

/** What each column of a table is to other rows. */
export function rolesOf(schema: Schema, table: Table): ReadonlyMap<string, ColumnRole> {
  let roles = roleCache.get(table);
  if (roles === undefined) {
    const found = new Map<string, ColumnRole>();
    for (const key of table.foreignKeys) for (const column of key.columns) found.set(column, 'reference');
    const keys = [
      table.primaryKey,
      table.partitionedKey ?? [],
      ...uniqueKeysOf(table).map(({ columns }) => columns),
      ...Object.values(schema.tables).flatMap((other) =>
        other.foreignKeys.filter((key) => key.references.table === table.name).map((key) => key.references.columns),
      ),
    ];
    for (const columns of keys) for (const column of columns) found.set(column, 'key');
    roles = found;
    roleCache.set(table, roles);
  }
  return roles;
}
