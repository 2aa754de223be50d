import type { State } from '../state.ts';
import type { Step } from '../step.ts';
import type { Action } from './action.ts';
import { compileForPostgres } from './postgres.ts';
import { compileForSqlite } from './sqlite.ts';
import type { Target } from './target.ts';

/** What a step is on one engine of one version: the same step gives both engines the same schema and the same rows. */
export function compileStep(step: Step, before: State, target: Target): Action[] {
  return target.engine === 'sqlite' ? compileForSqlite(step, before, target) : compileForPostgres(step, before, target.keeping);
}
