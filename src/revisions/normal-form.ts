import type { Column, SqlText } from '../schema/column.ts';
import { type Difference, differenceOf, expression, linesAbout, listed, quoted } from '../schema/form.ts';
import type { Schema, Table } from '../schema/table.ts';
import { diff } from './diff.ts';
import { inWords } from './in-words.ts';
import type { Project } from './project.ts';
import { renamesOf } from './renames.ts';
import { replay } from './state.ts';

/**
 * The normal form that both engines share: the sorted text of a schema in logical types, one fact a line. Two databases on two engines
 * are equal when each has the complete form of the schema of the same text.
 */
export function normalForm(schema: Schema): string[] {
  return [
    ...Object.values(schema.tables).flatMap(tableLines),
    ...schema.views.map((view) => linesAbout(view.name).view(sqlText(view.query))),
  ].toSorted();
}

function sqlText(text: SqlText): string {
  return typeof text === 'string' || text.sqlite === text.postgres
    ? expression(typeof text === 'string' ? text : text.sqlite)
    : `sqlite ${expression(text.sqlite)} postgres ${expression(text.postgres)}`;
}

function tableLines(table: Table): string[] {
  const about = linesAbout(table.name);
  const columns = Object.entries(table.columns);
  return [
    about.table(),
    ...columns.map(([name, column]) => columnLine(table.name, name, column)),
    about.primaryKey(
      undefined,
      listed(table.primaryKey),
      table.partitionedKey === undefined ? undefined : `partitioned ${listed(table.partitionedKey)}`,
    ),
    ...table.uniques.map((unique) => about.unique(unique.name, listed(unique.columns))),
    ...table.indexes.map((index) =>
      about.index(index.name, {
        isUnique: index.isUnique,
        parts: index.columns.map(
          (part) => (part.name === undefined ? sqlText(part.expression) : quoted(part.name)) + (part.isDescending ? ' desc' : ''),
        ),
        ...(index.where === undefined ? {} : { where: sqlText(index.where) }),
      }),
    ),
    ...table.foreignKeys.map(({ references, isDeferred, ...key }) =>
      about.foreignKey({
        ...key,
        table: references.table,
        to: references.columns,
        ...(isDeferred === true ? { more: 'deferrable initially deferred' } : {}),
      }),
    ),
    ...table.checks.map((check) => about.check(check.name, sqlText(check.expression))),
    ...table.triggers.map(({ name, timing, event, updateOf, when, body }) =>
      about.trigger(
        name,
        [
          `${timing} ${event}`,
          ...(updateOf === undefined ? [] : [`of ${listed(updateOf)}`]),
          ...(when === undefined ? [] : [`when ${sqlText(when)}`]),
          `runs ${sqlText(body)}`,
        ].join(' '),
      ),
    ),
    ...(table.comment === undefined ? [] : [about.comment(table.comment)]),
    ...columns.flatMap(([name, { comment }]) => (comment === undefined ? [] : [about.comment(comment, name)])),
  ];
}

function columnLine(table: string, name: string, column: Column): string {
  const constant = typeof column.default === 'string' ? expression(column.default) : column.default;
  return linesAbout(table).column(name, {
    type: column.type,
    isRequired: !column.isNullable,
    isGenerated: column.isGenerated,
    ...(constant === undefined ? {} : { default: String(constant) }),
    ...(column.computed === undefined ? {} : { computed: sqlText(column.computed) }),
    ...(column.oneOf === undefined ? {} : { more: `one of (${column.oneOf.map((value) => expression(value)).join(', ')})` }),
  });
}

export interface ModelDifference extends Difference {
  /** What autogenerate would write, for people. */
  readonly steps: readonly string[];
}

/** How the model differs from what the history makes; everything is empty when they agree. Looks at no database (facts F21, F24). */
export function modelDifference(project: Project): ModelDifference {
  const history = replay(project.revisions);
  const steps = inWords(diff(history, project.schema, renamesOf(history, project.schema)), history);
  return { ...differenceOf(normalForm(project.schema), normalForm(history)), steps };
}
