import type { Connection } from '../../engine/engine.ts';
import { Rules } from '../plan/rules.ts';
import { readRun } from '../target/bookkeeping.ts';
import type { LiveOptions } from './live-options.ts';
import { withPostgres } from './sides.ts';

/** The options with the decisions this move was made with: what carries rows must decide as the copy did, in whatever folder it runs. */
export async function withStoredRules(options: LiveOptions): Promise<LiveOptions> {
  const run = await withPostgres(options.postgresUrl, readRun);
  return run === undefined ? options : { ...options, rules: new Rules(run.decisions) };
}

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
