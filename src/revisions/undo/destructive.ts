import { type Statement, statementsOf } from '../../engine/sql/statements.ts';
import type { Change } from '../change.ts';
import { compileStep } from '../compile/compile.ts';
import type { Target } from '../compile/target.ts';
import { applyToState, type State } from '../state.ts';
import { describeChange, describeStep, type Step } from '../step.ts';

/** How SQL begins that neither changes nor removes a row. */
const HARMLESS = new Set(['SELECT', 'VALUES', 'ANALYZE', 'CREATE', 'COMMENT']);

/**
 * What steps take away or write over, for people; nothing for steps after which every row and value is still there. One place says what is
 * destructive: tables and columns dropped, types changed, values given anew, tables built anew, and SQL that writes.
 */
export function destructionsOf(steps: readonly Step[], before: State, target: Target): string[] {
  let state = before;
  return steps.flatMap((step) => {
    const here = state;
    state = applyToState(state, step);
    switch (step.kind) {
      case 'dropTable':
        return [describeStep(step)];
      case 'backfill':
        return [step.about];
      case 'sql':
        return step[target.engine].flatMap((sql) => statementsOf(sql, target.engine)).every(takesNothing) ? [] : [step.about];
      case 'alterTable': {
        const changes = step.changes.filter((change) => isDestructive(change, here, step.table)).map(describeChange);
        if (changes.length > 0) return [`${step.table}: ${changes.join(', ')}`];
        return isRebuild(step, here, target) ? [`${step.table}: built anew`] : [];
      }
      case 'renameTable':
        return isRebuild(step, here, target) ? [`${step.to}: built anew`] : [];
      default:
        return [];
    }
  });
}

const isRebuild = (step: Step, before: State, target: Target): boolean =>
  compileStep(step, before, target).some((action) => action.kind === 'rebuild');

/** New rows take nothing away, unless they take the place of others. */
function takesNothing({ tokens }: Statement): boolean {
  const words = tokens.map((token) => token.value);
  if (words[0] !== 'INSERT') return HARMLESS.has(words[0] ?? '');
  return !words.includes('REPLACE') && !words.some((word, i) => word === 'DO' && words[i + 1] === 'UPDATE');
}

function isDestructive(change: Change, state: State, table: string): boolean {
  if (change.kind === 'dropColumn') return true;
  if (change.kind !== 'changeColumn') return false;
  return change.using !== undefined || state.tables[table]?.columns[change.name]?.type !== change.column.type;
}
