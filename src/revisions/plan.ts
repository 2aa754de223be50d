import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { sqlFor } from '../schema/column.ts';
import { liveTarget } from './apply.ts';
import type { Rebuild } from './compile/action.ts';
import type { Target } from './compile/target.ts';
import { type Blocked, blockedBy, type Effect } from './effects/effect.ts';
import { plannedActions } from './effects/planned.ts';
import { inWords } from './in-words.ts';
import { readLedger } from './ledger.ts';
import { follow, type Lineage, lineageOf } from './lineage.ts';
import { sizesOf, type TableSize } from './live-size.ts';
import { type OrderOptions, pendingRevisions, refuseStranger } from './pending.ts';
import { isPiecewise } from './pieces.ts';
import { progressKey, readProgress } from './progress.ts';
import { namesColumn } from './rename-in-sql.ts';
import type { Revision } from './revision.ts';
import { stateOf } from './run.ts';
import { mustRunAlone } from './run-alone.ts';
import { settle } from './settle.ts';
import { applyToState, replay, type State } from './state.ts';
import type { Backfill } from './step.ts';
import { destructionsOf } from './undo/destructive.ts';
import { historyAsBegun } from './unfinished.ts';

/** What `upgrade` would do, exactly, without doing any of it. */
export interface Plan {
  readonly target: Target;
  /** Where the database is; absent for a plan without one. */
  readonly location?: string;
  readonly revisions: readonly PlannedRevision[];
}

export interface PlannedRevision {
  readonly id: string;
  readonly name: string;
  /** In one transaction together with the ledger's entry, or piece by piece. */
  readonly commits: 'at once' | 'piece by piece';
  /** Pieces that a run before has done already: it goes on behind them. */
  readonly piecesDone?: number;
  /** What it takes away, where that is kept for undo: by a copy of the file, or renamed aside. */
  readonly keeps?: readonly string[];
  readonly steps: readonly PlannedStep[];
}

export interface PlannedStep {
  readonly about: string;
  readonly actions: readonly PlanLine[];
}

export type PlanLine = {
  readonly effect: Effect;
  readonly blocks: Blocked;
  /** The tables concerned, as they are before anything is done. */
  readonly sizes: Readonly<Record<string, TableSize>>;
} & (
  | { readonly kind: 'statement'; readonly sql: string; readonly isAlone: boolean }
  | {
      readonly kind: 'rebuild';
      readonly table: string;
      readonly columns: readonly string[];
      readonly added: readonly string[];
      readonly removed: readonly string[];
      readonly source: string;
    }
  | { readonly kind: 'backfill'; readonly sql: string; readonly batchRows: number; readonly rows?: number }
);

interface Live {
  readonly connection: Connection;
  readonly engine: Engine;
  readonly sizes: ReadonlyMap<string, TableSize>;
}

/** The plan for a database as it is now. Reads only, through a connection that cannot write. */
export async function plan(
  options: OrderOptions & { engine: Engine; revisions: readonly Revision[]; isKept?: boolean },
  to?: string,
): Promise<Plan> {
  const { engine } = options;
  const target = await liveTarget(engine);
  return engine.read(async (connection) => {
    const applied = await readLedger(connection, engine);
    const revisions = await historyAsBegun(connection, engine, options.revisions);
    if (to !== 'base') refuseStranger(to, settle(revisions, applied).revisions);
    const pending = upTo(pendingRevisions(revisions, applied, options), to);
    const before = stateOf(revisions, applied);
    const live = { connection, engine, sizes: await sizesOf(connection, engine, Object.keys(before.tables)) };
    const progress = await readProgress(connection, engine);
    const planned = await planRevisions(pending, before, target, live, options.isKept === true);
    return {
      target,
      location: engine.location,
      revisions: planned.map((revision) => {
        const done = progress.filter(
          (part) => part.revisionId === progressKey(revision.id, 'up') && part.state === 'done',
        ).length;
        return done === 0 ? revision : { ...revision, piecesDone: done };
      }),
    };
  });
}

