import type { Clock } from '../db/clock.ts';
import type { Revision } from '../revisions/revision.ts';
import type { Schema } from '../schema/table.ts';
import type { MoveEvents } from './move-events.ts';
import type { Rules } from './plan/rules.ts';

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
  /** Called at each named step. */
  readonly onStep?: (step: string) => void;
}
