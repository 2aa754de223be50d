import { catalogQuery } from '../../../engine/catalog-query.ts';
import { type Column, type SqlText, sqlFor } from '../../../schema/column.ts';
import { addColumn, type Change } from '../../change.ts';
import { namesColumn } from '../../rename-in-sql.ts';
import { alterTable } from '../../step.ts';
import type { Problem } from '../finding.ts';
import { type Live, rule } from '../rule.ts';
import { accepting, constantLike, expand, filledFirst, safeWay } from '../safe-way.ts';
import type { ChangeSite, Scene } from '../scene.ts';

const say = (rows: number, what = 'row'): string => `${rows.toLocaleString('en-US')} ${what}${rows === 1 ? '' : 's'}`;

/** A changed table as it is in the database now: its name, and a column's, through the renames that are still to come. */
interface There {
  readonly table: string;
  /** The column's quoted name there; `undefined` where it is not there yet. */
  column(name: string): string | undefined;
  /** Expressions of the revision can be asked as they are written: no name is another one there. */
  readonly hasSameNames: boolean;
  /** So can this one: what it names is there, under these names. */
  canAsk(expression: SqlText): boolean;
}

function there(scene: Scene, site: ChangeSite, live: Live): There | undefined {
  const known = site.live.tables.get(site.table.name);
  // What an earlier pending step writes into it decides, not what is there now.
  if (known === undefined || !live.sizes.has(known.was) || scene.touched.has(site.table.name)) return undefined;
  const { quote } = live.engine.ddl;
  return {
    table: quote(known.was),
    column: (name) => (known.columns.has(name) ? quote(known.columns.get(name) as string) : undefined),
    hasSameNames:
      known.was === site.table.name && Object.keys(site.table.columns).every((name) => known.columns.get(name) === name),
    canAsk: (expression) =>
      known.was === site.table.name &&
      Object.keys(site.table.columns).every((name) => known.columns.get(name) === name || !namesColumn(expression, name)),
  };
}

async function count(live: Live, from: string): Promise<number> {
  return Number((await catalogQuery(live.connection, { total: 'count(*)' }, `FROM ${from}`))[0]?.total);
}

type Of<K extends Change['kind']> = ChangeSite & { readonly change: Extract<Change, { kind: K }>; readonly place: There };

/** The changes of tables that are in the database. */
function* placed<K extends Change['kind']>(scene: Scene, live: Live, ...kinds: readonly K[]): Generator<Of<K>> {
  for (const site of scene.changes) {
    const place = (kinds as readonly string[]).includes(site.change.kind) ? there(scene, site, live) : undefined;
    if (place !== undefined) yield { ...site, place } as Of<K>;
  }
}

/** Keys that are there more than once, the first five with how often. */
async function* duplicates(
  live: Live,
  { table }: There,
  name: string,
  keys: readonly (string | undefined)[],
  where: string,
): AsyncGenerator<Problem> {
  if (keys.some((key) => key === undefined)) return;
  const columns = Object.fromEntries(keys.map((key, i) => [`key${i}`, key as string]));
  const grouped = `FROM ${table} WHERE ${[...keys.map((key) => `${key} IS NOT NULL`), ...(where === '' ? [] : [`(${where})`])].join(' AND ')} GROUP BY ${keys.join(', ')} HAVING count(*) > 1`;
  const rows = await catalogQuery(
    live.connection,
    { ...columns, total: 'count(*)' },
    `${grouped} ORDER BY count(*) DESC, ${keys.join(', ')} LIMIT 5`,
  );
  if (rows.length === 0) return;
  const total = await count(live, `(SELECT 1 ${grouped}) AS keys`);
  const listed = rows.map(({ total: times, ...key }) => `(${Object.values(key).map(String).join(', ')}) ${String(times)} times`);
  yield {
    level: 'error',
    what: `${name} cannot be made: ${say(total, 'key')} there more than once: ${listed.join(', ')}${total > rows.length ? ', …' : ''}.`,
    rewrite: '// first an sql step that keeps one row of each key, by a rule a person has chosen',
  };
}

/** What rows that are there get in a column that this revision adds, as SQL; `undefined` where they get nothing, or nobody can ask. */
function valueOnAdding(
  { changes }: Scene,
  { engine }: Live,
  { table, place }: Of<'addForeignKey'>,
  name: string,
): string | undefined {
  for (const { change, table: other } of changes) {
    if (change.kind !== 'addColumn' || change.name !== name || other.name !== table.name) continue;
    if (change.fill !== undefined) return place.canAsk(change.fill) ? `(${sqlFor(change.fill, engine.name)})` : undefined;
    const { default: constant } = change.column;
    return typeof constant === 'string' ? engine.ddl.literal(constant) : constant?.toString();
  }
  return undefined;
}

