import type { FastifyInstance } from 'fastify';
import {
  acceptSuggestion,
  browseSuggestions,
  declineSuggestion,
  type SuggestionView,
  suggest,
  withdrawSuggestion,
} from '../../services/suggestions.ts';
import * as moderation from '../moderation-schemas.ts';
import { pageOf, sendPage, toId } from '../paging.ts';
import { userRoute } from '../route.ts';

const present = (one: SuggestionView) => ({
  id: one.id,
  deck_id: one.deck_id,
  deck_name: one.deck_name,
  username: one.username,
  changes: one.changes,
  comment: one.comment,
  status: one.status,
  answer: one.answer,
  created_at: one.created_at,
  answered_at: one.answered_at,
});

export async function suggestionRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'suggestions';
  const params = moderation.suggestionPath;
  userRoute(
    app,
    {
      method: 'GET',
      url: '/suggestions/',
      tag,
      scope: 'read',
      summary: 'Suggestions for one’s own decks, or those one made',
      query: moderation.suggestionList,
      answer: moderation.suggestions,
      mode: 'read',
    },
    async ({ session, user, query: { limit, after, scope, deck_id, status }, reply }) => {
      const page = pageOf({ limit, ...(after === undefined ? {} : { after }) });
      const deckId = deck_id === undefined ? undefined : toId(deck_id, 'Deck');
      const rows = await browseSuggestions(session, user, { scope, deckId, status }, page);
      return sendPage(reply, rows.map(present), page.limit);
    },
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/suggestions/',
      tag,
      scope: 'edit',
      summary: 'Suggest one’s changes of a note to who publishes it',
      body: moderation.suggestionCreate,
      status: 201,
      answer: moderation.suggestion,
      mode: 'write',
    },
    async ({ session, user, body: { note_id, comment = null } }) =>
      present(await suggest(session, user, toId(note_id, 'Note'), comment)),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/suggestions/:suggestion_id/accept',
      tag,
      scope: 'edit',
      addsCards: true,
      summary: 'Make a suggestion one’s own change',
      params,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { suggestion_id } }) => acceptSuggestion(session, user, toId(suggestion_id, 'Suggestion')),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/suggestions/:suggestion_id/decline',
      tag,
      scope: 'edit',
      summary: 'Decline a suggestion, with a word',
      params,
      body: moderation.suggestionDecline,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { suggestion_id }, body: { answer = null } }) =>
      declineSuggestion(session, user, toId(suggestion_id, 'Suggestion'), answer),
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/suggestions/:suggestion_id',
      tag,
      scope: 'edit',
      summary: 'Withdraw one’s own suggestion',
      params,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { suggestion_id } }) => withdrawSuggestion(session, user, toId(suggestion_id, 'Suggestion')),
  );
}
