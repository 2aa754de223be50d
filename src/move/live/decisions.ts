import type { Connection } from '../../engine/engine.ts';
import { Rules } from '../plan/rules.ts';
import { readRun } from '../target/bookkeeping.ts';

/**
 * Adds decisions an operator made since, for rows that were written meanwhile. A decision that was made before stays: rows were copied by it.
 * @returns how many are new.
 */
export async function addDecisions(postgres: Connection, rules: Rules): Promise<number> {
  const run = await readRun(postgres);
  if (run === undefined) return 0;
  const stored = new Rules(run.decisions);
  const added = rules.decisions.filter((decision) => stored.remedyFor(decision) === undefined);
  if (added.length === 0) return 0;
  const all = new Rules([...run.decisions, ...added]);
  await postgres.execute('UPDATE flashcase_move.run SET decisions = $2, rules_hash = $3 WHERE run_id = $1', [
    run.id,
    JSON.stringify(all.decisions),
    all.hash,
  ]);
  return added.length;
}
