import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everydayEngines } from '../support/database.ts';
import { type Service, startService } from './client.ts';

interface Node {
  readonly deck: { id: number; name: string; due_count: number } | null;
  readonly name: string;
  readonly path: string;
  readonly depth: number;
  readonly total: Readonly<Record<'card_count' | 'due_count' | 'new_count' | 'learning_count' | 'review_count', number>>;
}

/** A student with decks, each with so many cards. */
async function student(service: Service, name: string, decks: Readonly<Record<string, number>>, settings: object = {}) {
  const token = await service.signUp(name);
  const call = async (method: string, url: string, json?: object) =>
    service.call(method, `/api/v1/${url}`, { token, ...(json === undefined ? {} : { json }) });
  const ok = async (method: string, url: string, json?: object) => {
    const answer = await call(method, url, json);
    assert.ok(answer.status < 300, `${method} ${url}: ${answer.text}`);
    return answer.body;
  };
  await ok('PUT', 'study/settings', settings);
  const ids: Record<string, number> = {};
  for (const [deck, cards] of Object.entries(decks)) {
    ids[deck] = (await ok('POST', 'decks/', { name: deck })).id;
    for (let i = 1; i <= cards; i++) await ok('POST', 'cards/', { deck_id: ids[deck], front: `${deck} ${i}`, back: 'a' });
  }
  const id = (deck: string): number => ids[deck] as number;
  return {
    token,
    call,
    ok,
    id,
    tree: async (): Promise<Node[]> => (await ok('GET', 'decks/tree')).nodes,
    queue: (deck: string, below = true, limit = 100) =>
      ok('GET', `study/queue/${id(deck)}?limit=${limit}${below ? '&below=true' : ''}`),
    fronts: async (deck: string, below = true): Promise<string[]> =>
      (await ok('GET', `study/queue/${id(deck)}?limit=100${below ? '&below=true' : ''}`)).cards.map(
        ({ front }: { front: string }) => front,
      ),
  };
}

const summary = (nodes: readonly Node[]) =>
  nodes.map(
    ({ deck, name, depth, total }) =>
      `${' '.repeat(depth)}${name}${deck === null ? '?' : ''} ${total.card_count} ${total.due_count}`,
  );

