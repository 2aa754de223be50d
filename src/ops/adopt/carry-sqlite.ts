import { insertQuarantined } from '../../db/stores/quarantine.ts';
import { catalogQuery } from '../../engine/catalog-query.ts';
import { applyRemedy, exactValue } from '../../move/plan/apply-remedy.ts';
import { judgeCell } from '../../move/plan/judge-cell.ts';
import { flashcase } from '../../schema/flashcase.ts';
import { type Column, type Table, uniqueKeysOf, type Value } from '../../schema/index.ts';
import { cellOf, printable, type StoredCell, type StoredRow } from '../../schema/stored-cell.ts';
import { type AdoptionContext, asideName, type Carried } from './context.ts';
import { LEGACY_TABLES } from './recognise.ts';

/** Rows read at once: bounds memory, whatever the file's size. */
const PAGE = 2000;

interface Misfit {
  readonly reason: string;
  readonly detail: string;
}

/** Keys already taken in the new table, by constraint. */
type Taken = Map<string, Set<string>>;

/**
 * Carries every row of the old tables into the new ones, parents first. A row whose values are not exactly its column's, whose parent
 * is missing or was itself set aside, or whose key is taken goes into the quarantine with every stored bit. Nothing is changed but the
 * spelling of times.
 */
export async function carrySqliteRows(context: AdoptionContext): Promise<Carried> {
  const carried: Record<string, Set<bigint>> = {};
  const accounts = [];
  const quarantinedBy: Record<string, number> = {};
  let normalisedTimes = 0;
  for (const name of LEGACY_TABLES) {
    if (context.version === 1 && name === 'report') continue;
    const table: Table = flashcase.tables[name];
    const columns = (
      await catalogQuery(context.connection, { column: 'name' }, 'FROM pragma_table_info(?)', [asideName(name)])
    ).map((row) => String(row.column));
    const taken: Taken = new Map();
    const ids = new Set<bigint>();
    carried[name] = ids;
    let rowsIn = 0;
    let highest = 0n;
    for (let after: bigint | undefined; ; ) {
      const page = await readPage(context, name, columns, after);
      for (const { rowid, row } of page) {
        rowsIn++;
        after = rowid;
        highest = rowid > highest ? rowid : highest;
        const judged = judgeRow(table, row, columns);
        const misfit = judged.misfit ?? missingParent(table, judged.values, carried) ?? takenKey(table, judged.values, taken);
        if (misfit !== undefined) {
          quarantinedBy[misfit.reason] = (quarantinedBy[misfit.reason] ?? 0) + 1;
          await insertQuarantined(context.connection, {
            table: name,
            key: { id: row.id as StoredCell },
            row,
            ...misfit,
            runId: context.runId,
            at: context.clock.now(),
          });
          continue;
        }
        normalisedTimes += judged.normalisedTimes;
        remember(table, judged.values, taken);
        ids.add(judged.values.id as bigint);
        await context.connection.kysely.insertInto(name).values(judged.values).execute();
      }
      if (page.length < PAGE) break;
    }
    // Ids of quarantined rows are not handed out either: they can come back.
    await context.connection.execute('DELETE FROM sqlite_sequence WHERE name = ?', [name]);
    await context.connection.execute('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', [name, highest]);
    accounts.push({ table: name, rowsIn, rowsOut: ids.size, quarantined: rowsIn - ids.size });
  }
  return { tables: accounts, quarantinedBy, normalisedTimes };
}

async function readPage(
  { connection }: AdoptionContext,
  table: string,
  columns: readonly string[],
  after: bigint | undefined,
): Promise<{ rowid: bigint; row: StoredRow }[]> {
  const selected = columns.flatMap((column, i): [string, string][] => [
    [`c${i}`, `typeof("${column}")`],
    [`v${i}`, `CASE typeof("${column}") WHEN 'text' THEN CAST("${column}" AS BLOB) ELSE "${column}" END`],
  ]);
  const where = after === undefined ? '' : 'WHERE rowid > ?';
  const rows = await catalogQuery(
    connection,
    Object.fromEntries([['rowid', 'rowid'], ...selected]),
    `FROM "${asideName(table)}" ${where} ORDER BY rowid LIMIT ${PAGE}`,
    after === undefined ? [] : [after],
  );
  return rows.map((values) => ({
    rowid: BigInt(values.rowid as number | bigint),
    row: Object.fromEntries(
      columns.map((column, i) => [column, cellOf(values[`c${i}`], asStored(values[`v${i}`], values[`c${i}`]))]),
    ),
  }));
}

/** Expressions come back as numbers while they are exact; a cell keeps SQLite's own integer. */
const asStored = (value: unknown, storageClass: unknown): unknown =>
  storageClass === 'integer' ? BigInt(value as number | bigint) : value;

interface Judged {
  readonly values: Record<string, Value | null>;
  readonly normalisedTimes: number;
  readonly misfit?: Misfit;
}

function judgeRow(table: Table, row: StoredRow, columns: readonly string[]): Judged {
  const values: Record<string, Value | null> = {};
  let normalisedTimes = 0;
  for (const name of columns) {
    const column = table.columns[name] as Column;
    const cell = row[name] as StoredCell;
    const problem = judgeCell(column, cell, 'plain');
    if (problem === undefined) {
      values[name] = exactValue(column, cell);
    } else if (problem.kind === 'time_not_canonical') {
      values[name] = applyRemedy(column, cell, 'normalise_time');
      normalisedTimes++;
    } else {
      return {
        values,
        normalisedTimes: 0,
        misfit: { reason: problem.kind, detail: `${table.name}.${name} = ${printable(cell)}: ${problem.why}` },
      };
    }
  }
  // Version 1 had one date for what version 2 kept twice.
  if (table.name === 'study_log' && !columns.includes('due_date')) values.due_date = values.next_review ?? null;
  return { values, normalisedTimes };
}

function missingParent(
  table: Table,
  values: Record<string, Value | null>,
  carried: Record<string, ReadonlySet<bigint>>,
): Misfit | undefined {
  for (const key of table.foreignKeys) {
    const [column = ''] = key.columns;
    const value = values[column];
    if (value == null || carried[key.references.table]?.has(value as bigint) === true) continue;
    return {
      reason: 'orphan',
      detail: `${table.name}.${column} = ${String(value)}: there is no such ${key.references.table}, or it is in the quarantine`,
    };
  }
  return undefined;
}

const keyText = (columns: readonly string[], values: Record<string, Value | null>): string =>
  columns.map((column) => String(values[column])).join('\u0000');

function takenKey(table: Table, values: Record<string, Value | null>, taken: Taken): Misfit | undefined {
  for (const { name, columns } of uniqueKeysOf(table)) {
    if (taken.get(name)?.has(keyText(columns, values)) === true) {
      return { reason: 'duplicate', detail: `${table.name} (${columns.join(', ')}): an earlier row has the same` };
    }
  }
  return undefined;
}

function remember(table: Table, values: Record<string, Value | null>, taken: Taken): void {
  for (const { name, columns } of uniqueKeysOf(table)) {
    const known = taken.get(name) ?? new Set();
    taken.set(name, known.add(keyText(columns, values)));
  }
}
