import { ddl } from '../engine/sqlite/ddl.ts';
import { compileStep } from './compile/compile.ts';
import type { Target } from './compile/target.ts';
import { inWords } from './in-words.ts';
import type { Revision } from './revision.ts';
import { applyToState, replay, replaySteps, type State } from './state.ts';
import type { Step } from './step.ts';

export interface Explained {
  readonly id: string;
  readonly name: string;
  /** In words. */
  readonly upgrade: readonly string[];
  /** In words, or the sentence that says why there is no way back. */
  readonly downgrade: readonly string[] | string;
  /** What each engine is told to do, one statement each. */
  readonly sql: Readonly<Record<string, { readonly upgrade: readonly string[]; readonly downgrade: readonly string[] }>>;
}

/** What a revision of this history does, in words and on each engine. `Revision` must be one of the list. */
export function explainRevision(revisions: readonly Revision[], revision: Revision, targets: readonly Target[]): Explained {
  const { id, name, upgrade, downgrade } = revision;
  const before = replay(revisions.slice(0, revisions.indexOf(revision)));
  const after = replaySteps(before, revision, upgrade);
  const back = typeof downgrade === 'string' ? [] : downgrade;
  return {
    id,
    name,
    upgrade: inWords(upgrade, before),
    downgrade: typeof downgrade === 'string' ? downgrade : inWords(back, after),
    sql: Object.fromEntries(
      targets.map((target) => [
        target.engine,
        { upgrade: statementsOf(before, upgrade, target), downgrade: statementsOf(after, back, target) },
      ]),
    ),
  };
}

function statementsOf(before: State, steps: readonly Step[], target: Target): string[] {
  let state = before;
  return steps.flatMap((step) => {
    const actions = compileStep(step, state, target);
    state = applyToState(state, step);
    return actions.flatMap((action) =>
      action.kind === 'statement'
        ? [action.sql]
        : [`-- ${action.from.name} is built anew, its rows copied, compared and counted:`, ...ddl.createTable(action.to)],
    );
  });
}
