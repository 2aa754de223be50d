import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Action } from './compile/action.ts';
import { compileStep } from './compile/compile.ts';
import { type Target, targetOf } from './compile/target.ts';
import { fileNameOf } from './pending.ts';
import { rebuild } from './rebuild.ts';
import { refuseSteps } from './refuse-steps.ts';
import { refusedByRule } from './refused-by-rule.ts';
import type { Revision } from './revision.ts';
import { applyToState, type State } from './state.ts';
import { describeStep, type Step } from './step.ts';
import { withAsides } from './undo/asides.ts';

/** What plans for this very database are made for. */
export async function liveTarget(engine: Engine): Promise<Target> {
  return targetOf(engine.name, await engine.version());
}

/**
 * Runs steps inside an open transaction and returns the state after them. Every failure names the revision and the step.
 * @param before the state the steps start from: what the revisions before have made.
 */
export async function applySteps(
  connection: Connection,
  engine: Engine,
  target: Target,
  revision: Pick<Revision, 'id' | 'name'>,
  steps: readonly Step[],
  before: State,
): Promise<State> {
  refuseSteps(revision, steps, before, engine.name);
  let state = before;
  for (const step of steps) {
    let sql = '';
    try {
      for (const action of compileStep(step, state, await withAsides(connection, engine, target))) {
        sql = action.kind === 'statement' ? action.sql : `(${action.from.name} is built anew)`;
        await applyAction(connection, engine, action).catch((error: unknown) => {
          throw refusedByRule(error, action);
        });
      }
    } catch (error) {
      throw new FlashcaseError('FC_REVISION_FAILED', {
        what: `Revision ${revision.id} ${revision.name} failed at "${describeStep(step)}" and was rolled back.`,
        where: placeOf(revision, engine),
        why: `${reasonOf(error)} SQL: ${shortened(sql)}`,
        hint: hintOf(error) ?? 'Nothing of this revision was changed. Correct the cause and run the same command again.',
        details: {
          revision: revision.id,
          file: fileNameOf(revision),
          step: describeStep(step),
          engine: engine.name,
          sql: shortened(sql),
          ...(error instanceof FlashcaseError ? error.details : {}),
        },
        cause: error,
      });
    }
    state = applyToState(state, step);
  }
  return state;
}

async function applyAction(connection: Connection, engine: Engine, action: Action): Promise<void> {
  if (action.kind === 'rebuild') await rebuild(connection, engine, action);
  else await connection.script(action.sql);
}

/** A refusal of ours knows the next step best. */
function hintOf(error: unknown): string | undefined {
  return error instanceof FlashcaseError && error.code === 'FC_REVISION_FAILED' ? error.hint : undefined;
}

/** Where a revision failed: its file, the engine, and the database. */
export function placeOf(revision: Pick<Revision, 'id' | 'name'>, engine: Engine): string {
  return `${fileNameOf(revision)} on ${engine.name}, ${engine.location}`;
}

/** A statement on one line, its beginning where it is long. */
export function shortened(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** What a failure says of itself, with the server's own detail (the key that is there twice) where it gives one. */
export function reasonOf(error: unknown): string {
  let root = error;
  while (root instanceof FlashcaseError && root.cause !== undefined) root = root.cause;
  const detail = (root as { detail?: unknown } | undefined)?.detail;
  const said = error instanceof FlashcaseError ? [error.message, error.why] : [String(error)];
  // A whole row is what users wrote: it belongs into no log.
  const isRow = typeof detail === 'string' && detail.startsWith('Failing row contains');
  return [...said, isRow ? undefined : detail].filter((part) => typeof part === 'string').join(' ');
}

/** What waits for the commit is checked now, while the failure can still name the revision. */
async function refuseDeferred(connection: Connection, engine: Engine, revision: Pick<Revision, 'id' | 'name'>): Promise<void> {
  await connection.script('SET CONSTRAINTS ALL IMMEDIATE').catch((error: unknown) => {
    throw new FlashcaseError('FC_REVISION_FAILED', {
      what: `Revision ${revision.id} ${revision.name} would leave rows that a deferred key refuses.`,
      where: placeOf(revision, engine),
      why: reasonOf(error),
      hint: 'Nothing of this revision was changed. Correct the cause and run the same command again.',
      details: error instanceof FlashcaseError ? error.details : {},
      cause: error,
    });
  });
}

/** Foreign keys are off while a revision runs on SQLite; what it leaves behind is checked before it is committed. Call it last. */
export async function refuseOrphans(
  connection: Connection,
  engine: Engine,
  revision: Pick<Revision, 'id' | 'name'>,
): Promise<void> {
  if (!engine.capabilities.rebuildsTables) return refuseDeferred(connection, engine, revision);
  const orphans = await connection
    .query(
      'SELECT "table" AS "orphan.table", count(*) AS "orphan.count", "parent" AS "orphan.parent" FROM pragma_foreign_key_check GROUP BY 1, 3',
    )
    .catch((error: unknown) => {
      throw new FlashcaseError('FC_REVISION_FAILED', {
        what: `Revision ${revision.id} ${revision.name} would leave a foreign key without the columns or the unique key it refers to.`,
        why: reasonOf(error),
        hint: 'Nothing of this revision was changed. Change that table in the same revision, before this one.',
        cause: error,
      });
    });
  if (orphans.length === 0) return;
  const named = orphans.map(
    (row) => `${String(row['orphan.count'])} in ${String(row['orphan.table'])} without ${String(row['orphan.parent'])}`,
  );
  throw new FlashcaseError('FC_REVISION_FAILED', {
    what: `Revision ${revision.id} ${revision.name} would leave rows without their parent: ${named.join(', ')}.`,
    where: placeOf(revision, engine),
    hint: 'Nothing of this revision was changed. If the rows were orphans before, run flashcase db check, which lists them.',
  });
}
