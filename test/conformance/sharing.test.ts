import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tidy } from '../../src/services/housekeeping.ts';
import { settleListings } from '../../src/services/listings.ts';
import { everydayEngines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

const DAY = 86_400;
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
  return {
    send,
    done,
    get: async (url: string) => (await done('GET', url)).body,
    undo: (operation: unknown) => send('POST', `operations/${String(operation)}/undo`),
    note: async (deck: number, front: string, back: string, more: object = {}) =>
      (await done('POST', 'notes/', { deck_id: deck, type: 'basic', fields: fields({ Front: front, Back: back }), ...more }))
        .body,
    /** The fields of the notes of a deck. */
    notes: async (deck: number) =>
      (await done('GET', `notes/?deck_id=${deck}`)).body.map((note: { fields: { value: string }[]; tags: string[] }) => [
        ...note.fields.map(({ value }) => value),
        ...note.tags,
      ]),
  };
}

for (const target of withCitus(everydayEngines())) {
  describe(`sharing decks on ${target.name}`, { skip: target.skip }, () => {
    /** Anna publishes, Ben learns. */
    const onService =
      (work: (service: Service, anna: Client, ben: Client) => Promise<void>): (() => Promise<void>) =>
      async () => {
        const place = await target.withTables();
        try {
          const service = await startService(place);
          try {
            const anna = clientOf(service, await service.signUp('anna'));
            const ben = clientOf(service, await service.signUp('ben'));
            await work(service, anna, ben);
          } finally {
            await service.close();
          }
        } finally {
          await place.drop();
        }
      };

    /** A public deck of Anna's: two notes, one with a tag, and a card that stands for itself. */
    async function publish(anna: Client, more: object = {}): Promise<{ deck: number; notes: number[]; card: number }> {
      const deck = (await anna.done('POST', 'decks/', { name: 'Torts', is_public: true, ...more })).body.id;
      const first = await anna.note(deck, 'Duty?', 'Of care.', { tags: ['exam'] });
      const second = await anna.note(deck, 'Breach?', 'Of duty.');
      const card = (await anna.done('POST', 'cards/', { deck_id: deck, front: 'Harm?', back: 'Damage.' })).body.id;
      return { deck, notes: [first.id, second.id], card };
    }

    test(
      'Discover finds shared decks by words and facets, in both orders, page by page; private, deleted and hidden ones are never shown nor counted',
      onService(async ({ database }, anna, ben) => {
        const about = (no: number) => ({
          name: `Deck ${no}`,
          description: no % 2 === 0 ? 'Négligence and harm' : null,
          school: no % 3 === 0 ? 'Yale' : 'Harvard',
          course: 'Torts',
          year: 2020 + (no % 2),
        });
        for (let no = 1; no <= 7; no++) await anna.done('POST', 'decks/', { ...about(no), is_public: true });
        await anna.done('POST', 'decks/', { ...about(8), is_public: false });
        await anna.done('POST', 'decks/', { ...about(9), is_public: true });
        await anna.done('DELETE', 'decks/9');
        await anna.done('PUT', 'decks/7', { is_public: false });
        await database.write(({ kysely, clock }) =>
          kysely.updateTable('deck').set({ hidden_at: clock.now() }).where('id', '=', 6n).execute(),
        );
        const names = async (query: string) =>
          (await ben.get(`discover/?${query}`)).decks.map(({ name }: { name: string }) => name);

        const first = await ben.get('discover/?limit=2');
        assert.deepEqual(
          first.decks.map(({ id }: { id: number }) => id),
          [5, 4],
        );
        assert.equal(first.count, 5);
        assert.deepEqual(first.facets, {
          school: [
            { value: 'Harvard', deck_count: 4 },
            { value: 'Yale', deck_count: 1 },
          ],
          course: [{ value: 'Torts', deck_count: 5 }],
          professor: [],
          year: [
            { value: '2021', deck_count: 3 },
            { value: '2020', deck_count: 2 },
          ],
        });
        const pages: number[] = [];
        for (let next: string | null = ''; next !== null; ) {
          const page = await ben.get(`discover/?limit=2${next === '' ? '' : `&after=${next}`}`);
          pages.push(...page.decks.map(({ id }: { id: number }) => id));
          next = page.next;
        }
        assert.deepEqual(pages, [5, 4, 3, 2, 1]);

        // A facet counts under what else is chosen, and not under itself.
        const harvard = await ben.get('discover/?school=Harvard&year=2020');
        assert.deepEqual([harvard.count, harvard.facets.school], [2, [{ value: 'Harvard', deck_count: 2 }]]);
        assert.deepEqual(await names('school=Yale'), ['Deck 3']);
        assert.deepEqual(await names('q=NEGLIG+deck'), ['Deck 4', 'Deck 2']);
        assert.deepEqual(await names('q=negligence+yale'), []);
        assert.deepEqual(await names('q=%25'), await names(''), 'a sign is no word');

        await ben.done('POST', 'decks/2/clone');
        assert.deepEqual((await ben.get('discover/?sort=copied&limit=1')).decks[0].copy_count, 1);
        const copied: number[] = [];
        for (let next: string | null = ''; next !== null; ) {
          const page = await ben.get(`discover/?sort=copied&limit=2${next === '' ? '' : `&after=${next}`}`);
          copied.push(...page.decks.map(({ id }: { id: number }) => id));
          next = page.next;
        }
        assert.deepEqual(copied, [2, 5, 4, 3, 1]);
        for (const wrong of ['x', '1', '1_2_3', '99999999999_1'])
          assert.equal((await ben.send('GET', `discover/?sort=copied&after=${wrong}`)).status, 400);

        for (const [deck, status] of [
          [1, 200],
          [6, 404],
          [7, 404],
          [8, 404],
          [9, 404],
          [999, 404],
        ] as const)
          for (const who of [anna, ben]) assert.equal((await who.send('GET', `discover/${deck}`)).status, status, `deck ${deck}`);
        // Its owner still has it; nobody else.
        assert.equal((await anna.send('GET', 'decks/6')).status, 200);
        for (const url of ['decks/6', 'cards/?deck_id=6', 'study/queue/6', 'notes/?deck_id=6']) {
          const answer = await ben.send('GET', url);
          assert.ok(answer.status === 404 || answer.body.length === 0, `${url}: ${answer.text}`);
        }
        assert.equal((await ben.send('POST', 'decks/6/clone')).status, 404);
        assert.deepEqual(
          (await ben.get('decks/?scope=public')).map(({ id }: { id: number }) => id),
          [1, 2, 3, 4, 5],
        );
      }),
    );

    test(
      'a preview shows the first ten cards as they will look, and a deck made private is gone from Discover at once and comes back at its place',
      onService(async (_, anna, ben) => {
        const { deck } = await publish(anna);
        for (let no = 1; no <= 9; no++) await anna.note(deck, `**q${no}**`, 'a', { format: 'markdown' });
        const shared = await ben.get(`discover/${deck}`);
        assert.deepEqual([shared.owner_name, shared.card_count, shared.cards.length, shared.is_owner], ['anna', 12, 10, false]);
        assert.match(shared.cards[3].front_html, /<strong>q1<\/strong>/);
        await anna.done('POST', 'decks/', { name: 'Later', is_public: true });
        await anna.done('PUT', `decks/${deck}`, { is_public: false });
        const ids = async () => (await ben.get('discover/')).decks.map(({ id }: { id: number }) => id);
        assert.deepEqual(await ids(), [2]);
        const { headers } = await anna.done('PUT', `decks/${deck}`, { is_public: true, name: 'Delicts' });
        assert.deepEqual(await ids(), [2, 1], 'who takes a deck back and shares it again does not come first by that');
        assert.equal((await ben.get('discover/?q=delicts')).count, 1);
        assert.equal((await anna.undo(headers['x-operation'])).status, 200);
        assert.deepEqual([await ids(), (await ben.get('discover/?q=delicts')).count], [[2], 0]);
      }),
    );

    test(
      'what a server of an older version made public is found after the upkeep',
      onService(async ({ database }, anna, ben) => {
        const { deck } = await publish(anna);
        await database.write(async ({ kysely, clock }) => {
          await kysely
            .updateTable('deck')
            .set({ name: 'Renamed', updated_at: clock.now() })
            .where('id', '=', BigInt(deck))
            .execute();
        });
        const made = (await anna.done('POST', 'decks/', { name: 'Old' })).body.id;
        await database.write(async ({ kysely, clock }) => {
          await kysely
            .updateTable('deck')
            .set({ is_public: true, updated_at: clock.now() })
            .where('id', '=', BigInt(made))
            .execute();
        });
        assert.equal((await ben.get('discover/?q=renamed')).count, 0);
        assert.equal(await settleListings(database), 2);
        assert.equal(await settleListings(database), 0);
        assert.deepEqual([(await ben.get('discover/?q=renamed')).count, (await ben.get('discover/?q=old')).count], [1, 1]);
      }),
    );

    test(
      'a clone is one’s own: notes, types and tags, nobody’s history; one operation takes it back, unless something was done in it',
      onService(async ({ database }, anna, ben) => {
        const { deck, notes, card } = await publish(anna, { course: 'Torts', description: 'd' });
        const type = (
          await anna.done('POST', 'notes/types', {
            name: 'Case',
            kind: 'standard',
            fields: ['A', 'B'],
            templates: [{ name: 'Card', front: '{{A}}', back: '{{B}} {{Deck}}' }],
          })
        ).body.note_type_id;
        await anna.done('POST', 'notes/', {
          deck_id: deck,
          type: 'own',
          note_type_id: type,
          format: 'html',
          fields: fields({ A: '<b>x</b>', B: 'y' }),
        });
        await anna.done('POST', 'notes/', {
          deck_id: deck,
          type: 'rule_elements',
          fields: fields({ Rule: 'R', Elements: 'Duty\nBreach\nHarm' }),
        });
        // One of its cards was deleted by hand: the copy does not have it either.
        const rule = (await anna.get(`notes/?deck_id=${deck}`)).at(-1);
        await anna.done('DELETE', `cards/${rule.cards[1].id}`);
        await anna.done('DELETE', `notes/${notes[1]}`);
        await anna.done('POST', `study/review/${card}`, { quality: 4 });
        const cloned = await ben.done('POST', `decks/${deck}/clone`);
        const copy = cloned.body;
        assert.deepEqual(
          [copy.name, copy.course, copy.description, copy.is_public, copy.is_owner, copy.card_count],
          ['Torts', 'Torts', 'd', false, true, 6],
        );
        const sides = async (who: Client, id: number) =>
          (await who.get(`cards/?deck_id=${id}`))
            .map(({ front, back, front_html, tags }: Record<string, unknown>) => JSON.stringify([front, back, front_html, tags]))
            .toSorted();
        assert.deepEqual(await sides(ben, copy.id), await sides(anna, deck));
        const copied = await ben.get(`notes/?deck_id=${copy.id}`);
        const own = copied.find((note: { type: string }) => note.type === 'own');
        assert.notEqual(own.note_type_id, type, 'a type of one’s own');
        assert.equal((await ben.get('notes/types')).filter((one: { type: string }) => one.type === 'own').length, 1);
        // The note can be edited, and its deleted card stays deleted.
        const mine = copied.find((note: { type: string }) => note.type === 'rule_elements');
        assert.equal(mine.cards.length, rule.cards.length - 1);
        assert.deepEqual((await ben.get(`study/queue/${copy.id}`)).counts, { new: 6, learning: 0, due: 0 });
        assert.equal((await ben.get('search/?q=care&count=true')).count, 1, 'found at once');

        const edited = await ben.done('PUT', `notes/${mine.id}`, { tags: ['mine'] });
        const refused = await ben.undo(cloned.headers['x-operation']);
        assert.deepEqual([refused.status, refused.body.code], [409, 'FC_CHANGED_MEANWHILE']);
        assert.equal((await ben.undo(edited.headers['x-operation'])).status, 200);
        assert.equal((await ben.undo(cloned.headers['x-operation'])).status, 200);
        assert.equal((await ben.send('GET', `decks/${copy.id}`)).status, 404);
        assert.equal((await ben.get(`discover/${deck}`)).copy_count, 0);
        // A second clone makes no second type.
        const again = (await ben.done('POST', `decks/${deck}/clone`)).body.id;
        assert.equal((await ben.get('notes/types')).filter((one: { type: string }) => one.type === 'own').length, 1);
        const [studied] = await ben.get(`cards/?deck_id=${again}`);
        await ben.done('POST', `study/review/${studied.id}`, { quality: 4 });
        const last = await database.read(({ kysely }) =>
          kysely.selectFrom('operation').select('id').orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow(),
        );
        assert.equal((await ben.undo(last.id)).status, 409, 'who has studied it loses nothing');
      }),
    );

    test(
      'an update brings what is new and changed, field by field; what one edited oneself stays, and one’s schedule; one operation takes it back',
      onService(async ({ clock }, anna, ben) => {
        const { deck, notes, card } = await publish(anna);
        const copy = (await ben.done('POST', `decks/${deck}/subscribe`)).body.id;
        const update = () => ben.get(`subscriptions/${copy}`);
        assert.deepEqual((await update()).counts, { added: 0, changed: 0, removed: 0, edited: 0 });
        const mine = await ben.get(`notes/?deck_id=${copy}`);
        const [duty, breach, harm] = mine;
        await ben.done('POST', `study/review/${duty.cards[0].id}`, { grade: 3 });
        const studied = (await ben.get(`cards/${duty.cards[0].id}/history`)).reviews.length;
        clock.advance(60);

        await anna.done('PUT', `notes/${notes[0]}`, {
          fields: fields({ Front: 'Duty?', Back: 'Of reasonable care.' }),
          tags: ['exam', 'new'],
        });
        await anna.done('PUT', `notes/${notes[1]}`, { fields: fields({ Front: 'Breach, what?', Back: 'Of the duty.' }) });
        await anna.done('PUT', `cards/${card}`, { front: 'Harm?', back: 'Loss.' });
        await anna.note(deck, 'Cause?', 'But for.');
        // Ben edits the back of the second note, which Anna changed too, and tags the first.
        await ben.done('PUT', `notes/${breach.id}`, { fields: fields({ Front: 'Breach?', Back: 'My words.' }) });
        await ben.done('PUT', `notes/${duty.id}`, { tags: ['exam', 'mine'] });

        const before = await ben.notes(copy);
        const seen = await update();
        assert.deepEqual(seen.counts, { added: 1, changed: 3, removed: 0, edited: 1 });
        const told = seen.changed.find(({ note_id }: { note_id: number }) => note_id === breach.id);
        assert.deepEqual(told.changed, [{ name: 'Front', yours: 'Breach?', theirs: 'Breach, what?' }]);
        assert.deepEqual(told.kept, [{ name: 'Back', yours: 'My words.', theirs: 'Of the duty.' }]);
        const taken = await ben.done('POST', `subscriptions/${copy}/update`, { token: seen.token });
        assert.deepEqual(taken.body, seen.counts);
        assert.deepEqual(await ben.notes(copy), [
          ['Duty?', 'Of reasonable care.', 'exam', 'mine', 'new'],
          ['Breach, what?', 'My words.'],
          ['Harm?', 'Loss.'],
          ['Cause?', 'But for.'],
        ]);
        assert.equal((await ben.get(`cards/${duty.cards[0].id}`)).back, 'Of reasonable care.');
        assert.equal((await ben.get(`cards/${duty.cards[0].id}/history`)).reviews.length, studied, 'the schedule stays');
        assert.equal((await ben.get('search/?q=reasonable&count=true')).count, 1);
        assert.deepEqual((await update()).counts, { added: 0, changed: 0, removed: 0, edited: 0 });
        const nothing = await ben.done('POST', `subscriptions/${copy}/update`, {});
        assert.equal(nothing.headers['x-operation'], undefined, 'a second time takes nothing');

        const undone = await ben.undo(taken.headers['x-operation']);
        assert.equal(undone.status, 200, undone.text);
        assert.deepEqual(await ben.notes(copy), before);
        assert.deepEqual((await update()).counts, seen.counts, 'and is offered again');
        // This time Ben wants Anna's words after all.
        await ben.done('POST', `subscriptions/${copy}/update`, { theirs: [{ note_id: breach.id, name: 'Back' }] });
        assert.deepEqual((await ben.notes(copy))[1], ['Breach, what?', 'Of the duty.']);
        assert.equal((await ben.get(`notes/${harm.id}`)).cards[0].back, 'Loss.');
      }),
    );

    test(
      'what the publisher takes away is a choice: kept or suspended, never deleted; a deleted copy of a note does not come again',
      onService(async (_, anna, ben) => {
        const { deck, notes, card } = await publish(anna);
        const copy = (await ben.done('POST', `decks/${deck}/subscribe`)).body.id;
        const [duty, breach, harm] = await ben.get(`notes/?deck_id=${copy}`);
        await ben.done('POST', `study/review/${duty.cards[0].id}`, { grade: 3 });
        await ben.done('DELETE', `notes/${breach.id}`);
        await anna.done('PUT', `notes/${notes[1]}`, { fields: fields({ Front: 'Breach!', Back: 'x' }) });
        const gone = (await anna.done('DELETE', `notes/${notes[0]}`)).headers['x-operation'];
        await anna.done('DELETE', `cards/${card}`);
        const seen = await ben.get(`subscriptions/${copy}`);
        assert.deepEqual(seen.counts, { added: 0, changed: 0, removed: 2, edited: 0 });
        assert.deepEqual(
          seen.removed.map((one: Record<string, unknown>) => [one.note_id, one.title, one.is_studied]),
          [
            [duty.id, 'Duty?', true],
            [harm.id, 'Harm?', false],
          ],
        );
        const taken = await ben.done('POST', `subscriptions/${copy}/update`, { removed: 'suspend', token: seen.token });
        const suspended = async () => (await ben.get('search/?q=is:suspended&count=true')).count;
        assert.equal(await suspended(), 2);
        assert.equal((await ben.get(`notes/?deck_id=${copy}`)).length, 2, 'nothing is deleted');
        assert.equal((await ben.get(`subscriptions/${copy}`)).counts.removed, 0, 'asked once');
        assert.equal((await ben.undo(taken.headers['x-operation'])).status, 200);
        assert.equal(await suspended(), 0);
        await ben.done('POST', `subscriptions/${copy}/update`, {});
        assert.equal(await suspended(), 0, 'kept');
        // The publisher takes the deletion back and goes on: it is followed again.
        await anna.undo(gone);
        await anna.done('PUT', `notes/${notes[0]}`, { fields: fields({ Front: 'Duty?', Back: 'Again.' }) });
        assert.deepEqual((await ben.get(`subscriptions/${copy}`)).counts, { added: 0, changed: 1, removed: 0, edited: 0 });
        await ben.done('POST', `subscriptions/${copy}/update`, {});
        assert.deepEqual(await ben.notes(copy), [
          ['Duty?', 'Again.', 'exam'],
          ['Harm?', 'Damage.'],
        ]);
      }),
    );

    test(
      'a deck that is not shared any more leaves its copies as they are, and they follow it again when it is',
      onService(async ({ database }, anna, ben) => {
        const { deck, notes } = await publish(anna);
        const copy = (await ben.done('POST', `decks/${deck}/subscribe`)).body.id;
        await anna.done('PUT', `notes/${notes[0]}`, { tags: ['secret'] });
        const unseen = async () => {
          const seen = await ben.get(`subscriptions/${copy}`);
          assert.deepEqual([seen.source_deck_id, seen.source_name, seen.counts.changed, seen.changed], [null, 'Torts', 0, []]);
          const refused = await ben.send('POST', `subscriptions/${copy}/update`, {});
          assert.deepEqual([refused.status, refused.body.code], [409, 'FC_CONFLICT']);
          assert.equal((await ben.notes(copy)).length, 3);
        };
        await anna.done('PUT', `decks/${deck}`, { is_public: false, name: 'Private name' });
        await unseen();
        await anna.done('PUT', `decks/${deck}`, { is_public: true, name: 'Torts' });
        await database.write(({ kysely, clock }) =>
          kysely.updateTable('deck').set({ hidden_at: clock.now() }).where('id', '=', BigInt(deck)).execute(),
        );
        await unseen();
        await database.write(({ kysely }) =>
          kysely.updateTable('deck').set({ hidden_at: null }).where('id', '=', BigInt(deck)).execute(),
        );
        assert.equal((await ben.get(`subscriptions/${copy}`)).counts.changed, 1);
        const removal = (await anna.done('DELETE', `decks/${deck}`)).headers['x-operation'];
        await unseen();
        await anna.undo(removal);
        assert.equal((await ben.get(`subscriptions/${copy}`)).counts.changed, 1);
      }),
    );

    test(
      'one follows a deck once; ending it keeps the cards and can be taken back; who has changed something since loses nothing by an undo',
      onService(async ({ database, clock }, anna, ben) => {
        const { deck, notes } = await publish(anna);
        assert.equal((await anna.send('POST', `decks/${deck}/subscribe`)).status, 409, 'not one’s own');
        const [one, two] = await Promise.all([
          ben.send('POST', `decks/${deck}/subscribe`),
          ben.send('POST', `decks/${deck}/subscribe`),
        ]);
        assert.deepEqual([one.status, two.status].toSorted(), [201, 409]);
        const copy = (one.status === 201 ? one : two).body.id;
        assert.deepEqual(
          (await ben.get('subscriptions/')).map((row: Record<string, unknown>) => [row.deck_id, row.source_deck_id]),
          [[copy, deck]],
        );
        assert.equal((await ben.get('discover/')).decks[0].subscribed_deck_id, copy);
        const seen = await ben.get(`subscriptions/${copy}`);
        await anna.note(deck, 'Cause?', 'But for.');
        const late = await ben.send('POST', `subscriptions/${copy}/update`, { token: seen.token });
        assert.deepEqual([late.status, late.body.code], [409, 'FC_CHANGED_MEANWHILE'], 'nothing is taken unseen');
        const taken = await ben.done('POST', `subscriptions/${copy}/update`, {});
        const cause = (await ben.get(`notes/?deck_id=${copy}`)).at(-1);
        await ben.done('POST', `study/review/${cause.cards[0].id}`, { grade: 3 });
        assert.equal((await ben.undo(taken.headers['x-operation'])).status, 409, 'studied since');

        const ended = await ben.done('DELETE', `subscriptions/${copy}`);
        assert.equal((await ben.send('GET', `subscriptions/${copy}`)).status, 404);
        assert.equal((await ben.notes(copy)).length, 4);
        assert.equal((await ben.undo(ended.headers['x-operation'])).status, 200);
        await anna.done('PUT', `notes/${notes[0]}`, { tags: ['later'] });
        assert.equal((await ben.get(`subscriptions/${copy}`)).counts.changed, 1, 'it knows what it knew');

        // A copy that was deleted makes room for another.
        await ben.done('DELETE', `decks/${copy}`);
        const second = (await ben.done('POST', `decks/${deck}/subscribe`)).body.id;
        assert.notEqual(second, copy);
        await ben.done('DELETE', `subscriptions/${second}`);
        clock.advance(32 * DAY);
        await tidy(database);
        const left = await database.read(({ kysely }) => kysely.selectFrom('subscription_note').select('note_id').execute());
        assert.deepEqual(left, [], 'what ended is forgotten after a month');
      }),
    );

    test(
      'a card that was made a note’s is followed by that note, and keeps its history in the copy',
      onService(async (_, anna, ben) => {
        const { deck, card } = await publish(anna);
        const copy = (await ben.done('POST', `decks/${deck}/subscribe`)).body.id;
        const harm = (await ben.get(`notes/?deck_id=${copy}`)).at(-1);
        await anna.done('POST', 'notes/', {
          deck_id: deck,
          type: 'basic_reversed',
          card_id: card,
          fields: fields({ Front: 'Harm?', Back: 'Loss.' }),
        });
        const seen = await ben.get(`subscriptions/${copy}`);
        assert.deepEqual(seen.counts, { added: 0, changed: 1, removed: 0, edited: 0 });
        await ben.done('POST', `subscriptions/${copy}/update`, {});
        const after = await ben.get(`notes/${harm.id}`);
        assert.deepEqual([after.type, after.cards.length, after.cards[0].id], ['basic_reversed', 2, harm.cards[0].id]);
        assert.deepEqual((await ben.get(`subscriptions/${copy}`)).counts, { added: 0, changed: 0, removed: 0, edited: 0 });
      }),
    );
  });
}
