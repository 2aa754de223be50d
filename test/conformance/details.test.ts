import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openDatabase } from '../../src/db/database.ts';
import { insertCard } from '../../src/db/stores/cards.ts';
import { insertDeck } from '../../src/db/stores/decks.ts';
import { findUser } from '../../src/db/stores/users.ts';
import { buildApp } from '../../src/http/app.ts';
import { Timestamp } from '../../src/schema/index.ts';
import { tidy } from '../../src/services/housekeeping.ts';
import { everydayEngines, withCitus } from '../support/database.ts';
import { settingsFor } from '../support/fresh.ts';
import { type Service, startService } from './client.ts';

for (const target of withCitus(everydayEngines())) {
  describe(`the API in detail on ${target.name}`, { skip: target.skip }, () => {
    const onService = (work: (service: Service, place: { url: string; directUrl?: string }) => Promise<void>) => async () => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        try {
          await work(service, place);
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    };

    test(
      'T-07: ids of 64 bits keep every digit in paths, queries, bodies and answers; beyond them nothing is found',
      onService(async ({ call, signUp, database }) => {
        const token = await signUp('anna');
        const anna = await database.read((session) => findUser(session, { username: 'anna' }));
        const deckId = 9_007_199_254_740_993n;
        await database.write(async ({ kysely, clock }) => {
          const now = clock.now();
          for (const id of [deckId, -5n, 9_223_372_036_854_775_807n]) {
            await kysely
              .insertInto('deck')
              .values({ id, name: `deck ${id}`, created_at: now, updated_at: now })
              .execute();
            await kysely
              .insertInto('user_deck')
              .values({ user_id: anna?.id as bigint, deck_id: id, is_owner: true, added_at: now })
              .execute();
          }
        });
        assert.match((await call('GET', `/api/v1/decks/${deckId}`, { token })).text, /^\{"id":9007199254740993,/);
        const made = await call('POST', '/api/v1/cards/', {
          token,
          headers: { 'content-type': 'application/json' },
          json: `{"deck_id": ${deckId}, "front": "q", "back": "a"}`,
        });
        assert.match(made.text, /"deck_id":9007199254740993,/);
        assert.equal((await call('GET', `/api/v1/cards/?deck_id=${deckId}`, { token })).body.length, 1);
        assert.deepEqual((await call('GET', `/api/v1/cards/?deck_id=${deckId + 1n}`, { token })).body, []);
        const ids = (text: string) => [...text.matchAll(/"id":(-?\d+)/g)].map((found) => found[1]);
        assert.deepEqual(ids((await call('GET', '/api/v1/decks/', { token })).text), [
          '-5',
          '9007199254740993',
          '9223372036854775807',
        ]);
        const page = await call('GET', `/api/v1/decks/?limit=1&after=${deckId}`, { token });
        assert.deepEqual([ids(page.text), page.headers['x-next-after']], [['9223372036854775807'], '9223372036854775807']);
        for (const id of ['9223372036854775808', '-9223372036854775809', '1'.repeat(400)]) {
          assert.equal((await call('GET', `/api/v1/decks/${id}`, { token })).status, 404);
          assert.deepEqual((await call('GET', `/api/v1/cards/?deck_id=${id}`, { token })).body, []);
        }
        assert.equal((await call('GET', `/api/v1/decks/?after=${'9'.repeat(30)}`, { token })).body.length, 0);
      }),
    );

    test(
      'T-11: times are printed with their microseconds, and without a fraction when it is zero, as the original printed them',
      onService(async ({ call, signUp, database }) => {
        const token = await signUp('anna');
        await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        for (const [stored, shown] of [
          ['2025-10-03 00:43:50.819817', '2025-10-03T00:43:50.819817'],
          ['2025-10-03 00:43:50.000000', '2025-10-03T00:43:50'],
          ['0001-01-01 00:00:00.000001', '0001-01-01T00:00:00.000001'],
          ['9999-12-31 23:59:59.999999', '9999-12-31T23:59:59.999999'],
        ] as const) {
          await database.write(({ kysely }) =>
            kysely
              .updateTable('deck')
              .set({ created_at: Timestamp.parse(stored) as Timestamp })
              .execute(),
          );
          assert.equal((await call('GET', '/api/v1/decks/1', { token })).body.created_at, shown);
        }
      }),
    );

    test(
      'T-33: searching takes A for a and nothing else for each other, and means its wildcards literally',
      onService(async ({ call, signUp }) => {
        const token = await signUp('anna');
        for (const name of ['Ärger', 'ärger', 'TORTS', 'torts', '50% off', '50 off', 'a_b', 'axb', 'back\\slash']) {
          await call('POST', '/api/v1/decks/', { token, json: { name } });
        }
        const found = async (search: string) =>
          (await call('GET', `/api/v1/decks/?search=${encodeURIComponent(search)}`, { token })).body.map(
            (deck: { name: string }) => deck.name,
          );
        assert.deepEqual(await found('tOrTs'), ['TORTS', 'torts']);
        assert.deepEqual(await found('Ä'), ['Ärger']);
        assert.deepEqual(await found('50%'), ['50% off']);
        assert.deepEqual(await found('A_B'), ['a_b']);
        assert.deepEqual(await found('k\\s'), ['back\\slash']);
        assert.equal((await call('GET', '/api/v1/decks/?school=%00', { token })).status, 422);
      }),
    );

    test(
      'lists know one’s own decks from the public ones of others',
      onService(async ({ call, signUp }) => {
        const [anna, ben] = [await signUp('anna'), await signUp('ben')];
        await call('POST', '/api/v1/decks/', { token: anna, json: { name: 'mine', school: 'Yale', year: 2026 } });
        await call('POST', '/api/v1/decks/', { token: ben, json: { name: 'ours', is_public: true, school: 'Yale' } });
        const names = async (query: string) =>
          (await call('GET', `/api/v1/decks/${query}`, { token: anna })).body.map((deck: { name: string; is_owner: boolean }) => [
            deck.name,
            deck.is_owner,
          ]);
        assert.deepEqual(await names(''), [
          ['mine', true],
          ['ours', false],
        ]);
        assert.deepEqual(await names('?scope=own'), [['mine', true]]);
        assert.deepEqual(await names('?scope=public'), [['ours', false]]);
        assert.deepEqual(await names('?school=Yale&year=2026'), [['mine', true]]);
        assert.deepEqual((await names('?school=&year=0')).length, 2, 'an empty filter filters nothing');
        assert.deepEqual(await names('?school=yale'), []);
      }),
    );

    test(
      'due and counted cards are right when read: deleted ones and other people’s reviews do not count',
      onService(async ({ call, signUp, clock }) => {
        const [anna, ben] = [await signUp('anna'), await signUp('ben')];
        await call('POST', '/api/v1/decks/', { token: anna, json: { name: 'Torts', is_public: true } });
        for (const front of ['q1', 'q2', 'q3']) {
          await call('POST', '/api/v1/cards/', { token: anna, json: { deck_id: 1, front, back: 'a' } });
        }
        const counts = async (token: string) => {
          const { body } = await call('GET', '/api/v1/decks/1', { token });
          return [body.card_count, body.due_count];
        };
        await call('POST', '/api/v1/study/review/1', { token: ben, json: { quality: 5 } });
        assert.deepEqual(
          [await counts(anna), await counts(ben)],
          [
            [3, 3],
            [3, 2],
          ],
        );
        await call('DELETE', '/api/v1/cards/2', { token: anna });
        assert.deepEqual(
          [await counts(anna), await counts(ben)],
          [
            [2, 2],
            [2, 1],
          ],
        );
        clock.advance(15 * 86_400);
        assert.deepEqual(await counts(ben), [2, 2]);
        assert.equal((await call('POST', '/api/v1/study/review/2', { token: ben, json: { quality: 5 } })).status, 404);
      }),
    );

    test(
      'a key in the body serves a client without headers; one key for two cards at once is one review and one refusal',
      onService(async ({ call, signUp, database }) => {
        const token = await signUp('anna');
        await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        for (let i = 0; i < 8; i++)
          await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: `q${i}`, back: 'a' } });
        const send = (card: number) =>
          call('POST', `/api/v1/study/review/${card}`, { token, json: { quality: 4, idempotency_id: 'one key' } });
        const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(send));
        const taken = answers.filter((answer) => answer.status === 200);
        assert.deepEqual([taken.length, answers.filter((answer) => answer.status === 409).length], [1, 7]);
        const winner = taken[0]?.body.card_id as number;
        assert.equal((await send(winner)).text, taken[0]?.text);
        await call('DELETE', `/api/v1/cards/${winner}`, { token });
        assert.equal((await send(winner)).text, taken[0]?.text, 'also after the card is gone');
        const { length } = await database.read(({ kysely }) => kysely.selectFrom('study_log').selectAll().execute());
        assert.equal(length, 1);
      }),
    );

    test(
      'what is deleted goes after a month when nothing refers to it; reviews stay for ever',
      onService(async ({ call, signUp, clock, database }) => {
        const token = await signUp('anna');
        for (const name of ['studied', 'never studied', 'kept']) await call('POST', '/api/v1/decks/', { token, json: { name } });
        for (const deck_id of [1, 1, 2, 2, 3]) {
          await call('POST', '/api/v1/cards/', { token, json: { deck_id, front: 'q', back: 'a' } });
        }
        await call('POST', '/api/v1/study/review/1', { token, json: { quality: 4 } });
        await call('DELETE', '/api/v1/decks/1', { token });
        await call('DELETE', '/api/v1/decks/2', { token });
        await call('DELETE', '/api/v1/cards/5', { token });
        clock.advance(29 * 86_400);
        assert.deepEqual(await tidy(database), {
          cards: 0,
          notes: 0,
          decks: 0,
          recounted: 0,
          searchable: 0,
          listed: 0,
          months: 0,
        });
        clock.advance(2 * 86_400);
        assert.deepEqual(await tidy(database), {
          cards: 4,
          notes: 0,
          decks: 1,
          recounted: 0,
          searchable: 0,
          listed: 0,
          months: 0,
        });
        const left = await database.read(async ({ kysely }) => ({
          decks: (await kysely.selectFrom('deck').select('id').orderBy('id').execute()).map((deck) => deck.id),
          cards: (await kysely.selectFrom('card').select('id').orderBy('id').execute()).map((card) => card.id),
          reviews: (await kysely.selectFrom('study_log').select('id').execute()).length,
        }));
        assert.deepEqual(left, { decks: [1n, 3n], cards: [1n], reviews: 1 });
        assert.equal((await call('GET', '/api/v1/auth/me', { token })).status, 200);
      }),
    );

    test(
      'deleted cards with reviews stay, however many there are, and those behind them without any go',
      onService(async ({ signUp, clock, database }) => {
        await signUp('anna');
        const anna = await database.read((session) => findUser(session, { username: 'anna' }));
        const user_id = anna?.id as bigint;
        const then = clock.now();
        const { last, unstudied } = await database.write(async (session) => {
          const { kysely } = session;
          const deck = await insertDeck(session, user_id, { name: 'Torts' });
          // More than one page of what is looked at stays: some with a review, some with a state alone.
          const card = { deck_id: deck.id, front: 'q', back: 'a', created_at: then, updated_at: then, deleted_at: then };
          const ids: bigint[] = [];
          for (let piece = 0; piece < 3; piece++) {
            const added = await kysely
              .insertInto('card')
              .values(Array.from({ length: 201 }, () => card))
              .returning('id')
              .execute();
            ids.push(...added.map(({ id }) => id));
          }
          const state = { user_id, ease_factor: 2.5, interval: 1, repetitions: 1, last_rating: 4, next_review: then };
          const unstudied = ids.slice(-3);
          for (const [piece, table] of [
            [ids.slice(0, 300), 'study_log'],
            [ids.slice(300, -3), 'card_state'],
          ] as const) {
            if (table === 'study_log')
              await kysely
                .insertInto('study_log')
                .values(piece.map((card_id) => ({ ...state, card_id, reviewed_at: then, due_date: then, created_at: then })))
                .execute();
            else
              await kysely
                .insertInto('card_state')
                .values(piece.map((card_id) => ({ ...state, card_id, last_reviewed_at: then, review_count: 1 })))
                .execute();
          }
          return { last: ids.at(-4), unstudied };
        });
        clock.advance(32 * 86_400);
        assert.equal((await tidy(database)).cards, unstudied.length);
        const left = await database.read(({ kysely }) => kysely.selectFrom('card').select('id').orderBy('id').execute());
        assert.deepEqual([left.length, left.at(-1)?.id], [600, last]);
        assert.equal((await tidy(database)).cards, 0);
      }),
    );

    test(
      'a study session and a review take the same few queries whatever the size, and study data is always asked for by user',
      onService(async ({ signUp, clock, database }, place) => {
        const token = await signUp('anna');
        const anna = await database.read((session) => findUser(session, { username: 'anna' }));
        await database.write(async (session) => {
          for (const size of [3, 300]) {
            const deck = await insertDeck(session, anna?.id as bigint, { name: `${size} cards` });
            for (let i = 0; i < size; i++) await insertCard(session, { deck_id: deck.id, front: `q${i}`, back: 'a' });
          }
        });
        const queries: string[] = [];
        const watched = openDatabase(settingsFor(place), clock, { onQuery: (sql) => queries.push(sql) });
        const app = await buildApp({ database: watched, settings: settingsFor(place), hasLog: false });
        const ask = async (method: 'GET' | 'POST', url: string, payload?: object) => {
          queries.length = 0;
          const headers = { authorization: `Bearer ${token}`, 'idempotency-key': String(Math.random()) };
          const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
          assert.equal(answer.statusCode, 200, answer.body);
          const counted = queries.filter((sql) => !/^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA)/i.test(sql));
          for (const sql of counted.filter((one) => /study_log|card_state|user_deck|review_receipt|review_counts/.test(one))) {
            assert.match(sql, /user_id/, sql);
          }
          return { count: counted.length, rows: JSON.parse(answer.body) };
        };
        try {
          await ask('GET', '/api/v1/study/session/1');
          const small = await ask('GET', '/api/v1/study/session/1?limit=500');
          const large = await ask('GET', '/api/v1/study/session/2?limit=500');
          assert.deepEqual([small.rows.length, large.rows.length], [3, 300]);
          assert.equal(large.count, small.count);
          assert.ok(large.count <= 3, `${large.count} queries: who asks, may they, which cards`);
          await ask('POST', '/api/v1/study/review/1', { quality: 4 });
          const again = await ask('POST', '/api/v1/study/review/1', { quality: 4 });
          assert.ok(again.count <= 11, `${again.count} queries: ${queries.join('\n')}`);
        } finally {
          await app.close();
          await watched.close();
        }
      }),
    );
  });
}
