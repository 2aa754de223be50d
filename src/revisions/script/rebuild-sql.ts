import { ddl } from '../../engine/sqlite/ddl.ts';
import type { Rebuild } from '../compile/action.ts';
import { proof } from './proof.ts';

const { quote, literal, createTable, createIndex, createTrigger } = ddl;
const SEQUENCE = 'temp."__flashcase_sequence"';

/**
 * A rebuild spelled out, for a script without a connection. What rebuild.ts proves by reading, checks prove here: no index or trigger
 * that history does not know, every row there, every carried value the same. The old table is put aside before the proof and dropped after
 * it: after a proof that failed, and rolled back, there is none of that name to drop.
 */
export function rebuildStatements(action: Rebuild): string[] {
  const { from, to } = action;
  const temporary = `__new_${to.name}`;
  const aside = `__old_${from.name}`;
  const columns = action.columns.map(quote).join(', ');
  const known = [...from.indexes, ...from.triggers, ...to.indexes, ...to.triggers].map((part) => literal(part.name));
  const renamed = renamesInPlace(action);
  const keepsSequence = Object.values(from.columns).some((column) => column.isGenerated);
  return [
    ...proof(
      `history knows every index and trigger of ${from.name}`,
      `NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE tbl_name = ${literal(from.name)} AND type IN ('index', 'trigger') AND sql IS NOT NULL AND name NOT IN (${known.join(', ')}))`,
    ),
    ...(keepsSequence
      ? [
          `CREATE TEMP TABLE ${SEQUENCE.slice('temp.'.length)} AS SELECT seq FROM sqlite_sequence WHERE name = ${literal(from.name)}`,
        ]
      : []),
    // In place first: what other tables, views and triggers say of the column follows.
    ...[...renamed].map(([name, old]) => `ALTER TABLE ${quote(from.name)} RENAME COLUMN ${quote(old)} TO ${quote(name)}`),
    // Views and triggers that name the table stay as they are while it is away.
    'PRAGMA legacy_alter_table = ON',
    ...from.triggers.map((trigger) => `DROP TRIGGER ${quote(trigger.name)}`),
    ...createTable(to, { as: temporary }),
    `INSERT INTO ${quote(temporary)} (${columns}) SELECT ${columns} FROM ${sourceOf(action, renamed)}`,
    `ALTER TABLE ${quote(from.name)} RENAME TO ${quote(aside)}`,
    `ALTER TABLE ${quote(temporary)} RENAME TO ${quote(to.name)}`,
    'PRAGMA legacy_alter_table = OFF',
    ...proof(`every row of ${from.name} is there with its values`, keepsEverything(action, aside, renamed)),
    `DROP TABLE ${quote(aside)}`,
    ...to.indexes.map((index) => createIndex(to, index)),
    ...to.triggers.flatMap((trigger) => createTrigger(to, trigger)),
    ...(keepsSequence ? restoreSequence(action) : []),
  ];
}

/** New name to old name of the columns that only change their name; two that change names with each other cannot, one after the other. */
function renamesInPlace({ from, carried }: Rebuild): ReadonlyMap<string, string> {
  return new Map([...carried].filter(([name, old]) => name !== old && !(name in from.columns)));
}

/** The query over the old table as it was, though its columns have their new names already. */
function sourceOf({ from, source }: Rebuild, renamed: ReadonlyMap<string, string>): string {
  if (renamed.size === 0) return source;
  const names = new Map([...renamed].map(([name, old]) => [old, name]));
  const columns = Object.keys(from.columns).map((old) => `${quote(names.get(old) ?? old)} AS ${quote(old)}`);
  const at = source.lastIndexOf(quote(from.name));
  return `${source.slice(0, at)}(SELECT ${columns.join(', ')} FROM ${quote(from.name)})${source.slice(at + quote(from.name).length)}`;
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

/** As many rows as before, each carried value the same and of the same kind; rows meet by their key where it comes along. */
function keepsEverything({ from, to, carried }: Rebuild, aside: string, renamed: ReadonlyMap<string, string>): string {
  const total = (table: string): string => `(SELECT count(*) FROM ${quote(table)})`;
  const isSameCount = `${total(to.name)} = ${total(aside)}`;
  const pairs = [...carried].map(([name, old]): [string, string] => [name, renamed.get(name) === old ? name : old]);
  if (pairs.length === 0) return isSameCount;
  const keys = to.primaryKey.map((name): [string, string | undefined] => [name, pairs.find((pair) => pair[0] === name)?.[1]]);
  if (keys.length > 0 && keys.length === from.primaryKey.length && keys.every(([, old]) => old !== undefined)) {
    const joined = keys.map(([name, old]) => `n.${quote(name)} = o.${quote(old as string)}`).join(' AND ');
    const same = pairs.map(
      ([name, old]) =>
        `n.${quote(name)} IS o.${quote(old)} COLLATE BINARY AND typeof(n.${quote(name)}) = typeof(o.${quote(old)})`,
    );
    return `${isSameCount} AND (SELECT count(*) FROM ${quote(aside)} AS o JOIN ${quote(to.name)} AS n ON ${joined} WHERE ${same.join(' AND ')}) = ${total(aside)}`;
  }
  const list = (side: 0 | 1): string => pairs.map((pair) => `${quote(pair[side])}, typeof(${quote(pair[side])})`).join(', ');
  return `${isSameCount} AND NOT EXISTS (SELECT ${list(1)} FROM ${quote(aside)} EXCEPT SELECT ${list(0)} FROM ${quote(to.name)})`;
}
