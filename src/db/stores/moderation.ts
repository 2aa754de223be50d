import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import type { Deck } from './decks.ts';
import type { Page } from './page.ts';
import type { Report } from './reports.ts';

export type ModerationEvent = RowOf<typeof flashcase.tables.moderation_event>;

/** Append-only: nothing here changes or removes a row. */
export function insertModerationEvent(
  session: Session,
  values: Pick<ModerationEvent, 'admin_id' | 'action' | 'deck_id' | 'report_id' | 'why'>,
): Promise<ModerationEvent> {
  return session.kysely
    .insertInto('moderation_event')
    .values(checked(flashcase.tables.moderation_event, { ...values, created_at: session.clock.now() }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

export type ShownEvent = ModerationEvent & { readonly username: string };

/** A page of the audit trail, of one deck or of all, the oldest first. */
export function listModerationEvents(
  { kysely }: Session,
  deckId: bigint | undefined,
  { after, limit }: Page,
): Promise<ShownEvent[]> {
  let query = kysely
    .selectFrom('moderation_event')
    .innerJoin('user', 'user.id', 'moderation_event.admin_id')
    .selectAll('moderation_event')
    .select('user.username')
    .orderBy('moderation_event.id')
    .limit(limit);
  if (after !== undefined) query = query.where('moderation_event.id', '>', after);
  if (deckId !== undefined) query = query.where('moderation_event.deck_id', '=', deckId);
  return query.execute();
}

/** Hides a deck or shows it again. Its version stays: what its owner did last can still be taken back. */
export async function setHidden({ kysely }: Session, deckId: bigint, hiddenAt: Timestamp | null): Promise<void> {
  await kysely.updateTable('deck').set({ hidden_at: hiddenAt }).where('id', '=', deckId).execute();
}

export type QueuedReport = Report & { readonly username: string };

/** A page of reports of all users in a state, the oldest first. */
export function listReportsOfAll({ kysely }: Session, status: Report['status'], { after, limit }: Page): Promise<QueuedReport[]> {
  let query = kysely
    .selectFrom('report')
    .innerJoin('user', 'user.id', 'report.reporter_id')
    .selectAll('report')
    .select('user.username')
    .where('report.status', '=', status)
    .orderBy('report.id')
    .limit(limit);
  if (after !== undefined) query = query.where('report.id', '>', after);
  return query.execute();
}

/** The decks that cards are of. */
export async function decksOfCards({ kysely }: Session, cardIds: readonly bigint[]): Promise<Map<bigint, bigint>> {
  if (cardIds.length === 0) return new Map();
  const rows = await kysely.selectFrom('card').select(['id', 'deck_id']).where('id', 'in', cardIds).execute();
  return new Map(rows.map((row) => [row.id, row.deck_id]));
}

export type ModeratedDeck = Deck & { readonly owner_name: string };

/** Decks that a moderator may look at: public ones, hidden or not. One that its owner has made private since is not for them. */
export async function moderatedDecks({ kysely }: Session, deckIds: readonly bigint[]): Promise<Map<bigint, ModeratedDeck>> {
  if (deckIds.length === 0) return new Map();
  const rows = await kysely
    .selectFrom('deck')
    .innerJoin('user_deck', (join) => join.onRef('user_deck.deck_id', '=', 'deck.id').on('user_deck.is_owner', '=', true))
    .innerJoin('user', 'user.id', 'user_deck.user_id')
    .selectAll('deck')
    .select('user.username as owner_name')
    .where('deck.id', 'in', deckIds)
    .where('deck.deleted_at', 'is', null)
    .where('deck.is_public', '=', true)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Closes the reports of a deck and of its cards that wait for an answer. */
export async function closeReports({ kysely, clock }: Session, deckId: bigint, adminId: bigint, notes: string): Promise<void> {
  const now = clock.now();
  await kysely
    .updateTable('report')
    .set({ status: 'RESOLVED', admin_notes: notes, reviewed_by: adminId, reviewed_at: now, updated_at: now })
    .where('status', 'in', ['PENDING', 'UNDER_REVIEW', 'REVIEWED'])
    .where((eb) =>
      eb.or([
        eb.and([eb('report_type', '=', 'DECK'), eb('content_id', '=', deckId)]),
        eb.and([
          eb('report_type', '=', 'CARD'),
          eb('content_id', 'in', eb.selectFrom('card').select('card.id').where('card.deck_id', '=', deckId)),
        ]),
      ]),
    )
    .execute();
}

/** A report, held until the end of this unit of work. */
export async function holdReport(session: Session, id: bigint): Promise<Report | undefined> {
  const query = session.kysely.selectFrom('report').selectAll().where('id', '=', id);
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

export async function dismissReportRow({ kysely, clock }: Session, id: bigint, adminId: bigint, notes: string): Promise<void> {
  const now = clock.now();
  await kysely
    .updateTable('report')
    .set({ status: 'DISMISSED', admin_notes: notes, reviewed_by: adminId, reviewed_at: now, updated_at: now })
    .where('id', '=', id)
    .execute();
}
