import { type FeltByKind, feltOf, type LatencyRecord } from '../latency/latency-record.ts';
import type { MoveEvent } from '../state/events.ts';

/** What users felt in one part of the move. */
export interface FeltPhase extends FeltByKind {
  readonly phase: string;
  /** ISO 8601; `undefined` where the part has no end. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

interface Part {
  readonly phase: string;
  readonly from: number;
  readonly to: number;
}

const momentOf = ({ at }: MoveEvent): number => Date.parse(`${at.slice(0, 23).replace(' ', 'T')}Z`);
const iso = (ms: number): string | undefined => (Number.isFinite(ms) ? new Date(ms).toISOString() : undefined);

/** The parts of a move one after the other, and the switches apart, which lie between or within them. */
function partsOf(events: readonly MoveEvent[]): { readonly parts: Part[]; readonly switches: Part[] } {
  const parts: Part[] = [];
  const switches: Part[] = [];
  let phase = 'before the move';
  let since = Number.NEGATIVE_INFINITY;
  const begin = (next: string, at: number): void => {
    parts.push({ phase, from: since, to: at });
    phase = next;
    since = at;
  };
  let heldAt: number | undefined;
  for (const event of events) {
    const at = momentOf(event);
    if (event.kind === 'started') begin('copying, SQLite serves', at);
    else if (event.kind === 'copied') begin('PostgreSQL follows, SQLite serves', at);
    else if (event.kind === 'held' || event.kind === 'registered') heldAt ??= at;
    else if (event.kind === 'cutover' || event.kind === 'rollback' || event.kind === 'given-up') {
      const name = event.kind === 'given-up' ? 'a switch that was given up' : `the ${event.kind}`;
      switches.push({ phase: name, from: heldAt ?? at, to: at });
      heldAt = undefined;
      if (event.kind === 'cutover') begin('SQLite follows, PostgreSQL serves', at);
      else if (event.kind === 'rollback') begin('PostgreSQL follows, SQLite serves again', at);
    }
  }
  parts.push({ phase, from: since, to: Number.POSITIVE_INFINITY });
  return { parts, switches };
}

/**
 * What users felt before, during and after. Each request counts in one part: in a switch when it ended in an interval that touches it (two seconds, or a
 * minute where finer figures were not kept any more), else where its interval began.
 */
export function feltPhases(events: readonly MoveEvent[], records: readonly LatencyRecord[]): FeltPhase[] {
  const { parts, switches } = partsOf(events);
  const of = new Map<Part, LatencyRecord[]>([...parts, ...switches].map((part) => [part, []]));
  for (const record of records) {
    // Requests that waited for a switch ended a moment after it.
    const touched = switches.find(({ from, to }) => record.from <= to + AFTER_SWITCH_MS && record.to >= from);
    const part = touched ?? parts.find(({ from, to }) => record.from >= from && record.from < to);
    if (part !== undefined) of.get(part)?.push(record);
  }
  return [...parts, ...switches]
    .toSorted((a, b) => a.to - b.to)
    .map((part) => ({ phase: part.phase, from: iso(part.from), to: iso(part.to), ...feltOf(of.get(part) ?? []) }));
}

const AFTER_SWITCH_MS = 1000;
