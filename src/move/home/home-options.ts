import type { Connection } from '../../engine/engine.ts';
import type { Revision } from '../../revisions/revision.ts';
import type { LiveOptions } from '../live/live-options.ts';
import type { MoveEvents } from '../move-events.ts';

/** A move home: from the PostgreSQL database an application runs on to a new SQLite file. */
export interface HomeOptions extends LiveOptions {
  /** All of them: the source must be at their end, and the file's tables are made by them. */
  readonly revisions: readonly Revision[];
  readonly events: MoveEvents;
  /** Go on although other programs are connected: what they write is refused, or waits, until the end. */
  readonly isFencing?: boolean;
  /** Tables the schema does not have stay in PostgreSQL. */
  readonly isLeavingUnknown?: boolean;
  /** Compare by the text each engine writes, too, before the file gets its name. */
  readonly isParanoid?: boolean;
  /** Makes in the file what the application derives from its rows, and no revision makes: both sides are asked the same. */
  readonly derive?: (sqlite: Connection) => Promise<void>;
  /** Live: called when the file has its name, before servers are told of it. */
  readonly whenNamed?: () => void;
  /** Ends the run; PostgreSQL is opened again, and what was made of the file goes. */
  readonly signal?: AbortSignal;
}

/** Rows of one table on both sides. */
export interface HomeAccount {
  readonly table: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
}

/** Servers on PostgreSQL look at its gate once a second, and from then on know where to turn: a switch that comes later finds them ready. */
export const SERVERS_LOOK_MS = 2500;

/** The file while it is made: beside its place, so that giving it its name is one step. */
export const partialOf = (sqliteFile: string): string => `${sqliteFile}.coming-home`;
