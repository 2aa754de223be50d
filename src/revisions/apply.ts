import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Action } from './compile/action.ts';
import { compileStep } from './compile/compile.ts';
import { type Target, targetOf } from './compile/target.ts';
import { rebuild } from './rebuild.ts';
import type { Revision } from './revision.ts';
import { applyToState, type State } from './state.ts';
import { describeStep, type Step } from './step.ts';

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
  let state = before;
  for (const step of steps) {
    let sql: string | undefined;
    try {
      for (const action of compileStep(step, state, target)) {
        sql = action.kind === 'statement' ? action.sql : undefined;
        await applyAction(connection, engine, action);
      }
    } catch (error) {
      throw new FlashcaseError('FC_REVISION_FAILED', {
        what: `Revision ${revision.id} ${revision.name} failed at "${describeStep(step)}" and was rolled back.`,
        where: engine.location,
        // SQLite does not say which constraint failed when it adds one: its statement does.
        why: reasonOf(error) + (sql === undefined ? '' : ` In: ${shortened(sql)}`),
        hint: 'Nothing was changed. Correct the cause and run flashcase db upgrade again.',
        details: { revision: revision.id, step: describeStep(step), ...(error instanceof FlashcaseError ? error.details : {}) },
        cause: error,
      });
    }
    state = applyToState(state, step);
  }
  return state;
}

const SQL_CHARACTERS = 200;

const shortened = (sql: string): string => (sql.length <= SQL_CHARACTERS ? sql : `${sql.slice(0, SQL_CHARACTERS)}…`);

async function applyAction(connection: Connection, engine: Engine, action: Action): Promise<void> {
  if (action.kind === 'rebuild') await rebuild(connection, engine, action);
  else await connection.script(action.sql);
}

/** What a failure says of itself, with the server's own detail (the key that is there twice) where it gives one. */
export function reasonOf(error: unknown): string {
  let root = error;
  while (root instanceof FlashcaseError && root.cause !== undefined) root = root.cause;
  const detail = (root as { detail?: unknown } | undefined)?.detail;
  const said = error instanceof FlashcaseError ? [error.message, error.why] : [String(error)];
  return [...said, detail].filter((part) => typeof part === 'string').join(' ');
}

/** Foreign keys are off while a revision runs on SQLite; what it leaves behind is checked before it is committed. Call it last. */
export async function refuseOrphans(
  connection: Connection,
  engine: Engine,
  revision: Pick<Revision, 'id' | 'name'>,
): Promise<void> {
  if (!engine.capabilities.rebuildsTables) return;
  const orphans = await connection.query(
    'SELECT "table" AS "orphan.table", count(*) AS "orphan.count", "parent" AS "orphan.parent" FROM pragma_foreign_key_check GROUP BY 1, 3',
  );
  if (orphans.length === 0) return;
  const named = orphans.map(
    (row) => `${String(row['orphan.count'])} in ${String(row['orphan.table'])} without ${String(row['orphan.parent'])}`,
  );
  throw new FlashcaseError('FC_REVISION_FAILED', {
    what: `Revision ${revision.id} ${revision.name} would leave rows without their parent: ${named.join(', ')}.`,
    hint: 'Nothing was changed. If the rows were orphans before, run flashcase db check, which lists them.',
  });
}
