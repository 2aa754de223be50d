import { type Statement, statementsOf } from '../../engine/sql/statements.ts';
import { nameOf, tokensOf } from '../../engine/sql/tokens.ts';
import { type SqlText, sqlFor } from '../../schema/column.ts';
import type { Table } from '../../schema/table.ts';
import { type Change, computesValues } from '../change.ts';
import type { Target } from '../compile/target.ts';
import { follow, type Lineage, lineageOf } from '../lineage.ts';
import type { Project } from '../project.ts';
import type { Revision } from '../revision.ts';
import { applyChange, applyToState, EMPTY, replay, type State, tableOf } from '../state.ts';
import type { Step } from '../step.ts';

export type EngineName = 'sqlite' | 'postgres';
const ENGINES: readonly EngineName[] = ['sqlite', 'postgres'];

/** The oldest versions that FlashCase's rules are written for: what they can do, newer ones can. */
export const TARGETS: Readonly<Record<EngineName, Target>> = {
  sqlite: { engine: 'sqlite', version: [3, 53] },
  postgres: { engine: 'postgres', version: [15, 0] },
};

export interface StepSite {
  readonly step: Step;
  readonly before: State;
  /** Where the step's tables were in the released schema, and in the database that is there. */
  readonly released: Lineage;
  readonly live: Lineage;
}

export interface ChangeSite extends StepSite {
  readonly change: Change;
  /** The table before the change. */
  readonly table: Table;
}

export interface StatementSite extends StepSite {
  readonly step: Extract<Step, { kind: 'sql' }>;
  readonly engine: EngineName;
  readonly statement: Statement;
}

/** One direction of one revision, with all that came before: what the rules look at. */
export interface Scene {
  readonly project: Project;
  readonly revision: Revision;
  readonly direction: 'up' | 'down';
  /** Each statement is committed alone on PostgreSQL, the way that keeps nobody waiting. */
  readonly isOnline: boolean;
  readonly before: State;
  readonly after: State;
  readonly steps: readonly StepSite[];
  readonly changes: readonly ChangeSite[];
  /** Tables whose rows a pending step before these writes: what the database has of them now says nothing of what will be there. */
  readonly touched: ReadonlySet<string>;
  /** The statements of `sql` steps. */
  readonly statements: readonly StatementSite[];
  /** Every piece of SQL in the revision, those statements included. */
  readonly texts: readonly { readonly engine: EngineName; readonly sql: string; readonly before: State }[];
}

/** The scenes of each revision of a project, up and down, oldest first. Throws `FC_REVISION_INVALID` for a step that does not fit. */
export function scenesOf(project: Project, applied: ReadonlySet<string>): Scene[] {
  const { revisions, released } = project;
  const isReleased = (revision: Revision): boolean => released !== undefined && revision.id <= released;
  let state = EMPTY;
  let sinceRelease = lineageOf(replay(revisions.filter(isReleased)));
  let sinceLive = lineageOf(replay(revisions.filter((revision) => applied.has(revision.id))));
  let touched: ReadonlySet<string> = new Set();
  return revisions.flatMap((revision): Scene[] => {
    const start = {
      touched,
      state,
      released: isReleased(revision) ? lineageOf(state) : sinceRelease,
      live: applied.has(revision.id) ? lineageOf(EMPTY) : sinceLive,
    };
    const up = sceneOf(project, revision, 'up', revision.upgrade, start);
    state = up.after;
    if (!isReleased(revision)) sinceRelease = revision.upgrade.reduce(follow, sinceRelease);
    if (!applied.has(revision.id)) sinceLive = revision.upgrade.reduce(follow, sinceLive);
    if (!applied.has(revision.id))
      touched = new Set([...touched, ...up.steps.flatMap(({ step, before }) => tablesWritten(step, before))]);
    const back = { state, touched, released: isReleased(revision) ? lineageOf(state) : sinceRelease, live: lineageOf(EMPTY) };
    if (typeof revision.downgrade === 'string') return [up];
    return [up, sceneOf(project, revision, 'down', revision.downgrade, back)];
  });
}

