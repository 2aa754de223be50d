import { ddl } from '../../../engine/postgres/ddl.ts';
import type { Column } from '../../../schema/column.ts';
import { typeChangeRewrites } from '../../effects/type-change.ts';
import { rule } from '../rule.ts';
import { releasedChanges } from '../scene.ts';

/** Conversions without `using` that keep every value on both engines. */
const isWidening = (from: Column, to: Column): boolean => from.type === 'int32' && to.type === 'int64';

export const changeColumnRules = [
  rule({
    id: 'not-null-at-once',
    engines: ['postgres'],
    why: 'PostgreSQL reads the whole table for NULLs while nobody else reads or writes it; a proved check spares that.',
    *check(scene) {
      if (scene.isOnline) return;
      for (const { change, table } of releasedChanges(scene, 'changeColumn')) {
        if (table.columns[change.name]?.isNullable !== true || change.column.isNullable) continue;
        yield {
          level: 'error',
          what: `${table.name}.${change.name} becomes required in one transaction.`,
          rewrite: `// in a revision of its own, with\nisTransactional: false,\n// PostgreSQL proves it with a check first, keeping nobody waiting`,
        };
      }
    },
  }),
  rule({
    id: 'change-type',
    engines: ['postgres'],
    why: 'PostgreSQL writes the table and all its indexes anew while nobody else reads or writes it, and the release that is running reads the new type.',
    *check(scene) {
      for (const { change, table } of releasedChanges(scene, 'changeColumn')) {
        const from = table.columns[change.name] as Column;
        const [old, next] = [from, change.column].map((column) =>
          ddl.columnType({ ...table, columns: { [change.name]: column } }, change.name),
        ) as [string, string];
        if (old === next || !typeChangeRewrites(old, next, false)) continue;
        const indexes = table.indexes
          .filter((index) => index.columns.some((part) => part.name === change.name))
          .map((index) => index.name);
        yield {
          level: 'error',
          what: `${table.name}.${change.name} changes from ${from.type} to ${change.column.type}${indexes.length === 0 ? '' : `, with ${indexes.join(', ')}`}.`,
          rewrite: `// expand: a second column of the new type, written by new code beside the old one\nalterTable('${table.name}', { kind: 'addColumn', name: '${change.name}_${change.column.type}', column: ${change.column.type}({ nullable: true }) })\nbackfill({ about: 'convert ${change.name}', table: '${table.name}', set: { ${change.name}_${change.column.type}: '…' }, where: '${change.name}_${change.column.type} IS NULL' })\n// contract, once a release reads the new one: contracts: '<that revision>'\nalterTable('${table.name}', { kind: 'dropColumn', name: '${change.name}' })`,
        };
      }
    },
  }),
  rule({
    id: 'type-change-without-using',
    engines: ['sqlite', 'postgres'],
    why: "SQLite's affinity turns '007' into 7 and leaves 'x1' as text, PostgreSQL asks for a USING or refuses: the same change, two outcomes.",
    *check(scene) {
      for (const { change, table } of scene.changes) {
        if (change.kind !== 'changeColumn' || change.using !== undefined) continue;
        const from = table.columns[change.name] as Column;
        if (from.type === change.column.type || isWidening(from, change.column) || change.column.computed !== undefined) continue;
        yield {
          level: 'error',
          what: `${table.name}.${change.name} changes from ${from.type} to ${change.column.type}, and nothing says how its values do.`,
          rewrite: `{ kind: 'changeColumn', name: '${change.name}', column: …, using: { sqlite: 'CAST(${change.name} AS …)', postgres: '${change.name}::…' } }`,
        };
      }
    },
  }),
  rule({
    id: 'fill-in-schema-change',
    engines: ['sqlite', 'postgres'],
    why: 'All rows are updated in the transaction that changes the column, and writers wait until it ends; a backfill keeps them waiting for one batch.',
    *check(scene) {
      for (const { change, table } of releasedChanges(scene, 'changeColumn')) {
        if (change.using === undefined || table.columns[change.name]?.type !== change.column.type) continue;
        yield {
          level: 'error',
          what: `${table.name}.${change.name} is filled and changed in one step.`,
          rewrite: `// a revision before this one\nbackfill({ about: 'fill ${change.name}', table: '${table.name}', set: { ${change.name}: '…' }, where: '${change.name} IS NULL' })\n// then this one without using, and with isTransactional: false`,
        };
      }
    },
  }),
] as const;
