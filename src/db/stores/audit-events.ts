import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import type { Page } from './page.ts';

export type AuditRow = RowOf<typeof flashcase.tables.audit_event>;

/** Append-only: nothing here changes or removes a row. Fails with a unique key of `previous` when another event followed the same one first. */
export async function insertAuditEvent({ kysely }: Session, row: Omit<AuditRow, 'id'>): Promise<void> {
  await kysely.insertInto('audit_event').values(checked(flashcase.tables.audit_event, row)).execute();
}

/** The chain of the newest event; empty before the first one. */
export async function lastAuditChain({ kysely }: Session): Promise<string> {
  const last = await kysely.selectFrom('audit_event').select('chain').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return last?.chain ?? '';
}

/** Which of these events are kept already. */
export async function knownAuditEvents({ kysely }: Session, eventIds: readonly string[]): Promise<Set<string>> {
  if (eventIds.length === 0) return new Set();
  const rows = await kysely.selectFrom('audit_event').select('event_id').where('event_id', 'in', eventIds).execute();
  return new Set(rows.map((row) => row.event_id));
}

export type ShownAuditEvent = AuditRow & { readonly username: string | null };

/** A page of events, the oldest first, with the name the account has now. @param since those from this time on */
export function listAuditEvents({ kysely }: Session, { after, limit }: Page, since?: Timestamp): Promise<ShownAuditEvent[]> {
  let query = kysely
    .selectFrom('audit_event')
    .leftJoin('user', 'user.id', 'audit_event.account_id')
    .selectAll('audit_event')
    .select('user.username')
    .orderBy('audit_event.id')
    .limit(limit);
  if (after !== undefined) query = query.where('audit_event.id', '>', after);
  if (since !== undefined) query = query.where('audit_event.happened_at', '>=', since);
  return query.execute();
}
