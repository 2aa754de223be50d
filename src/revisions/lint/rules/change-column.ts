import { ddl } from '../../../engine/postgres/ddl.ts';
import { ddl as sqliteDdl } from '../../../engine/sqlite/ddl.ts';
import type { Column } from '../../../schema/column.ts';
import { changeColumn, dropColumn } from '../../change.ts';
import { keepsValues } from '../../conversion.ts';
import { typeChangeRewrites } from '../../effects/type-change.ts';
import { alterTable, backfill } from '../../step.ts';
import { rule } from '../rule.ts';
import { EXPANDED, expand, OPEN, safeWay } from '../safe-way.ts';
import { releasedChanges, wayOf } from '../scene.ts';

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
          rewrite: safeWay({
            about: 'in a revision of its own: PostgreSQL proves it with a check first, keeping nobody waiting',
            isTransactional: false,
            ...wayOf(scene, alterTable(table.name, changeColumn(change.name, change.column))),
          }),
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
          rewrite: safeWay(
            { about: 'a second column of the new type, which new code writes beside the old one:' },
            ...expand(table.name, `${change.name}_${change.column.type}`, change.column, change.using ?? OPEN).slice(0, 2),
            {
              about: 'contract, once a release reads the new one',
              contracts: EXPANDED,
              upgrade: [alterTable(table.name, dropColumn(change.name))],
            },
          ),
        };
      }
    },
  }),
  rule({
    id: 'type-change-without-using',
    engines: ['sqlite', 'postgres'],
    why: 'Without it the change passes on an empty table and is refused on both engines as soon as a row has a value: what becomes of it is for a person to say.',
    *check(scene) {
      for (const { change, table } of scene.changes) {
        if (change.kind !== 'changeColumn' || change.using !== undefined) continue;
        const from = table.columns[change.name] as Column;
        if (keepsValues(from.type, change.column.type) || change.column.computed !== undefined) continue;
        const to = { ...table, columns: { [change.name]: change.column } };
        const [sqlite, postgres] = [sqliteDdl, ddl].map(
          (each) => `CAST(${change.name} AS ${each.columnType(to, change.name)})`,
        ) as [string, string];
        const using = { sqlite, postgres };
        yield {
          level: 'error',
          what: `${table.name}.${change.name} changes from ${from.type} to ${change.column.type}, and nothing says how its values do.`,
          rewrite: safeWay({
            about: 'with what each value becomes, for instance',
            ...wayOf(scene, alterTable(table.name, changeColumn(change.name, change.column, { using }))),
          }),
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
          rewrite: safeWay(
            {
              about: 'a revision before this one',
              upgrade: [
                backfill({
                  about: `fill ${change.name}`,
                  table: table.name,
                  set: { [change.name]: change.using },
                  where: `${change.name} IS NULL`,
                }),
              ],
            },
            {
              about: 'then this one, without using',
              isTransactional: false,
              ...wayOf(scene, alterTable(table.name, changeColumn(change.name, change.column))),
            },
          ),
        };
      }
    },
  }),
] as const;
