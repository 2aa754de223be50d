import type { MoveEvent } from '../state/events.ts';
import { CONFIRMED, type Confirmation } from './confirm.ts';
import { FACTS, type ReportFacts } from './facts.ts';

export const FORMAT = 'flashcase-move-report';

/** One table as it was compared last. */
export interface ComparedTable {
  readonly table: string;
  readonly rows: number;
  /** SHA-256 over the digests of its rows, which each engine's own rows gave; absent after a comparison by text. */
  readonly sqlite?: string;
  readonly postgres?: string;
}

export interface Comparison {
  readonly at: string;
  readonly isEqual: boolean;
  readonly primary: 'sqlite' | 'postgres';
  readonly rows: number;
  readonly seconds: number;
  readonly isParanoid: boolean;
  readonly position: string;
  readonly tables: readonly ComparedTable[];
}

/** A switch, or one that was given up. */
export interface ReportedSwitch {
  readonly at: string;
  readonly kind: 'cutover' | 'rollback' | 'given-up';
  readonly epoch?: number;
  readonly pauseMs?: number;
  readonly keys?: number;
  readonly sequences?: number;
  readonly steps?: readonly { readonly name: string; readonly atMs: number }[];
  readonly why?: string;
}

/** From one event to another; or a part of that, whose moments were not recorded. */
export interface ReportedStep {
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
  readonly seconds: number;
}

/** A move for whoever was not there. Times are UTC. */
export interface MoveReport extends Partial<ReportFacts> {
  readonly format: typeof FORMAT;
  readonly version: 1;
  readonly runId: string;
  readonly madeAt: string;
  /** False while the move is under way. */
  readonly isFinal: boolean;
  readonly sqliteFile: string;
  readonly target: string;
  readonly epoch: number;
  readonly software: { readonly flashcase: string; readonly node: string };
  /** The SQLite file as it is kept: once the move is finished. `removedAt`: by `move prune`, after its days. */
  readonly kept?: { readonly file: string; readonly sha256: string | undefined; readonly removedAt?: string };
  readonly confirmations: readonly (Confirmation & { readonly at: string })[];
  readonly steps: readonly ReportedStep[];
  readonly switches: readonly ReportedSwitch[];
  readonly comparisons: readonly Comparison[];
  readonly events: readonly MoveEvent[];
}

const ENDS: Readonly<Record<string, readonly [name: string, from: readonly string[]]>> = {
  copied: ['capture and copy', ['started']],
  cutover: ['PostgreSQL followed SQLite', ['copied', 'rollback']],
  rollback: ['SQLite followed PostgreSQL', ['cutover']],
  finished: ['SQLite followed PostgreSQL', ['cutover']],
};

/** Of a copy that was not interrupted. */
const PARTS: Readonly<Record<string, string>> = {
  prepare: 'of it: snapshot and judging',
  data: 'of it: rows',
  finish: 'of it: keys, indexes, foreign keys, statistics',
};

function stepsOf(events: readonly MoveEvent[]): ReportedStep[] {
  const moment = (event: MoveEvent): number => Date.parse(`${event.at.slice(0, 23).replace(' ', 'T')}Z`);
  return events.flatMap((event, i) => {
    const end = ENDS[event.kind];
    const begin = end === undefined ? undefined : events.slice(0, i).findLast(({ kind }) => end[1].includes(kind));
    if (end === undefined || begin === undefined) return [];
    const step = { name: end[0], from: begin.at, to: event.at, seconds: (moment(event) - moment(begin)) / 1000 };
    const parts = Object.entries((event.details.seconds as Readonly<Record<string, number>> | undefined) ?? {});
    return [step, ...parts.map(([name, seconds]) => ({ name: PARTS[name] ?? name, seconds }))];
  });
}

const detailsOf = <T>(events: readonly MoveEvent[], ...kinds: readonly string[]): T[] =>
  events.filter(({ kind }) => kinds.includes(kind)).map(({ at, kind, details }) => ({ at, kind, ...details }) as T);

export interface ReportInput {
  readonly runId: string;
  readonly epoch: number;
  readonly madeAt: string;
  readonly sqliteFile: string;
  readonly target: string;
  readonly software: MoveReport['software'];
  readonly events: readonly MoveEvent[];
  /** Those of the record when absent. */
  readonly facts?: ReportFacts;
  readonly kept?: MoveReport['kept'];
}

/** The report of a move from its record. */
export function moveReport({ facts, kept, events, ...input }: ReportInput): MoveReport {
  const recorded = events.findLast(({ kind }) => kind === FACTS)?.details as ReportFacts | undefined;
  return {
    format: FORMAT,
    version: 1,
    ...input,
    isFinal: kept !== undefined,
    ...(kept === undefined ? {} : { kept }),
    ...(facts ?? recorded),
    confirmations: detailsOf(events, CONFIRMED),
    steps: stepsOf(events),
    switches: detailsOf(events, 'cutover', 'rollback', 'given-up'),
    comparisons: detailsOf(events, 'verified'),
    events,
  };
}
