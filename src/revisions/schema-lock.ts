import { FlashcaseError } from '../errors/index.ts';
import type { Schema } from '../schema/table.ts';
import { type ModelDifference, modelDifference, normalForm } from './normal-form.ts';
import { requireOneHistory } from './pending.ts';
import type { Project } from './project.ts';

const FIRST_LINE = '# schema.lock 1: the model in normal form, one fact a line, sorted. Written by flashcase db revision.';

/**
 * The model as one sorted text that is kept beside the revisions: a review sees what a change comes to on both engines, and git merges it
 * line by line. It is never read to make a schema, so it cannot lie to one (facts F24).
 */
export function schemaLock(schema: Schema): string {
  return `${[FIRST_LINE, ...normalForm(schema)].join('\n')}\n`;
}

/**
 * What is wrong with a history by itself, for a check that needs no database: two revisions of one id (facts F21), a step that does not fit,
 * a model that is not what the history makes. One sentence or fact a line; none when all is well.
 */
export function historyProblems(project: Project): string[] {
  try {
    requireOneHistory(project.revisions);
    return modelLines(modelDifference(project));
  } catch (error) {
    if (!(error instanceof FlashcaseError)) throw error;
    return error.toText().split('\n');
  }
}

/** How the model and the history differ, for people, with the command that settles it. */
export function modelLines({ missing, unexpected, steps }: ModelDifference): string[] {
  if (steps.length === 0) return [];
  return [
    ...missing.map((line) => `model      has ${line}`),
    ...unexpected.map((line) => `history    has ${line}`),
    `The model is not what the revisions make. Next: flashcase db revision -m "..." --autogenerate, which writes: ${steps.join('; ')}`,
  ];
}
