import { existsSync } from 'node:fs';
import { systemClock } from '../../db/clock.ts';
import { type Database, openDatabase } from '../../db/database.ts';
import type { Settings } from '../../db/settings.ts';
import { findSides } from '../../db/sides.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type DatabaseState, markOf, readState, type ServerState } from '../../ops/monitor/read-state.ts';

/** The sizes of tables are read anew, and the schema compared, after so long, */
const LASTING_MS = 60_000;
/** … or so many times what reading them took: a large file is not read all the time. */
const LASTING_REST = 20;

/** Looks at the database that serves again and again, over one connection pool. */
export class StateLooks {
  readonly #settings: Settings;
  #open: { readonly database: Database; readonly url: string; readonly sqliteFile: string | undefined } | undefined;
  #lasting: { readonly found: DatabaseState; readonly until: number } | undefined;

  /** @param settings as the server or command has them: a live move may have taken the data elsewhere since */
  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async look(server: ServerState | undefined): Promise<DatabaseState> {
    const { serving, peer } = await findSides(this.#settings, systemClock());
    const { database: address } = serving;
    const url = address.engine === 'sqlite' ? address.file : address.url;
    if (this.#open?.url !== url) {
      await this.close();
      // A look needs one connection; of its own, so that it comes through when others wait.
      const few = { ...serving, poolSize: 1, maxOverflow: 0 };
      // Opening a file that is not there would make an empty one in its place.
      if (address.engine === 'sqlite' && !existsSync(address.file))
        throw new FlashcaseError('FC_DB_MISSING', {
          what: 'The database file is not there.',
          where: address.file,
          hint: 'Correct DATABASE_URL, or start the server once: it makes one.',
        });
      this.#open = { database: openDatabase(few, systemClock()), url, sqliteFile: peer?.sqliteFile };
    }
    const { database, sqliteFile } = this.#open;
    const known = this.#lasting !== undefined && performance.now() < this.#lasting.until ? this.#lasting.found : undefined;
    const began = performance.now();
    const state = await readState({
      engine: database.engine,
      clock: database.clock,
      settings: serving,
      sqliteFile,
      // Another database than the one it serves has nothing to do with it.
      server: server?.serves === markOf(database.engine) ? server : undefined,
      tables: known?.tables,
      drift: known?.readings.find(({ name }) => name === 'schema_drift')?.value,
    });
    if (known === undefined) {
      const took = performance.now() - began;
      this.#lasting = { found: state, until: performance.now() + Math.max(LASTING_MS, LASTING_REST * took) };
    }
    return state;
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#lasting = undefined;
    await open?.database.close();
  }
}