for (const target of everydayEngines()) {
  describe(`decks below decks on ${target.name}`, { skip: target.skip }, () => {
    const onService = (work: (service: Service) => Promise<void>) => async () => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        try {
          await work(service);
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    };

    test(
      `decks stand below each other by their names, with what all below them have to study (${target.name})`,
      onService(async (service) => {
        const { ok, tree, id } = await student(service, 'anna', {
          Zoology: 1,
          'Law::Torts': 2,
          'Law::Contracts::Offer': 3,
          Law: 1,
          'law::torts::Duty': 1,
          'Bar::Essays': 0,
        });
        assert.deepEqual(summary(await tree()), [
          'Bar? 0 0',
          ' Essays 0 0',
          'Law 7 7',
          ' Contracts? 3 3',
          '  Offer 3 3',
          ' Torts 3 3',
          '  Duty 1 1',
          'Zoology 1 1',
        ]);
        const [card] = (await ok('GET', `study/queue/${id('Law::Torts')}`)).cards;
        await ok('POST', `study/review/${card.id}`, { grade: 1 });
        const law = (await tree()).find(({ path }) => path === 'Law') as Node;
        assert.deepEqual(law.total, { card_count: 7, due_count: 6, new_count: 6, learning_count: 0, review_count: 0 });
        service.clock.advance(61);
        assert.equal(((await tree()).find(({ path }) => path === 'Law') as Node).total.learning_count, 1);

        const place = await ok('GET', `decks/${id('Law::Contracts::Offer')}/tree`);
        assert.deepEqual(place.above, [
          { id: id('Law'), name: 'Law' },
          { id: null, name: 'Contracts' },
        ]);
        const lower = await ok('GET', `decks/${id('Law')}/tree`);
        assert.deepEqual(summary(lower.nodes), ['Law 7 7', ' Contracts? 3 3', '  Offer 3 3', ' Torts 3 3', '  Duty 1 1']);
        // What clients of before ask is answered as before.
        const deck = await ok('GET', `decks/${id('Law')}`);
        assert.deepEqual([deck.card_count, deck.due_count, 'total' in deck], [1, 1, false]);
        assert.equal((await ok('GET', 'decks/?scope=own')).length, 6);
      }),
    );

    test(
      `one queue has a deck and all below it: new cards deck by deck, due ones longest due first, each with its own deck (${target.name})`,
      onService(async (service) => {
        const { ok, id, fronts, queue } = await student(service, 'anna', {
          'Law::Torts': 2,
          Law: 1,
          'Law::Contracts': 2,
          Lawyers: 1,
        });
        const inOrder = ['Law 1', 'Law::Contracts 1', 'Law::Contracts 2', 'Law::Torts 1', 'Law::Torts 2'];
        assert.deepEqual(await fronts('Law'), inOrder);
        // Without being asked for, what is below is not there: so it was for every client of before.
        assert.deepEqual(await fronts('Law', false), ['Law 1']);
        const first = await queue('Law');
        assert.deepEqual(first.deck_ids, [id('Law'), id('Law::Contracts'), id('Law::Torts')]);
        assert.deepEqual(first.counts, { new: 5, learning: 0, due: 0 });
        for (const { id: card, deck_id } of first.cards.toReversed()) {
          assert.ok(first.deck_ids.includes(deck_id));
          await ok('POST', `study/review/${card}`, { grade: 4 });
          service.clock.advance(60);
        }
        assert.deepEqual((await queue('Law')).counts, { new: 0, learning: 0, due: 0 });
        service.clock.advance(40 * 86_400);
        // Each was given another day: the longest due first, whatever its deck.
        const due = (await queue('Law')).cards.map(({ due_date }: { due_date: string }) => due_date);
        assert.equal(due.length, 5);
        assert.deepEqual(due, due.toSorted());
        // An answer and its undo are the card's own deck's.
        const [card] = (await queue('Law')).cards;
        await ok('POST', `study/review/${card.id}`, { grade: 3 });
        assert.equal((await queue('Law')).counts.due, 4);
        const stats = await ok('GET', `decks/${card.deck_id}/metadata`);
        assert.ok(stats.total_reviews > 0);
        await ok('POST', `study/undo/${card.id}`, {});
        assert.equal((await queue('Law')).counts.due, 5);
      }),
    );

    test(
      `the limits of the day hold for a deck with all below it as for every other (${target.name})`,
      onService(async (service) => {
        const { ok, queue, fronts } = await student(
          service,
          'anna',
          { Law: 0, 'Law::Contracts': 2, 'Law::Torts': 3 },
          { new_per_day: 3, reviews_per_day: 2 },
        );
        assert.deepEqual((await queue('Law')).counts, { new: 3, learning: 0, due: 0 });
        assert.deepEqual(await fronts('Law'), ['Law::Contracts 1', 'Law::Contracts 2', 'Law::Torts 1']);
        for (const { id } of (await queue('Law')).cards) await ok('POST', `study/review/${id}`, { grade: 4 });
        // What was begun below the deck counts for the day, wherever one goes on.
        for (const deck of ['Law', 'Law::Torts']) assert.deepEqual((await queue(deck)).counts, { new: 0, learning: 0, due: 0 });
        service.clock.advance(40 * 86_400);
        const later = await queue('Law');
        assert.deepEqual([later.counts.due, later.waiting, later.counts.new], [2, 1, 2]);
        // None asked for: counts alone.
        assert.deepEqual((await queue('Law', true, 0)).cards, []);
      }),
    );

    test(
      `of decks of others none is ever below one's own, shared, held or called alike (${target.name})`,
      onService(async (service) => {
        const anna = await student(service, 'anna', { Law: 1, 'Law::Torts': 1 });
        const ben = await student(service, 'ben', { 'Law::Secret': 1, 'Law::Shared': 1, Law: 1, 'Law::Deleted': 1 });
        await ben.ok('PUT', `decks/${ben.id('Law::Shared')}`, { is_public: true });
        await ben.ok('PUT', `decks/${ben.id('Law')}`, { is_public: true });
        await ben.call('DELETE', `decks/${ben.id('Law::Deleted')}`);
        // As an adopted database has it: a row of a deck that is another's.
        await service.database.write(async ({ kysely, clock }) => {
          const held = ['Law', 'Law::Secret'].map((name) => BigInt(ben.id(name)));
          const row = { user_id: 1n, is_owner: false, added_at: clock.now() };
          await kysely
            .insertInto('user_deck')
            .values(held.map((deck_id) => ({ ...row, deck_id })))
            .execute();
        });
        assert.deepEqual(await anna.fronts('Law'), ['Law 1', 'Law::Torts 1']);
        assert.deepEqual(summary(await anna.tree()), ['Law 2 2', ' Torts 1 1', 'Law 1 1', 'Law::Secret 1 1']);
        assert.deepEqual(await ben.fronts('Law'), ['Law 1', 'Law::Secret 1', 'Law::Shared 1']);
        // A reader of somebody's deck gets that deck.
        const read = await anna.ok('GET', `study/queue/${ben.id('Law')}?below=true`);
        assert.deepEqual(read.deck_ids, [ben.id('Law')]);
        const place = await anna.ok('GET', `decks/${ben.id('Law::Shared')}/tree`);
        assert.deepEqual([place.above, summary(place.nodes)], [[], ['Law::Shared 1 1']]);
        // Seen by its holder, it is where it is.
        assert.equal((await anna.call('GET', `study/queue/${ben.id('Law::Deleted')}?below=true`)).status, 404);
      }),
    );

    test(
      `with a deck all below it are renamed, and come back by one undo; a name too long or taken is refused and changes nothing (${target.name})`,
      onService(async (service) => {
        const { call, ok, id, tree } = await student(service, 'anna', {
          Law: 1,
          'law :: Torts': 1,
          'Law::Torts::Duty of care': 1,
          Lawyers: 0,
          'Bar::Torts': 0,
        });
        const names = async () =>
          (await ok('GET', 'decks/?scope=own')).map((deck: { name: string; updated_at: string }) => [deck.name, deck.updated_at]);
        const before = await names();
        service.clock.advance(60);
        const renamed = await call('PUT', `decks/${id('Law')}`, { name: 'Jus::Civile', course: 'L1' });
        assert.equal(renamed.status, 200, renamed.text);
        assert.deepEqual(
          (await names()).map(([name]: [string]) => name),
          ['Jus::Civile', 'Jus::Civile::Torts', 'Jus::Civile::Torts::Duty of care', 'Lawyers', 'Bar::Torts'],
        );
        const jus = (await tree()).find(({ path }) => path === 'Jus::Civile') as Node;
        assert.equal(jus.total.card_count, 3);
        // Below itself, too.
        const deeper = await call('PUT', `decks/${id('Law')}`, { name: 'Jus::Civile::Old' });
        assert.equal((await names())[1][0], 'Jus::Civile::Old::Torts');
        for (const { headers } of [deeper, renamed]) await ok('POST', `operations/${headers['x-operation']}/undo`);
        assert.deepEqual(await names(), before);

        const refused = async (name: string, status: number, code: string, says: RegExp) => {
          const answer = await call('PUT', `decks/${id('Law')}`, { name });
          assert.deepEqual([answer.status, answer.body.code], [status, code], answer.text);
          assert.match(answer.text, says);
          assert.deepEqual(await names(), before);
        };
        await refused('BAR', 409, 'FC_CONFLICT', /Bar::Torts/);
        await refused('lawyers ', 409, 'FC_CONFLICT', /Lawyers/);
        await refused('Law:', 422, 'FC_INPUT_INVALID', /does not end with a colon/);
        await refused('x'.repeat(190), 422, 'FC_INPUT_INVALID', /longer than 200 characters/);
        // What has none below may be called as it likes, as ever.
        await ok('PUT', `decks/${id('Lawyers')}`, { name: 'Law' });
        const twins = (await tree()).filter(({ path }) => path.toLowerCase() === 'law');
        assert.deepEqual(
          twins.map(({ deck, total }) => [deck?.id, total.card_count]),
          [
            [id('Lawyers'), 0],
            [id('Law'), 3],
          ],
        );
        const alone = await call('DELETE', `decks/${id('Lawyers')}?below=true`);
        assert.equal((await names()).length, 4, 'what is below the older one stays');
        await ok('POST', `operations/${alone.headers['x-operation']}/undo`);
        // Of two of one name the older has what is below.
        await ok('PUT', `decks/${id('Lawyers')}`, { name: 'Other' });
        assert.deepEqual(await names().then((all) => all.slice(0, 3)), before.slice(0, 3));
        // A later change of one that was renamed along is not lost.
        const again = await call('PUT', `decks/${id('Law')}`, { name: 'Jus' });
        service.clock.advance(60);
        await ok('PUT', `decks/${id('law :: Torts')}`, { description: 'mine' });
        const late = await call('POST', `operations/${again.headers['x-operation']}/undo`);
        assert.deepEqual([late.status, late.body.code], [409, 'FC_CHANGED_MEANWHILE']);
        assert.equal((await names())[0][0], 'Jus');
      }),
    );

    test(
      `a deck is deleted alone, or with all below it where that is asked for; one undo brings all of them back (${target.name})`,
      onService(async (service) => {
        const anna = await student(service, 'anna', { Law: 1, 'Law::Torts': 2, 'Law::Torts::Duty': 1, Lawyers: 1 });
        const ben = await student(service, 'ben', { 'Law::Mine': 1 });
        const before = await anna.ok('GET', 'decks/tree');
        const all = await anna.call('DELETE', `decks/${anna.id('Law')}?below=true`);
        assert.equal(all.status, 204, all.text);
        assert.deepEqual(summary(await anna.tree()), ['Lawyers 1 1']);
        assert.deepEqual(summary(await ben.tree()), ['Law? 1 1', ' Mine 1 1']);
        await anna.ok('POST', `operations/${all.headers['x-operation']}/undo`);
        assert.deepEqual(await anna.ok('GET', 'decks/tree'), before);
        // Who does not ask for more deletes one deck.
        const one = await anna.call('DELETE', `decks/${anna.id('Law')}`);
        assert.deepEqual(summary(await anna.tree()), ['Law? 3 3', ' Torts 3 3', '  Duty 1 1', 'Lawyers 1 1']);
        await anna.ok('POST', `operations/${one.headers['x-operation']}/undo`);
        assert.deepEqual(await anna.ok('GET', 'decks/tree'), before);
      }),
    );

    test(
      `an exam about one deck asks for its cards among those of the decks around it (${target.name})`,
      onService(async (service) => {
        const { ok, id, queue, fronts } = await student(
          service,
          'anna',
          { Law: 1, 'Law::Contracts': 1, 'Law::Torts': 2 },
          { new_per_day: 2 },
        );
        await ok('POST', 'exams/', { name: 'Torts', date: '2026-03-20', deck_ids: [id('Law::Torts')], minutes_per_day: 60 });
        const asked = await queue('Law');
        assert.equal(asked.counts.new, 4);
        assert.deepEqual(await fronts('Law'), ['Law::Torts 1', 'Law::Torts 2', 'Law 1', 'Law::Contracts 1']);
        assert.deepEqual(await fronts('Law::Contracts'), ['Law::Contracts 1']);
      }),
    );
  });
}
