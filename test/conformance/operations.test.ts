import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tidy } from '../../src/services/housekeeping.ts';
import { storageForms, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

const DAY = 86_400;
const fields = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value }));

/** A note's cards are made anew when it is put back: theirs are later. */
const withoutVersions = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body), (key, value) =>
    key === '' || typeof value !== 'object' || value?.front === undefined ? value : { ...value, updated_at: '' },
  );

for (const target of withCitus(storageForms())) {
  describe(`taking changes back on ${target.name}`, { skip: target.skip }, () => {
    /** One student with a deck, a plain card, a note with a card and a note with three. */
    const onService = (work: (service: Service, client: ReturnType<typeof clientOf>) => Promise<void>) => async () => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        try {
          const client = clientOf(service, await service.signUp('anna'));
          await client.done('POST', 'decks/', { name: 'Torts', course: 'L1' });
          await client.done('POST', 'cards/', { deck_id: 1, front: 'plain', back: 'a' });
          await client.done('POST', 'notes/', {
            deck_id: 1,
            type: 'basic',
            guid: 'a',
            fields: fields({ Front: 'q', Back: 'a' }),
          });
          await client.done('POST', 'notes/', {
            deck_id: 1,
            type: 'rule_elements',
            guid: 'b',
            tags: ['torts'],
            fields: fields({ Rule: 'Negligence', Elements: 'Duty\nBreach' }),
          });
          service.clock.advance(60);
          await work(service, client);
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    };

    function clientOf({ call }: Service, token: string) {
      const send = (method: string, url: string, json?: object) =>
        call(method, `/api/v1/${url}`, { token, ...(json === undefined ? {} : { json }) });
      /** A change that succeeds; gives the name under which it can be taken back. */
      const done = async (method: string, url: string, json?: object) => {
        const answer = await send(method, url, json);
        assert.ok(answer.status < 300, `${method} ${url}: ${answer.text}`);
        return String(answer.headers['x-operation']);
      };
      const undo = (operation: string) => send('POST', `operations/${operation}/undo`);
      /** Everything the student can see. */
      const seen = async () =>
        Promise.all(
          ['decks/1', 'cards/?deck_id=1', 'notes/?deck_id=1', 'study/queue/1'].map(async (url) => {
            const { status, body } = await send('GET', url);
            // In the queue the clock goes on: what is asked, and how it is marked.
            const isQueue = url.startsWith('study');
            if (!isQueue) return [url, status, withoutVersions(body)];
            return [url, status, body.counts, body.cards?.map(({ id, flag }: { id: number; flag: number }) => [id, flag])];
          }),
        );
      return { send, done, undo, seen };
    }

    const CHANGES: readonly (readonly [name: string, method: string, url: string, json?: object])[] = [
      ['change_deck', 'PUT', 'decks/1', { name: 'Contracts', course: '', is_public: true }],
      ['delete_deck', 'DELETE', 'decks/1'],
      ['change_card', 'PUT', 'cards/1', { front: 'other', back: 'b' }],
      ['delete_card', 'DELETE', 'cards/1'],
      ['change_note', 'PUT', 'notes/1', { fields: fields({ Front: 'Q', Back: 'A' }), tags: ['x', 'y'] }],
      ['change_note', 'PUT', 'cards/2', { front: 'Q!' }],
      ['change_note', 'PUT', 'notes/2', { fields: fields({ Rule: 'Negligence', Elements: 'Breach\nCause\nHarm' }) }],
      ['change_note', 'PUT', 'notes/1', { type: 'cloze', fields: fields({ Text: '{{c1::q}} is {{c2::a}}' }) }],
      ['delete_note', 'DELETE', 'notes/2'],
      // With its only card a note goes, and comes back with it.
      ['delete_card', 'DELETE', 'cards/2'],
      ['delete_card', 'DELETE', 'cards/4'],
      ['mark_card', 'PUT', 'study/marks/1', { is_suspended: true }],
      ['mark_card', 'PUT', 'study/marks/2', { is_buried: true, flag: 3 }],
      ['delete_card', 'DELETE', 'cards/5'],
      [
        'change_note',
        'PUT',
        'notes/2',
        { fields: fields({ Rule: 'Malpractice', Elements: 'Duty\nBreach\nHarm' }), tags: ['med'] },
      ],
    ];

    test(
      'every change has its inverse: what the student sees is as before, one by one and in a chain',
      onService(async ({ clock }, { done, undo, seen }) => {
        const before = await seen();
        for (const [name, method, url, json] of CHANGES) {
          const operation = await done(method, url, json);
          assert.notDeepEqual(await seen(), before, `${method} ${url} changes something`);
          clock.advance(5);
          const undone = await undo(operation);
          assert.deepEqual([undone.status, undone.body.name], [200, name], undone.text);
          assert.deepEqual(await seen(), before, `${method} ${url} taken back`);
          assert.equal((await undo(operation)).text, undone.text, 'a repeated call gets the same answer');
        }
        const chain: { operation: string; before: unknown }[] = [];
        // Cards 4 and 5 are deleted before their note is edited: one edit does not make card 4 any more, the next makes it again.
        for (const [, method, url, json] of [0, 2, 4, 7, 10, 13, 6, 14, 11, 3, 8, 1].map(
          (index) => CHANGES[index] as (typeof CHANGES)[number],
        )) {
          const sight = await seen();
          chain.push({ operation: await done(method, url, json), before: sight });
          clock.advance(5);
        }
        for (const { operation, before: sight } of chain.toReversed()) {
          const undone = await undo(operation);
          assert.equal(undone.status, 200, undone.text);
          assert.deepEqual(await seen(), sight);
        }
        assert.deepEqual(await seen(), before);
      }),
    );

    test(
      'a change is taken back only while it is the last one there, by who made it, and for a month',
      onService(async ({ call, clock, database, signUp }, { send, done, undo, seen }) => {
        const first = await done('PUT', 'cards/1', { front: 'first' });
        await done('PUT', 'cards/1', { front: 'second' });
        const noteEdit = await done('PUT', 'notes/1', { tags: ['mine'] });
        await done('PUT', 'notes/1', { fields: fields({ Front: 'later', Back: 'a' }) });
        const flag = await done('PUT', 'study/marks/1', { flag: 1 });
        await done('PUT', 'study/marks/1', { flag: 2 });
        const suspended = await done('PUT', 'study/marks/1', { is_suspended: true });
        const before = await seen();
        for (const operation of [first, noteEdit, flag]) {
          const refused = await undo(operation);
          assert.deepEqual([refused.status, refused.body.code], [409, 'FC_CHANGED_MEANWHILE'], refused.text);
        }
        assert.deepEqual(await seen(), before, 'what is refused changes nothing');
        // Another mark of the same card is another change.
        assert.equal((await undo(suspended)).status, 200);

        const ben = await signUp('ben');
        const strange = await call('POST', `/api/v1/operations/${suspended}/undo`, { token: ben });
        assert.equal(strange.status, 404);
        for (const nothing of ['999', '99999999999999999999', 'x']) assert.ok([404, 422].includes((await undo(nothing)).status));

        // A card of a deck that is deleted comes back after its deck.
        const card = await done('DELETE', 'cards/1');
        const deck = await done('DELETE', 'decks/1');
        assert.equal((await undo(card)).status, 404);
        clock.advance(29 * DAY);
        await tidy(database);
        assert.equal((await undo(deck)).status, 200);
        assert.equal((await undo(card)).status, 200);
        assert.equal((await send('GET', 'cards/1')).body.front, 'second');
        const late = await done('DELETE', 'cards/1');
        clock.advance(30 * DAY + 60);
        assert.equal((await undo(late)).status, 404, 'after a month');
        await tidy(database);
        assert.deepEqual(await database.read(({ kysely }) => kysely.selectFrom('operation').select('id').execute()), []);
        assert.equal((await send('GET', 'cards/1')).status, 404);
      }),
    );
  });
}
