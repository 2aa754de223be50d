/** What the API of sharing takes and gives. */
import { DISCOVER_SORTS } from '../services/discover.ts';
import { REMOVED } from '../services/take-update.ts';
import { id, list, nullable, object, oneOf, text, time, truth, whole, withDefault } from './json-schema.ts';
import { cardSides, MAX_ROWS } from './schemas.ts';

const facet = text({ maxLength: 200 });

export const discoverQuery = object(
  {
    q: withDefault(text({ maxLength: 400, description: 'Words of the name, description and facets, or how they begin.' }), ''),
    sort: withDefault(oneOf(DISCOVER_SORTS), 'newest'),
    limit: withDefault(whole({ minimum: 1, description: `Decks of a page, never more than ${MAX_ROWS}.` }), 24),
  },
  {
    school: facet,
    course: facet,
    professor: facet,
    year: whole({ minimum: 1900, maximum: 2100 }),
    after: text({ maxLength: 60, description: '`next` of the page before.' }),
  },
);
const sharedDeckFields = {
  id: id(),
  name: text(),
  description: nullable(text()),
  school: nullable(text()),
  course: nullable(text()),
  professor: nullable(text()),
  year: nullable(whole()),
  owner_name: text(),
  published_at: time(),
  updated_at: time(),
  card_count: whole(),
  copy_count: whole({ description: 'Copies that others made, by clones and subscriptions.' }),
  is_owner: truth(),
  subscribed_deck_id: nullable(id({ description: 'One’s own copy that follows this deck.' })),
};
const facetCounts = list(object({ value: text(), deck_count: whole() }));
export const discoverAnswer = object({
  decks: list(object(sharedDeckFields)),
  next: nullable(text({ description: 'For the next page; null on the last one.' })),
  count: nullable(whole({ description: 'All that are asked for; on the first page only.' })),
  facets: nullable(object({ school: facetCounts, course: facetCounts, professor: facetCounts, year: facetCounts })),
});
export const sharedDeck = object({ ...sharedDeckFields, cards: list(object({ id: id(), ...cardSides })) });

const followed = {
  deck_id: id(),
  deck_name: text(),
  source_deck_id: nullable(id({ description: 'Null while it is not shared.' })),
  source_name: text(),
  subscribed_at: time(),
  updated_at: time(),
};
export const subscriptions = list(object(followed));
const pairs = list(object({ name: text(), yours: text(), theirs: text() }));
const updateCounts = {
  added: whole(),
  changed: whole(),
  removed: whole(),
  edited: whole({ description: 'Notes of which both sides changed a field: that stays as it is.' }),
};
export const updatePreview = object({
  ...followed,
  token: text(),
  counts: object(updateCounts),
  added: list(object({ front: text(), back: text() })),
  changed: list(
    object({
      note_id: id(),
      title: text(),
      changed: pairs,
      kept: pairs,
      tags_added: list(text()),
      tags_removed: list(text()),
    }),
  ),
  removed: list(object({ note_id: id(), title: text(), is_studied: truth() })),
});
export const updateTake = object(
  { removed: withDefault(oneOf(REMOVED), 'keep') },
  {
    token: text({ maxLength: 60, description: 'Of the preview: what has changed since is not taken unseen.' }),
    theirs: list(object({ note_id: id(), name: text({ maxLength: 200 }) })),
  },
);
export const updateTaken = object(updateCounts);
