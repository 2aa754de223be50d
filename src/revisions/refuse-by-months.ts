import type { Connection, Engine } from '../engine/engine.ts';
import { readMonthTables } from '../engine/postgres/months.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Change } from './change.ts';
import type { Revision } from './revision.ts';
import { describeChange, describeStep, type Step } from './step.ts';

/** Why a change cannot be made of a table that is stored by months of `column`; `undefined` where PostgreSQL makes it as of any other. */
function refusalOf(change: Change, column: string): string | undefined {
  switch (change.kind) {
    case 'changePrimaryKey':
    case 'addUnique':
      return 'a key must hold the column of the months there, and the months are made for the key there is';
    case 'addIndex':
      return change.index.isUnique ? 'a unique index must hold the column of the months there' : undefined;
    case 'dropColumn':
    case 'renameColumn':
    case 'changeColumn':
      return change.name === column ? 'it is the column of the months' : undefined;
    default:
      return undefined;
  }
}

/**
 * Refuses a revision that would change a table stored by months in a way that form cannot follow, before its first statement. Everything else works on
 * such a table as on a whole one; what PostgreSQL refuses of SQL that a revision brings itself is rolled back with it.
 * Throws `FC_PARTITIONED` naming revision, table and the way.
 */
export async function refuseByMonths(
  connection: Connection,
  engine: Engine,
  revision: Pick<Revision, 'id' | 'name'>,
  steps: readonly Step[],
): Promise<void> {
  if (!engine.capabilities.storesByMonths) return;
  const columns = new Map((await readMonthTables(connection)).map(({ name, column }) => [name, column]));
  if (columns.size === 0) return;
  const refuse = (table: string, what: string, why: string): never => {
    throw new FlashcaseError('FC_PARTITIONED', {
      what: `Revision ${revision.id} ${revision.name} was not run: ${table} is stored by months, and it would ${what}. Nothing was changed.`,
      where: engine.location,
      why: `In that form this cannot be done: ${why}.`,
      hint: 'Store it whole first, while people study: flashcase db partition undo. Then run the same command, and flashcase db partition run again.',
      details: { revision: revision.id, table },
    });
  };
  for (const step of steps) {
    const table =
      step.kind === 'dropTable' || step.kind === 'renameTable' ? step.name : step.kind === 'alterTable' ? step.table : undefined;
    const column = table === undefined ? undefined : columns.get(table);
    if (table === undefined || column === undefined) continue;
    if (step.kind !== 'alterTable') refuse(table, describeStep(step), 'its months would stay behind with their names');
    else
      for (const change of step.changes) {
        const why = refusalOf(change, column);
        if (why !== undefined) refuse(table, describeChange(change), why);
      }
  }
}
