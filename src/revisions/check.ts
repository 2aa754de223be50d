import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { type Difference, differenceOf, isNoDifference } from '../schema/form.ts';
import { type Drift, readDrift } from './drift.ts';
import { type LedgerEntry, readLedger } from './ledger.ts';
import { type ModelDifference, modelDifference } from './normal-form.ts';
import { pendingRevisions } from './pending.ts';
import { halfDone, readProgress } from './progress.ts';
import type { Project } from './project.ts';
import { appliedRevisions, stateOf } from './run.ts';
import { modelLines } from './schema-lock.ts';
import { scratchFormOf } from './scratch.ts';

export interface CheckReport {
  readonly isEqual: boolean;
  /** The newest revision applied here. */
  readonly revision?: { readonly id: string; readonly name: string };
  readonly pending: readonly { readonly id: string; readonly name: string }[];
  /** Revisions that are half applied or half taken back. */
  readonly unfinished: readonly string[];
  readonly drift: Drift;
  readonly model: ModelDifference;
  /** Rows whose parent is missing, by table; an engine that always enforces foreign keys has none. */
  readonly orphans: readonly { readonly table: string; readonly parent: string; readonly rows: number }[];
  /** `ok`, or the first thing that is wrong with the file. */
  readonly integrity: string;
  /** With `isDeep`: how the schema differs from one that the same revisions make from nothing. */
  readonly deep?: Difference;
}

/**
 * Compares a database with its history, and the history with the model: pending and half-done revisions, drift, orphans, the file itself.
 * Changes nothing. Throws what `pendingRevisions` throws where the ledger and the code disagree.
 * @param isDeep also makes the whole history in a scratch place and compares with that.
 */
export async function checkDatabase(
  connection: Connection,
  engine: Engine,
  project: Project,
  { isDeep = false }: { readonly isDeep?: boolean } = {},
): Promise<CheckReport> {
  const applied = await readLedger(connection, engine);
  const pending = pendingRevisions(project.revisions, applied, { allowsOutOfOrder: true });
  const newest = applied.at(-1);
  const unfinished = [...new Set((await readProgress(connection, engine)).map((entry) => entry.revisionId))];
  const report = {
    ...(newest === undefined ? {} : { revision: { id: newest.id, name: newest.name } }),
    pending: pending.map(({ id, name }) => ({ id, name })),
    unfinished,
    drift:
      unfinished.length === 0
        ? await readDrift(connection, engine, stateOf(project.revisions, applied))
        : { items: [], incomplete: 'A revision is half done: the schema is between two forms, so it was not compared.' },
    model: modelDifference(project),
    orphans: await orphansOf(connection, engine),
    integrity: engine.capabilities.isLocalFile ? await integrityOf(connection) : 'ok',
    ...(isDeep ? { deep: await deepDifference(connection, engine, project, applied) } : {}),
  };
  const isEqual =
    report.pending.length + report.unfinished.length + report.drift.items.length + report.orphans.length === 0 &&
    report.model.steps.length === 0 &&
    report.drift.incomplete === undefined &&
    report.integrity === 'ok' &&
    (report.deep === undefined || isNoDifference(report.deep));
  return { isEqual, ...report };
}

async function deepDifference(
  connection: Connection,
  engine: Engine,
  { revisions }: Project,
  applied: readonly LedgerEntry[],
): Promise<Difference> {
  const fresh = await scratchFormOf(engine, appliedRevisions(revisions, applied));
  return differenceOf(fresh, await engine.introspect(connection));
}

async function orphansOf(connection: Connection, engine: Engine): Promise<CheckReport['orphans']> {
  if (!engine.capabilities.rebuildsTables) return [];
  const rows = await catalogQuery(
    connection,
    { table: '"table"', parent: '"parent"', rows: 'count(*)' },
    'FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2',
  );
  return rows.map((row) => ({ table: String(row.table), parent: String(row.parent), rows: Number(row.rows) }));
}

async function integrityOf(connection: Connection): Promise<string> {
  const [row] = await catalogQuery(connection, { verdict: 'integrity_check' }, 'FROM pragma_integrity_check LIMIT 1');
  return String(row?.verdict);
}

/** What `upgrade` would do with a pending revision: one that was merged late it refuses. */
function wayTo(id: string, { revision }: CheckReport): string {
  if (revision === undefined || id > revision.id) return 'flashcase db upgrade';
  return `merged late, behind ${revision.id}: flashcase db upgrade --allow-out-of-order, or put it behind with flashcase db rebase`;
}

/** The report for people: one line a finding, its repairing SQL below it. */
export function checkLines(report: CheckReport): string[] {
  const { drift, model } = report;
  if (report.isEqual) {
    const at = report.revision === undefined ? '' : ` (${report.revision.id} ${report.revision.name})`;
    return [`The database is as its revisions say${at}; the model agrees; no orphans; integrity ok.`];
  }
  return [
    ...report.pending.map(({ id, name }) => `pending    revision ${id} ${name}   (${wayTo(id, report)})`),
    ...report.unfinished.map(halfDone).map(({ what, finish }) => `unfinished ${what}   (to finish it: ${finish})`),
    ...drift.items.flatMap((item) => [
      ...(item.kind === 'changed'
        ? [`changed    was ${item.expected ?? ''}`, `           is  ${item.actual ?? ''}`]
        : [`${item.kind.padEnd(10)} ${item.expected ?? item.actual ?? ''}`]),
      `           ${item.advice}`,
      ...item.sql.map((sql) => `           ${sql.replaceAll('\n', '\n           ')};`),
    ]),
    ...(drift.incomplete === undefined ? [] : [`note       ${drift.incomplete}`]),
    ...modelLines(model),
    ...report.orphans.map(({ table, parent, rows }) => `orphans    ${rows} rows of ${table} have no ${parent}`),
    ...(report.integrity === 'ok' ? [] : [`integrity  ${report.integrity}`]),
    ...(report.deep === undefined
      ? []
      : [
          ...report.deep.missing.map((line) => `deep       lacks ${line}`),
          ...report.deep.unexpected.map((line) => `deep       has   ${line}`),
        ]),
  ];
}
