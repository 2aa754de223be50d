import type { Dialect } from '../engine/sql/tokens.ts';
import { transactionControlIn } from '../engine/sql/transaction-control.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Revision } from './revision.ts';
import { applyToState, type State } from './state.ts';
import type { Backfill, Step } from './step.ts';

/**
 * Looked at before the first statement of a revision: what would end its transaction half-way, or change what other rows refer to.
 * Throws `FC_REVISION_INVALID` naming the revision and the step.
 */
export function refuseSteps(
  revision: Pick<Revision, 'id' | 'name'>,
  steps: readonly Step[],
  before: State,
  dialect: Dialect,
): void {
  let state = before;
  for (const step of steps) {
    const refusal =
      step.kind === 'sql'
        ? transactionControl(step[dialect], dialect)
        : step.kind === 'backfill'
          ? setsKey(step, state)
          : undefined;
    if (refusal !== undefined) {
      const { what, ...parts } = refusal;
      throw new FlashcaseError('FC_REVISION_INVALID', {
        what: `Revision ${revision.id} ${revision.name} was not run: ${what}.`,
        ...parts,
        details: { revision: revision.id },
      });
    }
    state = applyToState(state, step);
  }
}

interface Refusal {
  readonly what: string;
  readonly why: string;
  readonly hint: string;
}

function transactionControl(texts: readonly string[], dialect: Dialect): Refusal | undefined {
  const found = texts.map((text) => transactionControlIn(text, dialect)).find((statement) => statement !== undefined);
  if (found === undefined) return undefined;
  return {
    what: `"${found.text.split('\n', 1)[0]}" begins or ends a transaction`,
    why: 'The revision and its entry in the ledger are one transaction, or one for each statement: another one in between would leave a change that nobody recorded.',
    hint: 'Leave it out. For statements that must be committed one by one: isTransactional: false.',
  };
}

/** The batches go by keys, and on SQLite whoever refers to one would be left behind. */
function setsKey({ table, set }: Backfill, state: State): Refusal | undefined {
  for (const other of Object.values(state.tables))
    for (const { name, references } of other.foreignKeys) {
      const column = references.table === table ? references.columns.find((one) => one in set) : undefined;
      if (column !== undefined)
        return {
          what: `its backfill sets ${table}.${column}, to which ${name} of ${other.name} refers`,
          why: 'Batches are committed one by one: in between, rows would refer to what is not there.',
          hint: 'Add a new column, fill that, and let the others refer to it; or change both tables in one sql step.',
        };
    }
  return undefined;
}
