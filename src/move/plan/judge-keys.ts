import type { DatabaseSync } from 'node:sqlite';
import { sqlFor } from '../../schema/column.ts';
import { type ForeignKey, plainColumns, type Schema, type Table, type Unique, uniqueKeysOf } from '../../schema/table.ts';
import { quoted, type SourceTable } from '../source/source-tables.ts';
import type { Findings } from './findings.ts';
import type { Remedy } from './judge-cell.ts';
import type { Rules } from './rules.ts';

/**
 * PostgreSQL refuses an index entry beyond 2,704 bytes (a third of a page) after it tried to compress it. Whether it can is known only
 * there, so longer ones are asked about.
 */
export const INDEX_ENTRY_BYTES = 2600;

function keysOf(table: Table): Unique[] {
  return [
    { name: 'primary key', columns: table.primaryKey },
    ...(table.partitionedKey === undefined ? [] : [{ name: 'primary key', columns: table.partitionedKey }]),
    ...uniqueKeysOf(table),
  ];
}

/** The sets of columns the file itself keeps unique, compared bytewise. */
function keptUnique(db: DatabaseSync, source: SourceTable): Set<string>[] {
  const sets: Set<string>[] = [];
  const name = quoted(source.table.name);
  const key = db.prepare(`PRAGMA main.table_info(${name})`).all() as { name: string; type: string; pk: number }[];
  const primary = key.filter(({ pk }) => pk > 0);
  if (primary.length === 1 && primary[0]?.type.toUpperCase() === 'INTEGER' && source.storedAs === source.table.name)
    sets.push(new Set([primary[0].name]));
  for (const index of db.prepare(`PRAGMA main.index_list(${name})`).all() as {
    name: string;
    unique: number;
    partial: number;
  }[]) {
    if (index.unique !== 1 || index.partial === 1) continue;
    const columns = db.prepare(`PRAGMA main.index_xinfo(${quoted(index.name)})`).all() as {
      name: string | null;
      key: number;
      coll: string;
    }[];
    const keyed = columns.filter((column) => column.key === 1);
    if (keyed.every((column) => column.name !== null && column.coll === 'BINARY'))
      sets.push(new Set(keyed.map((column) => column.name as string)));
  }
  return sets;
}

/** Finds all but the first row of every set of rows that share a unique key. */
function findDuplicates(findings: Findings, source: SourceTable): void {
  const kept = keptUnique(findings.db, source);
  for (const { name, columns } of keysOf(source.table)) {
    if (kept.some((set) => [...set].every((column) => columns.includes(column)))) continue;
    const list = columns.map((column) => `${quoted(column)} COLLATE BINARY`).join(', ');
    const notNull = columns.map((column) => `${quoted(column)} IS NOT NULL`).join(' AND ');
    const statement = findings.db.prepare(
      `SELECT id FROM (SELECT ${source.rowid} AS id, row_number() OVER (PARTITION BY ${list} ORDER BY ${source.rowid}) AS n
       FROM main.${quoted(source.storedAs)} WHERE ${notNull}) WHERE n > 1 ORDER BY id`,
    );
    statement.setReadBigInts(true);
    for (const { id } of statement.all() as { id: bigint }[]) {
      findings.addRow(source, id, columns, {
        column: columns.join(','),
        kind: 'duplicate',
        why: `another row has the same ${name} (${columns.join(', ')})`,
        remedies: ['quarantine'],
      });
    }
  }
}

function findFailedChecks(findings: Findings, source: SourceTable): void {
  for (const check of source.table.checks) {
    const statement = findings.db.prepare(
      `SELECT ${source.rowid} AS id FROM main.${quoted(source.storedAs)} WHERE NOT (${sqlFor(check.expression, 'sqlite')})`,
    );
    statement.setReadBigInts(true);
    for (const { id } of statement.all() as { id: bigint }[]) {
      findings.addRow(source, id, source.table.primaryKey, {
        column: check.name,
        kind: 'check_failed',
        why: `the condition ${sqlFor(check.expression, 'sqlite')} does not hold`,
        remedies: ['quarantine'],
      });
    }
  }
}