/** A value for the rows that are there. */
function filling(table: string, { name, column }: Extract<Change, { kind: 'addColumn' }>): string {
  const constant = constantLike(column);
  return constant === undefined
    ? safeWay(...expand(table, name, column))
    : safeWay({ about: 'a constant for the rows that are there', upgrade: [alterTable(table, addColumn(name, constant))] });
}

export const dataLossRules = [
  rule({
    id: 'drop-table-with-rows',
    engines: ['sqlite', 'postgres'],
    why: 'The rows are gone for good once flashcase db finish has dropped what is kept aside (PostgreSQL), or the copy made before is removed (SQLite).',
    isUpOnly: true,
    async *live(scene, live) {
      for (const { step, live: lineage } of scene.steps) {
        const size = step.kind === 'dropTable' ? live.sizes.get(lineage.tables.get(step.name)?.was ?? '') : undefined;
        if (step.kind === 'dropTable' && size !== undefined && size.rows > 0)
          yield {
            level: 'decide',
            what: `Table ${step.name} is dropped with ${size.isEstimate ? 'about ' : ''}${say(size.rows)}.`,
            rewrite: accepting('drop-table-with-rows', 'where the rows are kept, or why nobody needs them'),
          };
      }
    },
  }),
  rule({
    id: 'drop-column-with-values',
    engines: ['sqlite', 'postgres'],
    why: 'The values are gone for good once flashcase db finish has dropped what is kept aside (PostgreSQL), or the copy made before is removed (SQLite).',
    isUpOnly: true,
    async *live(scene, live) {
      for (const { change, table, place } of placed(scene, live, 'dropColumn')) {
        const column = place.column(change.name);
        if (column === undefined || table.columns[change.name]?.computed !== undefined) continue;
        const values = await count(live, `${place.table} WHERE ${column} IS NOT NULL`);
        if (values > 0)
          yield {
            level: 'decide',
            what: `${table.name}.${change.name} is dropped with ${say(values, 'value')}.`,
            rewrite: accepting('drop-column-with-values', 'where the values are kept, or why nobody needs them'),
          };
      }
    },
  }),
  rule({
    id: 'change-type-with-values',
    engines: ['sqlite', 'postgres'],
    why: 'Each value is converted; what the new type cannot say is refused or lost.',
    isUpOnly: true,
    async *live(scene, live) {
      for (const { change, table, place } of placed(scene, live, 'changeColumn')) {
        const from = table.columns[change.name] as Column;
        const column = place.column(change.name);
        if (column === undefined || from.type === change.column.type || (from.type === 'int32' && change.column.type === 'int64'))
          continue;
        const values = await count(live, `${place.table} WHERE ${column} IS NOT NULL`);
        if (values > 0)
          yield {
            level: 'decide',
            what: `${table.name}.${change.name}: ${say(values, 'value')} from ${from.type} to ${change.column.type}${change.using === undefined ? '' : ' by its using'}.`,
            rewrite: accepting('change-type-with-values', 'how the conversion was tried'),
          };
      }
    },
  }),
  rule({
    id: 'required-with-nulls',
    engines: ['sqlite', 'postgres'],
    why: 'Both engines refuse to make a column required while it is empty somewhere.',
    isUpOnly: true,
    async *live(scene, live) {
      for (const { change, table, place } of placed(scene, live, 'changeColumn')) {
        const column = place.column(change.name);
        if (column === undefined || change.column.isNullable || table.columns[change.name]?.isNullable !== true) continue;
        if (change.using !== undefined && !place.hasSameNames) continue;
        const value = change.using === undefined ? column : `(${sqlFor(change.using, live.engine.name)})`;
        const empty = await count(live, `${place.table} WHERE ${value} IS NULL`);
        if (empty > 0)
          yield {
            level: 'error',
            what: `${table.name}.${change.name} cannot become required: it is empty in ${say(empty)}.`,
            rewrite: filledFirst(table.name, change.name, `${change.name} IS NULL`),
          };
      }
    },
  }),
  rule({
    id: 'required-column-on-rows',
    engines: ['sqlite', 'postgres'],
    why: 'The rows that are there have no value for it: on an empty table it passes, here it is refused.',
    isUpOnly: true,
    async *live(scene, live) {
      for (const { change, table, place } of placed(scene, live, 'addColumn')) {
        const { column } = change;
        if (
          column.isNullable ||
          column.default !== undefined ||
          column.computed !== undefined ||
          column.isGenerated ||
          change.fill !== undefined
        )
          continue;
        const rows = await count(live, place.table);
        if (rows > 0)
          yield {
            level: 'error',
            what: `${table.name}.${change.name} cannot be added: ${say(rows)} would have no value for it.`,
            rewrite: filling(table.name, change),
          };
      }
    },
  }),
  rule({
    id: 'unique-with-duplicates',
    engines: ['sqlite', 'postgres'],
    why: 'Both engines refuse the key while a value is there twice; on an empty table it passes.',
    isUpOnly: true,
    async *live(scene, live) {
      for (const site of placed(scene, live, 'addUnique', 'addIndex', 'changePrimaryKey')) {
        const { change, place } = site;
        if (change.kind === 'addUnique')
          yield* duplicates(live, place, change.unique.name, change.unique.columns.map(place.column), '');
        if (change.kind === 'changePrimaryKey')
          yield* duplicates(live, place, 'The primary key', change.columns.map(place.column), '');
        if (change.kind !== 'addIndex' || !change.index.isUnique) continue;
        const { columns, where, name } = change.index;
        if (!place.hasSameNames && (where !== undefined || columns.some((part) => part.expression !== undefined))) continue;
        const keys = columns.map((part) =>
          part.expression === undefined ? place.column(part.name) : `(${sqlFor(part.expression, live.engine.name)})`,
        );
        yield* duplicates(live, place, name, keys, where === undefined ? '' : sqlFor(where, live.engine.name));
      }
    },
  }),
  rule({
    id: 'value-in-use',
    engines: ['sqlite', 'postgres'],
    why: 'Both engines refuse to take a value off the list while rows have it.',
    isUpOnly: true,
    async *live(scene, live) {
      for (const { change, table, place } of placed(scene, live, 'changeColumn')) {
        const column = place.column(change.name);
        const allowed = change.column.oneOf;
        if (column === undefined || allowed === undefined || (change.using !== undefined && !place.hasSameNames)) continue;
        const value = change.using === undefined ? column : `(${sqlFor(change.using, live.engine.name)})`;
        const rows = await catalogQuery(
          live.connection,
          { value, total: 'count(*)' },
          `FROM ${place.table} WHERE ${value} IS NOT NULL AND ${value} NOT IN (${allowed.map(live.engine.ddl.literal).join(', ')}) GROUP BY 1 ORDER BY 2 DESC LIMIT 5`,
        );
        if (rows.length > 0)
          yield {
            level: 'error',
            what: `${table.name}.${change.name} has values that are no longer allowed: ${rows.map((row) => `${String(row.value)} in ${say(Number(row.total))}`).join(', ')}.`,
            rewrite: filledFirst(
              table.name,
              change.name,
              `${change.name} NOT IN (${allowed.map(live.engine.ddl.literal).join(', ')})`,
            ),
          };
      }
    },
  }),
  rule({
    id: 'check-violated',
    engines: ['sqlite', 'postgres'],
    why: 'Both engines refuse a check that a row breaks.',
    isUpOnly: true,
    async *live(scene, live) {
      for (const { change, table, place } of placed(scene, live, 'addCheck')) {
        if (!place.hasSameNames) continue;
        const rows = await count(live, `${place.table} WHERE NOT (${sqlFor(change.check.expression, live.engine.name)})`);
        if (rows > 0)
          yield {
            level: 'error',
            what: `${change.check.name} of ${table.name} is broken by ${say(rows)}.`,
            rewrite: filledFirst(table.name, '<column>', `NOT (${sqlFor(change.check.expression, live.engine.name)})`),
          };
      }
    },
  }),
  rule({
    id: 'foreign-key-orphans',
    engines: ['sqlite', 'postgres'],
    why: 'Both engines refuse a foreign key while a row has no parent.',
    isUpOnly: true,
    async *live(scene, live) {
      for (const site of placed(scene, live, 'addForeignKey')) {
        const { change, table, place } = site;
        const { columns, references } = change.foreignKey;
        const parent = site.live.tables.get(references.table);
        const own = columns.map((name) => place.column(name) ?? valueOnAdding(scene, live, site, name));
        if (
          parent === undefined ||
          own.some((value) => value === undefined) ||
          references.columns.some((name) => !parent.columns.has(name))
        )
          continue;
        const { quote } = live.engine.ddl;
        const keys = own.map((value, i) => `${value} AS key${i}`).join(', ');
        const match = references.columns
          .map((name, i) => `parent.${quote(parent.columns.get(name) as string)} = child.key${i}`)
          .join(' AND ');
        const rows = await count(
          live,
          `(SELECT ${keys} FROM ${place.table}) AS child WHERE ${own.map((_, i) => `child.key${i} IS NOT NULL`).join(' AND ')} AND NOT EXISTS (SELECT 1 FROM ${quote(parent.was)} AS parent WHERE ${match})`,
        );
        if (rows > 0)
          yield {
            level: 'error',
            what: `${change.foreignKey.name}: ${say(rows)} of ${table.name} without a row in ${references.table}.`,
            rewrite: '// first an sql step or backfill that empties or removes them, by a rule a person has chosen',
          };
      }
    },
  }),
] as const;