/** The tables whose rows a step may write. */
function tablesWritten(step: Step, before: State): string[] {
  if (step.kind === 'backfill') return [step.table];
  if (step.kind === 'alterTable') return step.changes.some(computesValues) ? [step.table] : [];
  if (step.kind !== 'sql') return [];
  const names = new Set(ENGINES.flatMap((engine) => step[engine].flatMap((sql) => tokensOf(sql, engine).map(nameOf))));
  return Object.keys(before.tables).filter((name) => names.has(name));
}

interface Start {
  readonly touched: ReadonlySet<string>;
  readonly state: State;
  readonly released: Lineage;
  readonly live: Lineage;
}

function sceneOf(project: Project, revision: Revision, direction: 'up' | 'down', steps: readonly Step[], start: Start): Scene {
  const before = start.state;
  const sites: StepSite[] = [];
  const changes: ChangeSite[] = [];
  const statements: StatementSite[] = [];
  let { state, released, live } = start;
  for (const step of steps) {
    const site: StepSite = { step, before: state, released, live };
    sites.push(site);
    if (step.kind === 'alterTable') {
      let here = state;
      for (const change of step.changes) {
        const single: Step = { ...step, changes: [change] };
        changes.push({ ...site, before: here, change, table: tableOf(here, step.table), released, live });
        here = applyChange(here, step.table, change);
        released = follow(released, single);
        live = follow(live, single);
      }
    } else {
      released = follow(released, step);
      live = follow(live, step);
    }
    if (step.kind === 'sql')
      for (const engine of ENGINES)
        for (const sql of step[engine])
          for (const statement of statementsOf(sql, engine)) statements.push({ ...site, step, engine, statement });
    state = applyToState(state, step);
  }
  return {
    project,
    revision,
    direction,
    isOnline: revision.isTransactional === false,
    touched: start.touched,
    before,
    after: state,
    steps: sites,
    changes,
    statements,
    texts: sites
      .flatMap((site) =>
        textsOf(site.step).flatMap((text) =>
          ENGINES.flatMap((engine) => ({
            engine,
            sql: typeof text === 'string' ? text : sqlFor(text, engine),
            before: site.before,
          })),
        ),
      )
      .filter(({ sql }) => sql !== ''),
  };
}

/** Every SQL text in a step. */
function textsOf(step: Step): SqlText[] {
  const found: SqlText[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) for (const inner of value) visit(inner);
    else
      for (const [key, inner] of Object.entries(value)) {
        const isSql = ['fill', 'using', 'computed', 'where', 'expression', 'when', 'query', 'body'].includes(key);
        if (isSql && (typeof inner === 'string' || (typeof inner === 'object' && inner !== null && 'sqlite' in inner)))
          found.push(inner as SqlText);
        else if (key === 'set') found.push(...(Object.values(inner as object) as SqlText[]));
        else visit(inner);
      }
  };
  if (step.kind === 'sql') return [{ sqlite: step.sqlite.join(';\n'), postgres: step.postgres.join(';\n') }];
  visit(step);
  return found;
}

/** A step as the way of a revision that this scene is about. */
export const wayOf = ({ direction }: Pick<Scene, 'direction'>, step: Step): Partial<Pick<Revision, 'upgrade' | 'downgrade'>> =>
  direction === 'up' ? { upgrade: [step] } : { downgrade: [step] };

/** True for a table that a release has: it may be large, and the release's code is using it. */
export const isReleasedTable = (site: Pick<StepSite, 'released'>, table: string): boolean => site.released.tables.has(table);

export const isReleasedColumn = (site: Pick<StepSite, 'released'>, table: string, column: string): boolean =>
  site.released.tables.get(table)?.columns.has(column) === true;

/** The changes of released tables of one kind. */
export function* releasedChanges<K extends Change['kind']>(
  scene: Scene,
  ...kinds: readonly K[]
): Generator<ChangeSite & { readonly change: Extract<Change, { kind: K }> }> {
  for (const site of scene.changes)
    if ((kinds as readonly string[]).includes(site.change.kind) && isReleasedTable(site, site.table.name))
      yield site as ChangeSite & { readonly change: Extract<Change, { kind: K }> };
}