/** The sets of text and byte columns whose sizes add up in one key or index of a table, each set once. */
export function longEntriesOf(table: Table): Unique[] {
  const entries: Unique[] = [
    ...keysOf(table),
    ...table.indexes.flatMap((index) => {
      const columns = plainColumns(index);
      return columns === undefined ? [] : [{ name: index.name, columns }];
    }),
  ];
  const seen = new Set<string>();
  return entries.flatMap(({ name, columns }) => {
    const long = columns.filter((column) => table.columns[column]?.type === 'text' || table.columns[column]?.type === 'bytes');
    if (long.length === 0 || seen.has(long.join(','))) return [];
    seen.add(long.join(','));
    return [{ name, columns: long }];
  });
}

/** The size of some columns of a row in bytes, as SQL of both engines. */
export function bytesSql(columns: readonly string[]): string {
  return columns.map((column) => `coalesce(octet_length(${quoted(column)}), 0)`).join(' + ');
}

function findLongIndexEntries(findings: Findings, source: SourceTable): void {
  for (const { name, columns: long } of longEntriesOf(source.table)) {
    const statement = findings.db.prepare(
      `SELECT ${source.rowid} AS id FROM main.${quoted(source.storedAs)} WHERE ${bytesSql(long)} > ${INDEX_ENTRY_BYTES}`,
    );
    statement.setReadBigInts(true);
    for (const { id } of statement.all() as { id: bigint }[]) {
      findings.addRow(source, id, long, {
        column: long.join(','),
        kind: 'too_long_for_index',
        why: `too long for ${name}, unless PostgreSQL can compress it`,
        remedies: ['quarantine', 'keep'],
      });
    }
  }
}

/** What may be done about a row whose parent is not there. */
export function orphanRemedies(table: Table, key: ForeignKey): Remedy[] {
  const own = new Set([...table.primaryKey, ...table.uniques.flatMap(({ columns }) => columns)]);
  const canBeNull = key.columns.some((column) => table.columns[column]?.isNullable === true && !own.has(column));
  return canBeNull ? ['quarantine', 'set_null'] : ['quarantine'];
}

/** `a.x = b.u AND …` over the columns of a reference, text compared bytewise. */
function joined(left: string, leftColumns: readonly string[], right: string, rightColumns: readonly string[]): string {
  return leftColumns
    .map((column, i) => `${left}.${quoted(column)} = ${right}.${quoted(rightColumns[i] as string)} COLLATE BINARY`)
    .join(' AND ');
}

/**
 * Finds rows whose parent was never there. Each distinct reference is looked up once; the cross join keeps SQLite from reading the rows first.
 */
function findOrphans(findings: Findings, source: SourceTable, key: ForeignKey): void {
  const parent = findings.source(key.references.table);
  const columns = key.columns.map(quoted).join(', ');
  const child = `main.${quoted(source.storedAs)}`;
  const notNull = key.columns.map((column) => `${quoted(column)} IS NOT NULL`).join(' AND ');
  const statement = findings.db.prepare(
    `SELECT c.${source.rowid} AS id FROM (
       SELECT * FROM (SELECT DISTINCT ${columns} FROM ${child} WHERE ${notNull}) AS d
       WHERE NOT EXISTS (SELECT 1 FROM main.${quoted(parent.storedAs)} AS p WHERE ${joined('p', key.references.columns, 'd', key.columns)})
     ) AS gone CROSS JOIN ${child} AS c ON ${joined('c', key.columns, 'gone', key.columns)} ORDER BY id`,
  );
  statement.setReadBigInts(true);
  for (const { id } of statement.all() as { id: bigint }[])
    addOrphan(findings, source, key, id, `there is no such row in ${key.references.table}`);
}

