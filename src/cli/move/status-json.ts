import type { MoveStatus } from '../../move/live/status.ts';
import { nextSteps } from './live-report.ts';

/** How many of the recorded events a status shows. */
const LAST_EVENTS = 5;

/** JSON for machines: 64-bit positions are text, so that no reader loses digits. */
export function moveJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner));
}

/** What `move status --json` prints, and the page's API gives. */
export function statusJson(status: MoveStatus): Readonly<Record<string, unknown>> {
  const { events, ...rest } = status;
  return { event: 'status', ...rest, lastEvents: events.slice(-LAST_EVENTS), next: nextSteps(status) };
}
