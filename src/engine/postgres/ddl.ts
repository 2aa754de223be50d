import { type Column, type ColumnType, sqlFor } from '../../schema/column.ts';
import { ANY_EXPRESSION, linesAbout, listed } from '../../schema/form.ts';
import { derivedName } from '../../schema/name.ts';
import type { Index, Table, Trigger, View } from '../../schema/table.ts';
import type { Ddl } from '../engine.ts';
import { referenceOptions } from '../reference-options.ts';

const TYPES: Record<ColumnType, string> = {
  int32: 'integer',
  int64: 'bigint',
  float64: 'double precision',
  boolean: 'boolean',
  // "C": compared bytewise, as SQLite's BINARY collation does; the server's locale must not change an order.
  text: 'text COLLATE "C"',
  timestamp: 'timestamp with time zone',
  bytes: 'bytea',
};

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
const list = (names: readonly string[]): string => names.map(quote).join(', ');

function valueCheck(name: string, column: Column): string | undefined {
  return column.oneOf === undefined ? undefined : `${quote(name)} IN (${column.oneOf.map(literal).join(', ')})`;
}

function columnDefinition(table: Table, name: string, column: Column): string {
  const parts = [quote(name), TYPES[column.type]];
  if (!column.isNullable) parts.push('NOT NULL');
  if (column.isGenerated) parts.push(`DEFAULT nextval('${quote(sequenceName(table, name)).replaceAll("'", "''")}')`);
  if (column.default !== undefined) parts.push(`DEFAULT ${literal(column.default)}`);
  if (column.computed !== undefined) parts.push(`GENERATED ALWAYS AS (${sqlFor(column.computed, 'postgres')}) STORED`);
  const check = valueCheck(name, column);
  if (check !== undefined) parts.push(`CONSTRAINT ${quote(derivedName.valueCheck(table.name, name))} CHECK (${check})`);
  return parts.join(' ');
}

/** The sequence that hands out a generated id. Owned by its column; an identity would restart at 1 when Citus converts the table. */
export function sequenceName(table: Pick<Table, 'name'>, column: string): string {
  return derivedName.sequence(table.name, column);
}

/** The name of the primary key's constraint. */
export function primaryKeyName(table: Pick<Table, 'name'>): string {
  return derivedName.primaryKey(table.name);
}

/** The name of the function behind a trigger. */
function triggerFunctionName(trigger: Pick<Trigger, 'name'>): string {
  return derivedName.triggerFunction(trigger.name);
}

/** The columns of the primary key on this engine. */
export function keyOf(table: Table): readonly string[] {
  return table.partitionedKey ?? table.primaryKey;
}

/** The statements that add keys, uniques and foreign keys to a table made `withoutKeys`, in the form `createTable` gives them. */
export function keyClauses(table: Table): { primary: string; uniques: string[]; foreignKeys: string[] } {
  return {
    primary: `CONSTRAINT ${quote(primaryKeyName(table))} PRIMARY KEY (${list(keyOf(table))})`,
    uniques: table.uniques.map((unique) => `CONSTRAINT ${quote(unique.name)} UNIQUE (${list(unique.columns)})`),
    foreignKeys: table.foreignKeys.map(foreignKeyClause),
  };
}

const foreignKeyClause: Ddl['foreignKeyClause'] = (key) =>
  `CONSTRAINT ${quote(key.name)} FOREIGN KEY (${list(key.columns)}) REFERENCES ${quote(key.references.table)} (${list(key.references.columns)})${referenceOptions(key)}`;

