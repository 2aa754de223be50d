// What the card browser asks of a server, for one student with many notes of which a tenth repeat another: the ids of all, rows of any place,
// duplicates, find and replace, marks and deletes of many, and taking them back.
// node bench/browse/run.ts [NOTES] [sqlite,postgres]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/db/clock.ts';
import type { Database } from '../../src/db/database.ts';
import { insertMany } from '../../src/db/stores/bulk-rows.ts';
import { insertDeck } from '../../src/db/stores/decks.ts';
import { insertUser, type User } from '../../src/db/stores/users.ts';
import { duplicateKey } from '../../src/notes/duplicate-key.ts';
import { findDuplicateNotes } from '../../src/services/duplicates.ts';
import { editCards } from '../../src/services/edit-cards.ts';
import { previewReplace, replaceInNotes } from '../../src/services/find-replace.ts';
import { cardsOfIds, searchCards, searchIds } from '../../src/services/search.ts';
import { settleSearch } from '../../src/services/search-upkeep.ts';
import { undoOperation } from '../../src/services/undo.ts';
import { createDatabase } from '../../test/support/database.ts';
import { openFresh } from '../../test/support/fresh.ts';
import { startPostgres } from '../../test/support/servers.ts';

const [given = '100000', wanted = 'sqlite,postgres'] = process.argv.slice(2);
const NOTES = Number(given);
const BATCH = 2000;

async function plant(database: Database): Promise<User> {
  const now = database.clock.now();
  const { user, deck } = await database.write(async (session) => {
    const made = await insertUser(session, { username: 'anna', email: 'anna@law.edu', hashed_password: '-' });
    return { user: made, deck: (await insertDeck(session, made.id, { name: 'Law' })).id };
  });
  for (let from = 0; from < NOTES; from += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, NOTES - from) }, (_, n) => from + n);
    // Every tenth says what the one before says.
    const front = (n: number): string => `What is rule ${n % 10 === 9 ? n - 1 : n} of the plaintif?`;
    const back = (n: number): string => `Answer ${n}: the duty of care, as a court of équité would say it.`;
    await database.write(async (session) => {
      const notes = numbers.map((n) => {
        const fields = JSON.stringify({ Front: front(n), Back: back(n) });
        return [BigInt(n + 1), deck, 'basic', 'text', fields, `g${n}`, duplicateKey(front(n), 'text'), now, now];
      });
      const columns = ['id', 'deck_id', 'type', 'format', 'fields', 'guid', 'duplicate_key', 'created_at', 'updated_at'];
      await insertMany(session, 'note', columns, notes);
      const cards = numbers.map((n) => [BigInt(n + 1), deck, front(n), back(n), BigInt(n + 1), 0, now, now]);
      await insertMany(
        session,
        'card',
        ['id', 'deck_id', 'front', 'back', 'note_id', 'ordinal', 'created_at', 'updated_at'],
        cards,
      );
    });
  }
  await settleSearch(database);
  return user;
}

const say = (what: string, ms: number): void =>
  console.log(`  ${what.padEnd(58)} ${Math.round(ms).toLocaleString('en').padStart(7)} ms`);

/** The median of some runs of what changes nothing; a change is run once. */
async function timed<T>(what: string, work: () => Promise<T>, runs = 1): Promise<T> {
  const times: number[] = [];
  for (let run = 0; ; run++) {
    const began = performance.now();
    const result = await work();
    times.push(performance.now() - began);
    if (run + 1 < runs) continue;
    say(what, times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] as number);
    return result;
  }
}

async function measure(database: Database): Promise<void> {
  const user = await plant(database);
  await database.engine.dedicated((connection) => connection.script('ANALYZE'));
  const page = { query: '', sort: 'relevance', limit: 200, isCounting: true, isSuggesting: false } as const;
  await timed('the first 200 cards, with how many there are', () => searchCards(database, user, page), 9);
  const { ids } = await timed('the ids of all', () => searchIds(database, user, '', 'relevance'), 9);
  await timed('the ids of all with a word that each has', () => searchIds(database, user, 'duty', 'relevance'), 5);
  await timed('the ids of all, due first', () => searchIds(database, user, '', 'due'), 5);
  const middle = ids.slice(ids.length / 2, ids.length / 2 + 100);
  await timed('100 rows from the middle, by their ids', () => database.read((session) => cardsOfIds(session, user, middle)), 25);
  for (const match of ['usual', 'exact', 'loose'] as const) {
    const { group_count } = await timed(
      `duplicates, ${match}`,
      () => findDuplicateNotes(database, user, { match, skip: 0, limit: 20 }),
      5,
    );
    if (group_count === 0) throw new Error('there are duplicates');
  }
  const undo = (what: string, operation: bigint | undefined) =>
    timed(`… taken back (${what})`, () => database.write((session) => undoOperation(session, user, operation as bigint)));
  for (const isExpression of [false, true]) {
    const find = isExpression ? 'rule (\\d\\d\\d\\d?) of' : 'rule 71';
    const asked = {
      find,
      replace: isExpression ? 'law $1 of' : 'law 71',
      isExpression,
      matchesCase: true,
      isWholeWords: false,
      fields: [],
    };
    const kind = isExpression ? 'by expression' : 'plain';
    const seen = await timed(`find and replace shown, ${kind}`, () =>
      previewReplace(database, user, { q: '' }, asked, undefined),
    );
    const { done, operation } = await timed(`… done in ${seen.items.length.toLocaleString('en')} notes`, () =>
      replaceInNotes(database, user, asked, seen.items),
    );
    if (done.changed !== seen.items.length) throw new Error(`${done.changed} changed`);
    await undo(kind, operation);
  }
  const part = ids.slice(0, 5000);
  const flag = await timed(`${part.length.toLocaleString('en')} flagged`, () =>
    editCards(database, user, { card_ids: part }, { edit: 'flag', flag: 1 }),
  );
  await undo('flags', flag.operation);
  const gone = await timed('… deleted', () => editCards(database, user, { card_ids: part }, { edit: 'delete' }));
  await undo('deletes', gone.operation);
}

for (const engine of wanted.split(',')) {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));
  const server = engine === 'postgres' ? await startPostgres() : undefined;
  const place = server === undefined ? { url: `sqlite:///${join(folder, 'bench.db')}` } : await createDatabase(server.url);
  const database = await openFresh(place, systemClock());
  try {
    console.log(`${await database.engine.version()}, ${NOTES.toLocaleString('en')} notes`);
    await measure(database);
  } finally {
    await database.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
  }
}
