import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isBusy, translateSqliteError } from '../../engine/sqlite/errors.ts';
import { JOURNAL_TABLE, STATE_TABLE } from '../state/sqlite-state.ts';

/** Rows removed in one transaction: SQLite has one writer, who must not wait long. */
const AT_ONCE = 500;

/**
 * Removes journal rows before a position. The row at the position stays: PostgreSQL knows this journal by it, and SQLite would hand out the number of the
 * newest again. Gives up, for this time, when somebody is writing, and in the journal of another move, whose numbers begin anew.
 * @returns how many were removed.
 */
export async function pruneJournal(file: string, runId: string, position: bigint): Promise<number> {
  const db = new DatabaseSync(file, { timeout: 0 });
  let removed = 0;
  try {
    const statement = db.prepare(
      `DELETE FROM main.${JOURNAL_TABLE} WHERE seq IN (SELECT seq FROM main.${JOURNAL_TABLE}
         WHERE seq < ? AND (SELECT run_id FROM main.${STATE_TABLE}) = ? ORDER BY seq LIMIT ${AT_ONCE})`,
    );
    for (;;) {
      const { changes } = statement.run(position, runId);
      removed += Number(changes);
      if (Number(changes) < AT_ONCE) return removed;
      await nextTurn();
    }
  } catch (error) {
    if (isBusy(error)) return removed;
    throw translateSqliteError(error, file);
  } finally {
    db.close();
  }
}
