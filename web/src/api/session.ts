import { queryOptions } from '@tanstack/react-query';
import { dropAllDrafts } from '../lib/drafts.ts';
import { ofTab } from '../lib/storage.ts';
import { forgetPerson, keepPerson, keptPerson } from '../offline/kept-day.ts';
import { ApiError, api, dataOf } from './client.ts';
import { orKept } from './or-kept.ts';
import { closeOutbox, openOutbox, ownerOfOutbox } from './outbox.ts';
import { queries } from './query-client.ts';
import type { User } from './types.ts';

const LAST_USER = 'flashcase.user';

/** Every way to be signed in leads through here. */
async function welcome(user: User): Promise<User> {
  const id = String(user.id);
  // What one person typed must not appear for the next one who signs in here.
  if (ofTab.read(LAST_USER) !== id) dropAllDrafts();
  ofTab.write(LAST_USER, id);
  const before = ownerOfOutbox();
  if (before !== undefined && before !== user.id) forgetAnswers();
  await keepPerson(user);
  await openOutbox(user.id);
  return user;
}

/** Without an answer from the server: who was signed in when it last gave one. Whatever they do is theirs once it does again. */
async function keptUser(): Promise<User | undefined> {
  const user = await keptPerson();
  if (user !== undefined) await openOutbox(user.id);
  return user;
}

/** Who is signed in; null when nobody is. */
export const me = queryOptions({
  queryKey: ['me'],
  queryFn: async (): Promise<User | null> => {
    try {
      return await orKept(async () => welcome(await dataOf(api.GET('/api/v1/auth/me'))), keptUser);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      // The login ended elsewhere, perhaps for good: as after signing out. A proxy's own refusal says nothing about it.
      if (!error.isForeign) await forgetPerson();
      return null;
    }
  },
  staleTime: 60_000,
});

/** How often somebody has signed in here, and the one that each request was sent under. */
let login = 0;
const loginOf = new WeakMap<Request, number>();

// Whichever request finds out that the login has ended, the sign-in page comes up; one that tells of an earlier login says nothing of this one.
api.use({
  onRequest({ request }) {
    loginOf.set(request, login);
  },
  onResponse({ request, response, schemaPath }) {
    if (response.status !== 401 || schemaPath === '/api/v1/auth/session' || loginOf.get(request) !== login) return;
    queries.setQueryData(me.queryKey, null);
  },
});

/** Forgets what another reader was shown. Not `clear()`: the page that watches `me` would go on watching the old entry. */
function forgetAnswers(): void {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
}

function become(user: User | null): void {
  login++;
  forgetAnswers();
  queries.setQueryData(me.queryKey, user);
}

export async function signIn(username: string, password: string): Promise<void> {
  const user = await dataOf(api.POST('/api/v1/auth/session', { body: { username, password } }));
  become(await welcome(user));
}

/** Signs in by what a passkey answered. */
export async function signInAs(user: User): Promise<void> {
  become(await welcome(user));
}

export async function signUp(account: { email: string; username: string; password: string }): Promise<void> {
  await dataOf(api.POST('/api/v1/auth/register', { body: account }));
}

export async function signOut(): Promise<void> {
  await dataOf(api.DELETE('/api/v1/auth/session'));
  dropAllDrafts();
  closeOutbox();
  await forgetPerson();
  become(null);
}
