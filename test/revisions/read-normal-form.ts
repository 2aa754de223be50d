import type { Connection, Engine } from '../../src/engine/engine.ts';
import { diff } from '../../src/revisions/diff.ts';
import { normalForm } from '../../src/revisions/normal-form.ts';
import { NO_RENAMES } from '../../src/revisions/renames.ts';
import { scratchFormOf } from '../../src/revisions/scratch.ts';
import { EMPTY, type State } from '../../src/revisions/state.ts';
import { type Difference, differenceOf, isNoDifference, type SchemaForm } from '../../src/schema/form.ts';

/** The complete form of a schema on this engine, expressions in the engine's own words. */
export function scratchForm(engine: Engine, state: State): Promise<SchemaForm> {
  return scratchFormOf(engine, [{ id: 'scratch', name: 'schema', upgrade: diff(EMPTY, state, NO_RENAMES), downgrade: [] }]);
}

interface Proof {
  /** The normal form, where the database holds exactly this schema. */
  readonly lines?: readonly string[];
  /** How the database differs, in the engine's own form, where it does not. */
  readonly difference?: Difference;
}

/** Reads a live database and proves that it holds this state, whole: the same state is made anew on the same engine, and the complete forms are compared. */
export async function readNormalForm(connection: Connection, engine: Engine, state: State): Promise<Proof> {
  const difference = differenceOf(await scratchForm(engine, state), await engine.introspect(connection));
  return isNoDifference(difference) ? { lines: normalForm(state) } : { difference };
}
