import { hash } from 'node:crypto';
import type { AuditRow } from '../../db/stores/audit-events.ts';
import { Timestamp } from '../../schema/index.ts';

/** What a step began with, or how it ended: one line of a journal, one row of `audit_event`. */
export interface AuditEvent {
  readonly event: string;
  readonly step: string;
  readonly kind: 'begun' | 'ended';
  /** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly at: string;
  readonly command: string;
  readonly osUser: string | null;
  /** The id of the account, as decimal digits. */
  readonly account: string | null;
  /** `host pid 4711`. */
  readonly process: string;
  /** JSON. */
  readonly details: string;
}

/** The hash of an event over everything before it: whoever changes, removes or slips in one must change every later hash too. */
export function chainOf(previous: string, event: AuditEvent): string {
  const { event: id, step, kind, at, command, osUser, account, process, details } = event;
  return hash('sha256', JSON.stringify([previous, id, step, kind, at, command, osUser, account, process, details]));
}

/** The event as it is stored behind the one with this chain. */
export function rowOf(event: AuditEvent, previous: string): Omit<AuditRow, 'id'> {
  return {
    event_id: event.event,
    step_id: event.step,
    kind: event.kind,
    happened_at: Timestamp.fromCanonical(event.at) as Timestamp,
    command: event.command,
    os_user: event.osUser,
    account_id: event.account === null ? null : BigInt(event.account),
    process: event.process,
    details: event.details,
    previous,
    chain: chainOf(previous, event),
  };
}

export function eventOf(row: Omit<AuditRow, 'id' | 'previous' | 'chain'>): AuditEvent {
  return {
    event: row.event_id,
    step: row.step_id,
    kind: row.kind as AuditEvent['kind'],
    at: row.happened_at.text,
    command: row.command,
    osUser: row.os_user,
    account: row.account_id === null ? null : String(row.account_id),
    process: row.process,
    details: row.details,
  };
}

/** An event that was read from a journal; `undefined` for a line that is none, such as one a power cut tore. */
export function eventIn(line: string): AuditEvent | undefined {
  try {
    const read = JSON.parse(line) as Partial<AuditEvent> | null;
    const texts = [read?.event, read?.step, read?.command, read?.process, read?.details];
    const isWhole =
      texts.every((text) => typeof text === 'string') &&
      (read?.kind === 'begun' || read?.kind === 'ended') &&
      Timestamp.fromCanonical(String(read.at)) !== undefined &&
      (read.osUser === null || typeof read.osUser === 'string') &&
      (read.account === null || /^\d{1,19}$/.test(String(read.account)));
    return isWhole ? (read as AuditEvent) : undefined;
  } catch {
    return undefined;
  }
}
