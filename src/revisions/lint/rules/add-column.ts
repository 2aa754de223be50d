import { rule } from '../rule.ts';
import { releasedChanges } from '../scene.ts';

const expand = (table: string, name: string): string => `// one revision: the column, empty
alterTable('${table}', { kind: 'addColumn', name: '${name}', column: … nullable … })
// the next: fill it in batches
backfill({ about: 'fill ${name}', table: '${table}', set: { ${name}: '…' }, where: '${name} IS NULL' })
// the one after, with isTransactional: false and contracts: '<the first>', once a release fills it
alterTable('${table}', { kind: 'changeColumn', name: '${name}', column: … required … })`;

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
            rewrite: expand(table.name, change.name),
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
        yield {
          level: 'error',
          what: `${table.name}.${change.name} is required and has no default${change.fill === undefined ? ': rows that are there have no value for it' : ''}.`,
          rewrite: `// give it a constant default, which costs nothing:\nalterTable('${table.name}', { kind: 'addColumn', name: '${change.name}', column: ${column.type}({ default: … }) })\n// or, where there is none:\n${expand(table.name, change.name)}`,
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
        yield {
          level: 'error',
          what: `${table.name}.${change.name} is computed from now on.`,
          rewrite: `// a plain column that new rows get from a trigger, and old ones from a backfill:\n${expand(table.name, change.name)}`,
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
            rewrite: expand(table.name, change.name),
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
            rewrite: `// without a default, the reference is empty where nobody has chosen one:\nalterTable('${table.name}', { kind: 'addColumn', name: '${other.change.name}', column: ${other.change.column.type}({ nullable: true }) })`,
          };
        }
      }
    },
  }),
] as const;