/** The plan on an engine of a certain version, without a database: from behind `from` (base by default) to `to` (all by default). */
export async function planFor(
  revisions: readonly Revision[],
  target: Target,
  from?: string,
  to?: string,
  isKept = false,
): Promise<Plan> {
  for (const id of [from, to]) if (id !== 'base') refuseStranger(id, revisions);
  const isBefore = (revision: Revision): boolean => from !== undefined && from !== 'base' && revision.id <= from;
  const pending = upTo(
    revisions.filter((revision) => !isBefore(revision)),
    to,
  );
  return { target, revisions: await planRevisions(pending, replay(revisions.filter(isBefore)), target, undefined, isKept) };
}

const upTo = (revisions: readonly Revision[], to: string | undefined): Revision[] =>
  revisions.filter((revision) => to === undefined || (to !== 'base' && revision.id <= to));

async function planRevisions(
  pending: readonly Revision[],
  from: State,
  target: Target,
  live: Live | undefined,
  isKept: boolean,
): Promise<PlannedRevision[]> {
  let state = from;
  let lineage = lineageOf(from);
  const planned: PlannedRevision[] = [];
  for (const revision of pending) {
    const isOnline = revision.isTransactional === false;
    const steps: PlannedStep[] = [];
    const here: Target =
      isKept && target.engine === 'postgres' ? { ...target, keeping: { kind: 'aside', revision: revision.id } } : target;
    const taken = isKept ? destructionsOf(revision.upgrade, state, here) : [];
    for (const step of revision.upgrade) {
      const actions: PlanLine[] = [];
      for (const { action, effect } of plannedActions(step, state, here, isOnline)) {
        const common = { effect, blocks: blockedBy(effect), sizes: sizesBefore(effect, lineage, live) };
        if (action.kind === 'rebuild') actions.push({ kind: 'rebuild', ...rebuildLine(action), ...common });
        else if (step.kind === 'backfill') {
          const rows = live === undefined ? undefined : await rowsToFill(step, state, lineage, live);
          actions.push({
            kind: 'backfill',
            sql: action.sql,
            batchRows: step.batchRows ?? 1000,
            ...(rows === undefined ? {} : { rows }),
            ...common,
          });
        } else
          actions.push({
            kind: 'statement',
            sql: action.sql,
            isAlone: isOnline && target.engine === 'postgres' && mustRunAlone(action.sql),
            ...common,
          });
      }
      steps.push({ about: inWords([step], state).join(), actions });
      state = applyToState(state, step);
      lineage = follow(lineage, step);
    }
    planned.push({
      id: revision.id,
      name: revision.name,
      commits: isPiecewise(revision, revision.upgrade) ? 'piece by piece' : 'at once',
      ...(taken.length > 0 ? { keeps: taken } : {}),
      steps,
    });
  }
  return planned;
}

function rebuildLine(action: Rebuild) {
  const [before, after] = [action.from, action.to].map((table) => Object.keys(table.columns)) as [string[], string[]];
  return {
    table: action.to.name,
    columns: action.columns,
    added: after.filter((name) => !before.includes(name)),
    removed: before.filter((name) => !after.includes(name)),
    source: action.source,
  };
}

function sizesBefore(effect: Effect, lineage: Lineage, live: Live | undefined): Record<string, TableSize> {
  const tables = new Set([
    ...Object.keys(effect.locks),
    ...effect.rewrites,
    ...effect.scans,
    ...effect.indexes,
    ...effect.changes,
  ]);
  return Object.fromEntries(
    [...tables].flatMap((table) => {
      const size = live?.sizes.get(lineage.tables.get(table)?.was ?? '');
      return size === undefined ? [] : [[table, size]];
    }),
  );
}

/** How many rows a backfill will fill: those its condition finds today, or all where it asks for what is not there yet. */
async function rowsToFill(
  step: Backfill,
  state: State,
  lineage: Lineage,
  { connection, engine, sizes }: Live,
): Promise<number | undefined> {
  const known = lineage.tables.get(step.table);
  if (known === undefined) return undefined;
  const isNew = (name: string): boolean => known.columns.get(name) !== name;
  const needed = Object.keys(state.tables[step.table]?.columns ?? {}).filter((name) => namesColumn(step.where, name));
  if (known.was !== step.table || needed.some(isNew)) return sizes.get(known.was)?.rows;
  const [row] = await catalogQuery(
    connection,
    { total: 'count(*)' },
    `FROM ${engine.ddl.quote(step.table)} WHERE ${sqlFor(step.where, engine.name)}`,
  );
  return Number(row?.total);
}
