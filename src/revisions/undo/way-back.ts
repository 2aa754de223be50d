import type { Connection, Engine } from '../../engine/engine.ts';
import { asideName, isTableKept, type Present } from '../compile/aside.ts';
import { follow, type Lineage, lineageOf } from '../lineage.ts';
import { piecesOf, stepsDone } from '../pieces.ts';
import { progressKey, readProgress } from '../progress.ts';
import type { Revision } from '../revision.ts';
import { applyToState, type State } from '../state.ts';
import type { Step } from '../step.ts';

/** The way back of a revision, or a part of it. */
export interface WayBack {
  readonly revision: Revision;
  /** `all` of it, the `rest` that a run before has left, or the one `step` that is about to be committed by itself. */
  readonly part: 'all' | 'rest' | 'step';
  readonly steps: readonly Step[];
  /** The schema these steps start from. */
  readonly state: State;
  /** The schema without the revision. */
  readonly before: State;
}

/**
 * The way back of a revision as far as it is still to be run here.
 * @param after the schema with the revision. @param before the schema without it.
 */
export async function wayBackOf(
  connection: Connection,
  engine: Engine,
  revision: Revision,
  after: State,
  before: State,
): Promise<WayBack> {
  const steps = typeof revision.downgrade === 'string' ? [] : revision.downgrade;
  const begun = await readProgress(connection, engine, progressKey(revision.id, 'down'));
  if (begun.length === 0) return { revision, part: 'all', steps, state: after, before };
  const pieces = piecesOf(revision, steps, after, engine, { kind: 'back', revision: revision.id, present: new Map() });
  const whole = stepsDone(pieces, begun);
  // A table has its new name with the first statement of its rename; names that follow it may come later.
  const isRenamed = steps[whole]?.kind === 'renameTable' && begun.some(({ part }) => pieces[part]?.position === whole);
  const done = isRenamed ? whole + 1 : whole;
  return { revision, part: 'rest', steps: steps.slice(done), state: stateAt(steps, done, after), before };
}

/** The schema after the first so many steps. */
export function stateAt(steps: readonly Step[], count: number, from: State): State {
  return steps.slice(0, count).reduce(applyToState, from);
}

/** A step, one change of a table at a time, and where it finds things. */
interface Place {
  readonly step: Step;
  readonly state: State;
  /** What each table and column that the step may name is called in the database before the first step. */
  readonly lineage: Lineage;
  /** What the step brings back, as `present` has it. */
  readonly kept?: string;
}

/** Walks ways back on paper, newest revision first, through every rename of theirs. */
export function walk(ways: readonly WayBack[], present: Present): { way: WayBack; start: Lineage; places: Place[] }[] {
  let lineage = lineageOf(ways[0]?.state ?? { tables: {}, views: [] });
  return ways.map((way) => {
    const start = lineage;
    let { state } = way;
    const places = singly(way.steps).map((step): Place => {
      const kept = keptFor(step, way.revision.id, lineage, present);
      const place = { step, state, lineage, ...(kept === undefined ? {} : { kept }) };
      lineage = withKept(follow(lineage, step), step, kept);
      state = applyToState(state, step);
      return place;
    });
    return { way, start, places };
  });
}

/** Steps that change one thing each. */
export function singly(steps: readonly Step[]): Step[] {
  return steps.flatMap((step): Step[] =>
    step.kind === 'alterTable' ? step.changes.map((change) => ({ ...step, changes: [change] })) : [step],
  );
}

function keptFor(step: Step, revision: string, lineage: Lineage, present: Present): string | undefined {
  if (step.kind === 'createTable')
    return isTableKept({ kind: 'back', revision, present }, step.table) ? asideName(revision, step.table.name) : undefined;
  const change = step.kind === 'alterTable' ? step.changes[0] : undefined;
  if (step.kind !== 'alterTable' || change?.kind !== 'addColumn') return undefined;
  const key = `${lineage.tables.get(step.table)?.was}.${asideName(revision, change.name)}`;
  return present.has(key) ? key : undefined;
}

/** What comes back is in the database already, under its name aside. */
function withKept(lineage: Lineage, step: Step, kept: string | undefined): Lineage {
  if (kept === undefined) return lineage;
  const tables = new Map(lineage.tables);
  if (step.kind === 'createTable')
    tables.set(step.table.name, {
      was: kept,
      columns: new Map(Object.keys(step.table.columns).map((name) => [name, name])),
    });
  const change = step.kind === 'alterTable' ? step.changes[0] : undefined;
  const table = step.kind === 'alterTable' ? tables.get(step.table) : undefined;
  if (step.kind === 'alterTable' && change?.kind === 'addColumn' && table !== undefined)
    tables.set(step.table, {
      ...table,
      columns: new Map([...table.columns, [change.name, kept.slice(table.was.length + 1)]]),
    });
  return { tables };
}
