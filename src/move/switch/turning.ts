import { locationOf } from '../../engine/postgres/engine.ts';
import type { LiveOptions } from '../live/live-options.ts';
import type { Turning } from '../state/transitions.ts';

/** What every transition of one command needs. @param verb `cutover`, `rollback`, `recovery`. */
export function turningOf(options: LiveOptions, runId: string, verb: string): Turning {
  return {
    gate: options.gate,
    clock: options.clock,
    by: `move ${runId} ${verb}`,
    sqliteAt: `sqlite:///${options.sqliteFile}`,
    postgresAt: `postgresql://${locationOf(options.postgresUrl)}`,
  };
}
