import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../db/clock.ts';
import type { Connection } from '../engine/engine.ts';
import type { Revision } from '../revisions/revision.ts';
import type { Schema } from '../schema/table.ts';
import type { MoveEvents } from './move-events.ts';
import type { Rules } from './plan/rules.ts';

/** Waits after work of so many milliseconds, if it must. */
export type Pace = (workedMs: number) => Promise<void>;

/** A move: one schema, a source file, a target address, and what the operator decided. */
export interface MoveOptions {
  readonly schema: Schema;
  readonly sourceFile: string;
  /** PostgreSQL without a pooler between. */
  readonly targetUrl: string;
  /** Holds the snapshot and the findings while a move goes on; needs room for the whole source. */
  readonly workFolder: string;
  readonly rules: Rules | undefined;
  /** For messages. */
  readonly rulesFile: string;
  /** The schema's history: the source must be at its end, and the target's tables are made by it. */
  readonly revisions: readonly Revision[];
  /** Forget an unfinished move on the target and begin anew. */
  readonly isStartingOver: boolean;
  readonly events: MoveEvents;
  readonly clock: Clock;
  /** Random letters and digits that name a run. */
  newId(): string;
  /** Rows a checkpoint covers; by default a second or two of work. */
  readonly rowsPerCheckpoint?: number;
  /** Changes the snapshot before anything is read from it; a live move turns the application's gate there, so that the copy is born closed. */
  readonly prepareSnapshot?: (snapshot: Connection) => Promise<void>;
  /**
   * Called when all rows, keys and indexes are there, before the run is recorded as done; after a kill it is called again.
   * @param snapshot the file that was copied, in a connection of its own.
   */
  readonly whenCopied?: (target: Connection, snapshot: DatabaseSync) => Promise<void>;
  /** Called after each piece of work, with how long it took, before the next one is begun: a live move rests here while users wait. */
  readonly pace?: Pace;
  /** Called at each named step. */
  readonly onStep?: (step: string) => void;
}
