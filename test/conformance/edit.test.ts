import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recompute } from '../../src/services/recompute.ts';
import { everydayEngines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

interface Made {
  readonly id: number;
  readonly cards: readonly [{ readonly id: number }];
}

const fields = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value }));

for (const target of withCitus(everydayEngines())) {
  describe(`the card browser’s changes on ${target.name}`, { skip: target.skip }, () => {
    /** One database for all stories: each has a student and decks of its own. */
    let people = 0;
    const tests: (readonly [string, (service: Service, one: ReturnType<typeof clientOf>) => Promise<void>])[] = [];
    const it = (name: string, work: (typeof tests)[number][1]): number => tests.push([name, work]);

    function clientOf({ call, clock }: Service, token: string) {
      const send = (method: string, url: string, json?: object) =>
        call(method, `/api/v1/${url}`, { token, ...(json === undefined ? {} : { json }) });
      /** A request that succeeds: its answer. */
      const ask = async (method: string, url: string, json?: object) => {
        clock.advance(1);
        const answer = await send(method, url, json);
        assert.ok(answer.status < 300, `${method} ${url}: ${answer.text}`);
        return answer;
      };
      const undo = async (answer: { headers: Record<string, unknown> }) =>
        (await ask('POST', `operations/${answer.headers['x-operation']}/undo`)).body;
      const deck = async (name = 'Torts') => (await ask('POST', 'decks/', { name })).body.id as number;
      const note = async (deck_id: number, values: Record<string, string>, more: object = {}) =>
        (await ask('POST', 'notes/', { deck_id, type: 'basic', fields: fields(values), ...more })).body;
      const card = async (deck_id: number, front: string, back: string) =>
        (await ask('POST', 'cards/', { deck_id, front, back })).body.id as number;
      /** The fields of a note, by name. */
      const fieldsOf = async (id: number) =>
        Object.fromEntries(
          (await ask('GET', `notes/${id}`)).body.fields.map(({ name, value }: { name: string; value: string }) => [name, value]),
        );
      return { send, ask, undo, deck, note, card, fieldsOf };
    }

    test('each story on one server', async (suite) => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        try {
          for (const [name, work] of tests)
            await suite.test(name, async () => work(service, clientOf(service, await service.signUp(`student${++people}`))));
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    });

    it('a search is kept under a name, changed, forgotten, and taken back; it is nobody else’s', async (service, {
      ask,
      send,
      undo,
    }) => {
      const kept = (await ask('POST', 'searches/', { name: ' Due torts ', query: 'deck:torts is:due', sort: 'due' })).body;
      assert.deepEqual([kept.name, kept.query, kept.sort], ['Due torts', 'deck:torts is:due', 'due']);
      await ask('POST', 'searches/', { name: 'All', query: '' });
      const names = async () => (await ask('GET', 'searches/')).body.map(({ name }: { name: string }) => name);
      assert.deepEqual(await names(), ['All', 'Due torts']);
      const refused = async (json: object) => {
        const { status, body } = await send('POST', 'searches/', json);
        return [status, body.code ?? body.detail[0].type];
      };
      assert.deepEqual(await refused({ name: 'due TORTS', query: 'x' }), [409, 'FC_CONFLICT']);
      assert.deepEqual(await refused({ name: 'broken', query: 'is:deu' }), [400, 'FC_BAD_REQUEST']);
      assert.deepEqual(await refused({ name: '  ', query: 'x' }), [422, 'FC_INPUT_INVALID']);
      const changed = await ask('PUT', `searches/${kept.id}`, { name: 'Torts, due' });
      assert.deepEqual([changed.body.name, changed.body.query], ['Torts, due', 'deck:torts is:due']);
      await undo(changed);
      assert.deepEqual(await names(), ['All', 'Due torts']);
      const deleted = await ask('DELETE', `searches/${kept.id}`);
      assert.deepEqual(await names(), ['All']);
      await undo(deleted);
      assert.deepEqual(await names(), ['All', 'Due torts']);
      const other = clientOf(service, await service.signUp(`student${++people}`));
      assert.deepEqual((await other.ask('GET', 'searches/')).body, []);
      assert.equal((await other.send('PUT', `searches/${kept.id}`, { name: 'mine' })).status, 404);
    });

    it('cards get a date by hand, or are new again: answers stay, the next one counts its days from them, and both are taken back', async (service, {
      ask,
      send,
      undo,
      deck,
      note,
      card,
    }) => {
      const id = await deck();
      const [asked, fresh] = [await card(id, 'duty', 'care'), await card(id, 'breach', 'of duty')];
      await ask('PUT', 'study/settings', { time_zone: 'America/New_York', rollover_hour: 4 });
      await ask('POST', `study/review/${asked}`, { grade: 4 });
      service.clock.advance(5 * 86_400);
      const stateOf = (card_id: number) =>
        service.database.read(({ kysely }) =>
          kysely.selectFrom('card_state').selectAll().where('card_id', '=', BigInt(card_id)).executeTakeFirst(),
        );
      const rowsOf = (card_id: number) =>
        service.database.read(({ kysely }) =>
          kysely.selectFrom('study_log').selectAll().where('card_id', '=', BigInt(card_id)).orderBy('id').execute(),
        );
      const edit = (json: object) => ask('POST', 'edit/cards', { card_ids: [asked, fresh], ...json });
      assert.equal((await send('POST', 'edit/cards', { card_ids: [asked], edit: 'set_due' })).status, 422);
      assert.equal((await send('POST', 'edit/cards', { card_ids: [asked], edit: 'set_due', days: -1 })).status, 422);

      const before = await stateOf(asked);
      const dated = await edit({ edit: 'set_due', days: 2 });
      assert.deepEqual(dated.body, { changed: 2, left_count: 0, reasons: [] });
      const [moved, begun] = [await stateOf(asked), await stateOf(fresh)];
      const due = moved?.next_review.text as string;
      assert.match(due, / 0[89]:00:00/, 'as the study day begins, 4 in the morning in New York');
      assert.equal(begun?.next_review.text, due);
      assert.deepEqual([begun?.phase, begun?.interval, begun?.review_count], ['review', 2, 1]);
      for (const name of ['stability', 'difficulty', 'interval', 'answered_at', 'last_rating', 'review_count'] as const)
        assert.deepEqual(moved?.[name], before?.[name], `a date alone leaves ${name}`);
      const why = (await ask('GET', `cards/${asked}/history`)).body;
      assert.equal(why.reviews.length, 1, 'a date is no review');
      assert.equal(why.why.at(-1), 'The date was changed after that review.');
      const given = (await ask('GET', `cards/${fresh}/history`)).body;
      assert.deepEqual([given.reviews, given.why], [[], ['You gave this date by hand, and have not studied this card yet.']]);
      service.clock.advance(3 * 86_400);
      await ask('POST', `study/review/${asked}`, { grade: 3 });
      assert.equal((await rowsOf(asked)).at(-1)?.elapsed_days, 8, 'days since the answer before, not since the date was given');
      await ask('POST', `study/undo/${asked}`, {});
      await undo(dated);
      const back = await stateOf(asked);
      assert.deepEqual([back?.next_review, back?.stability], [before?.next_review, before?.stability]);
      assert.deepEqual([(await stateOf(fresh))?.phase, (await stateOf(fresh))?.review_count], ['new', 0]);

      const reset = await edit({ edit: 'reset' });
      assert.equal(reset.body.changed, 2);
      assert.deepEqual([(await stateOf(asked))?.phase, (await stateOf(asked))?.stability], ['new', null]);
      assert.match((await ask('GET', `cards/${asked}/history`)).body.why[0], /^This card was made new again/);
      const queue = (await ask('GET', `study/queue/${id}`)).body;
      assert.equal(queue.counts.new, 2);
      assert.equal((await ask('GET', 'stats/today')).body.cards_reviewed ?? 1, 1);
      await ask('POST', `study/review/${fresh}`, { grade: 3 });
      await undo(reset);
      assert.deepEqual((await stateOf(asked))?.next_review, before?.next_review);
      const again = await edit({ edit: 'reset' });
      await ask('POST', `study/review/${asked}`, { grade: 3 });
      await ask('POST', `study/review/${fresh}`, { grade: 3 });
      const { status, body } = await send('POST', `operations/${again.headers['x-operation']}/undo`);
      assert.deepEqual([status, body.code], [409, 'FC_CHANGED_MEANWHILE'], 'what was answered since is not lost');
      assert.deepEqual((await recompute(service.database, false)).told, []);

      // A date that was taken back is no review that keeps a note in its deck.
      const made = await note(id, { Front: 'cause', Back: 'in fact' });
      const [only] = made.cards.map((one: { id: number }) => one.id);
      await undo(await ask('POST', 'edit/cards', { card_ids: [only], edit: 'set_due', days: 1 }));
      const move = { card_ids: [only], edit: 'move', deck_id: await deck('Contracts') };
      assert.deepEqual((await ask('POST', 'edit/cards', move)).body, { changed: 1, left_count: 0, reasons: [] });
    });

    it('the ids of all that is found are those of its pages in their order, and cards come by ids', async (service, {
      ask,
      deck,
      card,
    }) => {
      const id = await deck();
      for (const [front, back] of [
        ['duty', 'care'],
        ['breach', 'of duty'],
        ['cause', 'in fact'],
        ['duty again', 'x'],
      ])
        await card(id, front as string, back as string);
      for (const [q, sort] of [
        ['', 'relevance'],
        ['duty', 'relevance'],
        ['', 'newest'],
        ['duty', 'edited'],
        ['', 'due'],
        ['none', 'oldest'],
      ]) {
        const query = `q=${q}&sort=${sort}`;
        const page = (await ask('GET', `search/?${query}`)).body.cards;
        const { ids, is_cut } = (await ask('GET', `search/ids?${query}`)).body;
        assert.deepEqual([ids, is_cut], [page.map((one: { id: number }) => one.id), false], query);
        const wanted = ids.toReversed();
        assert.deepEqual((await ask('POST', 'search/cards', { ids: wanted })).body.cards, page.toReversed());
      }
      const other = clientOf(service, await service.signUp(`student${++people}`));
      const { ids } = (await ask('GET', 'search/ids')).body;
      assert.deepEqual((await other.ask('POST', 'search/cards', { ids })).body, { cards: [] });
    });

    it('find and replace is previewed, done as one operation and taken back; what changed since is left and named', async (_, one) => {
      const { ask, undo, deck, note, card, fieldsOf } = one;
      const id = await deck();
      const plain = await card(id, 'Plaintif?', 'the plaintif sues');
      const first = await note(id, { Front: 'A plaintif', Back: 'sues', Source: 'Plaintif Reports' }, { tags: ['x'] });
      const second = await note(id, { Front: 'Two plaintifs', Back: 'b' });
      const html = await note(id, { Front: '<b>plaintif</b> &amp; co', Back: '<a href="/plaintif">x</a>' }, { format: 'html' });
      await note(id, { Front: 'defendant', Back: 'none' });
      const asked = { find: 'plaintif', replace: 'plaintiff', matches_case: false, is_whole_words: false };
      const preview = (await ask('POST', 'edit/replace/preview', { ...asked, q: 'deck:torts' })).body;
      assert.deepEqual(
        [preview.looked_at, preview.items.length, preview.hits, preview.left_count, preview.next],
        [5, 4, 6, 0, null],
      );
      assert.deepEqual(preview.fields, [
        { name: 'Front', count: 5 },
        { name: 'Back', count: 5 },
        { name: 'Source', count: 1 },
      ]);
      const shown = preview.changes.find(
        (change: { id: number; kind: string }) => change.id === first.id && change.kind === 'note',
      );
      assert.deepEqual(shown.fields[0], {
        name: 'Front',
        stretches: [
          { text: 'A ', becomes: null },
          { text: 'plaintif', becomes: 'plaintiff' },
        ],
      });
      assert.deepEqual(
        await fieldsOf(first.id),
        { Front: 'A plaintif', Back: 'sues', Source: 'Plaintif Reports' },
        'nothing is kept',
      );
      // Somebody edits one of them meanwhile, and another goes.
      await ask('PUT', `notes/${second.id}`, { fields: fields({ Front: 'Three plaintifs', Back: 'b' }) });
      const done = await ask('POST', 'edit/replace', { ...asked, items: preview.items });
      assert.deepEqual([done.body.changed, done.body.hits], [3, 5]);
      assert.deepEqual(
        done.body.left.map(({ id: left, reason }: { id: number; reason: string }) => [left, reason]),
        [[second.id, 'It was changed since the preview.']],
      );
      assert.deepEqual(await fieldsOf(first.id), { Front: 'A plaintiff', Back: 'sues', Source: 'plaintiff Reports' });
      assert.deepEqual(await fieldsOf(html.id), { Front: '<b>plaintiff</b> &amp; co', Back: '<a href="/plaintif">x</a>' });
      const seen = async (of: number) => (await ask('GET', `cards/${of}`)).body;
      assert.deepEqual([(await seen(plain)).front, (await seen(plain)).back], ['plaintiff?', 'the plaintiff sues']);
      assert.equal((await seen(first.cards[0].id)).front, 'A plaintiff', 'its card follows');
      assert.deepEqual((await ask('GET', `notes/${first.id}`)).body.tags, ['x']);
      assert.deepEqual((await ask('GET', 'search/?q=plaintiff&count=true')).body.count, 3, 'it is found by what it says now');

      // One is edited since: it stays, all others come back.
      await ask('PUT', `notes/${html.id}`, { tags: ['edited'] });
      const undone = await undo(done);
      assert.deepEqual([undone.name, undone.imported.taken_back, undone.imported.kept], ['find_replace', 2, 1]);
      assert.deepEqual(await fieldsOf(first.id), { Front: 'A plaintif', Back: 'sues', Source: 'Plaintif Reports' });
      assert.equal((await fieldsOf(html.id)).Front, '<b>plaintiff</b> &amp; co');
      assert.equal((await seen(plain)).front, 'Plaintif?');
      assert.deepEqual((await ask('GET', 'search/?q=plaintiff&count=true')).body.count, 1);
      assert.equal((await ask('GET', `notes/${first.id}`)).body.updated_at, first.updated_at, 'with its version');
    });

    it('find and replace refuses what would empty a field, take a gap or a card away, or be too long; fields are chosen', async (_, one) => {
      const { ask, deck, note, card } = one;
      const id = await deck();
      await card(id, 'duty', 'x');
      await note(id, { Text: 'A {{c1::duty}} of {{c2::care}}' }, { type: 'cloze' });
      await note(id, { Rule: 'Negligence', Elements: 'duty\nbreach' }, { type: 'rule_elements' });
      await note(id, { Front: `duty ${'y'.repeat(19_990)}`, Back: 'duty' });
      const reasons = async (json: object) => {
        const { left, items } = (await ask('POST', 'edit/replace/preview', { q: 'deck:torts', is_expression: true, ...json }))
          .body;
        return [items.length, left.map(({ reason }: { reason: string }) => reason)];
      };
      assert.deepEqual(await reasons({ find: '^duty$', replace: '' }), [0, ['Back would be empty.', 'Front would be empty.']]);
      assert.deepEqual(await reasons({ find: 'c2::', replace: '' }), [0, ['The gaps of Text would not be the same.']]);
      assert.deepEqual(await reasons({ find: '^duty\\n', replace: '' }), [0, ['It would not make the same cards.']]);
      assert.match(
        (await reasons({ find: 'yy$', replace: 'z'.repeat(100) }))[1][0],
        /Front has 20,0\d\d characters, 20,000 at most/,
      );
      assert.deepEqual(await reasons({ find: 'duty', replace: 'Duty', fields: ['Back'], matches_case: true }), [1, []]);
    });

    it('an expression that is none, or that would take for ever, is refused, and the server answers on', async (_, one) => {
      const { ask, send, deck, card } = one;
      const id = await deck();
      await card(id, `${'a'.repeat(60)}!`, 'x');
      const refusal = async (find: string) => {
        const { status, body } = await send('POST', 'edit/replace/preview', { q: '', find, replace: '', is_expression: true });
        return [status, body.detail[0].msg];
      };
      const [status, message] = await refusal('(a');
      assert.equal(status, 422);
      assert.match(message, /no regular expression/);
      const slow = refusal('^(a|a)*$');
      assert.equal((await ask('GET', `decks/${id}`)).body.id, id, 'others are answered meanwhile');
      assert.match((await slow)[1], /takes too long/);
    });

    it('cards of others are neither shown nor changed by a replacement', async (service, one) => {
      const id = await one.deck('Shared');
      await one.ask('PUT', `decks/${id}`, { is_public: true });
      const theirs = await one.note(id, { Front: 'secret', Back: 'b' });
      const other = clientOf(service, await service.signUp(`student${++people}`));
      const asked = { find: 'secret', replace: 'mine' };
      const card_ids = theirs.cards.map((made: { id: number }) => made.id);
      const preview = (await other.ask('POST', 'edit/replace/preview', { ...asked, card_ids })).body;
      assert.deepEqual([preview.not_own, preview.items], [1, []]);
      const items = [{ kind: 'note', id: theirs.id, updated_at: theirs.updated_at }];
      const done = (await other.ask('POST', 'edit/replace', { ...asked, items })).body;
      assert.deepEqual([done.changed, done.left[0].reason], [0, 'It is not there any more.']);
      assert.equal((await one.fieldsOf(theirs.id)).Front, 'secret');
    });

    it('many cards are marked, tagged, moved and deleted as one operation each, and each is taken back whole', async (_, one) => {
      const { ask, send, undo, deck, note, card } = one;
      const [torts, evidence] = [await deck('Torts'), await deck('Evidence')];
      const plain = await card(torts, 'plain', 'p');
      const basic = await note(torts, { Front: 'a', Back: 'b' }, { tags: ['old'] });
      const gaps = await note(torts, { Text: '{{c1::x}} {{c2::y}}' }, { type: 'cloze' });
      const seen = async () => {
        const cards = (await ask('GET', 'search/?sort=oldest')).body.cards;
        return cards.map(({ id, deck_name, tags, is_suspended, flag, buried_until }: Record<string, unknown>) => [
          id,
          deck_name,
          tags,
          is_suspended,
          flag,
          buried_until !== null,
        ]);
      };
      const before = await seen();
      const [first, second] = gaps.cards.map(({ id }: { id: number }) => id);
      const four = [plain, basic.cards[0].id, first, second];
      const NO_NOTE = /without a note/;
      const edits: readonly (readonly [object, number, number, RegExp?])[] = [
        [{ edit: 'suspend', q: 'deck:torts' }, 4, 0],
        [{ edit: 'flag', flag: 3, card_ids: four }, 4, 0],
        [{ edit: 'bury', card_ids: [plain, first] }, 2, 0],
        [{ edit: 'add_tag', tag: 'exam', card_ids: four }, 3, 1, NO_NOTE],
        [{ edit: 'remove_tag', tag: 'old', card_ids: four }, 3, 1, NO_NOTE],
        [{ edit: 'move', deck_id: evidence, card_ids: four }, 3, 1, NO_NOTE],
        [{ edit: 'delete', card_ids: [plain, basic.cards[0].id, first] }, 3, 0],
      ];
      for (const [json, changed, left, reason] of edits) {
        const done = await ask('POST', 'edit/cards', json);
        assert.deepEqual([done.body.changed, done.body.left_count], [changed, left], JSON.stringify(json));
        if (reason !== undefined) assert.match(done.body.reasons[0], reason);
        assert.notDeepEqual(await seen(), before, JSON.stringify(json));
        const undone = await undo(done);
        assert.equal(undone.imported.kept, 0);
        assert.deepEqual(await seen(), before, `${JSON.stringify(json)} taken back`);
      }
      // One of two gaps is deleted; then all of it is edited: the delete stays.
      const deleted = await ask('POST', 'edit/cards', { edit: 'delete', card_ids: [first] });
      await ask('PUT', `notes/${gaps.id}`, { tags: ['later'] });
      const { status, body } = await send('POST', `operations/${deleted.headers['x-operation']}/undo`);
      assert.deepEqual([status, body.code], [409, 'FC_CHANGED_MEANWHILE']);
      // Marks that were changed since stay, the others come back.
      const marked = await ask('POST', 'edit/cards', { edit: 'suspend', card_ids: [plain, second] });
      await ask('PUT', `study/marks/${second}`, { is_suspended: false });
      assert.deepEqual((await undo(marked)).imported, { taken_back: 1, kept: 1, kept_fronts: ['x [...]'] });
    });

    it('a studied note stays in its deck, cards of others stay as they are but for one’s own marks, and an import that was marked stays', async (service, one) => {
      const { ask, undo, deck, note } = one;
      const [torts, evidence] = [await deck('Torts'), await deck('Evidence')];
      await ask('PUT', `decks/${torts}`, { is_public: true });
      const studied = await note(torts, { Front: 'a', Back: 'b' });
      await ask('POST', `study/review/${studied.cards[0].id}`, { quality: 4 });
      const moved = await ask('POST', 'edit/cards', { edit: 'move', deck_id: evidence, q: 'deck:torts' });
      assert.deepEqual([moved.body.changed, moved.body.left_count], [0, 1]);
      assert.match(moved.body.reasons[0], /studied stay in their deck/);
      assert.equal(moved.headers['x-operation'], undefined);
      const other = clientOf(service, await service.signUp(`student${++people}`));
      const card_ids = [studied.cards[0].id];
      assert.deepEqual((await other.ask('POST', 'edit/cards', { edit: 'delete', card_ids })).body.changed, 0);
      assert.deepEqual(
        (await other.ask('POST', 'edit/cards', { edit: 'suspend', card_ids })).body.left_count,
        1,
        'not added yet',
      );

      const imported = await ask('POST', `decks/${evidence}/import`, { text: 'q\ta\nr\tb' });
      await ask('POST', 'edit/cards', { edit: 'flag', flag: 1, q: 'deck:evidence front:q' });
      assert.deepEqual((await undo(imported)).imported, { taken_back: 1, kept: 1, kept_fronts: ['q'] });
    });

    it('notes whose first fields are the same are grouped by type, however strictly it is meant; others’ notes are not', async (service, one) => {
      const { ask, send, deck, note } = one;
      const [torts, evidence] = [await deck('Torts'), await deck('Evidence')];
      const basic = async (Front: string, deck_id = torts, more: object = {}) =>
        (await note(deck_id, { Front, Back: 'b' }, more)).id;
      const duty = [
        await basic('What is duty?'),
        await basic('what  is DUTY?', evidence),
        await basic('<b>What is</b> duty?', torts, { format: 'html' }),
      ];
      const accents = [await basic('Élève'), await basic('Eleve')];
      const same = [await basic('Cause'), await basic('Cause')];
      await basic('alone');
      await note(torts, { Front: 'alone', Back: 'b' }, { type: 'typed' });
      const pictures = [];
      for (const src of ['/a.png', '/b.png', '/a.png'])
        pictures.push(await basic(`<img src="${src}">`, torts, { format: 'html' }));
      const other = clientOf(service, await service.signUp(`student${++people}`));
      await other.note(await other.deck('Torts'), { Front: 'Cause', Back: 'b' });

      const found = async (query: string) => {
        const { body } = await ask('GET', `edit/duplicates?${query}`);
        return body.groups.map(({ notes }: { notes: { id: number }[] }) => notes.map(({ id }) => id));
      };
      const shown = [pictures[0], pictures[2]];
      assert.deepEqual(await found(''), [duty, same, shown]);
      assert.deepEqual(await found('match=loose'), [duty, accents, same, shown]);
      assert.deepEqual(await found('match=exact'), [[duty[0], duty[2]], same, shown]);
      assert.deepEqual(await found(`deck_id=${torts}`), [[duty[0], duty[2]], same, shown]);
      assert.deepEqual(await found('skip=1&limit=1'), [same]);
      const { group_count, note_count } = (await ask('GET', 'edit/duplicates?limit=1')).body;
      assert.deepEqual([group_count, note_count], [3, 7]);
      assert.deepEqual((await other.ask('GET', 'edit/duplicates')).body.groups, []);
      assert.equal((await other.send('GET', `edit/duplicates?deck_id=${torts}`)).status, 404);
      assert.equal((await send('GET', 'edit/duplicates?match=none')).status, 422);
    });

    it('duplicates are merged, thinned out and marked as one operation, which is taken back; a group that was changed since is left', async (_, one) => {
      const { ask, undo, deck, note, fieldsOf } = one;
      const id = await deck();
      const pair = async (Front: string) => [
        await note(id, { Front, Back: 'short' }, { tags: ['a', 'b'] }),
        await note(id, { Front, Back: 'a longer answer' }, { tags: ['b', 'c'] }),
      ];
      const [[first, second], [third, fourth]] = [await pair('Duty'), await pair('Breach')] as unknown as [
        [Made, Made],
        [Made, Made],
      ];
      await ask('POST', `study/review/${first.cards[0].id}`, { quality: 4 });
      const groups = async () => (await ask('GET', 'edit/duplicates')).body.groups;
      const before = await groups();
      assert.deepEqual(
        before[0].notes.map((shown: Record<string, unknown>) => [shown.id, shown.tags, shown.card_count, shown.review_count]),
        [
          [first.id, ['a', 'b'], 1, 1],
          [second.id, ['b', 'c'], 1, 0],
        ],
      );
      const versions = (at: number) =>
        before[at].notes.map(({ id: of, updated_at }: { id: number; updated_at: string }) => ({ id: of, updated_at }));
      const wanted = [
        { keep: first.id, text_of: second.id, notes: versions(0) },
        { keep: third.id, notes: versions(1) },
      ];
      const status = async (of: number) => (await one.send('GET', `notes/${of}`)).status;

      const merged = await ask('POST', 'edit/duplicates', { action: 'merge', groups: wanted });
      assert.deepEqual(merged.body, { groups: 2, notes: 2, left: [] });
      assert.deepEqual([await groups(), await status(second.id), await status(fourth.id)], [[], 404, 404]);
      const kept = (await ask('GET', `notes/${first.id}`)).body;
      assert.deepEqual(
        [kept.tags, kept.cards[0].id, kept.cards[0].back],
        [['a', 'b', 'c'], first.cards[0].id, 'a longer answer'],
      );
      assert.equal((await ask('GET', `cards/${kept.cards[0].id}/history`)).body.reviews.length, 1, 'its history goes on');
      assert.deepEqual((await undo(merged)).imported, { taken_back: 4, kept: 0, kept_fronts: [] });
      assert.deepEqual(await groups(), before);
      assert.equal((await fieldsOf(first.id)).Back, 'short');

      const marked = await ask('POST', 'edit/duplicates', { action: 'mark', groups: wanted });
      assert.equal((await ask('GET', 'search/?q=tag:duplicate&count=true')).body.count, 4);
      await undo(marked);
      assert.deepEqual(await groups(), before);

      await ask('PUT', `notes/${fourth.id}`, { tags: ['changed'] });
      const thinned = await ask('POST', 'edit/duplicates', { action: 'delete', groups: wanted });
      assert.deepEqual(thinned.body, {
        groups: 1,
        notes: 1,
        left: [{ keep: third.id, reason: 'One of these notes was changed since they were shown.' }],
      });
      assert.deepEqual([await status(second.id), await status(fourth.id)], [404, 200]);
      assert.deepEqual((await ask('GET', `notes/${first.id}`)).body.tags, ['a', 'b'], 'as it was');
      await undo(thinned);
      assert.equal(await status(second.id), 200);
    });
  });
}
