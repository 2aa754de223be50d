import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import type { Session } from '../../src/db/database.ts';
import { insertApiToken } from '../../src/db/stores/api-tokens.ts';
import { listAuditEvents } from '../../src/db/stores/audit-events.ts';
import { insertAuthSession } from '../../src/db/stores/auth-sessions.ts';
import { insertCard, insertCards } from '../../src/db/stores/cards.ts';
import { type Deck, insertDeck } from '../../src/db/stores/decks.ts';
import { insertExam } from '../../src/db/stores/exams.ts';
import { insertNotes, insertTags } from '../../src/db/stores/notes.ts';
import { operationOf, recordOperation } from '../../src/db/stores/operations.ts';
import { insertReport } from '../../src/db/stores/reports.ts';
import { insertSavedSearch } from '../../src/db/stores/saved-searches.ts';
import { insertSubscription } from '../../src/db/stores/subscriptions.ts';
import { insertSuggestion } from '../../src/db/stores/suggestions.ts';
import { insertUser, updateUser } from '../../src/db/stores/users.ts';
import type { JsonSchema, Schema } from '../../src/http/json-schema.ts';
import { type ValidationProblem, validate } from '../../src/http/validation.ts';
import { SCOPES, type Scope, TOKEN_PREFIX } from '../../src/services/scopes.ts';
import { DEFAULT_SETTINGS } from '../../src/study/settings.ts';
import { studyDay } from '../../src/study/study-day.ts';
import { everydayEngines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

const ACTORS = ['anonymous', 'revoked', 'disabled', 'other', 'admin', 'reader', 'owner'] as const;
type Actor = (typeof ACTORS)[number];
type Matrix = Record<string, Record<string, Record<Actor, number>>>;
const matrix = parse(readFileSync(new URL('authorization.yaml', import.meta.url), 'utf8')) as Matrix;

/** What each route asks of an API token; `public`: nothing, `any`: any scope, `login`: no token may. */
const scopes = parse(readFileSync(new URL('scopes.yaml', import.meta.url), 'utf8')) as Record<string, string>;

const PASSKEY = { id: 'AQ', rawId: 'AQ', type: 'public-key' };

/** What routes must be asked with. */
const QUERIES: Readonly<Record<string, string>> = { 'POST /api/v1/study/reminder/off': '?token=of-nobody' };

/** Bodies that would succeed for who may. */
const BODIES: Record<string, (ids: { deck: bigint; actor: string }) => object> = {
  'POST /api/v1/decks/': () => ({ name: 'new' }),
  'PUT /api/v1/decks/{deck_id}': () => ({ name: 'changed' }),
  'POST /api/v1/cards/': ({ deck }) => ({ deck_id: Number(deck), front: 'new', back: 'new' }),
  'POST /api/v1/decks/{deck_id}/import/preview': () => ({ text: 'q\ta' }),
  'POST /api/v1/decks/{deck_id}/import': () => ({ text: 'q\ta' }),
  'POST /api/v1/import/files/{file_id}/preview': () => ({}),
  'POST /api/v1/import/files/{file_id}/import': () => ({}),
  'PUT /api/v1/cards/{card_id}': () => ({ front: 'changed' }),
  'POST /api/v1/notes/': ({ deck }) => ({ deck_id: Number(deck), type: 'basic', fields: [{ name: 'Front', value: 'new' }] }),
  'POST /api/v1/notes/preview': ({ deck }) => ({ deck_id: Number(deck), type: 'basic', fields: [{ name: 'Front', value: 'q' }] }),
  'PUT /api/v1/notes/{note_id}': () => ({ tags: ['changed'] }),
  'POST /api/v1/notes/types': () => ({
    name: 'mine',
    kind: 'standard',
    fields: ['A'],
    templates: [{ name: 'C', front: '{{A}}', back: '' }],
  }),
  'POST /api/v1/subscriptions/{deck_id}/update': () => ({}),
  'POST /api/v1/suggestions/': () => ({ note_id: 1 }),
  'POST /api/v1/suggestions/{suggestion_id}/decline': () => ({ answer: 'no' }),
  'POST /api/v1/moderation/reports/{report_id}/dismiss': () => ({ why: 'fine' }),
  'POST /api/v1/moderation/decks/{deck_id}/hide': () => ({ why: 'not fine' }),
  'POST /api/v1/moderation/decks/{deck_id}/unhide': () => ({ why: 'fine' }),
  'POST /api/v1/study/review/{card_id}': () => ({ quality: 4 }),
  'POST /api/v1/study/undo/{card_id}': () => ({}),
  'POST /api/v1/study/cram/{card_id}': () => ({ grade: 3 }),
  'POST /api/v1/exams/': ({ deck }) => ({ name: 'Bar', date: '2026-03-20', deck_ids: [Number(deck)] }),
  'PUT /api/v1/study/parameters': () => ({ weights: null }),
  'POST /api/v1/study/catch-up': () => ({ days: 7, reviews_per_day: 50 }),
  'POST /api/v1/exams/plan': ({ deck }) => ({ date: '2026-03-20', deck_ids: [Number(deck)] }),
  'PUT /api/v1/exams/{exam_id}': () => ({ name: 'changed' }),
  'POST /api/v1/searches/': ({ actor }) => ({ name: `due of ${actor}`, query: 'is:due' }),
  'POST /api/v1/search/cards': () => ({ ids: [1] }),
  'POST /api/v1/edit/replace/preview': () => ({ find: 'q', replace: 'Q', q: '' }),
  'POST /api/v1/edit/cards': () => ({ edit: 'suspend', card_ids: [] }),
  'POST /api/v1/edit/duplicates': () => ({ action: 'merge', groups: [] }),
  'POST /api/v1/edit/replace': () => ({ find: 'q', replace: 'Q', items: [] }),
  'PUT /api/v1/searches/{search_id}': () => ({ query: 'is:new' }),
  'PUT /api/v1/study/marks/{card_id}': () => ({ is_suspended: true, flag: 2 }),
  'PUT /api/v1/study/settings': () => ({ new_per_day: 5 }),
  'PUT /api/v1/study/reminder': () => ({ time: '19:30' }),
  'POST /api/v1/reports/': ({ deck }) => ({ report_type: 'deck', content_id: Number(deck), reason: 'spam' }),
  'POST /api/v1/auth/password-resets': () => ({ name: 'nobody' }),
  'POST /api/v1/auth/password-resets/use': () => ({ token: 'of nobody', password: 'password-1' }),
  'POST /api/v1/auth/passkey-session': () => ({
    response: { ...PASSKEY, response: { clientDataJSON: 'e30', authenticatorData: 'e30', signature: 'e30' } },
  }),
  'POST /api/v1/auth/passkeys/question': () => ({ current_password: 'not this one' }),
  'POST /api/v1/auth/passkeys': () => ({
    name: 'mine',
    response: { ...PASSKEY, response: { clientDataJSON: 'e30', attestationObject: 'e30' } },
  }),
  'PUT /api/v1/auth/passkeys/{passkey_id}': () => ({ name: 'mine' }),
  'PUT /api/v1/admin/users/{user_id}': () => ({ is_active: false }),
  'POST /api/v1/admin/users/{user_id}/delete': () => ({ confirm: 'nobody' }),
  'POST /api/v1/account/delete': () => ({ current_password: 'not this one' }),
  'POST /api/v1/auth/tokens': () => ({ name: 'sync', scopes: ['read'], expires_in_days: null, current_password: 'not this one' }),
  'PUT /api/v1/auth/password': () => ({ current_password: 'not this one', new_password: 'password-2' }),
  'POST /api/v1/auth/register': ({ actor }) => ({
    username: `new-${actor}`,
    email: `new-${actor}@law.edu`,
    password: 'password-1',
  }),
  'POST /api/v1/auth/session': ({ actor }) => ({ username: `no-${actor}`, password: 'password-1' }),
  'POST /api/v1/move/throttle': () => ({ value: 'auto' }),
  'POST /api/v1/move/shadow': () => ({ value: 'off' }),
  'POST /api/v1/move/cutover': () => ({ confirm: 'flashcase' }),
  'POST /api/v1/move/rollback': () => ({ confirm: 'flashcase.db' }),
  'POST /api/v1/ai/chat': () => ({ messages: [] }),
  'POST /api/v1/ai/rewrite-card': () => ({ front: 'q', back: 'a' }),
  'POST /api/v1/ai/autocomplete-card': () => ({ partial_text: 'q', card_type: 'front' }),
};

for (const target of withCitus(everydayEngines())) {
  describe(`who may do what on ${target.name}`, { skip: target.skip }, () => {
    const onService = (story: (service: Service) => Promise<void>) => async () => {
      const place = await target.withTables();
      const service = await startService(place);
      try {
        await story(service);
      } finally {
        await service.close();
        await place.drop();
      }
    };
    test('every route answers every actor as the matrix says, and what is refused changes nothing', onService(judge));
    test('every route takes API tokens of the scope that is stated for it, and of no other', onService(judgeScopes));
  });
}

/** An administrator's tokens, one a scope: what a route refuses them is by their scope alone. */
async function judgeScopes({ app, database, clock, call }: Service): Promise<void> {
  await app.ready();
  const documented = app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> };
  const tokens = await database.write(async (session) => {
    const values = { username: 'root', email: 'root@law.edu', hashed_password: 'none', is_admin: true };
    const user_id = (await insertUser(session, values)).id;
    const made = new Map<Scope, string>();
    for (const scope of SCOPES) {
      const token = `${TOKEN_PREFIX}${scope}`;
      const token_hash = createHash('sha256').update(token).digest('hex');
      const expires_at = clock.now().plusDays(1);
      await insertApiToken(session, { user_id, token_hash, name: scope, scopes: scope, expires_at });
      made.set(scope, token);
    }
    return made;
  });
  assert.deepEqual(Object.keys(scopes).toSorted(), Object.keys(matrix).toSorted(), 'the routes of scopes.yaml');
  for (const [route, stated] of Object.entries(scopes)) {
    const [method = '', path = ''] = route.split(' ');
    const security = documented.paths[path]?.[method.toLowerCase()]?.security;
    assert.deepEqual(security, stated === 'public' ? [] : [{ bearer: [stated] }], `${route}, as it is documented`);
    for (const [scope, token] of tokens) {
      const json = BODIES[route]?.({ deck: 999_999n, actor: scope });
      const answer = await call(method, path.replace(/\{\w+\}/, '999999'), { token, ...(json === undefined ? {} : { json }) });
      const isTaken = stated === 'public' || stated === 'any' || stated === scope;
      assert.equal(answer.body?.code === 'FC_TOKEN_SCOPE', !isTaken, `${route} with the scope ${scope}: ${answer.text}`);
      assert.ok(!isTaken || answer.status !== 403, `${route} with the scope ${scope}: ${answer.text}`);
    }
  }
}

