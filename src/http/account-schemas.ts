/** What the API of one's own ways in takes and gives. */
import { SCOPES } from '../services/scopes.ts';
import { id, idText, list, nullable, object, oneOf, text, time, truth, whole } from './json-schema.ts';

export const loginPath = object({ login_id: idText() });
export const login = object({
  id: id(),
  is_current: truth(),
  kind: oneOf(['web', 'api']),
  device: nullable(text({ description: 'As `Firefox on Windows`, or the name of a program; null where it is not known.' })),
  place: nullable(text({ description: 'The network it was last used from: 192.0.2.0/24, 2001:db8:1::/48.' })),
  created_at: time(),
  last_used_at: time(),
  expires_at: time(),
});
export const logins = list(login);
export const loginsEnded = object({ ended: whole() });

export const tokenPath = object({ token_id: idText() });
const scopes = list(oneOf(SCOPES));
export const apiTokenCreate = object({
  name: text({ minLength: 1, maxLength: 100, description: 'What it is for.' }),
  scopes,
  expires_in_days: nullable(whole({ minimum: 1, maximum: 3650, description: 'null: it does not end by itself.' })),
  current_password: text(),
});
const apiTokenFields = {
  id: id(),
  name: text(),
  scopes,
  created_at: time(),
  last_used_at: nullable(time()),
  expires_at: nullable(time()),
  place: nullable(text({ description: 'The network it was last used from.' })),
};
export const apiToken = object(apiTokenFields);
export const apiTokens = list(apiToken);
export const newApiToken = object({ ...apiTokenFields, token: text({ description: 'Shown this once.' }) });
