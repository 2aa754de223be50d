/** What the card browser takes and gives beyond a search: saved searches, and changes of many cards at once. All of it is FlashCase's own. */
import { MATCHES, RESOLUTIONS } from '../services/duplicates.ts';
import { EDITS } from '../services/edit-cards.ts';
import { SORTS } from '../services/search.ts';
import { id, idText, list, nullable, object, oneOf, type Schema, text, time, truth, whole, withDefault } from './json-schema.ts';

export const searchPath = object({ search_id: idText() });
const searchName = text({ minLength: 1, maxLength: 100 });
const searchText = text({ maxLength: 4000, description: 'In the search language, as `q` of GET /search/.' });
export const searchSave = object({ name: searchName, query: searchText, sort: withDefault(oneOf(SORTS), 'relevance') });
export const searchChange = object({}, { name: searchName, query: searchText, sort: oneOf(SORTS) });
export const savedSearch = object({
  id: id(),
  name: text(),
  query: text(),
  sort: text(),
  created_at: time(),
  updated_at: time(),
});
export const savedSearches = list(savedSearch);

/** The cards a change is about. */
const scope = {
  q: text({ maxLength: 4000, description: 'All cards that this search finds; or `card_ids`.' }),
  card_ids: list(id()),
};
const replacement = {
  find: text({ minLength: 1, maxLength: 1000 }),
  replace: text({ maxLength: 2000 }),
  is_expression: withDefault(
    {
      ...truth(),
      description:
        '`find` is a regular expression of JavaScript, with flag u; `replace` may have $1, $<name>, $&, $$, \\n and \\t.',
    } as Schema<boolean>,
    false,
  ),
  matches_case: withDefault(truth(), false),
  is_whole_words: withDefault(truth(), false),
};
const replaceFields = {
  fields: list(text({ maxLength: 200, description: 'Names of fields to look into; none for all.' })),
};
const itemKind = oneOf(['note', 'card']);
/** `card`: one that stands for itself. */
const replaceItem = { kind: itemKind, id: id(), updated_at: text({ maxLength: 40 }) };
const leftItems = {
  left_count: whole({ description: 'Those that stay as they are.' }),
  left: list(object({ kind: itemKind, id: id(), title: text(), reason: text() })),
};
export const replacePreview = object(replacement, {
  ...replaceFields,
  ...scope,
  after: text({ maxLength: 40, description: '`next` of the page before: more of the changes, without the counts.' }),
});
export const replacePreviewAnswer = object({
  looked_at: whole({ description: 'Notes, and cards without one, that were looked through.' }),
  not_own: whole({ description: 'Cards of decks of others, which stay as they are.' }),
  fields: list(object({ name: text(), count: whole() })),
  items: list(object({ ...replaceItem, updated_at: time() })),
  hits: whole(),
  changes: list(
    object({
      ...replaceItem,
      updated_at: time(),
      deck_name: text(),
      fields: list(
        object({
          name: text(),
          stretches: list(
            object({
              text: text(),
              becomes: nullable(text({ description: 'What stands in its place afterwards; null where it stays.' })),
            }),
          ),
        }),
      ),
    }),
  ),
  next: nullable(text()),
  ...leftItems,
});
export const replaceAsked = object({ ...replacement, items: list(object(replaceItem)) }, replaceFields);
export const replaceDone = object({ changed: whole(), hits: whole(), ...leftItems });

export const cardsEdit = object(
  { edit: oneOf(EDITS) },
  {
    ...scope,
    flag: whole({ minimum: 0, maximum: 7, description: 'For flag; 0 for none.' }),
    tag: text({ maxLength: 100, description: 'For add_tag and remove_tag.' }),
    deck_id: id({ description: 'For move.' }),
    days: whole({ minimum: 0, maximum: 36_500, description: 'For set_due: study days from today; 0 for today.' }),
  },
);
export const cardsEdited = object({
  changed: whole({ description: 'Cards that are as it was wanted.' }),
  left_count: whole({ description: 'Those that stay as they are.' }),
  reasons: list(text({ description: 'Why, each reason once.' })),
});

export const duplicatesQuery = object(
  {
    match: withDefault(oneOf(MATCHES), 'usual'),
    skip: withDefault(whole({ minimum: 0 }), 0),
    limit: withDefault(whole({ minimum: 1, maximum: 100, description: 'Groups of a page.' }), 20),
  },
  { deck_id: idText() },
);
const version = { id: id(), updated_at: text({ maxLength: 40 }) };
export const duplicates = object({
  group_count: whole(),
  note_count: whole(),
  groups: list(
    object({
      notes: list(
        object({
          ...version,
          updated_at: time(),
          deck_name: text(),
          type: text(),
          fields: list(object({ name: text(), value: text({ description: 'As plain text, from its beginning.' }) })),
          tags: list(text()),
          card_count: whole(),
          review_count: whole({ description: 'Of one’s own.' }),
        }),
      ),
    }),
  ),
});
export const duplicatesResolve = object({
  action: oneOf(RESOLUTIONS),
  groups: list(
    object(
      { keep: id({ description: 'The note whose cards and reviews stay.' }), notes: list(object(version)) },
      { text_of: id({ description: 'For merge: the note whose fields it gets; its own when left out.' }) },
    ),
  ),
});
export const duplicatesResolved = object({
  groups: whole(),
  notes: whole({ description: 'Notes that are gone, or marked.' }),
  left: list(object({ keep: id(), reason: text() })),
});
