import type { FeltByKind } from '../../move/latency/latency-record.ts';
import type { MoveStatus } from '../../move/live/status.ts';
import { nextSteps } from './live-report.ts';

/** What users feel now: of this many seconds. */
export const FELT_SECONDS = 10;
/** How many of the recorded events a status shows. */
const LAST_EVENTS = 5;

/** JSON for machines: 64-bit positions are text, so that no reader loses digits. */
export function moveJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner));
}

/** What `move status --json` prints, and the page's API gives. @param users what they felt in the last `FELT_SECONDS`. */
export function statusJson(status: MoveStatus, users: FeltByKind): Readonly<Record<string, unknown>> {
  const { events, ...rest } = status;
  return { event: 'status', ...rest, users, lastEvents: events.slice(-LAST_EVENTS), next: nextSteps(status) };
}
