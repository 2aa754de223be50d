// slow
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { OWN_TABLES } from '../../src/cli/move/live-options.ts';
import { systemClock } from '../../src/db/clock.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { turnGate } from '../../src/db/gate.ts';
import { insertCard, updateCard } from '../../src/db/stores/cards.ts';
import { insertDeck } from '../../src/db/stores/decks.ts';
import { findUser, insertUser } from '../../src/db/stores/users.ts';
import { applicationMove } from '../../src/move/application-move.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { searchCards } from '../../src/services/search.ts';
import { checkSearch } from '../../src/services/search-upkeep.ts';
import { revisions } from '../../src/versions/index.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { freshTarget, servers, temporaryFolder } from './library.ts';

async function find(database: Database, query: string): Promise<number[]> {
  const user = (await database.read((session) => findUser(session, { username: 'anna' }))) as NonNullable<
    Awaited<ReturnType<typeof findUser>>
  >;
  const { cards } = await searchCards(database, user, {
    query,
    sort: 'relevance',
    limit: 50,
    isCounting: false,
    isSuggesting: false,
  });
  return cards.map(({ id }) => Number(id));
}

const write = (database: Database, front: string) =>
  database.write((session) => insertCard(session, { deck_id: 1n, front, back: 'Harm' }));

for (const target of servers())
  test(`a live move and its way back lose nothing of the search: each side finds what was written on the other (${target.name})`, {
    skip: target.skip,
    timeout: 240_000,
  }, async (t) => {
    const file = join(temporaryFolder(t), 'flashcase.db');
    const postgresUrl = await freshTarget(t, target);
    const sqlite = await openFresh({ url: `sqlite:///${file}` });
    t.after(() => sqlite.close());
    await sqlite.write(async (session) => {
      const user = await insertUser(session, { email: 'anna@example.org', username: 'anna', hashed_password: '-' });
      await insertDeck(session, user.id, { name: 'Torts' });
    });
    await write(sqlite, 'Negligence');
    await write(sqlite, 'Nuisance');
    assert.deepEqual(await find(sqlite, 'harm'), [1, 2], 'its full-text index is there');
    const move = applicationMove({
      schema: flashcase,
      revisions,
      sqliteFile: file,
      postgresUrl,
      gate: turnGate(systemClock()),
      ownTables: OWN_TABLES,
    });
    const ended = new AbortController();
    await move.start();
    const following = move.follow(ended.signal);
    try {
      await write(sqlite, 'Trespass');
      assert.equal((await move.verifyLive()).isEqual, true);
      await move.cutover({ limitMs: 30_000 });
      const postgres = openDatabase(settingsFor({ url: postgresUrl }), systemClock());
      t.after(() => postgres.close());
      assert.deepEqual(await find(postgres, 'harm'), [1, 2, 3]);
      await write(postgres, 'Conversion');
      await postgres.write((session) => updateCard(session, 2n, { front: 'Private nuisance' }));
      await postgres.write(async (session) => updateCard(session, 1n, { deleted_at: session.clock.now() }));
      assert.deepEqual(await find(postgres, 'harm'), [2, 3, 4]);
      await move.rollback({ limitMs: 30_000 });
      assert.deepEqual(await find(sqlite, 'harm'), [2, 3, 4]);
      assert.deepEqual(await find(sqlite, 'private OR conversion'), [2, 4]);
      assert.deepEqual(await checkSearch(sqlite), { cards: 3, wrong: 0, dead: 0, damage: null });
      await write(sqlite, 'Defamation');
      await delay(500);
      assert.equal((await move.verifyLive()).isEqual, true);
    } finally {
      ended.abort();
      await following;
    }
    await move.abort();
    assert.deepEqual(await find(sqlite, 'defamation'), [5]);
  });
