import type { Clock } from '../../db/clock.ts';
import type { Schema } from '../../schema/table.ts';
import type { CarriedTable } from '../carried-tables.ts';
import type { Gate } from '../state/gate.ts';

/** A live move of one application: its schema, its two sides, and its gate. */
export interface LiveOptions {
  readonly schema: Schema;
  readonly tables: readonly CarriedTable[];
  readonly gate: Gate;
  readonly sqliteFile: string;
  /** Without a pooler between. */
  readonly postgresUrl: string;
  readonly clock: Clock;
  /** Random letters and digits. */
  newId(): string;
  /** Host and pid of this process, for people and for `recover`. */
  readonly by: string;
  /** Called at each named step, for progress and for tests that kill here. */
  readonly onStep?: (step: string) => void | Promise<void>;
}
