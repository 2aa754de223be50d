/** What the API of administrators takes and gives about accounts. */
import { id, idText, list, nullable, object, text, time, truth, whole } from './json-schema.ts';
import { after, paging } from './schemas.ts';

export const userPath = object({ user_id: idText() });
export const userList = object(paging, {
  ...after,
  search: text({ maxLength: 200, description: 'A part of the name or address; A to Z are the same as a to z.' }),
});
const fields = {
  id: id(),
  username: text(),
  email: text(),
  is_active: truth(),
  is_admin: truth(),
  max_cards: nullable(whole({ description: 'Cards they may have; null for what everybody may.' })),
  created_at: time(),
};
export const user = object(fields);
export const users = list(user);
export const userSeen = object({
  ...fields,
  logins: whole({ description: 'Logins that have not ended.' }),
  storage: object({
    decks: whole({ description: 'Decks of their own.' }),
    notes: whole(),
    cards: whole(),
    reviews: whole(),
    characters: whole({ description: 'Of the texts of notes and cards.' }),
  }),
});
export const userChange = object(
  {},
  {
    is_admin: nullable(truth()),
    is_active: nullable(truth()),
    max_cards: nullable(whole({ minimum: 0, maximum: 2_147_483_647 })),
  },
);
export const resetLink = object({
  path: text({ description: 'Behind the address of the site; shown this once.' }),
  expires_at: time(),
});
export const deletion = object({ confirm: text({ description: 'The username, as a word that it is meant.' }) });
