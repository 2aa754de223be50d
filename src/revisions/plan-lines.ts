import { describeEffect } from './effects/effect.ts';
import type { TableSize } from './live-size.ts';
import type { Plan, PlanLine } from './plan.ts';

const count = (rows: number): string => rows.toLocaleString('en-US');

/** `12,345 rows, 3.2 MiB`. */
export function describeSize(size: TableSize): string {
  const bytes = size.bytes === undefined ? '' : `, ${(size.bytes / 1048576).toFixed(1)} MiB`;
  return `${size.isEstimate ? 'about ' : ''}${count(size.rows)} rows${bytes}`;
}

/** A plan for people. */
export function planLines(plan: Plan): string[] {
  const { engine, version } = plan.target;
  const where = plan.location === undefined ? '' : ` at ${plan.location}`;
  const title = `${engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'} ${version.join('.')}${where}`;
  if (plan.revisions.length === 0) return [`${title}: nothing to do.`];
  return [
    `${title}: ${plan.revisions.length} ${plan.revisions.length === 1 ? 'revision' : 'revisions'} to apply. Nothing was changed.`,
    ...plan.revisions.flatMap((revision) => [
      '',
      `${revision.id} ${revision.name}  (committed ${revision.commits}${revision.piecesDone === undefined ? '' : `; ${revision.piecesDone} pieces are done`})`,
      ...(revision.keeps === undefined || engine !== 'sqlite'
        ? []
        : [`  first a verified copy of the file, since it takes something away (${revision.keeps.join('; ')})`]),
      ...revision.steps.flatMap((step) => [`  ${step.about}`, ...step.actions.flatMap(actionLines)]),
    ]),
  ];
}

function actionLines(line: PlanLine): string[] {
  const sizes = Object.entries(line.sizes).map(([table, size]) => `${table}: ${describeSize(size)}`);
  return [...whatLines(line).map((text) => `    ${text}`), `      ${[describeEffect(line.effect), ...sizes].join('; ')}`];
}

function whatLines(line: PlanLine): string[] {
  if (line.kind === 'statement')
    return [...line.sql.split('\n'), ...(line.isAlone ? ['-- by itself, outside any transaction'] : [])];
  if (line.kind === 'backfill')
    return [
      line.sql,
      `-- ${line.rows === undefined ? '' : `${count(line.rows)} rows, `}in batches of at most ${line.batchRows}, each committed`,
    ];
  return [
    `build ${line.table} anew: columns ${line.columns.join(', ')} from ${line.source}`,
    ...(line.added.length > 0 ? [`-- new: ${line.added.join(', ')}`] : []),
    ...(line.removed.length > 0 ? [`-- left out: ${line.removed.join(', ')}`] : []),
  ];
}
