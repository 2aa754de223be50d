import type { Clock } from '../../db/clock.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import type { LegacyVersion } from './recognise.ts';
import type { TableAccount } from './report.ts';

/** What every part of an adoption works with: one connection inside one open transaction. */
export interface AdoptionContext {
  readonly connection: Connection;
  readonly engine: Engine;
  readonly version: LegacyVersion;
  readonly runId: string;
  readonly clock: Clock;
}

/** What carrying the rows over found; both engines report the same. */
export interface Carried {
  readonly tables: readonly TableAccount[];
  readonly quarantinedBy: Readonly<Record<string, number>>;
  readonly normalisedTimes: number;
}

/** The old table while its rows are carried over. */
export const asideName = (table: string): string => `legacy_${table}`;
