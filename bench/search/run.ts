// One user's search among a million cards, of which a tenth are theirs, beside LIKE over the same cards in the same run.
// node bench/search/run.ts sqlite | URL of an empty PostgreSQL database  [cards, a multiple of 100,000]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase, type Session } from '../../src/db/database.ts';
import { readSettings } from '../../src/db/settings.ts';
import { ensureSearchIndex } from '../../src/db/stores/search-index.ts';
import { findUser, insertUser } from '../../src/db/stores/users.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { documentOf } from '../../src/search/document.ts';
import { searchCards } from '../../src/services/search.ts';
import { revisions } from '../../src/versions/index.ts';

const [where = 'sqlite', given = '1000000'] = process.argv.slice(2);
const CARDS = Number(given);
const USERS = 10;
const DECKS = 10;
const WORDS = 20_000;
const ROUNDS = 60;
const BATCH = 1000;

let seed = 42;
/** The same numbers in every run. */
const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};
const SYLLABLES = ['ba', 'ce', 'di', 'fo', 'gu', 'ha', 'le', 'mi', 'no', 'pu', 'ra', 'se', 'ti', 'vo'];
const wordAt = (rank: number): string => {
  let word = '';
  for (let left = rank + 14; left > 0; left = Math.floor(left / 14)) word += SYLLABLES[left % 14];
  return word;
};
/** As in a language: the word of rank n is about 1/n as frequent as the first. */
const anyWord = (): string => wordAt(Math.floor(WORDS ** random()) - 1);
const sentence = (length: number): string => Array.from({ length }, anyWord).join(' ');

const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));
const url = where === 'sqlite' ? `sqlite:///${join(folder, 'bench.db')}` : where;
const settings = readSettings(new Map([['DATABASE_URL', { value: url, source: 'bench' }]]), folder);
const database = openDatabase(settings, systemClock());

/** Cards with ids from `first`, as one value: what is measured is the search, not how they were made. */
async function plant({ connection, capabilities }: Session, deckId: bigint, first: number): Promise<void> {
  const time = '2026-03-01 09:00:00.000000';
  const rows = Array.from({ length: BATCH }, (_, n) => {
    const front = sentence(6 + Math.floor(random() * 6));
    const back = sentence(8 + Math.floor(random() * 12));
    return { id: first + n, front, back, words: documentOf({ deckId, front, back, tags: [], note: [] }) };
  });
  const [each, cell] = capabilities.isLocalFile
    ? (['json_each(?)', (name: string) => `value->>'${name}'`] as const)
    : (['jsonb_array_elements($1::jsonb)', (name: string) => `value->>'${name}'`] as const);
  const [id, at] = capabilities.isLocalFile
    ? (["value->>'id'", `'${time}'`] as const)
    : (["CAST(value->>'id' AS bigint)", `timestamptz '${time}+00'`] as const);
  const json = JSON.stringify(rows);
  await connection.query(
    `INSERT INTO card (id, deck_id, front, back, created_at, updated_at) SELECT ${id}, ${deckId}, ${cell('front')}, ${cell('back')}, ${at}, ${at} FROM ${each}`,
    [json],
  );
  await connection.query(
    `INSERT INTO search_card (card_id, words, card_updated_at) SELECT ${id}, ${cell('words')}, ${at} FROM ${each}`,
    [json],
  );
}

const at = (times: number[], part: number): string =>
  `${(times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))] as number).toFixed(1).padStart(8)} ms`;

