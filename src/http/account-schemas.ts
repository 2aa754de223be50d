/** What the API of one's own ways in takes and gives. */
import { SCOPES } from '../services/scopes.ts';
import { id, idText, list, nullable, object, oneOf, type Schema, text, time, truth, whole } from './json-schema.ts';

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

export const waysIn = object({
  mails_password_resets: truth(),
  passkey_site: nullable(text({ description: 'The address at which passkeys work; null where they do not.' })),
});
export const resetRequest = object({
  name: text({ minLength: 1, maxLength: 320, description: 'The username or email address.' }),
});
export const resetUse = object({ token: text({ minLength: 1, maxLength: 200 }), password: text({ minLength: 8 }) });

export const accountDeletion = object({ current_password: text() });

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

export const passkeyPath = object({ passkey_id: idText() });
const name = text({ minLength: 1, maxLength: 100 });
export const passkeyName = object({ name });
export const passkey = object({
  id: id(),
  name: text(),
  site: text({ description: 'The name of the site it works at.' }),
  created_at: time(),
  last_used_at: nullable(time()),
});
export const passkeys = list(passkey);
export const passkeyQuestionAsked = object({ current_password: text() });
/** What `navigator.credentials` takes, in the form of PublicKeyCredential.parseCreationOptionsFromJSON and its sister. */
export const passkeyQuestion = object({ public_key: { type: 'object' } as Schema<object> });
const blob = text({ minLength: 1, maxLength: 4000 });
const answer = { id: blob, rawId: blob, type: oneOf(['public-key']) };
export const passkeyCreate = object({
  name,
  response: object({
    ...answer,
    response: object(
      { clientDataJSON: blob, attestationObject: text({ minLength: 1, maxLength: 40_000 }) },
      { transports: list(text({ maxLength: 30 })) },
    ),
  }),
});
export const passkeyLogin = object({
  response: object({
    ...answer,
    response: object(
      { clientDataJSON: blob, authenticatorData: blob, signature: blob },
      { userHandle: nullable(text({ maxLength: 200 })) },
    ),
  }),
});
