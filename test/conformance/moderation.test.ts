import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everydayEngines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

const fields = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value }));

type Client = ReturnType<typeof clientOf>;

function clientOf({ call }: Service, token: string) {
  const send = (method: string, url: string, json?: object) =>
    call(method, `/api/v1/${url}`, { token, ...(json === undefined ? {} : { json }) });
  const done = async (method: string, url: string, json?: object) => {
    const answer = await send(method, url, json);
    assert.ok(answer.status < 300, `${method} ${url}: ${answer.text}`);
    return answer;
  };
  return { send, done, get: async (url: string) => (await done('GET', url)).body };
}

for (const target of withCitus(everydayEngines())) {
  describe(`suggestions and moderation on ${target.name}`, { skip: target.skip }, () => {
    /** Anna publishes a deck with a note and a card, Ben learns, Mia moderates. */
    const onService =
      (work: (clients: { service: Service; anna: Client; ben: Client; mia: Client; deck: number }) => Promise<void>) =>
      async () => {
        const place = await target.withTables();
        try {
          const service = await startService(place);
          try {
            const [anna, ben, mia] = [
              clientOf(service, await service.signUp('anna')),
              clientOf(service, await service.signUp('ben')),
              clientOf(service, await service.signUp('mia')),
            ];
            await service.database.write(({ kysely }) =>
              kysely.updateTable('user').set({ is_admin: true }).where('username', '=', 'mia').execute(),
            );
            const deck = (await anna.done('POST', 'decks/', { name: 'Torts', is_public: true })).body.id;
            await anna.done('POST', 'notes/', {
              deck_id: deck,
              type: 'basic',
              fields: fields({ Front: 'Duty?', Back: 'Of car.' }),
            });
            await anna.done('POST', 'cards/', { deck_id: deck, front: 'Harm?', back: 'Damage.' });
            await work({ service, anna, ben, mia, deck });
          } finally {
            await service.close();
          }
        } finally {
          await place.drop();
        }
      };

    test(
      'a suggestion is the fields one changed; accepted it is the publisher’s own change, declined it has a word',
      onService(async ({ anna, ben, deck }) => {
        const copy = (await ben.done('POST', `decks/${deck}/subscribe`)).body.id;
        const [duty, harm] = await ben.get(`notes/?deck_id=${copy}`);
        assert.equal((await ben.send('POST', 'suggestions/', { note_id: duty.id })).status, 400, 'nothing was changed');
        // What only the publisher changed is not suggested to be changed back.
        const [source] = await anna.get(`notes/?deck_id=${deck}`);
        await anna.done('PUT', `notes/${source.id}`, { fields: fields({ Front: 'Duty, what?', Back: 'Of car.' }) });
        await ben.done('PUT', `notes/${duty.id}`, { fields: fields({ Front: 'Duty?', Back: 'Of care.' }) });
        await ben.done('PUT', `notes/${harm.id}`, { fields: fields({ Front: 'Harm?', Back: '<b>Loss</b>.' }) });
        const made = (await ben.done('POST', 'suggestions/', { note_id: duty.id, comment: 'A typo' })).body;
        assert.deepEqual(made.changes, [{ name: 'Back', from: 'Of car.', to: 'Of care.' }]);
        const second = (await ben.done('POST', 'suggestions/', { note_id: harm.id })).body;
        // The same note again gives the first one way.
        const again = (await ben.done('POST', 'suggestions/', { note_id: duty.id, comment: 'A typo!' })).body;
        const received = async () =>
          (await anna.get(`suggestions/?deck_id=${deck}&status=open`)).map((one: Record<string, unknown>) => [
            one.id,
            one.username,
            one.comment,
          ]);
        assert.deepEqual(await received(), [
          [second.id, 'ben', null],
          [again.id, 'ben', 'A typo!'],
        ]);
        assert.deepEqual(await ben.get('suggestions/'), [], 'nothing is suggested to Ben');

        const accepted = await anna.done('POST', `suggestions/${again.id}/accept`);
        assert.deepEqual(
          (await anna.get(`notes/${source.id}`)).fields.map(({ value }: { value: string }) => value),
          ['Duty, what?', 'Of care.'],
        );
        assert.equal((await anna.send('POST', `suggestions/${again.id}/accept`)).status, 409, 'answered once');
        await anna.done('POST', `suggestions/${second.id}/decline`, { answer: 'It is not.' });
        assert.deepEqual(
          (await ben.get('suggestions/?scope=sent')).map((one: Record<string, unknown>) => [one.id, one.status, one.answer]),
          [
            [made.id, 'withdrawn', null],
            [second.id, 'declined', 'It is not.'],
            [again.id, 'accepted', null],
          ],
        );
        // The copy has it already: only the front is news.
        const seen = await ben.get(`subscriptions/${copy}`);
        assert.deepEqual([seen.counts, seen.changed[0].kept], [{ added: 0, changed: 1, removed: 0, edited: 0 }, []]);
        await anna.done('POST', `operations/${accepted.headers['x-operation']}/undo`);
        assert.equal((await anna.get(`notes/${source.id}`)).fields[1].value, 'Of car.', 'taken back as any change');

        // One that would write over a later change is refused; a card without a note takes one too.
        const third = (await ben.done('POST', 'suggestions/', { note_id: harm.id })).body;
        const card = (await anna.get(`cards/?deck_id=${deck}`)).find((one: { note_id: unknown }) => one.note_id === null);
        await anna.done('PUT', `cards/${card.id}`, { back: 'Injury.' });
        const late = await anna.send('POST', `suggestions/${third.id}/accept`);
        assert.deepEqual([late.status, late.body.code], [409, 'FC_CHANGED_MEANWHILE']);
        const fourth = (await ben.done('POST', 'suggestions/', { note_id: harm.id })).body;
        await anna.done('POST', `suggestions/${fourth.id}/accept`);
        assert.equal((await anna.get(`cards/${card.id}`)).back, '<b>Loss</b>.', 'as text: it is none but text');
        // Nobody else sees or answers it.
        for (const [method, url] of [
          ['POST', 'accept'],
          ['POST', 'decline'],
        ] as const)
          assert.equal((await ben.send(method, `suggestions/${fourth.id}/${url}`, {})).status, 404);
      }),
    );

    test(
      'a moderator hides a reported deck with a reason: it is gone for everybody but its owner, who is told; the trail says who, when, what and why, for good',
      onService(async ({ service, anna, ben, mia, deck }) => {
        const copy = (await ben.done('POST', `decks/${deck}/clone`)).body.id;
        const [card] = await ben.get(`cards/?deck_id=${deck}`);
        await ben.done('POST', 'reports/', {
          report_type: 'deck',
          content_id: deck,
          reason: 'incorrect_information',
          description: 'Wrong.',
        });
        await ben.done('POST', 'reports/', { report_type: 'card', content_id: card.id, reason: 'spam' });
        const secret = (await anna.done('POST', 'decks/', { name: 'Diary' })).body.id;
        await ben.done('POST', 'reports/', { report_type: 'deck', content_id: secret, reason: 'other' });
        await ben.done('POST', 'reports/', { report_type: 'card', content_id: 999_999, reason: 'other' });
        const queue = async () =>
          (await mia.get('moderation/reports')).map(
            (one: { deck: { name: string } | null; id: number; reporter_name: string }) => [
              one.id,
              one.reporter_name,
              one.deck?.name ?? null,
            ],
          );
        assert.deepEqual(await queue(), [
          [1, 'ben', 'Torts'],
          [2, 'ben', 'Torts'],
          [3, 'ben', null],
          [4, 'ben', null],
        ]);
        assert.equal((await mia.send('GET', `moderation/decks/${secret}`)).status, 404, 'what is private is not for moderators');
        assert.equal((await mia.send('POST', `moderation/decks/${deck}/hide`, { why: '' })).status, 422, 'a reason is needed');
        const renamed = await anna.done('PUT', `decks/${deck}`, { name: 'Torts II' });
        await mia.done('POST', `moderation/decks/${deck}/hide`, { why: 'It copies a book.' });
        assert.equal((await mia.send('POST', `moderation/decks/${deck}/hide`, { why: 'again' })).status, 409);
        for (const url of [`decks/${deck}`, `discover/${deck}`, `cards/${card.id}`, `study/queue/${deck}`])
          assert.equal((await ben.send('GET', url)).status, 404, url);
        const exam = { name: 'Bar', date: '2026-03-20', deck_ids: [Number(deck)] };
        assert.equal((await ben.send('POST', 'exams/', exam)).status, 404, 'nor for an exam');
        assert.equal((await ben.send('GET', `study/cram?deck_id=${deck}`)).status, 404);
        assert.deepEqual((await ben.get('discover/')).count, 0);
        assert.equal((await ben.get(`cards/?deck_id=${copy}`)).length, 2, 'copies stay');
        assert.equal((await ben.send('POST', `study/review/${card.id}`, { quality: 4 })).status, 404);
        assert.deepEqual(await queue(), [
          [3, 'ben', null],
          [4, 'ben', null],
        ]);
        const reports = await ben.get('reports/');
        assert.deepEqual(
          reports.map((one: Record<string, unknown>) => [one.status, one.admin_notes]),
          [
            ['resolved', 'It copies a book.'],
            ['resolved', 'It copies a book.'],
            ['pending', null],
            ['pending', null],
          ],
        );
        const told = await anna.get(`decks/${deck}`);
        assert.ok(told.hidden_at !== null && told.is_public);
        assert.deepEqual(
          (await anna.get(`decks/${deck}/moderation`)).map((one: Record<string, unknown>) => [
            one.action,
            one.why,
            'admin_name' in one,
          ]),
          [['hide', 'It copies a book.', false]],
        );
        // The owner cannot show it again, and what they did before can still be taken back.
        await anna.done('PUT', `decks/${deck}`, { is_public: false });
        await anna.done('PUT', `decks/${deck}`, { is_public: true });
        assert.equal((await ben.send('GET', `decks/${deck}`)).status, 404);
        assert.ok(renamed.headers['x-operation'] !== undefined);

        assert.equal((await mia.get(`moderation/decks/${deck}`)).cards.length, 2, 'moderators still see it');
        await mia.done('POST', `moderation/decks/${deck}/unhide`, { why: 'The book is free.' });
        assert.equal((await ben.send('GET', `decks/${deck}`)).status, 200);
        await mia.done('POST', 'moderation/reports/3/dismiss', { why: 'Nothing to see.' });
        assert.equal((await mia.send('POST', 'moderation/reports/3/dismiss', { why: 'x' })).status, 409);
        const trail = await mia.get('moderation/events');
        assert.deepEqual(
          trail.map((one: Record<string, unknown>) => [one.action, one.deck_id, one.report_id, one.admin_name, one.why]),
          [
            ['hide', deck, null, 'mia', 'It copies a book.'],
            ['unhide', deck, null, 'mia', 'The book is free.'],
            ['dismiss', secret, 3, 'mia', 'Nothing to see.'],
          ],
        );
        assert.ok(trail.every((one: { created_at: string }) => one.created_at !== ''));
        const rows = await service.database.read(({ kysely }) => kysely.selectFrom('moderation_event').selectAll().execute());
        assert.equal(rows.length, 3);
      }),
    );
  });
}
