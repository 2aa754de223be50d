import type { FastifyInstance } from 'fastify';
import {
  browseModeration,
  browseQueue,
  dismissReport,
  hideDeck,
  moderatedDeck,
  moderationOfOwnDeck,
  type QueueEntry,
  unhideDeck,
} from '../../services/moderation.ts';
import * as moderation from '../moderation-schemas.ts';
import { pageOf, sendPage, toId } from '../paging.ts';
import { adminTask, userRoute } from '../route.ts';
import * as schemas from '../schemas.ts';
import { presentReport } from './reports.ts';

type ModeratedDeck = NonNullable<QueueEntry['deck']>;
type Event = Awaited<ReturnType<typeof browseModeration>>[number];

const presentDeck = ({ id, name, owner_name, is_public, hidden_at }: ModeratedDeck) => ({
  ...{ id, name, owner_name, is_public, hidden_at },
});
const presentOwn = ({ id, action, deck_id, why, created_at }: Event) => ({ id, action, deck_id, why, created_at });
const presentEvent = (event: Event) => ({ ...presentOwn(event), report_id: event.report_id, admin_name: event.username });

const tag = 'moderation';

/** For administrators: the queue of reports, and what they lead to. */
export async function moderationRoutes(app: FastifyInstance): Promise<void> {
  adminTask(
    app,
    {
      method: 'GET',
      url: '/moderation/reports',
      tag,
      summary: 'The reports of everybody, with the public decks they are about',
      query: moderation.queueQuery,
      answer: moderation.queue,
    },
    async ({ query: { limit, after, status }, reply }) => {
      const page = pageOf({ limit, ...(after === undefined ? {} : { after }) });
      const entries = await app.getSession('read', (session) => browseQueue(session, status, page));
      const rows = entries.map(({ report, deck }) => ({
        ...presentReport(report),
        reporter_name: report.username,
        deck: deck === null ? null : presentDeck(deck),
      }));
      return sendPage(reply, rows, page.limit);
    },
  );
  adminTask(
    app,
    {
      method: 'POST',
      url: '/moderation/reports/:report_id/dismiss',
      tag,
      summary: 'Close a report without doing anything about it',
      params: schemas.reportPath,
      body: moderation.why,
      status: 204,
    },
    ({ user, params: { report_id }, body: { why } }) =>
      app.getSession('write', (session) => dismissReport(session, user, toId(report_id, 'Report'), why)),
  );
  adminTask(
    app,
    {
      method: 'GET',
      url: '/moderation/decks/:deck_id',
      tag,
      summary: 'A public deck, hidden or not, as moderators see it',
      params: schemas.deckPath,
      answer: moderation.moderatedDeck,
    },
    async ({ params: { deck_id } }) => {
      const { deck, cards, events } = await app.getSession('read', (session) => moderatedDeck(session, toId(deck_id, 'Deck')));
      return {
        ...presentDeck(deck),
        description: deck.description,
        cards: cards.map(({ id, front, back, front_html, back_html, answer }) => ({
          ...{ id, front, back, front_html, back_html, answer },
        })),
        events: events.map(presentEvent),
      };
    },
  );
  for (const [action, work, summary] of [
    ['hide', hideDeck, 'Hide a public deck from everybody but its owner'],
    ['unhide', unhideDeck, 'Give a hidden deck back'],
  ] as const)
    adminTask(
      app,
      {
        method: 'POST',
        url: `/moderation/decks/:deck_id/${action}`,
        tag,
        summary,
        params: schemas.deckPath,
        body: moderation.why,
        status: 204,
      },
      ({ user, params: { deck_id }, body: { why } }) =>
        app.getSession('write', (session) => work(session, user, toId(deck_id, 'Deck'), why)),
    );
  adminTask(
    app,
    {
      method: 'GET',
      url: '/moderation/events',
      tag,
      summary: 'The audit trail: who did what, when and why',
      query: moderation.eventList,
      answer: moderation.events,
    },
    async ({ query: { limit, after }, reply }) => {
      const page = pageOf({ limit, ...(after === undefined ? {} : { after }) });
      const events = await app.getSession('read', (session) => browseModeration(session, page));
      return sendPage(reply, events.map(presentEvent), page.limit);
    },
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/decks/:deck_id/moderation',
      tag,
      scope: 'read',
      summary: 'What moderators did to one’s own deck, and why',
      params: schemas.deckPath,
      answer: moderation.ownEvents,
      mode: 'read',
    },
    async ({ session, user, params: { deck_id } }) =>
      (await moderationOfOwnDeck(session, user, toId(deck_id, 'Deck'))).map(presentOwn),
  );
}
