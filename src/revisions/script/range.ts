import { FlashcaseError } from '../../errors/index.ts';
import type { Target } from '../compile/target.ts';
import { refuseStranger, requireOneHistory } from '../pending.ts';
import { isPiecewise } from '../pieces.ts';
import { refuseSteps } from '../refuse-steps.ts';
import type { Revision } from '../revision.ts';
import { EMPTY, replay, type State } from '../state.ts';
import type { Step } from '../step.ts';

export interface ScriptOptions {
  readonly revisions: readonly Revision[];
  readonly target: Target;
  readonly direction: 'up' | 'down';
  /** The newest revision that the database has; `base` for an empty one. */
  readonly from: string;
  /** Where it shall be: a revision, or `base`. */
  readonly to: string;
}

/** One revision of a script. */
export interface Part {
  readonly revision: Revision;
  readonly steps: readonly Step[];
  readonly before: State;
  readonly isPiecewise: boolean;
  /** The ids in the ledger before it. */
  readonly applied: readonly string[];
}

export interface Range {
  readonly target: Target;
  readonly direction: 'up' | 'down';
  readonly applied: readonly string[];
  readonly parts: readonly Part[];
}

/** The revisions between two points of a history, in the order in which they are run. */
export function rangeOf({ revisions, target, direction, from, to }: ScriptOptions): Range {
  requireOneHistory(revisions);
  for (const id of [from, to]) if (id !== 'base') refuseStranger(id, revisions);
  const isAhead = to !== 'base' && (from === 'base' || to > from);
  if (from !== to && isAhead !== (direction === 'up')) {
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: `${direction === 'up' ? 'An upgrade' : 'A downgrade'} does not lead from ${from} to ${to}.`,
      hint: `The other way: flashcase db ${direction === 'up' ? 'downgrade' : 'upgrade'} ${to} --sql --from ${from}`,
    });
  }
  const isUpTo =
    (id: string) =>
    (revision: Revision): boolean =>
      id !== 'base' && revision.id <= id;
  const [low, high] = direction === 'up' ? [from, to] : [to, from];
  const chosen = revisions.filter((revision) => isUpTo(high)(revision) && !isUpTo(low)(revision));
  const idsBefore = (revision: Revision): string[] => revisions.filter(({ id }) => id < revision.id).map(({ id }) => id);
  const parts = (direction === 'up' ? chosen : chosen.toReversed()).map((revision): Part => {
    const earlier = replay(
      revisions.filter(({ id }) => id < revision.id),
      EMPTY,
    );
    if (direction === 'up')
      return {
        revision,
        steps: revision.upgrade,
        before: earlier,
        isPiecewise: isPiecewise(revision, revision.upgrade),
        applied: idsBefore(revision),
      };
    const steps = revision.downgrade;
    if (typeof steps === 'string')
      throw new FlashcaseError('FC_REVISION_FAILED', {
        what: `Revision ${revision.id} ${revision.name} cannot be taken back: ${steps}`,
        hint: 'Restore the backup made before it.',
      });
    return {
      revision,
      steps,
      before: replay([revision], earlier),
      isPiecewise: isPiecewise(revision, steps),
      applied: [...idsBefore(revision), revision.id],
    };
  });
  for (const { revision, steps, before } of parts) refuseSteps(revision, steps, before, target.engine);
  return { target, direction, applied: revisions.filter(isUpTo(from)).map(({ id }) => id), parts };
}
