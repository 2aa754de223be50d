import type { FastifyInstance } from 'fastify';
import { cloneDeck } from '../../services/copy-deck.ts';
import { discover, previewShared, type SharedDeck } from '../../services/discover.ts';
import { browseSubscriptions, previewUpdate, subscribe, unsubscribe } from '../../services/subscriptions.ts';
import { takeUpdate } from '../../services/take-update.ts';
import { toId } from '../paging.ts';
import { userRoute } from '../route.ts';
import * as schemas from '../schemas.ts';
import * as sharing from '../sharing-schemas.ts';
import { presentDeck } from './decks.ts';

const present = (deck: SharedDeck) => ({
  id: deck.id,
  name: deck.name,
  description: deck.description,
  school: deck.school,
  course: deck.course,
  professor: deck.professor,
  year: deck.year,
  owner_name: deck.owner_name ?? '',
  published_at: deck.published_at,
  updated_at: deck.updated_at,
  card_count: deck.card_count,
  copy_count: deck.copy_count,
  is_owner: deck.is_owner,
  subscribed_deck_id: deck.subscribed_deck_id,
});

/** An empty facet chooses nothing. */
const chosen = (value: string | undefined): string | null => (value === undefined || value === '' ? null : value);

function discoverRoutes(app: FastifyInstance): void {
  const tag = 'discover';
  const params = schemas.deckPath;
  userRoute(
    app,
    {
      method: 'GET',
      url: '/discover/',
      tag,
      scope: 'read',
      summary: 'The decks that are shared with everybody, by facets and words',
      query: sharing.discoverQuery,
      answer: sharing.discoverAnswer,
      mode: 'read',
    },
    async ({ session, user, query: { q, sort, limit, after, school, course, professor, year } }) => {
      const facets = { school: chosen(school), course: chosen(course), professor: chosen(professor), year: year ?? null };
      const asked = { facets, search: q, sort, limit: Math.min(limit, schemas.MAX_ROWS), after };
      const { decks, next, count, facets: found } = await discover(session, user, asked);
      const counts = (values: readonly { value: string; decks: number }[]) =>
        values.map(({ value, decks: deck_count }) => ({ value, deck_count }));
      return {
        decks: decks.map(present),
        next,
        count,
        facets:
          found === null
            ? null
            : {
                school: counts(found.school),
                course: counts(found.course),
                professor: counts(found.professor),
                year: counts(found.year),
              },
      };
    },
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/discover/:deck_id',
      tag,
      scope: 'read',
      summary: 'A shared deck, with its first cards as they will look',
      params,
      answer: sharing.sharedDeck,
      mode: 'read',
    },
    async ({ session, user, params: { deck_id } }) => {
      const { deck, cards } = await previewShared(session, user, toId(deck_id, 'Deck'));
      return {
        ...present(deck),
        cards: cards.map(({ id, front, back, front_html, back_html, answer }) => ({
          ...{ id, front, back, front_html, back_html, answer },
        })),
      };
    },
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/decks/:deck_id/clone',
      tag,
      scope: 'edit',
      addsCards: true,
      summary: 'A deck of one’s own with the notes of another, without anybody’s history',
      params,
      status: 201,
      answer: schemas.deck,
      mode: 'write',
    },
    async ({ session, user, params: { deck_id } }) => presentDeck(await cloneDeck(session, user, toId(deck_id, 'Deck'))),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/decks/:deck_id/subscribe',
      tag,
      scope: 'edit',
      addsCards: true,
      summary: 'The same, and it follows the other: what changes there can be taken over',
      params,
      status: 201,
      answer: schemas.deck,
      mode: 'write',
    },
    async ({ session, user, params: { deck_id } }) => presentDeck(await subscribe(session, user, toId(deck_id, 'Deck'))),
  );
}

/** Subscriptions go by their copy, a deck of the user's own. */
function subscriptionRoutes(app: FastifyInstance): void {
  const tag = 'subscriptions';
  const params = schemas.deckPath;
  userRoute(
    app,
    {
      method: 'GET',
      url: '/subscriptions/',
      tag,
      scope: 'read',
      summary: 'One’s own decks that follow others',
      answer: sharing.subscriptions,
      mode: 'read',
    },
    ({ session, user }) => browseSubscriptions(session, user),
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/subscriptions/:deck_id',
      tag,
      scope: 'read',
      summary: 'What an update of one’s copy would bring; changes nothing',
      params,
      answer: sharing.updatePreview,
      mode: 'read',
    },
    ({ session, user, params: { deck_id } }) => previewUpdate(session, user, toId(deck_id, 'Deck')),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/subscriptions/:deck_id/update',
      tag,
      scope: 'edit',
      addsCards: true,
      summary: 'Take the update; what one edited oneself stays, and one’s schedule',
      params,
      body: sharing.updateTake,
      answer: sharing.updateTaken,
      mode: 'write',
    },
    ({ session, user, params: { deck_id }, body: { removed, token, theirs = [] } }) => {
      const preferred = new Map<bigint, Set<string>>();
      for (const { note_id, name } of theirs) preferred.set(note_id, (preferred.get(note_id) ?? new Set()).add(name));
      return takeUpdate(session, user, toId(deck_id, 'Deck'), { removed, token, theirs: preferred });
    },
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/subscriptions/:deck_id',
      tag,
      scope: 'edit',
      summary: 'Follow no more; the cards stay',
      params,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { deck_id } }) => unsubscribe(session, user, toId(deck_id, 'Deck')),
  );
}

export async function sharingRoutes(app: FastifyInstance): Promise<void> {
  discoverRoutes(app);
  subscriptionRoutes(app);
}
