import { addColumn } from '../../change.ts';
import { alterTable } from '../../step.ts';
import { rule } from '../rule.ts';
import { constantLike, emptyLike, expand, safeWay } from '../safe-way.ts';
import { releasedChanges } from '../scene.ts';

export const addColumnRules = [
  rule({
    id: 'add-column-with-fill',
    engines: ['sqlite', 'postgres'],
    why: 'All rows are updated in the transaction that adds the column: on PostgreSQL nobody reads the table meanwhile, SQLite builds it anew.',
    *check(scene) {
      for (const { change, table } of releasedChanges(scene, 'addColumn'))
        if (change.fill !== undefined)
          yield {
            level: 'error',
            what: `${table.name}.${change.name} is added with a value computed for every row.`,
            rewrite: safeWay(...expand(table.name, change.name, change.column, change.fill)),
          };
    },
  }),
  rule({
    id: 'add-required-column',
    engines: ['sqlite', 'postgres'],
    why: 'The release that is running inserts without it, and is refused from this moment on; without rows it passes, with rows it may fail.',
    isUpOnly: true,
    *check(scene) {
      for (const { change, table } of releasedChanges(scene, 'addColumn')) {
        const { column } = change;
        if (column.isNullable || column.default !== undefined || column.computed !== undefined || column.isGenerated) continue;
        const constant = constantLike(column);
        const atOnce = {
          about: 'a constant default costs nothing, where there is one',
          upgrade: constant === undefined ? [] : [alterTable(table.name, addColumn(change.name, constant))],
        };
        yield {
          level: 'error',
          what: `${table.name}.${change.name} is required and has no default${change.fill === undefined ? ': rows that are there have no value for it' : ''}.`,
          rewrite: safeWay(
            ...(constant === undefined ? [] : [atOnce]),
            ...expand(table.name, change.name, column, change.fill, constant === undefined ? '' : 'or, where there is none: '),
          ),
        };
      }
    },
  }),
  rule({
    id: 'computed-column',
    engines: ['sqlite', 'postgres'],
    why: 'A stored computed column is computed for every row at once: both engines write the whole table anew, and on PostgreSQL nobody reads it meanwhile.',
    *check(scene) {
      for (const { change, table } of releasedChanges(scene, 'addColumn', 'changeColumn')) {
        if (change.column.computed === undefined) continue;
        const before = table.columns[change.name]?.computed;
        if (change.kind === 'changeColumn' && JSON.stringify(before) === JSON.stringify(change.column.computed)) continue;
        // A column that is there keeps its values meanwhile: the plain one comes beside it.
        const plain = change.kind === 'addColumn' ? change.name : `${change.name}_kept`;
        yield {
          level: 'error',
          what: `${table.name}.${change.name} is computed from now on.`,
          rewrite: safeWay(
            { about: 'a plain column that new rows get from a trigger, and old ones from a backfill:' },
            ...expand(table.name, plain, change.column, change.column.computed),
          ),
        };
      }
    },
  }),
  rule({
    id: 'add-generated-id',
    engines: ['sqlite', 'postgres'],
    why: 'PostgreSQL numbers every row under its strongest lock; SQLite numbers rows by the primary key only and refuses.',
    *check(scene) {
      for (const { change, table } of releasedChanges(scene, 'addColumn'))
        if (change.column.isGenerated)
          yield {
            level: 'error',
            what: `${table.name}.${change.name} numbers the rows that are there.`,
            rewrite: safeWay(...expand(table.name, change.name, change.column)),
          };
    },
  }),
  rule({
    id: 'reference-with-default',
    engines: ['sqlite', 'postgres'],
    why: 'Every row that is there gets the default at once: on an empty table it passes, with rows it fails unless the parent exists.',
    isUpOnly: true,
    *check(scene) {
      for (const { change, table } of releasedChanges(scene, 'addForeignKey')) {
        for (const other of scene.changes) {
          if (other.table.name !== table.name || other.change.kind !== 'addColumn' || other.change.column.default === undefined)
            continue;
          if (!change.foreignKey.columns.includes(other.change.name)) continue;
          yield {
            level: 'decide',
            what: `${table.name}.${other.change.name} refers to ${change.foreignKey.references.table} and is ${String(other.change.column.default)} in every row.`,
            rewrite: safeWay({
              about: 'without a default, the reference is empty where nobody has chosen one',
              upgrade: [alterTable(table.name, addColumn(other.change.name, emptyLike(other.change.column)))],
            }),
          };
        }
      }
    },
  }),
] as const;
