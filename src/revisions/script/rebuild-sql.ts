import { ddl } from '../../engine/sqlite/ddl.ts';
import type { Rebuild } from '../compile/action.ts';
import { rowidColumn } from '../compile/sqlite.ts';
import { proof } from './proof.ts';

const { quote, literal, createTable, createIndex, createTrigger } = ddl;
const SEQUENCE = 'temp."__flashcase_sequence"';

/**
 * A rebuild spelled out, for a script that a person runs, in a transaction with foreign keys off (facts F1). What rebuild.ts proves by
 * reading, checks prove here: no index or trigger that history does not know, every row there, every carried value the same. The old table is put aside before the proof and dropped after
 * it: after a proof that failed, and rolled back, there is none of that name to drop.
 */
export function rebuildStatements(action: Rebuild): string[] {
  const { from, to, rowid } = action;
  const temporary = `__new_${to.name}`;
  const aside = `__old_${from.name}`;
  const columns = [...(rowid === undefined ? [] : [rowid]), ...action.columns.map(quote)].join(', ');
  const known = [...from.indexes, ...from.triggers, ...to.indexes, ...to.triggers].map((part) => literal(part.name));
  const keepsSequence = Object.values(from.columns).some((column) => column.isGenerated);
  return [
    ...proof(
      `history knows every index and trigger of ${from.name}`,
      `NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE tbl_name = ${literal(from.name)} AND type IN ('index', 'trigger') AND sql IS NOT NULL AND name NOT IN (${known.join(', ')}))`,
    ),
    ...from.triggers.map((trigger) => `DROP TRIGGER IF EXISTS ${quote(trigger.name)}`),
    ...createTable(to, { as: temporary }),
    // After the new table, which makes `sqlite_sequence` where there was none.
    ...(keepsSequence
      ? [
          `CREATE TEMP TABLE ${SEQUENCE.slice('temp.'.length)} AS SELECT seq FROM sqlite_sequence WHERE name = ${literal(from.name)}`,
        ]
      : []),
    `INSERT INTO ${quote(temporary)} (${columns}) SELECT ${columns} FROM ${action.source}`,
    ...renameColumns(action),
    // Views and triggers that name the table stay as they are while it is away.
    'PRAGMA legacy_alter_table = ON',
    `ALTER TABLE ${quote(from.name)} RENAME TO ${quote(aside)}`,
    `ALTER TABLE ${quote(temporary)} RENAME TO ${quote(to.name)}`,
    'PRAGMA legacy_alter_table = OFF',
    ...proof(`every row of ${from.name} is there with its values`, keepsEverything(action, aside)),
    `DROP TABLE ${quote(aside)}`,
    ...to.indexes.map((index) => createIndex(to, index)),
    ...to.triggers.flatMap((trigger) => createTrigger(to, trigger)),
    ...(keepsSequence ? restoreSequence(action) : []),
  ];
}

/** In the old table, which is about to go: SQLite corrects what others say of a column. In two steps, since names may be swapped. */
function renameColumns({ from, renames }: Rebuild): string[] {
  const rename = (old: string, name: string): string =>
    `ALTER TABLE ${quote(from.name)} RENAME COLUMN ${quote(old)} TO ${quote(name)}`;
  const moved = new Set(renames.map((column) => column.from));
  return [
    ...renames.map((column, i) => rename(column.from, `__renamed_${i}`)),
    ...renames.flatMap((column, i) => {
      const inTheWay = Object.keys(from.columns).find(
        (name) => !moved.has(name) && name.toLowerCase() === column.to.toLowerCase(),
      );
      return [...(inTheWay === undefined ? [] : [rename(inTheWay, `__dropped_${i}`)]), rename(`__renamed_${i}`, column.to)];
    }),
  ];
}

/** Ids of deleted rows must not come again (facts F6); an emptied table has no entry yet. */
function restoreSequence({ to }: Rebuild): string[] {
  const name = literal(to.name);
  const isGenerated = Object.values(to.columns).some((column) => column.isGenerated);
  return [
    `UPDATE sqlite_sequence SET seq = max(seq, (SELECT seq FROM ${SEQUENCE})) WHERE name = ${name} AND EXISTS (SELECT 1 FROM ${SEQUENCE})`,
    ...(isGenerated
      ? [
          `INSERT INTO sqlite_sequence (name, seq) SELECT ${name}, seq FROM ${SEQUENCE} WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ${name})`,
        ]
      : []),
    `DROP TABLE ${SEQUENCE}`,
  ];
}

/**
 * As many rows as before, each carried value the same and of the same storage class, as rebuild/proof.ts compares them: rows meet by their
 * number; where that changes, whole rows are compared, counted by their value. The old table's columns have their new names by now.
 */
function keepsEverything({ to, carried, renames, rowid }: Rebuild, aside: string): string {
  const newNames = new Map(renames.map((column) => [column.from, column.to]));
  const pairs = [...carried].map(([name, old]): [string, string] => [name, newNames.get(old) ?? old]);
  const total = (relation: string): string => `(SELECT count(*) FROM ${relation})`;
  const isSameCount = `${total(quote(to.name))} = ${total(quote(aside))}`;
  const alias = rowidColumn(to);
  const aliasBefore = pairs.find(([name]) => name === alias)?.[1];
  const number = aliasBefore === undefined ? rowid : quote(aliasBefore);
  if (number !== undefined) {
    const same = pairs.map(
      ([name, old]) =>
        `n.${quote(name)} IS o.${quote(old)} COLLATE BINARY AND typeof(n.${quote(name)}) = typeof(o.${quote(old)})`,
    );
    const joined = `${quote(aside)} AS o JOIN ${quote(to.name)} AS n ON n.${alias === undefined ? number : quote(alias)} = o.${number}`;
    return `${isSameCount} AND ${total(`${joined} WHERE ${['1', ...same].join(' AND ')}`)} = ${total(quote(aside))}`;
  }
  if (pairs.length === 0) return isSameCount;
  const rows = (side: 0 | 1, name: string): string => {
    const values = pairs.flatMap((pair) => [`${quote(pair[side])} COLLATE BINARY`, `typeof(${quote(pair[side])})`]).join(', ');
    return `SELECT ${values}, count(*) FROM ${quote(name)} GROUP BY ${values}`;
  };
  return `${isSameCount} AND NOT EXISTS (${rows(1, aside)} EXCEPT ${rows(0, to.name)})`;
}
