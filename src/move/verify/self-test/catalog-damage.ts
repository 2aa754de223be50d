import { ddl, primaryKeyName, sequenceName } from '../../../engine/postgres/ddl.ts';
import type { Column, ColumnType } from '../../../schema/column.ts';
import type { Table } from '../../../schema/table.ts';
import { quoted } from '../../source/source-tables.ts';
import { LAST_PARENT_ID, probeTables } from './probe-tables.ts';
import type { SampleTable } from './scratch.ts';

/** A damage of the schema or of a sequence. */
export interface CatalogPlant {
  readonly kind: string;
  readonly place: string;
  readonly sql: string;
  /** What rolling back does not take back: a sequence. */
  readonly restore?: string;
  /** What the comparison must name. */
  readonly named: string;
}

/** Types that hold the same values for the eye, and are not the same. */
const OTHER_TYPE: Partial<Record<ColumnType, string>> = {
  int32: 'bigint',
  float64: 'numeric',
  text: 'character varying(255)',
  timestamp: 'timestamp without time zone',
  int64: 'numeric',
};

const literal = (name: string): string => `'${quoted(name).replaceAll("'", "''")}'`;

function* columnPlants({ table, rows }: SampleTable, name: string, column: Column): Generator<CatalogPlant> {
  const place = `${table.name}.${name}`;
  const alter = (change: string): string => `ALTER TABLE ${quoted(table.name)} ALTER ${quoted(name)} ${change}`;
  const type = OTHER_TYPE[column.type];
  if (type !== undefined && column.computed === undefined && column.oneOf === undefined && !isUsed(table, name))
    yield { kind: 'schema: a column of another type', place, named: name, sql: alter(`TYPE ${type}`) };
  if (column.default !== undefined) {
    yield { kind: 'schema: a default missing', place, named: name, sql: alter('DROP DEFAULT') };
    const other =
      typeof column.default === 'boolean' ? !column.default : typeof column.default === 'number' ? column.default + 1 : 'x';
    yield { kind: 'schema: another default', place, named: name, sql: alter(`SET DEFAULT ${ddl.literal(other)}`) };
  }
  if (!column.isNullable && !table.primaryKey.includes(name) && !table.partitionedKey?.includes(name))
    yield { kind: 'schema: a NOT NULL missing', place, named: name, sql: alter('DROP NOT NULL') };
  if (column.oneOf !== undefined || !column.isGenerated) return;
  const sequence = sequenceName(table, name);
  if (rows.length > 0)
    yield {
      kind: 'sequence: behind the rows',
      place: sequence,
      named: sequence,
      sql: `SELECT setval(${literal(sequence)}, 1, false) FROM ${quoted(table.name)} LIMIT 1`,
      restore: `SELECT setval(${literal(sequence)}, greatest((SELECT max(${quoted(name)}) FROM ${quoted(table.name)}), ${probeTables.includes(table) ? LAST_PARENT_ID : 1}))`,
    };
  yield {
    kind: 'sequence: owned by nobody',
    place: sequence,
    named: sequence,
    sql: `ALTER SEQUENCE ${quoted(sequence)} OWNED BY NONE`,
  };
  yield {
    kind: 'sequence: cut to 32 bits',
    place: sequence,
    named: sequence,
    sql: `ALTER SEQUENCE ${quoted(sequence)} MAXVALUE 2147483647`,
  };
}

/** True where other things hang on the column's type. */
const isUsed = (table: Table, name: string): boolean =>
  table.primaryKey.includes(name) ||
  table.foreignKeys.some(({ columns }) => columns.includes(name)) ||
  table.uniques.some(({ columns }) => columns.includes(name)) ||
  JSON.stringify([table.checks, table.indexes, Object.values(table.columns).map(({ computed }) => computed ?? '')]).includes(
    name,
  );

function* tablePlants(sample: SampleTable): Generator<CatalogPlant> {
  const { table } = sample;
  const name = quoted(table.name);
  const constraint = (kind: string, of: string): CatalogPlant => ({
    kind,
    place: of,
    named: of,
    sql: `ALTER TABLE ${name} DROP CONSTRAINT ${quoted(of)} CASCADE`,
  });
  for (const index of table.indexes) {
    const kind = index.isUnique ? 'schema: a unique index missing' : 'schema: an index missing';
    yield { kind, place: index.name, named: index.name, sql: `DROP INDEX ${quoted(index.name)}` };
    if (!index.isUnique) continue;
    const plain = ddl.createIndex(table, { ...index, isUnique: false });
    yield {
      kind: 'schema: an index that is not unique',
      place: index.name,
      named: index.name,
      sql: `DROP INDEX ${quoted(index.name)}; ${plain}`,
    };
  }
  yield constraint('schema: a primary key missing', primaryKeyName(table));
  for (const unique of table.uniques) yield constraint('schema: a unique constraint missing', unique.name);
  for (const check of table.checks) yield constraint('schema: a check missing', check.name);
  for (const key of table.foreignKeys) {
    const missing = constraint('schema: a foreign key missing', key.name);
    yield missing;
    yield {
      ...missing,
      kind: 'schema: a foreign key never checked',
      sql: `${missing.sql}; ALTER TABLE ${name} ADD ${ddl.foreignKeyClause(key)} NOT VALID`,
    };
  }
  for (const [column, definition] of Object.entries(table.columns)) yield* columnPlants(sample, column, definition);
  yield {
    kind: 'schema: a column too much',
    place: table.name,
    named: 'planted',
    sql: `ALTER TABLE ${name} ADD planted integer`,
  };
}

/** Places of each kind: the catalogs are read as a whole, and one index is found as another. */
const PLACES_A_KIND = 3;

function* allPlants(samples: readonly SampleTable[]): Generator<CatalogPlant> {
  for (const sample of samples) yield* tablePlants(sample);
  const [parent] = probeTables as [Table];
  const sequence = sequenceName(parent, 'probe_id');
  yield {
    kind: 'sequence: behind an id whose row is gone',
    place: sequence,
    named: sequence,
    sql: `SELECT setval(${literal(sequence)}, ${LAST_PARENT_ID - 1n})`,
    restore: `SELECT setval(${literal(sequence)}, ${LAST_PARENT_ID})`,
  };
}

/** Damages of every kind of the schema, at some places each. */
export function* catalogPlants(samples: readonly SampleTable[]): Generator<CatalogPlant> {
  const places = new Map<string, number>();
  for (const plant of allPlants(samples)) {
    const before = places.get(plant.kind) ?? 0;
    places.set(plant.kind, before + 1);
    if (before < PLACES_A_KIND) yield plant;
  }
}
