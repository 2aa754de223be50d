import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { LIMITS } from '../../src/formats/zip/limits.ts';
import { ZipArchive } from '../../src/formats/zip/read-zip.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { deleteAccount, removeClosedAccounts } from '../../src/services/delete-account.ts';
import { exportAccount } from '../../src/services/export-account.ts';
import { tidy } from '../../src/services/housekeeping.ts';
import { userNamed } from '../../src/services/import-file.ts';
import { setReminder } from '../../src/services/reminders.ts';
import { everydayEngines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

for (const target of withCitus(everydayEngines())) {
  describe(`people on ${target.name}`, { skip: target.skip }, () => {
    const onService =
      (story: (service: Service, admin: string, idOf: (name: string) => Promise<bigint>) => Promise<void>) => async () => {
        const place = await target.withTables();
        const service = await startService(place);
        const { database } = service;
        const idOf = (name: string) =>
          database.read(
            async ({ kysely }) =>
              (await kysely.selectFrom('user').select('id').where('username', '=', name).executeTakeFirstOrThrow()).id,
          );
        try {
          const admin = await service.signUp('root');
          await database.write(({ kysely }) => kysely.updateTable('user').set({ is_admin: true }).execute());
          await story(service, admin, idOf);
        } finally {
          await service.close();
          await place.drop();
        }
      };

    test(
      'an administrator finds people, makes administrators, lets people in and out; the last administrator stays',
      onService(async ({ call, signUp, database }, token, idOf) => {
        const anna = await signUp('anna');
        await signUp('100%_ben');
        const deck = (await call('POST', '/api/v1/decks/', { token: anna, json: { name: 'Torts' } })).body.id;
        await call('POST', '/api/v1/cards/', { token: anna, json: { deck_id: deck, front: 'q', back: 'an answer' } });
        const found = async (search: string) =>
          (await call('GET', `/api/v1/admin/users?search=${encodeURIComponent(search)}`, { token })).body.map(
            ({ username }: { username: string }) => username,
          );
        assert.deepEqual(
          [await found('ANN'), await found('@law'), await found('0%_'), await found('x_x')],
          [['anna'], ['root', 'anna', '100%_ben'], ['100%_ben'], []],
        );
        const id = await idOf('anna');
        const seen = (await call('GET', `/api/v1/admin/users/${id}`, { token })).body;
        assert.deepEqual(
          [seen.storage, seen.logins, 'hashed_password' in seen],
          [{ decks: 1, notes: 0, cards: 1, reviews: 0, characters: 10 }, 1, false],
        );

        const change = (who: bigint, json: object) => call('PUT', `/api/v1/admin/users/${who}`, { token, json });
        const root = await idOf('root');
        for (const json of [{ is_admin: false }, { is_active: false }])
          assert.deepEqual([(await change(root, json)).status, (await change(root, json)).body.code], [409, 'FC_CONFLICT']);
        assert.equal(
          (await call('POST', `/api/v1/admin/users/${root}/delete`, { token, json: { confirm: 'root' } })).status,
          409,
        );
        assert.equal((await change(id, { is_active: false })).body.is_active, false);
        assert.equal((await call('GET', '/api/v1/auth/me', { token: anna })).status, 401, 'signed out at once');
        const logIn = () => call('POST', '/api/v1/auth/login', { form: { username: 'anna', password: 'password-1' } });
        assert.equal((await logIn()).body.detail, 'Inactive user');
        await change(id, { is_active: true });
        const again = (await logIn()).body.access_token;
        assert.equal((await call('GET', '/api/v1/admin/users', { token: again })).status, 403);
        assert.equal((await change(id, { is_admin: true })).body.is_admin, true);
        assert.equal((await call('GET', '/api/v1/admin/users', { token: again })).status, 200);

        const { body: link } = await call('POST', `/api/v1/admin/users/${id}/reset-link`, { token });
        const json = { token: link.path.split('#')[1], password: 'password-2' };
        assert.equal((await call('POST', '/api/v1/auth/password-resets/use', { json })).status, 204);
        assert.equal((await logIn()).status, 401);

        // The trail says that an account was deleted, by its number: whoever it was is forgotten.
        const deleted = await call('POST', `/api/v1/admin/users/${id}/delete`, { token, json: { confirm: 'anna' } });
        assert.equal(deleted.status, 204, deleted.text);
        const trail = await database.read(({ kysely }) => kysely.selectFrom('audit_event').selectAll().execute());
        const steps = trail.filter(({ command }) => command.endsWith('/delete')).map(({ details }) => details);
        assert.ok(
          steps.some((details) => details.includes(`"${id}"`)),
          steps.join(),
        );
        assert.ok(!steps.some((details) => details.includes('anna')), steps.join());
      }),
    );

    test(
      'a quota of cards: what would be more is refused whole, whatever brings it, and says limit and use',
      onService(async ({ call, signUp, database }, token, idOf) => {
        const anna = await signUp('anna');
        const ben = await signUp('ben');
        const post = (url: string, json: object, who = anna) => call('POST', `/api/v1/${url}`, { token: who, json });
        const deck = (await post('decks/', { name: 'Torts' })).body.id;
        const card = { deck_id: deck, front: 'q', back: 'a' };
        const others = (await post('decks/', { name: 'Big', is_public: true }, ben)).body.id;
        for (const front of ['1', '2', '3']) await post('cards/', { deck_id: others, front, back: 'a' }, ben);

        const limit = (max_cards: number | null) =>
          idOf('anna').then((id) => call('PUT', `/api/v1/admin/users/${id}`, { token, json: { max_cards } }));
        assert.equal((await limit(3)).body.max_cards, 3);
        for (let i = 0; i < 2; i++) assert.equal((await post('cards/', card)).status, 201);
        const count = () => database.read(async ({ kysely }) => (await kysely.selectFrom('card').select('id').execute()).length);
        const before = await count();
        const typed = {
          deck_id: deck,
          type: 'basic_reversed',
          fields: [
            { name: 'Front', value: 'x' },
            { name: 'Back', value: 'y' },
          ],
        };
        for (const [url, json] of [
          ['notes/', typed],
          [`decks/${deck}/import`, { text: 'x\ty\nz\tw' }],
          [`decks/${others}/clone`, {}],
          [`decks/${others}/subscribe`, {}],
        ] as const) {
          const refused = await post(url, json);
          assert.deepEqual([refused.status, refused.body.code], [403, 'FC_QUOTA'], `${url}: ${refused.text}`);
          assert.match(refused.body.detail, /You may have 3 cards on this server, have 2, and would have [45]/);
        }
        assert.equal(await count(), before, 'nothing of it is there');
        assert.equal((await post('cards/', card)).status, 201);
        assert.equal((await post('cards/', card)).body.code, 'FC_QUOTA');
        // Lowered: what is there stays, and can be edited and deleted.
        await limit(1);
        const [one] = (await call('GET', `/api/v1/cards/?deck_id=${deck}`, { token: anna })).body;
        assert.equal((await call('PUT', `/api/v1/cards/${one.id}`, { token: anna, json: { front: 'changed' } })).status, 200);
        assert.equal((await call('DELETE', `/api/v1/cards/${one.id}`, { token: anna })).status, 204);
        assert.equal((await limit(null)).body.max_cards, null);
        assert.equal((await post('notes/', typed)).status, 201);
      }),
    );

    test(
      'an account is exported whole; deleted, it leaves nothing of its own: what others made of it and studied of it stays, and a deletion that was broken off is finished',
      onService(async ({ call, signUp, database, clock }, token, idOf) => {
        const anna = await signUp('anna');
        const ben = await signUp('ben');
        const post = async (url: string, json: object, who: string) => {
          const answer = await call('POST', `/api/v1/${url}`, { token: who, json });
          assert.ok(answer.status < 300, answer.text);
          return answer.body;
        };
        const shared = await post('decks/', { name: 'Shared', is_public: true }, anna);
        const studied = await post('cards/', { deck_id: shared.id, front: 'studied by Ben', back: 'a' }, anna);
        await post('cards/', { deck_id: shared.id, front: 'by nobody', back: 'a' }, anna);
        const own = await post('decks/', { name: 'Private' }, anna);
        const note = { deck_id: own.id, type: 'basic', fields: [{ name: 'Front', value: 'secret' }], tags: ['mine'] };
        await post('notes/', note, anna);
        const [card] = (await call('GET', `/api/v1/cards/?deck_id=${own.id}`, { token: anna })).body;
        await post(`study/review/${card.id}`, { quality: 4 }, anna);
        await post('exams/', { name: 'Bar', date: '2026-03-20', deck_ids: [own.id] }, anna);
        await post(
          'notes/types',
          { name: 'mine', kind: 'standard', fields: ['A'], templates: [{ name: 'C', front: '{{A}}', back: '' }] },
          anna,
        );
        await post('auth/tokens', { name: 's', scopes: ['read'], expires_in_days: null, current_password: 'password-1' }, anna);
        await post(`study/review/${studied.id}`, { quality: 4 }, ben);
        const copy = await post(`decks/${shared.id}/clone`, {}, ben);

        // Before: everything is in one file, and nothing that lets somebody in.
        const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
        const file = join(folder, 'account.zip');
        await database.read(async (session) => exportAccount(session, await userNamed(session, 'anna'), file));
        const zip = await ZipArchive.open(file, LIMITS);
        const rows = async (table: string) =>
          (await zip.read(`rows/${table}.jsonl`, 1_000_000))
            .toString()
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line));
        assert.deepEqual(
          (await rows('card')).map(({ front }) => front),
          ['studied by Ben', 'by nobody', 'secret'],
        );
        assert.deepEqual(
          [(await rows('study_log')).length, (await rows('note_tag'))[0].tag, (await rows('exam'))[0].name],
          [1, 'mine', 'Bar'],
        );
        assert.deepEqual(
          Object.keys((await rows('user'))[0]).filter((name) => /hash|password/.test(name)),
          [],
        );
        assert.ok(!Object.keys((await rows('api_token'))[0]).includes('token_hash'));
        assert.ok([...zip.names()].includes(`decks/${own.id}.flashcase`));
        zip.close();
        rmSync(folder, { recursive: true });
        const download = await call('POST', '/api/v1/account/export', { token: anna });
        assert.deepEqual(
          [download.status, download.headers['content-type'], download.text.slice(0, 2)],
          [200, 'application/zip', 'PK'],
        );

        const { body: made } = await call('POST', '/api/v1/auth/tokens', {
          token: anna,
          json: { name: 't', scopes: ['transfer'], expires_in_days: null, current_password: 'password-1' },
        });
        // The names of the files stand in a zip as they are.
        for (const table of ['auth_session', 'api_token', 'passkey'])
          assert.deepEqual(
            [download.text, (await call('POST', '/api/v1/account/export', { token: made.token })).text].map((text) =>
              text.includes(`rows/${table}.jsonl`),
            ),
            [true, false],
            table,
          );

        const id = await idOf('anna');
        await deleteAccount(database, id);
        // Killed here: nobody gets in, and nobody sees anything, already.
        assert.equal((await call('GET', '/api/v1/auth/me', { token: anna })).status, 401);
        assert.equal((await call('GET', `/api/v1/decks/${shared.id}`, { token: ben })).status, 404);
        await signUp('anna');
        await tidy(database);

        const text = JSON.stringify(
          await database.read(async ({ kysely }) =>
            Promise.all(
              (Object.keys(flashcase.tables) as (keyof typeof flashcase.tables)[]).map(async (table) => [
                table,
                await kysely.selectFrom(table).selectAll().execute(),
              ]),
            ),
          ),
          (_, value) => (typeof value === 'bigint' ? String(value) : value),
        );
        for (const gone of ['secret', 'Private', 'by nobody', '"tag":"mine"'])
          assert.ok(!text.includes(gone) || gone === 'by nobody', gone);
        const rowsOf = (
          table: 'study_log' | 'card_state' | 'exam' | 'operation' | 'note_type' | 'api_token' | 'study_settings',
        ) => database.read(({ kysely }) => kysely.selectFrom(table).select('user_id').where('user_id', '=', id).execute());
        for (const table of ['study_log', 'card_state', 'exam', 'operation', 'note_type', 'api_token', 'study_settings'] as const)
          assert.deepEqual(await rowsOf(table), [], table);
        // Ben keeps his copy and his review; the card it is about stays for that, without its owner's name.
        assert.equal((await call('GET', `/api/v1/cards/?deck_id=${copy.id}`, { token: ben })).body.length, 2);
        const reviews = await database.read(({ kysely }) => kysely.selectFrom('study_log').select('card_id').execute());
        assert.deepEqual(
          reviews.map(({ card_id }) => Number(card_id)),
          [studied.id],
        );
        const left = await database.read(({ kysely }) =>
          kysely.selectFrom('user').select(['username', 'email', 'is_active']).where('id', '=', id).execute(),
        );
        assert.equal(left.length, 1);
        assert.match(left[0]?.username ?? '', new RegExp(`^deleted-${id}-`));
        assert.deepEqual([left[0]?.email, left[0]?.is_active], [`${left[0]?.username}@deleted.invalid`, false]);
        const people = (await call('GET', '/api/v1/admin/users', { token })).body;
        assert.ok(!people.some((person: { id: number }) => BigInt(person.id) === id));
        // Of somebody who left nothing to others nothing is left.
        const carl = await signUp('carl');
        await post('decks/', { name: 'Alone' }, carl);
        const carlsId = await idOf('carl');
        clock.advance(1);
        await deleteAccount(database, carlsId);
        assert.equal(await removeClosedAccounts(database), 2);
        assert.deepEqual(
          await database.read(({ kysely }) => kysely.selectFrom('user').select('id').where('id', '=', carlsId).execute()),
          [],
        );
      }),
    );

    test(
      'an account that was closed is removed with a reminder that was set meanwhile; one that cannot be removed stops neither others nor the upkeep',
      onService(async ({ call, signUp, database, clock }, token, idOf) => {
        for (const name of ['anna', 'ben', 'carl']) await signUp(name);
        const anna = await database.read((session) => userNamed(session, 'anna'));
        const ben = await idOf('ben');
        // Something refers to Ben that no release knows of.
        await database.write(({ kysely }) =>
          sql`CREATE TABLE kept_elsewhere (user_id bigint REFERENCES "user" (id))`.execute(kysely),
        );
        await database.write(({ kysely }) => sql`INSERT INTO kept_elsewhere VALUES (${ben})`.execute(kysely));
        for (const id of [ben, anna.id, await idOf('carl')]) await deleteAccount(database, id);
        // Whoever asked for it had been let in before the account was closed.
        await database.write((session) => setReminder(session, anna, '19:00'));
        const deck = (await call('POST', '/api/v1/decks/', { token, json: { name: 'Gone' } })).body.id;
        await call('DELETE', `/api/v1/decks/${deck}`, { token });
        clock.advance(40 * 86_400);
        await assert.rejects(tidy(database), { code: 'FC_DB_CONSTRAINT' });
        const left = await database.read(async ({ kysely }) => ({
          users: (await kysely.selectFrom('user').select('id').orderBy('id').execute()).map(({ id }) => id),
          decks: await kysely.selectFrom('deck').select('id').execute(),
          reminders: await kysely.selectFrom('reminder').select('user_id').execute(),
        }));
        assert.deepEqual(left, { users: [await idOf('root'), ben], decks: [], reminders: [] });
      }),
    );
  });
}