try {
  await upgrade({ engine: database.engine, revisions, clock: systemClock() });
  const began = performance.now();
  const decks: bigint[] = [];
  for (let n = 0; n < USERS; n++) {
    await database.write(async (session) => {
      const user = await insertUser(session, { email: `${n}@example.org`, username: `user${n}`, hashed_password: '-' });
      const now = session.clock.now();
      for (let deck = 0; deck < DECKS; deck++) {
        const { id } = await session.kysely
          .insertInto('deck')
          .values({ name: `Deck ${deck}`, created_at: now, updated_at: now })
          .returning('id')
          .executeTakeFirstOrThrow();
        await session.kysely
          .insertInto('user_deck')
          .values({ user_id: user.id, deck_id: id, is_owner: true, added_at: now })
          .execute();
        decks.push(id);
      }
    });
  }
  for (let made = 0; made < CARDS; made += BATCH)
    await database.write((session) => plant(session, decks[(made / BATCH) % decks.length] as bigint, made + 1));
  await ensureSearchIndex(database.engine);
  await database.engine.dedicated((connection) => connection.script('ANALYZE'));
  console.log(
    `${await database.engine.version()}: ${CARDS.toLocaleString('en')} cards made in ${Math.round((performance.now() - began) / 1000)} s`,
  );

  const user = (await database.read((session) => findUser(session, { username: 'user3' }))) as NonNullable<
    Awaited<ReturnType<typeof findUser>>
  >;
  const own = decks.slice(3 * DECKS, 4 * DECKS);
  const pick = (low: number, high: number): string => wordAt(low + Math.floor(random() * (high - low)));
  const kinds: readonly (readonly [string, () => string, ((query: string) => string) | undefined])[] = [
    ['a very frequent word', () => pick(0, 5), (query) => query],
    ['a frequent word', () => pick(20, 200), (query) => query],
    ['a rare word', () => pick(2000, WORDS), (query) => query],
    ['two words', () => `${pick(20, 200)} ${pick(20, 200)}`, undefined],
    ['a phrase', () => `"${pick(0, 20)} ${pick(0, 20)}"`, (query) => query.replaceAll('"', '')],
    ['a beginning', () => `${pick(200, 2000).slice(0, 4)}*`, (query) => query.replace('*', '')],
    ['with -not', () => `${pick(20, 200)} -${pick(0, 5)}`, undefined],
    ['a word that is new', () => `${pick(20, 200)} is:new`, undefined],
    ['a frequent word OR is:new', () => `${pick(20, 200)} OR is:new`, undefined],
    ['-frequent alone', () => `-${pick(0, 5)}`, undefined],
    ['nothing, with a suggestion', () => `${pick(200, 2000)}qx`, (query) => query],
  ];
  const ask = (query: string) =>
    searchCards(database, user, { query, sort: 'relevance', limit: 50, isCounting: false, isSuggesting: query.endsWith('qx') });
  const like = (word: string) =>
    database.read(({ kysely }) =>
      sql`SELECT card.* FROM card WHERE card.deck_id IN (${sql.join(own)}) AND card.deleted_at IS NULL
        AND (lower(card.front) LIKE ${`%${word}%`} OR lower(card.back) LIKE ${`%${word}%`}) ORDER BY card.id LIMIT 50`.execute(
        kysely,
      ),
    );
  let processor = 0;
  const time = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    const before = process.cpuUsage();
    await work();
    const { user: users, system } = process.cpuUsage(before);
    processor = (users + system) / 1000;
    return performance.now() - start;
  };
  for (let warm = 0; warm < 20; warm++) await ask(pick(0, WORDS));
  const all: number[] = [];
  for (const [name, query, asLike] of kinds) {
    const searched: number[] = [];
    const liked: number[] = [];
    // SQLite works in this process: what it costs is told apart from what a busy machine adds.
    const worked: number[] = [];
    let found = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const text = query();
      searched.push(await time(async () => (found += (await ask(text)).cards.length)));
      worked.push(processor);
      if (asLike !== undefined) liked.push(await time(() => like(asLike(text))));
    }
    if (!name.startsWith('nothing')) all.push(...searched);
    console.log(
      `${name.padEnd(28)} p50 ${at(searched, 0.5)}  p99 ${at(searched, 0.99)}  processor p50 ${at(worked, 0.5)}  p99 ${at(worked, 0.99)}   ${
        liked.length === 0 ? '' : `LIKE p50 ${at(liked, 0.5)}  p99 ${at(liked, 0.99)}`
      }   ${(found / ROUNDS).toFixed(1)} cards`,
    );
  }
  console.log(`${'all but the last'.padEnd(28)} p50 ${at(all, 0.5)}  p99 ${at(all, 0.99)}`);
} finally {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
}
