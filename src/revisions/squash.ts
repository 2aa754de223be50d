import { FlashcaseError } from '../errors/index.ts';
import { isSame } from './canonical.ts';
import { diff, inNameOrder } from './diff.ts';
import { namesWord } from './rename-in-sql.ts';
import { NO_RENAMES } from './renames.ts';
import type { Revision } from './revision.ts';
import { applyToState, EMPTY, replay, type State } from './state.ts';
import type { Backfill, Step } from './step.ts';

type Sql = Extract<Step, { kind: 'sql' }>;

export interface SquashChoices {
  /** Ids of revisions whose statements fit the tables as they are at the end. */
  readonly carries?: readonly string[];
  /** Ids of revisions whose statements only mattered for rows there were then. */
  readonly leavesOut?: readonly string[];
}

export interface Squashed {
  readonly revision: Revision;
  /** Statements and backfills that are not in it, in words. */
  readonly leftOut: readonly string[];
}

/**
 * One revision that makes what the given ones have made, for a database that has none of them: its tables as they are at the end, then the
 * statements that put rows in, in their order. Statements about tables that changed later are a person's to decide, and backfills only
 * mattered for the rows there were then. Throws `FC_REVISION_DECISION_NEEDED` naming what must be decided.
 */
export function squash(range: readonly Revision[], choices: SquashChoices = {}): Squashed {
  const [first, last] = [range[0], range.at(-1)];
  if (first === undefined || last === undefined || range.length < 2) {
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: `There is nothing to squash: the range has ${range.length} revision${range.length === 1 ? '' : 's'}.`,
      hint: 'Name a later revision: flashcase db squash --to ID',
    });
  }
  const after = replay(range);
  const { steps, leftOut } = rowSteps(range, after, choices);
  const upgrade = [...diff(EMPTY, after, NO_RENAMES), ...steps];
  const revision: Revision = {
    id: last.id,
    name: `squashed_${first.replaces?.[0] ?? first.id}_to_${last.id}`,
    upgrade,
    downgrade: diff(after, EMPTY, NO_RENAMES),
    replaces: [...new Set(range.flatMap((one) => [...(one.replaces ?? []), one.id]))].toSorted(),
    replaced: range,
  };
  if (diff(replay([revision]), after, NO_RENAMES).length > 0)
    throw new FlashcaseError('FC_INTERNAL', {
      what: 'The squash does not make what its revisions have made.',
      hint: 'Please report it.',
    });
  return { revision, leftOut };
}

function rowSteps(
  range: readonly Revision[],
  after: State,
  { carries = [], leavesOut = [] }: SquashChoices,
): { steps: Step[]; leftOut: string[] } {
  const steps: Step[] = [];
  const leftOut: string[] = [];
  const open: { id: string; about: string }[] = [];
  const filled = new Set<string>();
  let state = EMPTY;
  for (const revision of range) {
    const leave = (step: Sql | Backfill, why: string): void => {
      leftOut.push(`${revision.id} ${revision.name}: ${step.about} (${why})`);
    };
    for (const step of revision.upgrade) {
      const here = state;
      state = applyToState(state, step);
      if (step.kind === 'backfill') {
        if (filled.has(step.table) && isSame(inNameOrder(here.tables[step.table]), inNameOrder(after.tables[step.table])))
          steps.push(step);
        else leave(step, 'it fills rows that a new database does not have');
      }
      if (step.kind !== 'sql') continue;
      const named = tablesNamed(step, here);
      const carry = (): void => {
        steps.push(step);
        for (const name of named) filled.add(name);
      };
      if (leavesOut.includes(revision.id)) leave(step, 'as you said');
      else if (carries.includes(revision.id)) carry();
      else if (isOnlyForRows(step) && !named.some((name) => filled.has(name)))
        leave(step, 'it changes rows that a new database does not have');
      else if (named.length > 0 && named.every((name) => isSame(inNameOrder(here.tables[name]), inNameOrder(after.tables[name]))))
        carry();
      else open.push({ id: revision.id, about: step.about });
    }
  }
  if (open.length > 0) throw undecided(open);
  return { steps, leftOut };
}

const textsOf = (step: Sql): string[] => [...step.sqlite, ...step.postgres];

const isOnlyForRows = (step: Sql): boolean => textsOf(step).every((sql) => /^\s*(?:UPDATE|DELETE)\b[^;]*;?\s*$/i.test(sql));

function tablesNamed(step: Sql, state: State): string[] {
  return Object.keys(state.tables).filter((name) => textsOf(step).some((sql) => namesWord(sql, name)));
}

function undecided(open: readonly { readonly id: string; readonly about: string }[]): FlashcaseError {
  const ids = [...new Set(open.map((entry) => entry.id))];
  return new FlashcaseError('FC_REVISION_DECISION_NEEDED', {
    what: `Whether these statements belong into the squash is yours to say: ${open.map(({ id, about }) => `${id} "${about}"`).join(', ')}.`,
    why: 'The tables they name have changed since, or they name none; nothing was written.',
    hint: `If they only mattered for rows there were then: --leave-out ${ids.join(' ')}. If they work on the tables as they are at the end: --carry ${ids.join(' ')}.`,
    details: { revisions: ids },
  });
}
