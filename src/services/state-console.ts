import type { Database } from '../db/database.ts';
import type { Settings } from '../db/settings.ts';
import { type DatabaseState, readState, type ServerState } from '../ops/monitor/read-state.ts';

/** The state of the database as the page of administrators shows it. The composition root gives it. */
export interface StateConsole {
  /** Many may ask at once: it is looked at every few seconds at most. Throws `FC_DB_UNREACHABLE` where the database does not answer. */
  look(server: ServerState): Promise<DatabaseState>;
  stop(): Promise<void>;
}

/** Looks in this very thread: for tests, and whoever has nobody else to serve. */
export const stateHere = (
  database: Database & { readonly sqliteFile?: string | undefined },
  settings: Settings,
): StateConsole => ({
  look: (server) =>
    readState({ engine: database.engine, clock: database.clock, settings, sqliteFile: database.sqliteFile, server }),
  stop: async () => {},
});
