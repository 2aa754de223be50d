import type { Action } from './actions.ts';
import type { StepFigures } from './figures.ts';
import type { Mix } from './mix.ts';
import type { Basis, Verdict } from './verdict.ts';

/** One side as it was measured. */
export interface MeasuredSide {
  readonly engine: 'sqlite' | 'postgres';
  /** As texts call it. */
  readonly name: string;
  /** The file, or host, port and database; no password. */
  readonly where: string;
  readonly version: string;
  readonly steps: readonly StepFigures[];
  readonly diskBytesBefore: number;
  readonly diskBytes: number;
  /** Requests that were sent, and those the server itself counted, by action. */
  readonly sent: Readonly<Record<Action, number>>;
  readonly counted: Readonly<Record<Action, number>>;
}

/** Everything a comparison found, and what it rests on. */
export interface BenchResult {
  readonly at: string;
  readonly seed: number;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly system: string;
    readonly loadBefore: number;
  };
  readonly software: { readonly flashcase: string; readonly node: string };
  readonly data: {
    readonly users: number;
    readonly cards: number;
    readonly reviews: number;
    /** People the load acts as. */
    readonly students: number;
    /** Rows of both copies that were compared before the load, and were equal. */
    readonly comparedRows: number;
    readonly modelled: { readonly users: number; readonly reviewsPerUser: number } | undefined;
  };
  readonly mix: Mix;
  readonly plan: {
    readonly clients: readonly number[];
    readonly seconds: number;
    readonly warmUpSeconds: number;
    readonly rounds: number;
  };
  readonly basis: Basis;
  /** The side one would leave, then the one one would go to. */
  readonly sides: readonly [MeasuredSide, MeasuredSide];
  readonly verdict: Verdict;
  /** Both servers counted exactly the requests they were sent. */
  readonly isCountEqual: boolean;
}
