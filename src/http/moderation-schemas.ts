/** What the API of suggestions and of moderation takes and gives. */
import { SUGGESTION_STATES } from '../services/suggestions.ts';
import { id, idText, list, nullable, object, oneOf, text, time, truth, withDefault } from './json-schema.ts';
import { after, cardSides, paging, REPORT_STATES, reportFields } from './schemas.ts';

const word = text({ maxLength: 1000 });

export const suggestionPath = object({ suggestion_id: idText() });
export const suggestionCreate = object(
  { note_id: id({ description: 'A note of one’s own that came from a deck one follows.' }) },
  { comment: nullable(word) },
);
export const suggestionDecline = object({}, { answer: nullable(word) });
export const suggestionList = object(
  {
    ...paging,
    scope: withDefault(oneOf(['received', 'sent']), 'received'),
  },
  { ...after, deck_id: idText(), status: oneOf(SUGGESTION_STATES) },
);
export const suggestion = object({
  id: id(),
  deck_id: id({ description: 'The deck that the change is suggested for.' }),
  deck_name: text(),
  username: text({ description: 'Who suggests it.' }),
  changes: list(object({ name: text(), from: text(), to: text() })),
  comment: nullable(text()),
  status: text(),
  answer: nullable(text()),
  created_at: time(),
  answered_at: nullable(time()),
});
export const suggestions = list(suggestion);

export const why = object({ why: text({ minLength: 1, maxLength: 1000, description: 'For the owner and the audit trail.' }) });
export const queueQuery = object({ ...paging, status: withDefault(oneOf(REPORT_STATES), 'pending') }, after);
const moderatedDeckFields = {
  id: id(),
  name: text(),
  owner_name: text(),
  is_public: truth(),
  hidden_at: nullable(time()),
};
export const queue = list(
  object({
    ...reportFields,
    reporter_name: text(),
    deck: nullable(object(moderatedDeckFields)),
  }),
);
export const eventList = object(paging, after);
const eventFields = { id: id(), action: text(), deck_id: id(), why: text(), created_at: time() };
export const events = list(object({ ...eventFields, report_id: nullable(id()), admin_name: text() }));
export const moderatedDeck = object({
  ...moderatedDeckFields,
  description: nullable(text()),
  cards: list(object({ id: id(), ...cardSides })),
  events,
});
/** For the owner: what was done, and why; not by whom. */
export const ownEvents = list(object(eventFields));