export const ddl: Ddl = {
  quote,
  literal,
  foreignKeyClause,
  valueCheck,
  columnDefinition,
  hasCheck: (column) => column.oneOf !== undefined,
  columnType: (table, column) => TYPES[(table.columns[column] as Column).type],

  createTable(table, options = {}) {
    const name = options.as ?? table.name;
    const generated = Object.entries(table.columns).filter(([, column]) => column.isGenerated);
    const lines = Object.entries(table.columns).map(([column, definition]) => columnDefinition(table, column, definition));
    if (options.withoutKeys !== true) {
      const keys = keyClauses(table);
      lines.push(keys.primary, ...keys.uniques, ...keys.foreignKeys);
    }
    for (const check of table.checks)
      lines.push(`CONSTRAINT ${quote(check.name)} CHECK (${sqlFor(check.expression, 'postgres')})`);
    return [
      ...generated.map(([column]) => `CREATE SEQUENCE ${quote(sequenceName(table, column))} AS bigint`),
      `CREATE TABLE ${quote(name)} (\n  ${lines.join(',\n  ')}\n)`,
      ...generated.map(
        ([column]) => `ALTER SEQUENCE ${quote(sequenceName(table, column))} OWNED BY ${quote(name)}.${quote(column)}`,
      ),
    ];
  },

  createIndex(table: Table, index: Index) {
    // NULLs last when rising, first when falling, is the default here; SQLite sorts them the other way round, which no index decides.
    const parts = index.columns.map(
      (part) =>
        (part.expression === undefined ? quote(part.name) : `(${sqlFor(part.expression, 'postgres')})`) +
        (part.isDescending ? ' DESC' : ''),
    );
    const where = index.where === undefined ? '' : ` WHERE ${sqlFor(index.where, 'postgres')}`;
    return `CREATE ${index.isUnique ? 'UNIQUE ' : ''}INDEX ${quote(index.name)} ON ${quote(table.name)} (${parts.join(', ')})${where}`;
  },

  createTrigger(table: Table, trigger: Trigger) {
    const of = trigger.updateOf === undefined ? '' : ` OF ${list(trigger.updateOf)}`;
    const when = trigger.when === undefined ? '' : ` WHEN (${sqlFor(trigger.when, 'postgres')})`;
    const run = quote(triggerFunctionName(trigger));
    return [
      `CREATE FUNCTION ${run}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN ${trigger.body.postgres} END $body$`,
      `CREATE TRIGGER ${quote(trigger.name)} ${trigger.timing.toUpperCase()} ${trigger.event.toUpperCase()}${of} ON ${quote(table.name)} FOR EACH ROW${when} EXECUTE FUNCTION ${run}()`,
    ];
  },

  dropTrigger: (table, trigger) => [
    `DROP TRIGGER ${quote(trigger.name)} ON ${quote(table.name)}`,
    `DROP FUNCTION ${quote(triggerFunctionName(trigger))}()`,
  ],
  createView: (view: View) => `CREATE VIEW ${quote(view.name)} AS ${sqlFor(view.query, 'postgres')}`,

  comments: (table) => [
    ...(table.comment === undefined ? [] : [`COMMENT ON TABLE ${quote(table.name)} IS ${literal(table.comment)}`]),
    ...Object.entries(table.columns).flatMap(([name, column]) =>
      column.comment === undefined ? [] : [`COMMENT ON COLUMN ${quote(table.name)}.${quote(name)} IS ${literal(column.comment)}`],
    ),
  ],

  formOf: ({ tables, views }) =>
    [...Object.values(tables).flatMap(tableForm), ...views.map((view) => linesAbout(view.name).view(ANY_EXPRESSION))].toSorted(),
};

function tableForm(table: Table): string[] {
  const about = linesAbout(table.name);
  const columns = Object.entries(table.columns);
  return [
    about.table(),
    ...columns.map(([name, column]) =>
      about.column(name, {
        type: TYPES[column.type],
        isRequired: !column.isNullable,
        isGenerated: column.isGenerated,
        ...(column.default === undefined ? {} : { default: literal(column.default).replaceAll('\n', '\\n') }),
        ...(column.computed === undefined ? {} : { computed: `stored ${ANY_EXPRESSION}` }),
      }),
    ),
    ...columns
      .filter(([, column]) => column.isGenerated)
      .map(([name]) => about.sequence(sequenceName(table, name), 'bigint', name)),
    ...columns
      .filter(([, column]) => ddl.hasCheck(column))
      .map(([name]) => about.check(derivedName.valueCheck(table.name, name), ANY_EXPRESSION)),
    about.primaryKey(primaryKeyName(table), listed(keyOf(table))),
    ...table.uniques.map((unique) => about.unique(unique.name, listed(unique.columns))),
    ...table.indexes.map((index) =>
      about.index(index.name, {
        isUnique: index.isUnique,
        parts: index.columns.map(
          (part) => (part.name === undefined ? ANY_EXPRESSION : quote(part.name)) + (part.isDescending ? ' desc' : ''),
        ),
        ...(index.where === undefined ? {} : { where: ANY_EXPRESSION }),
      }),
    ),
    ...table.foreignKeys.map((key) =>
      about.foreignKey({
        name: key.name,
        columns: key.columns,
        table: key.references.table,
        to: key.references.columns,
        ...(key.onDelete === undefined ? {} : { onDelete: key.onDelete }),
        ...(key.onUpdate === undefined ? {} : { onUpdate: key.onUpdate }),
        ...(key.isDeferred === true ? { more: 'deferrable initially deferred' } : {}),
      }),
    ),
    ...table.checks.map((check) => about.check(check.name, ANY_EXPRESSION)),
    ...table.triggers.map((trigger) => about.trigger(trigger.name, ANY_EXPRESSION, `runs plpgsql ${ANY_EXPRESSION}`)),
    ...(table.comment === undefined ? [] : [about.comment(table.comment)]),
    ...columns.flatMap(([name, { comment }]) => (comment === undefined ? [] : [about.comment(comment, name)])),
  ];
}