/** A reference that cannot even be read has a finding of its own, which decides about it. */
function isUnreadable(findings: Findings, table: string, id: bigint, columns: readonly string[]): boolean {
  const statement = findings.db.prepare(
    "SELECT 1 FROM work.finding WHERE table_name = ? AND row_id = ? AND column_name = ? AND kind <> 'orphan'",
  );
  return columns.some((column) => statement.get(table, id, column) !== undefined);
}

function addOrphan(findings: Findings, source: SourceTable, key: ForeignKey, id: bigint, why: string): void {
  if (isUnreadable(findings, source.table.name, id, key.columns)) return;
  const remedies = orphanRemedies(source.table, key);
  findings.addRow(source, id, key.columns, { column: key.columns.join(','), kind: 'orphan', why, remedies });
}

/** Marks the rows that go into quarantine, by the rules or, where nothing is decided yet, by the proposal. Returns how many are new. */
function removeQuarantined(findings: Findings, rules: Rules | undefined, round: number): number {
  const insert = findings.db.prepare(
    `INSERT OR IGNORE INTO work.removed SELECT table_name, row_id, ? FROM work.finding
     WHERE table_name = ? AND column_name = ? AND kind = ?`,
  );
  let added = 0;
  for (const group of findings.groups(rules)) {
    if ((group.decided ?? group.remedies[0]) === 'quarantine')
      added += Number(insert.run(round, group.table, group.column, group.kind).changes);
  }
  return added;
}

/** Finds rows whose only parent went into quarantine in the last round. */
function findBereft(findings: Findings, source: SourceTable, key: ForeignKey, round: number): void {
  const parent = findings.source(key.references.table);
  const statement = findings.db.prepare(
    `SELECT c.${source.rowid} AS id FROM (
       SELECT DISTINCT ${key.references.columns.map((column) => `p.${quoted(column)}`).join(', ')}
       FROM work.removed AS r JOIN main.${quoted(parent.storedAs)} AS p ON p.${parent.rowid} = r.row_id
       WHERE r.table_name = ? AND r.round = ?
     ) AS gone CROSS JOIN main.${quoted(source.storedAs)} AS c ON ${joined('c', key.columns, 'gone', key.references.columns)}
     WHERE NOT EXISTS (SELECT 1 FROM work.removed AS q WHERE q.table_name = ? AND q.row_id = c.${source.rowid})
       AND NOT EXISTS (
         SELECT 1 FROM main.${quoted(parent.storedAs)} AS o WHERE ${joined('o', key.references.columns, 'gone', key.references.columns)}
         AND NOT EXISTS (SELECT 1 FROM work.removed AS q WHERE q.table_name = ? AND q.row_id = o.${parent.rowid}))
     ORDER BY id`,
  );
  statement.setReadBigInts(true);
  for (const { id } of statement.all(parent.table.name, round, source.table.name, parent.table.name) as { id: bigint }[]) {
    addOrphan(findings, source, key, id, `its row in ${key.references.table} goes into quarantine`);
  }
}

/** Finds what only several rows together show: duplicates, failed checks, entries too long for an index, orphans. */
export function judgeKeys(findings: Findings, tables: readonly SourceTable[]): void {
  findings.db.exec('BEGIN');
  for (const source of tables) {
    if (source.rows === 0) continue;
    findDuplicates(findings, source);
    findFailedChecks(findings, source);
    findLongIndexEntries(findings, source);
    for (const key of source.table.foreignKeys) findOrphans(findings, source, key);
  }
  findings.db.exec('COMMIT');
}

/**
 * Follows quarantined rows to the rows that refer to them, until no more are found: quarantining a parent makes orphans of its children.
 * Leaves in `work.removed` every row that goes into quarantine.
 */
export function followQuarantine(findings: Findings, schema: Schema, rules: Rules | undefined): void {
  findings.db.exec('BEGIN; DELETE FROM work.removed');
  for (let round = 1; removeQuarantined(findings, rules, round) > 0; round++) {
    for (const table of Object.values(schema.tables)) {
      for (const key of table.foreignKeys) findBereft(findings, findings.source(table.name), key, round);
    }
  }
  findings.db.exec('COMMIT');
}
