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
          const row = { user_id: 1n, deck_id: BigInt(ben.id('Law::Secret')), is_owner: false, added_at: clock.now() };
          await kysely.insertInto('user_deck').values(row).execute();
        });
        assert.deepEqual(await anna.fronts('Law'), ['Law 1', 'Law::Torts 1']);
        assert.deepEqual(summary(await anna.tree()), ['Law 2 2', ' Torts 1 1', 'Law::Secret 1 1']);
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
