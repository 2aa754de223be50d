import type { Connection, Engine } from '../engine/engine.ts';
import { formOf } from '../engine/schema-form.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { SchemaForm } from '../schema/form.ts';
import { applySteps, liveTarget } from './apply.ts';
import { diff } from './diff.ts';
import type { Revision } from './revision.ts';
import { EMPTY, replay, type State } from './state.ts';

const NO_RENAMES = { tables: new Map<string, string>(), columns: new Map<string, ReadonlyMap<string, string>>() };

/**
 * The complete form of a schema on this engine, expressions in the engine's own words: made in a scratch place and read back.
 * Throws what the engine throws, for instance where it may not make a schema.
 */
export async function scratchForm(engine: Engine, state: State): Promise<SchemaForm> {
  return scratchFormOf(engine, [{ id: 'scratch', name: 'schema', upgrade: diff(EMPTY, state, NO_RENAMES), downgrade: [] }]);
}

export interface HistoryForm {
  readonly lines: SchemaForm;
  /** False where the words of expressions are missing, because the history could not be made in a scratch place. */
  readonly isComplete: boolean;
}

/**
 * The form that these revisions make. Where a scratch place cannot have it (no right to make a schema, a statement that no transaction
 * may hold), what they declare.
 */
export async function historyForm(engine: Engine, revisions: readonly Revision[]): Promise<HistoryForm> {
  const declared = formOf(replay(revisions), engine);
  try {
    return { lines: await scratchFormOf(engine, revisions), isComplete: true };
  } catch (error) {
    if (!(error instanceof FlashcaseError)) throw error;
    return { lines: declared, isComplete: false };
  }
}

/** The complete form of the schema that these revisions make, in order, from nothing. Their own SQL runs too, on empty tables. */
export async function scratchFormOf(engine: Engine, revisions: readonly Revision[]): Promise<SchemaForm> {
  const target = await liveTarget(engine);
  return engine.scratch(async (connection: Connection) => {
    if (engine.capabilities.rebuildsTables) await connection.script('PRAGMA foreign_keys = OFF');
    let state = EMPTY;
    for (const revision of revisions) state = await applySteps(connection, engine, target, revision, revision.upgrade, state);
    return engine.introspect(connection);
  });
}
