import type { Ddl } from '../engine/engine.ts';
import type { Table } from '../schema/table.ts';

/**
 * The SQL that builds a table of an SQLite file anew as it is declared, for a person to run: in the order that SQLite documents, with
 * foreign keys off outside the transaction (facts F1) and the sequence of ids going on where it was (F6).
 */
export function rebuildScript(table: Table, ddl: Ddl): string[] {
  const temporary = `__new_${table.name}`;
  const columns = Object.entries(table.columns)
    .filter(([, column]) => column.computed === undefined)
    .map(([name]) => ddl.quote(name))
    .join(', ');
  const isCounted = Object.values(table.columns).some((column) => column.isGenerated);
  const [from, to] = [ddl.literal(table.name), ddl.literal(temporary)];
  return [
    'PRAGMA foreign_keys = OFF',
    'PRAGMA legacy_alter_table = ON',
    'BEGIN IMMEDIATE',
    ...ddl.createTable(table, { as: temporary }),
    `INSERT INTO ${ddl.quote(temporary)} (${columns}) SELECT ${columns} FROM ${ddl.quote(table.name)}`,
    ...(isCounted
      ? [
          `DELETE FROM sqlite_sequence WHERE name = ${to}`,
          `INSERT INTO sqlite_sequence (name, seq) SELECT ${to}, seq FROM sqlite_sequence WHERE name = ${from}`,
        ]
      : []),
    `DROP TABLE ${ddl.quote(table.name)}`,
    `ALTER TABLE ${ddl.quote(temporary)} RENAME TO ${ddl.quote(table.name)}`,
    ...table.indexes.map((index) => ddl.createIndex(table, index)),
    ...table.triggers.flatMap((trigger) => ddl.createTrigger(table, trigger)),
    'PRAGMA foreign_key_check',
    'COMMIT',
    'PRAGMA legacy_alter_table = OFF',
    'PRAGMA foreign_keys = ON',
  ];
}
