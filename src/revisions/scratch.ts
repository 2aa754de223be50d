import type { Connection, Engine } from '../engine/engine.ts';
import { formOf } from '../engine/schema-form.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { SchemaForm } from '../schema/form.ts';
import { applySteps, liveTarget } from './apply.ts';
import type { Revision } from './revision.ts';
import { EMPTY, replay } from './state.ts';

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

/**
 * The complete form of the schema that these revisions make, expressions in the engine's own words: made in a scratch place, in order, from
 * nothing, and read back. Their own SQL runs too, on empty tables. Throws what the engine throws, for instance where it may not make a schema.
 */
export async function scratchFormOf(engine: Engine, revisions: readonly Revision[]): Promise<SchemaForm> {
  const target = await liveTarget(engine);
  return engine.scratch(async (connection: Connection) => {
    if (engine.capabilities.rebuildsTables) await connection.script('PRAGMA foreign_keys = OFF');
    let state = EMPTY;
    for (const revision of revisions) state = await applySteps(connection, engine, target, revision, revision.upgrade, state);
    return engine.introspect(connection);
  });
}
