import { t } from '../languages/t.ts';
import { api, dataOf } from './client.ts';
import type { Passkey, User } from './types.ts';

/** Loaded when somebody uses a passkey: nobody else needs it. */
const library = () => import('@simplewebauthn/browser');

/** The browser gave no passkey: its person closed the window, or it has none for this site. */
export class NoPasskey extends Error {}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'InvalidStateError') throw new NoPasskey(t('This device has a passkey for your account already.'));
    if (name === 'NotAllowedError' || name === 'AbortError') throw new NoPasskey(t('Your browser gave no passkey.'));
    throw new NoPasskey(t('Your browser cannot use a passkey here. {why}', { why: error instanceof Error ? error.message : '' }));
  }
}

export const hasPasskeys = (): boolean => typeof window.PublicKeyCredential === 'function';

export async function makePasskey(name: string, password: string): Promise<Passkey> {
  const { public_key } = await dataOf(api.POST('/api/v1/auth/passkeys/question', { body: { current_password: password } }));
  const { startRegistration } = await library();
  const response = await asked(() => startRegistration({ optionsJSON: public_key as never }));
  return dataOf(api.POST('/api/v1/auth/passkeys', { body: { name, response: response as never } }));
}

export async function signInAnswer(): Promise<User> {
  const { public_key } = await dataOf(api.POST('/api/v1/auth/passkey-session/question'));
  const { startAuthentication } = await library();
  const response = await asked(() => startAuthentication({ optionsJSON: public_key as never }));
  return dataOf(api.POST('/api/v1/auth/passkey-session', { body: { response: response as never } }));
}
