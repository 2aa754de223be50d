import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { changeTable } from './rebuild.ts';
import type { Revision } from './revision.ts';
import { compileStep, describeStep, type Step } from './step.ts';

/** Runs steps inside an open transaction, for revisions and for adoption. Every failure names the revision and the step. */
export async function applySteps(
  connection: Connection,
  engine: Engine,
  revision: Pick<Revision, 'id' | 'name'>,
  steps: readonly Step[],
): Promise<void> {
  for (const step of steps) {
    try {
      if (step.kind === 'changeTable' && engine.capabilities.rebuildsTables) {
        await changeTable(connection, engine, step);
      } else {
        for (const sql of step.kind === 'changeTable' ? step.postgres : compileStep(step, engine.ddl, engine.name))
          await connection.script(sql);
      }
    } catch (error) {
      throw new FlashcaseError('FC_REVISION_FAILED', {
        what: `Revision ${revision.id} ${revision.name} failed at "${describeStep(step)}" and was rolled back.`,
        where: engine.location,
        why: error instanceof FlashcaseError ? (error.why ?? error.message) : String(error),
        hint: 'Nothing was changed. Correct the cause and run flashcase db upgrade again.',
        details: { revision: revision.id, step: describeStep(step), ...(error instanceof FlashcaseError ? error.details : {}) },
        cause: error,
      });
    }
  }
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
