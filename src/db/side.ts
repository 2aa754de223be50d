import type { EngineListeners } from '../engine/engine.ts';
import { flashcase } from '../schema/flashcase.ts';
import type { Clock } from './clock.ts';
import { type Database, openDatabase, type Session } from './database.ts';
import { type GateRow, readGate } from './gate.ts';
import type { Writer } from './last-write.ts';
import type { Settings } from './settings.ts';

/** Connections opened before a switch; more open as they are needed, in less time than the switch takes. */
const WARM_CONNECTIONS = 8;

/** One of the two databases of a live move, open. */
export class Side {
  readonly database: Database;
  readonly settings: Settings;
  #running = 0;
  #onIdle: (() => void) | undefined;

  constructor(settings: Settings, clock: Clock, listeners?: EngineListeners) {
    this.settings = settings;
    this.database = openDatabase(settings, clock, listeners);
  }

  /** The SQLite side, which decides and can be asked in no time. */
  get isLocal(): boolean {
    return this.database.engine.capabilities.isLocalFile;
  }

  get location(): string {
    return this.database.engine.location;
  }

  /** @param writer for whom a write is */
  run<T>(mode: 'read' | 'write', work: (session: Session) => Promise<T>, writer?: Writer): Promise<T> {
    this.#running++;
    return this.database[mode](work, writer).finally(() => {
      this.#running--;
      if (this.#running === 0) this.#onIdle?.();
    });
  }

  gate(): Promise<GateRow | undefined> {
    return this.run('read', ({ connection }) => readGate(connection));
  }

  /** Opens connections and lets each see every table once, so that the first requests after a switch need not. */
  async warm(): Promise<void> {
    if (this.isLocal) {
      // All at once, so that each opens a connection: opened later, after the end of a move, it would make the file anew that is gone.
      await Promise.all(Array.from({ length: WARM_CONNECTIONS }, () => this.gate()));
      return;
    }
    const { ddl } = this.database.engine;
    // Each in a transaction of its own: one of all would keep every table until its end, and a move that alters them would meet it in a deadlock.
    const touch = Object.values(flashcase.tables)
      .map(({ name }) => `BEGIN READ ONLY; SELECT FROM ${ddl.quote(name)} LIMIT 0; COMMIT`)
      .join('; ');
    await Promise.all(
      Array.from({ length: Math.min(this.settings.poolSize, WARM_CONNECTIONS) }, () =>
        this.run('read', ({ connection }) =>
          connection.script(touch).catch(async (error: unknown) => {
            // A table that is not there yet leaves its transaction open.
            await connection.script('ROLLBACK').catch(() => {});
            throw error;
          }),
        ),
      ),
    );
  }

  /** Closes it when what runs on it has ended. */
  async closeWhenIdle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    await this.database.close();
  }
}
