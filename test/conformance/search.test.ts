// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ensureSearchIndex, makeSearchIndex, SEARCH_INDEX } from '../../src/db/stores/search-index.ts';
import { checkSearch, rebuildSearch, settleSearch } from '../../src/services/search-upkeep.ts';
import { engines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

/** What the same searches found on each engine that ran: it must be the same, in the same order. */
const stories = new Map<string, string[]>();
const randomStories = new Map<string, string[]>();

const CARDS: readonly (readonly [number, string, string])[] = [
  [1, 'What is negligence?', 'Breach of a duty of care that causes damage'],
  [1, 'Duty of care', 'Reasonable care under the circumstances'],
  [1, 'Damages', 'Money for negligence; the duty is not enough'],
  [1, 'Strict liability', 'Liability without fault'],
  [2, 'Größe der Straße', 'Élève naïve'],
  [2, '過失責任', 'negligence liability in Japanese law'],
  [2, '§ 823 BGB', 'Schadensersatzpflicht'],
  [3, 'Venue', "Where a suit is brought; don't confuse with jurisdiction"],
];

for (const target of withCitus(engines())) {
  describe(`search on ${target.name}`, { skip: target.skip }, () => {
    const onService = (work: (service: Service, token: string) => Promise<void>) => async () => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        try {
          const token = await service.signUp('anna');
          for (const name of ['Torts', 'Torts::Foreign', 'Civil Procedure'])
            await service.call('POST', '/api/v1/decks/', { token, json: { name } });
          await work(service, token);
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    };
    const plant = async ({ call, database }: Service, token: string): Promise<void> => {
      await ensureSearchIndex(database.engine);
      for (const [deck_id, front, back] of CARDS) await call('POST', '/api/v1/cards/', { token, json: { deck_id, front, back } });
      const fields = [
        { name: 'Front', value: 'Proximate cause' },
        { name: 'Back', value: 'Foreseeable harm' },
        { name: 'Source', value: 'Palsgraf' },
      ];
      await call('POST', '/api/v1/notes/', {
        token,
        json: { deck_id: 1, guid: 'a', type: 'basic', fields, tags: ['Exam::Spring', 'mbe'] },
      });
    };
    const search = async ({ call }: Service, token: string, q: string, more = '') => {
      const answer = await call('GET', `/api/v1/search/?q=${encodeURIComponent(q)}${more}`, { token });
      assert.equal(answer.status, 200, `${q}: ${answer.text}`);
      return answer.body;
    };
    const idsOf = async (service: Service, token: string, q: string, more = ''): Promise<number[]> =>
      (await search(service, token, q, more)).cards.map((card: { id: number }) => card.id);

    test(
      'the same searches find the same cards in the same order on every engine',
      onService(async (service, token) => {
        await plant(service, token);
        await service.call('POST', '/api/v1/study/review/1', { token, json: { quality: 4 } });
        await service.call('PUT', '/api/v1/study/marks/2', { token, json: { is_suspended: true, flag: 3 } });
        await service.call('PUT', '/api/v1/study/marks/4', { token, json: { is_buried: true } });
        const expected: readonly (readonly [string, readonly number[]])[] = [
          ['', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
          ['negligence', [1, 3, 6]],
          ['liability', [4, 6]],
          ['duty', [2, 1, 3]],
          ['"duty of care"', [2, 1]],
          ['"of duty"', []],
          ['neglig', []],
          ['neglig*', [1, 3, 6]],
          ['duty -breach', [2, 3]],
          ['-duty', [4, 5, 6, 7, 8, 9]],
          ['venue OR damages', [3, 8]],
          ['(venue OR damages) money', [3]],
          ['-(venue OR damages) deck:torts', [1, 2, 4, 5, 6, 7, 9]],
          ['front:duty', [2]],
          ['back:duty', [1, 3]],
          ['strasse', [5]],
          ['GRÖSSE eleve', [5]],
          ['失責', [6]],
          ['過', [6]],
          ['823', [7]],
          ["don't", [8]],
          ['deck:torts', [1, 2, 3, 4, 5, 6, 7, 9]],
          ['deck:"civil procedure"', [8]],
          ['deck:civ*', [8]],
          ['deck:nothing', []],
          ['-deck:torts', [8]],
          ['liability OR deck:"civil procedure"', [4, 6, 8]],
          ['tag:mbe', [9]],
          ['tag:exam', [9]],
          ['tag:EXAM::spring', [9]],
          ['tag:spr*', []],
          ['-tag:mbe cause', []],
          ['palsgraf', [9]],
          ['is:new', [2, 3, 4, 5, 6, 7, 8, 9]],
          ['-is:new', [1]],
          ['is:suspended', [2]],
          ['is:buried', [4]],
          ['is:flagged', [2]],
          ['flag:3', [2]],
          ['flag:0 negligence', [1, 3, 6]],
          ['is:due', []],
          ['is:leech', []],
          ['duty is:suspended', [2]],
          ['duty OR is:buried', [1, 2, 3, 4]],
          ['rated:1', [1]],
          ['added:1 venue', [8]],
          ['due:30', [1]],
          ['due:30 OR venue', [1, 8]],
        ];
        const story: string[] = [];
        for (const [q, ids] of expected) {
          assert.deepEqual(await idsOf(service, token, q), ids, q);
          for (const sort of ['newest', 'oldest', 'edited', 'due'])
            story.push(`${q} ${sort} ${await idsOf(service, token, q, `&sort=${sort}`)}`);
          const { count } = await search(service, token, q, '&count=true');
          assert.equal(count, ids.length, q);
        }
        story.push((await service.call('GET', '/api/v1/search/?q=duty&count=true', { token })).text);
        stories.set(target.name, story);
      }),
    );

    test(
      'random queries find the same on every engine, and pages put together are the whole in every order',
      onService(async (service, token) => {
        await plant(service, token);
        const word = fc.constantFrom(
          'duty',
          'care',
          'neg*',
          '"of care"',
          'liability',
          '過失',
          'strasse',
          'is:new',
          'tag:mbe',
          'deck:torts',
          'front:duty',
          'flag:0',
        );
        const query = fc.letrec<{ node: string }>((tie) => ({
          node: fc.oneof(
            { maxDepth: 3 },
            word,
            fc.tuple(tie('node'), tie('node')).map(([a, b]) => `${a} ${b}`),
            fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a} OR ${b})`),
            tie('node').map((a) => `-(${a})`),
          ),
        })).node;
        const told: string[] = [];
        for (const q of fc.sample(query, { numRuns: 25, seed: 7 })) {
          const whole = await idsOf(service, token, q);
          told.push(`${q}: ${whole}`);
          for (const sort of ['relevance', 'newest', 'edited', 'due']) {
            const all = await idsOf(service, token, q, `&sort=${sort}`);
            const pages: number[] = [];
            for (let after: string | null = ''; after !== null; ) {
              const page = await search(service, token, q, `&sort=${sort}&limit=2${after === '' ? '' : `&after=${after}`}`);
              pages.push(...page.cards.map((card: { id: number }) => card.id));
              after = page.next;
            }
            assert.deepEqual(pages, all, `${q} by ${sort}`);
            assert.deepEqual(all.toSorted(), whole.toSorted());
          }
        }
        randomStories.set(target.name, told);
      }),
    );

    test(
      'cards of others are neither found, counted, suggested nor named, and a deck that is added is found',
      onService(async (service, token) => {
        await plant(service, token);
        const ben = await service.signUp('ben');
        const nothing = { cards: [], decks: [], count: 0, next: null, suggestion: null };
        for (const q of ['negligence', '', '-nothing', 'neglgence', 'torts', 'is:new', 'deck:torts'])
          assert.deepEqual(await search(service, ben, q, '&count=true&suggest=true'), nothing, q);
        await service.call('PUT', '/api/v1/decks/1', { token, json: { is_public: true } });
        assert.deepEqual(await search(service, ben, 'negligence', '&count=true'), nothing, 'public is not held');
        await service.call('PUT', '/api/v1/study/marks/2', { token: ben, json: { flag: 2 } });
        await service.database.write(({ kysely, clock }) =>
          kysely.insertInto('user_deck').values({ user_id: 2n, deck_id: 1n, added_at: clock.now() }).execute(),
        );
        assert.deepEqual(await idsOf(service, ben, 'negligence'), [1, 3]);
        assert.deepEqual(await idsOf(service, ben, 'is:flagged'), [2], 'marks are each student’s own');
        assert.deepEqual(await idsOf(service, token, 'is:flagged'), []);
        assert.equal((await search(service, ben, 'duty')).cards[0].is_owner, false);
        await service.call('DELETE', '/api/v1/decks/1', { token });
        assert.deepEqual(await search(service, ben, 'negligence', '&count=true'), nothing, 'a deleted deck');
      }),
    );

    test(
      'what is written is found at once: cards, notes, tags, changes and deletions',
      onService(async (service, token) => {
        await plant(service, token);
        const { call, database } = service;
        await call('PUT', '/api/v1/cards/1', { token, json: { front: 'What is nuisance?' } });
        assert.deepEqual(await idsOf(service, token, 'nuisance'), [1]);
        await call('DELETE', '/api/v1/cards/3', { token });
        assert.deepEqual(await idsOf(service, token, 'money'), []);
        await call('PUT', '/api/v1/notes/1', { token, json: { tags: ['later'] } });
        assert.deepEqual([await idsOf(service, token, 'tag:later'), await idsOf(service, token, 'tag:mbe')], [[9], []]);
        await call('PUT', '/api/v1/notes/1', { token, json: { deck_id: 3 } });
        assert.deepEqual(await idsOf(service, token, 'deck:civ* cause'), [9]);
        await call('DELETE', '/api/v1/notes/1', { token });
        assert.deepEqual(await idsOf(service, token, 'proximate'), []);
        await call('POST', '/api/v1/decks/1/import', { token, json: { text: 'Trespass\tEntry', format: 'text' } });
        assert.deepEqual(await checkSearch(database), {
          cards: 7 + (await idsOf(service, token, 'trespass')).length,
          wrong: 0,
          dead: 0,
          damage: null,
        });
      }),
    );

    test(
      'what a server of an older version wrote is found after the search was settled, and a rebuild puts all right',
      onService(async (service, token) => {
        await plant(service, token);
        const { database } = service;
        await database.write(async ({ kysely, clock }) => {
          const now = clock.now();
          await kysely
            .insertInto('card')
            .values({ deck_id: 1n, front: 'Conversion', back: 'Taking', created_at: now, updated_at: now })
            .execute();
          await kysely.updateTable('card').set({ front: 'Trespass', updated_at: clock.now() }).where('id', '=', 1n).execute();
          await kysely.updateTable('card').set({ deleted_at: now }).where('id', '=', 2n).execute();
        });
        assert.deepEqual(await idsOf(service, token, '"duty of care" OR nothing'), [1], 'what is deleted is not found');
        assert.deepEqual(await checkSearch(database), { cards: 9, wrong: 2, dead: 1, damage: null });
        assert.equal(await settleSearch(database), 3);
        assert.equal(await settleSearch(database), 0);
        assert.deepEqual([await idsOf(service, token, 'conversion'), await idsOf(service, token, 'trespass')], [[10], [1]]);
        await database.write(async ({ kysely }) => {
          await kysely.updateTable('search_card').set({ words: 'd1 fwrong' }).where('card_id', '=', 4n).execute();
          await kysely.deleteFrom('search_card').where('card_id', '=', 5n).execute();
        });
        assert.deepEqual(await checkSearch(database), { cards: 9, wrong: 2, dead: 0, damage: null });
        assert.equal(await rebuildSearch(database), 2);
        assert.deepEqual(await checkSearch(database), { cards: 9, wrong: 0, dead: 0, damage: null });
        assert.deepEqual(await idsOf(service, token, 'strict'), [4]);
      }),
    );

    test(
      'a full-text index that is missing or half there is made by the next one who opens the database',
      onService(async (service, token) => {
        await plant(service, token);
        const { database } = service;
        assert.deepEqual(await idsOf(service, token, 'venue'), [8]);
        await database.engine.dedicated((connection) =>
          connection.script(
            database.engine.capabilities.isLocalFile
              ? `DROP TRIGGER ${SEARCH_INDEX}_insert`
              : `DROP INDEX IF EXISTS ${SEARCH_INDEX}`,
          ),
        );
        await service.call('POST', '/api/v1/cards/', { token, json: { deck_id: 3, front: 'Forum', back: 'Court' } });
        await Promise.all([makeSearchIndex(database.engine, false), ensureSearchIndex(database.engine)]);
        assert.deepEqual(await idsOf(service, token, 'forum'), [10]);
        assert.equal((await checkSearch(database)).damage, null);
      }),
    );

    test(
      'a query that says nothing is answered with 400, the place and the next step; hostile text finds nothing and breaks nothing',
      onService(async (service, token) => {
        await plant(service, token);
        const ask = (q: string, more = '') => service.call('GET', `/api/v1/search/?q=${encodeURIComponent(q)}${more}`, { token });
        for (const q of ['"open', '(', 'a)', 'is:x', 'nofield:x', 'flag:9', '*', 'OR', 'a*', '('.repeat(500), 'x'.repeat(2000)]) {
          const { status, body } = await ask(q);
          assert.equal(status, 400, q);
          assert.match(body.detail, /character \d+/);
          assert.ok(body.hint.length > 0 && body.code === 'FC_BAD_REQUEST');
        }
        const hostile = [
          `'; DROP TABLE card; --`,
          `" OR 1=1 --`,
          `") OR ("`,
          'NEAR(a b)',
          'a NOT b',
          'a AND b',
          '{a b}: c',
          '^a',
          'a:*',
          'a & !b | c <-> d',
          '%_%',
          'x\u0000y',
          '\u202eabc',
          '🙂🙂',
          `${'a '.repeat(49)}a`,
          'fduty',
          'd1',
          'z00003a',
        ];
        for (const q of hostile) assert.ok([200, 400, 422].includes((await ask(q)).status), q);
        assert.equal((await service.call('GET', '/api/v1/search/?q=%ED%A0%80%00%ff', { token })).status < 500, true);
        for (const after of [
          'x',
          'W10',
          Buffer.from('["relevance",0,null,"1 OR 1"]').toString('base64url'),
          Buffer.from('["due",0,null,"1"]').toString('base64url'),
        ])
          assert.equal((await ask('duty', `&after=${after}`)).status, 400, after);
        assert.equal((await idsOf(service, token, '')).length, 9);
      }),
    );

    test(
      'where nothing is found, words that the user’s own cards have are suggested, and find something',
      onService(async (service, token) => {
        await plant(service, token);
        const suggested = async (q: string) => (await search(service, token, q, '&suggest=true')).suggestion;
        assert.equal((await search(service, token, 'neglgence')).suggestion, null, 'only where it is asked');
        assert.equal(await suggested('neglgence'), 'negligence');
        assert.equal(await suggested('front:damges -venue'), 'front:damages -venue');
        assert.equal(await suggested('qqqqq'), null);
        assert.equal(await suggested('duty breech'), 'duty breach');
        assert.equal(await suggested('negligence'), null);
        assert.deepEqual(
          (await search(service, token, 'torts')).decks.map((deck: { id: number }) => deck.id),
          [1, 2],
        );
      }),
    );
  });
}

test('the searches of all engines told the same stories', {
  skip: engines().some(({ skip }) => skip !== false) ? 'not run: an engine is missing' : false,
}, () => {
  for (const told of [stories, randomStories]) {
    assert.equal(told.size, withCitus(engines()).filter(({ skip }) => skip === false).length);
    for (const story of told.values()) assert.deepEqual(story, told.get('sqlite'));
  }
});
