import { statementsOf } from '../../engine/sql/statements.ts';
import type { Action } from '../compile/action.ts';
import { compileStep } from '../compile/compile.ts';
import { compileOnline } from '../compile/online.ts';
import type { Target } from '../compile/target.ts';
import { applyToState, type State } from '../state.ts';
import { alterTable, type Step } from '../step.ts';
import type { Effect } from './effect.ts';
import { effectsOnPostgres } from './postgres.ts';
import { effectsOnSqlite } from './sqlite.ts';

export interface PlannedAction {
  readonly action: Action;
  readonly effect: Effect;
}

/**
 * What a step does on an engine of a version, action by action, each with its effect.
 * @param isOnline the revision says `isTransactional: false`: PostgreSQL takes the way that keeps nobody waiting
 */
export function plannedActions(step: Step, before: State, target: Target, isOnline: boolean): PlannedAction[] {
  if (target.engine === 'sqlite') {
    const actions = compileStep(step, before, target);
    const effects = effectsOnSqlite(actions);
    return actions.map((action, i) => ({ action, effect: effects[i] as Effect }));
  }
  let state = before;
  // Change by change: what a statement does depends on the types and keys at its place in the list.
  const single = step.kind === 'alterTable' ? step.changes.map((change) => alterTable(step.table, change)) : [step];
  return single.flatMap((part) => {
    const sql = isOnline
      ? compileOnline(part, state, target.keeping).flatMap((text) =>
          statementsOf(text, 'postgres').map((statement) => statement.text),
        )
      : compileStep(part, state, target).map((action) => (action.kind === 'statement' ? action.sql : ''));
    const effects = effectsOnPostgres(sql, state);
    state = applyToState(state, part);
    return sql.map((text, i): PlannedAction => ({ action: { kind: 'statement', sql: text }, effect: effects[i] as Effect }));
  });
}
