import { type Statement, statementsOf } from '../../engine/sql/statements.ts';
import type { Change } from '../change.ts';
import { compileStep } from '../compile/compile.ts';
import type { Target } from '../compile/target.ts';
import { applyToState, type State } from '../state.ts';
import { describeChange, describeStep, type Step } from '../step.ts';

/** How SQL begins that neither changes nor removes a row. */
const HARMLESS = new Set(['SELECT', 'VALUES', 'ANALYZE', 'CREATE', 'COMMENT']);

/** Something that steps take away or write over. */
interface Destruction {
  /** For people. */
  readonly about: string;
  /** The table it is taken from, by its name then; `undefined` where SQL says what happens. */
  readonly table: string | undefined;
}

/**
 * What steps take away or write over, for people; nothing for steps after which every row and value is still there. One place says what is
 * destructive: tables and columns dropped, types changed, values given anew, tables built anew, and SQL that writes.
 */
export const destructionsOf = (steps: readonly Step[], before: State, target: Target): string[] =>
  destructions(steps, before, target).map(({ about }) => about);

/** The tables from which steps take something away, by their names before; `undefined` where it may be any. */
export function tablesTakenFrom(steps: readonly Step[], before: State, target: Target): readonly string[] | undefined {
  const tables = destructions(steps, before, target).map(({ table }) => table);
  // Behind a rename a name says nothing about the tables of before.
  if (tables.includes(undefined) || steps.some(({ kind }) => kind === 'renameTable')) return undefined;
  // What the steps have made themselves held nothing before.
  return (tables as string[]).filter((table) => before.tables[table] !== undefined);
}

function destructions(steps: readonly Step[], before: State, target: Target): Destruction[] {
  let state = before;
  return steps.flatMap((step): Destruction[] => {
    const here = state;
    state = applyToState(state, step);
    switch (step.kind) {
      case 'dropTable':
        return [{ about: describeStep(step), table: step.name }];
      case 'backfill':
        return [{ about: step.about, table: undefined }];
      case 'sql':
        return step[target.engine].flatMap((sql) => statementsOf(sql, target.engine)).every(takesNothing)
          ? []
          : [{ about: step.about, table: undefined }];
      case 'alterTable': {
        const changes = step.changes.filter((change) => isDestructive(change, here, step.table)).map(describeChange);
        if (changes.length > 0) return [{ about: `${step.table}: ${changes.join(', ')}`, table: step.table }];
        return isRebuild(step, here, target) ? [{ about: `${step.table}: built anew`, table: step.table }] : [];
      }
      case 'renameTable':
        return isRebuild(step, here, target) ? [{ about: `${step.to}: built anew`, table: undefined }] : [];
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