interface Operation {
  readonly security?: unknown;
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: JsonSchema }> }>;
}

/** The answer has the fields the OpenAPI description names, of the types it names, and no others. */
function assertDocumented(operation: Operation | undefined, status: number, body: unknown, route: string): void {
  const response = operation?.responses[String(status)];
  assert.ok(response !== undefined, `${route}: ${status} is not documented`);
  const schema = response.content?.['application/json']?.schema;
  if (schema === undefined) {
    assert.equal(body, undefined, route);
    return;
  }
  const problems: ValidationProblem[] = [];
  const taken = validate(schema as Schema<unknown>, body, 'body', problems);
  assert.deepEqual(problems, [], route);
  const rows = (value: unknown): object[] => (Array.isArray(value) ? value : [value]) as object[];
  if (schema.properties === undefined && schema.items === undefined) return;
  for (const [i, row] of rows(body).entries()) assert.deepEqual(Object.keys(row), Object.keys(rows(taken)[i] ?? {}), route);
}

async function judge(service: Service): Promise<void> {
  const { app, database, call } = service;
  await app.ready();
  const documented = app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> };
  const routes = Object.entries(app.swagger().paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods ?? {}).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(routes.toSorted(), Object.keys(matrix).toSorted(), 'the routes and the matrix');

  const users = new Map<Actor, bigint>();
  for (const actor of ACTORS) {
    const values = { username: actor, email: `${actor}@law.edu`, hashed_password: 'none', is_admin: actor === 'admin' };
    users.set(actor, (await database.write((session) => insertUser(session, values))).id);
  }
  const userOf = (actor: Actor) => users.get(actor) as bigint;
  await database.write((session) => updateUser(session, userOf('disabled'), { is_active: false }));

  const stored = () =>
    database.read(async ({ kysely }) => {
      const decks = await kysely.selectFrom('deck').selectAll().orderBy('id').execute();
      const cards = await kysely.selectFrom('card').selectAll().orderBy('id').execute();
      const logs = await kysely.selectFrom('study_log').selectAll().orderBy('id').execute();
      const notes = await kysely.selectFrom('note').selectAll().orderBy('id').execute();
      const tags = await kysely.selectFrom('note_tag').selectAll().orderBy('note_id').orderBy('tag').execute();
      const exams = await kysely.selectFrom('exam').selectAll().orderBy('id').execute();
      const searches = await kysely.selectFrom('saved_search').selectAll().orderBy('id').execute();
      return [decks, cards, logs, notes, tags, exams, searches];
    });

  let count = 0;
  const logIn = async (actor: Actor): Promise<string | undefined> => {
    if (actor === 'anonymous') return undefined;
    const token = `fc_${++count}`;
    if (actor === 'revoked') return token;
    const token_hash = createHash('sha256').update(token).digest('hex');
    await database.write((session) =>
      insertAuthSession(session, {
        user_id: userOf(actor),
        token_hash,
        kind: 'api',
        expires_at: session.clock.now().plusDays(1),
      }),
    );
    return token;
  };
  const tokens = new Map<Actor, string | undefined>();
  for (const actor of ACTORS) tokens.set(actor, await logIn(actor));
  const makeDeck = (isPublic: boolean) =>
    database.write(async (session) => {
      const deck = await insertDeck(session, userOf('owner'), { name: 'torts', is_public: isPublic });
      await session.kysely
        .insertInto('user_deck')
        .values({ user_id: userOf('reader'), deck_id: deck.id, is_owner: false, added_at: session.clock.now() })
        .execute();
      const values = {
        reporter_id: userOf('owner'),
        report_type: 'DECK',
        content_id: deck.id,
        reason: 'SPAM',
        description: null,
      };
      const note = await makeNote(session, deck.id);
      const nowhere = { user_id: userOf('owner'), source_deck_id: deck.id + 1_000_000n, source_name: 'gone' };
      await insertSubscription(session, { ...nowhere, deck_id: deck.id }, session.clock.now());
      const changes = JSON.stringify([{ name: 'Back', from: 'a', to: 'b' }]);
      const about = { deck_id: deck.id, source_kind: 'note' as const, source_id: note, comment: null };
      return {
        deck: deck.id,
        suggestion: (await insertSuggestion(session, { ...about, user_id: userOf('reader'), changes })).id,
        card: (await insertCard(session, { deck_id: deck.id, front: 'q', back: 'a' })).id,
        report: (await insertReport(session, values)).id,
        note,
        operation: await makeOperation(session, deck),
        exam: (await insertExam(session, userOf('owner'), exam(deck.id))).id,
        search: (await insertSavedSearch(session, userOf('owner'), { name: `of ${deck.id}`, query: 'is:due', sort: 'due' })).id,
      };
    });

  const exam = (deck: bigint) => ({
    name: 'Bar',
    exam_day: studyDay(service.clock.now(), DEFAULT_SETTINGS) + 10,
    decks: [deck],
    tags: [],
    target_recall: 0.9,
    minutes_per_day: 20,
    ended_at: null,
  });

  const makeOperation = async (session: Session, { id, updated_at }: Deck): Promise<bigint> => {
    const rows = [{ table: 'deck', id: String(id), was: { name: 'before' }, left: updated_at.text }];
    await recordOperation(session, userOf('owner'), 'change_deck', id, { rows });
    return operationOf(session) as bigint;
  };

  const makeNote = async (session: Session, deck_id: bigint): Promise<bigint> => {
    const note = { deck_id, type: 'basic', note_type_id: null, format: 'text', elements: null, guid: 'g', duplicate_key: null };
    const [row] = await insertNotes(session, [{ ...note, fields: '{"Front":"q","Back":"a"}' }]);
    const { id } = row as { id: bigint };
    const card = { deck_id, note_id: id, ordinal: 0, front: 'q', back: 'a', front_html: null, back_html: null, answer: null };
    await insertCards(session, [card]);
    await insertTags(session, [{ note_id: id, tag: 'torts' }]);
    return id;
  };

  for (const [route, kinds] of Object.entries(matrix)) {
    const [method = '', path = ''] = route.split(' ');
    for (const [kind, expected] of Object.entries(kinds)) {
      let ids = await makeDeck(kind === 'public');
      for (const actor of ACTORS) {
        const isRefused = expected[actor] >= 400;
        const url = path
          .replace('{deck_id}', String(ids.deck))
          .replace('{card_id}', String(ids.card))
          .replace('{note_id}', String(ids.note))
          .replace('{report_id}', String(ids.report))
          .replace('{suggestion_id}', String(ids.suggestion))
          .replace('{operation_id}', String(ids.operation))
          .replace('{exam_id}', String(ids.exam))
          .replace('{search_id}', String(ids.search))
          .replace(/\{(login|token|passkey|user)_id\}/, '999999');
        const before = isRefused && method !== 'GET' ? await stored() : undefined;
        const json = BODIES[route]?.({ deck: ids.deck, actor });
        const answer = await call(method, `${url}${QUERIES[route] ?? ''}`, {
          token: tokens.get(actor),
          ...(route === 'POST /api/v1/auth/login' ? { form: { username: `no-${actor}`, password: 'password-1' } } : {}),
          ...(json === undefined ? {} : { json }),
        });
        assert.equal(answer.status, expected[actor], `${route} of a ${kind} deck by ${actor}: ${answer.text}`);
        if (!isRefused) assertDocumented(documented.paths[path]?.[method.toLowerCase()], answer.status, answer.body, route);
        if (before !== undefined) assert.deepEqual(await stored(), before, `${route} refused to ${actor} changed something`);
        if (route === 'DELETE /api/v1/auth/session') tokens.set(actor, await logIn(actor));
        else if (!isRefused && method === 'DELETE') ids = await makeDeck(kind === 'public');
      }
    }
  }

  // A route that only an administrator may use, and that does something, is in the audit trail: the begin before the work, and the end.
  const trail = await database.read((session) => listAuditEvents(session, { after: undefined, limit: 10_000 }));
  const forAdmins = Object.entries(matrix).filter(
    ([route, { any, public: of = any }]) => !route.startsWith('GET ') && of?.owner === 403 && of.admin !== 403,
  );
  assert.ok(forAdmins.length >= 10, 'routes for administrators');
  for (const [route] of forAdmins) {
    const command = route.replace('/api/v1', '').replace(/\{(\w+)\}/g, ':$1');
    const kinds = trail
      .filter((event) => event.command === command && event.account_id === userOf('admin'))
      .map(({ kind }) => kind);
    assert.deepEqual(kinds.slice(0, 2), ['begun', 'ended'], `${command} in the audit trail`);
  }
  assert.deepEqual(
    trail.filter(({ account_id }) => account_id !== userOf('admin')),
    [],
  );
}
