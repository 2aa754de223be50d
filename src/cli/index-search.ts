import type { Engine } from '../engine/engine.ts';
import { openTarget } from '../move/target/connect.ts';

/**
 * The last step of an upgrade or a move: whoever owns the tables makes the full-text index of the search on PostgreSQL, since the servers' role
 * perhaps may not. What is in the way is told, and takes nothing back.
 */
export async function indexSearch(engine: Engine, isJson: boolean): Promise<void> {
  if (engine.capabilities.isLocalFile) return;
  // Loaded late: commands on revisions help where the model cannot be loaded.
  const { tryToIndex } = await import('../services/search-upkeep.ts');
  const problem = await tryToIndex(engine);
  if (problem === undefined) return;
  process.stderr.write(`${isJson ? JSON.stringify({ event: 'search-index', ...problem.toJSON() }) : problem.toText()}\n`);
}

/** The same on the PostgreSQL that a move went to. */
export async function indexTarget(postgresUrl: string, isJson: boolean): Promise<void> {
  const engine = openTarget(postgresUrl);
  try {
    await indexSearch(engine, isJson);
  } finally {
    await engine.close();
  }
}
