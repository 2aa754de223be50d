import type { Session } from '../db/database.ts';
import { type Card, listCardsOfDeck } from '../db/stores/cards.ts';
import { holdDeck } from '../db/stores/decks.ts';
import {
  closeReports,
  decksOfCards,
  dismissReportRow,
  holdReport,
  insertModerationEvent,
  listModerationEvents,
  listReportsOfAll,
  type ModeratedDeck,
  moderatedDecks,
  type QueuedReport,
  type ShownEvent,
  setHidden,
} from '../db/stores/moderation.ts';
import type { Page } from '../db/stores/page.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { ownDeck } from './decks.ts';

/** Cards that a moderator sees first. */
const PREVIEW_CARDS = 50;
/** Events of one deck: nobody hides one more often. */
const MOST_EVENTS = 200;

/** A report with the deck it is about. NULL where that is private or gone: what is private is not for moderators either. */
export interface QueueEntry {
  readonly report: QueuedReport;
  readonly deck: ModeratedDeck | null;
}

/** A page of the reports in a state, the oldest first. */
export async function browseQueue(session: Session, status: string, page: Page): Promise<QueueEntry[]> {
  const reports = await listReportsOfAll(session, status.toUpperCase() as QueuedReport['status'], page);
  const ids = (type: string) => reports.filter(({ report_type }) => report_type === type).map(({ content_id }) => content_id);
  const deckOfCard = await decksOfCards(session, ids('CARD'));
  const deckIdOf = ({ report_type, content_id }: QueuedReport): bigint | undefined =>
    report_type === 'DECK' ? content_id : deckOfCard.get(content_id);
  const decks = await moderatedDecks(session, [...new Set(reports.flatMap((report) => deckIdOf(report) ?? []))]);
  return reports.map((report) => ({ report, deck: decks.get(deckIdOf(report) ?? -1n) ?? null }));
}

const notFound = (what: string): FlashcaseError => new FlashcaseError('FC_NOT_FOUND', { what: `${what} not found` });

/** A public deck, hidden or not, as moderators see it, with what was done to it. Private ones do not exist for them (`FC_NOT_FOUND`). */
export async function moderatedDeck(
  session: Session,
  deckId: bigint,
): Promise<{ deck: ModeratedDeck; cards: readonly Card[]; events: readonly ShownEvent[] }> {
  const deck = (await moderatedDecks(session, [deckId])).get(deckId);
  if (deck === undefined) throw notFound('Deck');
  return {
    deck,
    cards: await listCardsOfDeck(session, deckId, { after: undefined, limit: PREVIEW_CARDS }),
    events: await listModerationEvents(session, deckId, { after: undefined, limit: MOST_EVENTS }),
  };
}

async function heldDeck(session: Session, deckId: bigint): Promise<ModeratedDeck> {
  await holdDeck(session, deckId);
  const deck = (await moderatedDecks(session, [deckId])).get(deckId);
  if (deck === undefined) throw notFound('Deck');
  return deck;
}

/** Hides a public deck from everybody but its owner, closes its reports, and says why in the audit trail. */
export async function hideDeck(session: Session, admin: User, deckId: bigint, why: string): Promise<void> {
  const deck = await heldDeck(session, deckId);
  if (deck.hidden_at !== null) throw new FlashcaseError('FC_CONFLICT', { what: 'This deck is already hidden' });
  await setHidden(session, deckId, session.clock.now());
  await closeReports(session, deckId, admin.id, why);
  await insertModerationEvent(session, { admin_id: admin.id, action: 'hide', deck_id: deckId, report_id: null, why });
}

/** Gives a hidden deck back to everybody. */
export async function unhideDeck(session: Session, admin: User, deckId: bigint, why: string): Promise<void> {
  const deck = await heldDeck(session, deckId);
  if (deck.hidden_at === null) throw new FlashcaseError('FC_CONFLICT', { what: 'This deck is not hidden' });
  await setHidden(session, deckId, null);
  await insertModerationEvent(session, { admin_id: admin.id, action: 'unhide', deck_id: deckId, report_id: null, why });
}

/** Closes a report without doing anything about what it is about. */
export async function dismissReport(session: Session, admin: User, reportId: bigint, why: string): Promise<void> {
  const report = await holdReport(session, reportId);
  if (report === undefined) throw notFound('Report');
  if (['RESOLVED', 'DISMISSED'].includes(report.status))
    throw new FlashcaseError('FC_CONFLICT', { what: `This report is already ${report.status.toLowerCase()}` });
  const deckId =
    report.report_type === 'DECK'
      ? report.content_id
      : ((await decksOfCards(session, [report.content_id])).get(report.content_id) ?? 0n);
  await dismissReportRow(session, reportId, admin.id, why);
  await insertModerationEvent(session, { admin_id: admin.id, action: 'dismiss', deck_id: deckId, report_id: reportId, why });
}

/** A page of the whole audit trail. */
export const browseModeration = (session: Session, page: Page): Promise<ShownEvent[]> =>
  listModerationEvents(session, undefined, page);

/** What moderators did to one's own deck, and why; reports that were dismissed are nobody's business but theirs. */
export async function moderationOfOwnDeck(session: Session, user: User, deckId: bigint): Promise<ShownEvent[]> {
  await ownDeck(session, user, deckId);
  const events = await listModerationEvents(session, deckId, { after: undefined, limit: MOST_EVENTS });
  return events.filter(({ action }) => action !== 'dismiss');
}
