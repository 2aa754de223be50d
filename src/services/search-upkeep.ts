import type { Database } from '../db/database.ts';
import { ensureSearchIndex, makeSearchIndex, searchIndexDamage } from '../db/stores/search-index.ts';
import {
  cardsWithWords,
  deadRows,
  endOfStretch,
  expectedRows,
  holdWords,
  indexCards,
  removeRows,
  type Stretch,
  staleCards,
} from '../db/stores/search-rows.ts';
import type { Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';

/** Cards looked at in one go: a server answers others between. */
const STRETCH = 2000;
/** Cards written in one unit of work: the writer is never held for long. */
const BATCH = 500;

/** The cards of all users in stretches, by id. */
async function* stretches(database: Database): AsyncGenerator<Stretch> {
  for (let after = 0n; ; ) {
    const from = after;
    const last = await database.read((session) => endOfStretch(session, from, STRETCH));
    yield { after, last };
    if (last === undefined) return;
    after = last;
    await new Promise(setImmediate);
  }
}

/**
 * Makes the full-text index where it is missing. Never throws: returns what is in the way, in words for whoever runs the server. On PostgreSQL
 * only the role that owns the tables may make it.
 * @param signal ends it early, which is no trouble
 */
export async function tryToIndex(engine: Engine, signal?: AbortSignal): Promise<FlashcaseError | undefined> {
  try {
    await ensureSearchIndex(engine, signal);
    return undefined;
  } catch (error) {
    if (signal?.aborted === true) return undefined;
    const known = error instanceof FlashcaseError ? error : undefined;
    return new FlashcaseError(known?.code ?? 'FC_DB_FAILED', {
      what: `The full-text index of the search could not be made${engine.capabilities.isLocalFile ? '.' : ': every search reads the words of all cards until it is there.'}`,
      where: engine.location,
      why: known?.why ?? (error as Error).message,
      hint: engine.capabilities.isLocalFile
        ? 'The next search tries again.'
        : 'As the role that owns the tables (in DATABASE_DIRECT_URL) run flashcase search rebuild, or flashcase db upgrade.',
      cause: error,
    });
  }
}

/** How a settling is ended early, and who is told what it could not do. */
export interface Settling {
  /** The next time goes on. */
  readonly signal?: AbortSignal;
  /** The full-text index could not be made; the cards were looked over all the same. */
  readonly onIndexProblem?: (problem: FlashcaseError) => void;
}

/**
 * Brings the search up to what was written without it: by a server of an older version, by an upgrade that brought the search, by hand.
 * Looks over the cards of all users in small units of work. Returns how many cards were taken in or out.
 */
export async function settleSearch(database: Database, { signal, onIndexProblem }: Settling = {}): Promise<number> {
  const index = async (): Promise<void> => {
    const problem = await tryToIndex(database.engine, signal);
    if (problem !== undefined) onIndexProblem?.(problem);
  };
  const isEnded = (): boolean => signal?.aborted === true;
  const { isLocalFile } = database.engine.capabilities;
  // A file's index is filled card by card; PostgreSQL's is made fastest of rows that are there, and the cards do not wait for it.
  if (isLocalFile) await index();
  let settled = 0;
  for await (const stretch of stretches(database)) {
    if (isEnded()) return settled;
    const stale = await database.read((session) => staleCards(session, stretch));
    await indexHeld(
      database,
      stale.map(({ id }) => id),
      isEnded,
    );
    const dead = await database.read((session) => deadRows(session, stretch));
    await removeDead(database, dead);
    settled += stale.length + dead.length;
  }
  if (!isLocalFile) await index();
  return settled;
}

/** Makes the search rows of cards anew, each from the card as it is where its row is written. */
async function indexHeld(database: Database, cardIds: readonly bigint[], isEnded = (): boolean => false): Promise<void> {
  for (let at = 0; at < cardIds.length && !isEnded(); at += BATCH)
    await database.write(async (session) => indexCards(session, await holdWords(session, cardIds.slice(at, at + BATCH))));
}

/** Takes cards out of the search that are deleted or gone, but for those that came back meanwhile. */
async function removeDead(database: Database, cardIds: readonly bigint[]): Promise<void> {
  for (let at = 0; at < cardIds.length; at += BATCH) {
    const part = cardIds.slice(at, at + BATCH);
    await database.write(async (session) => {
      const live = new Set((await holdWords(session, part)).filter(({ deleted_at }) => deleted_at === null).map(({ id }) => id));
      await removeRows(
        session,
        part.filter((id) => !live.has(id)),
      );
    });
  }
}

export interface CheckedSearch {
  readonly cards: number;
  /** Cards whose words are missing or not what the card says. */
  readonly wrong: number;
  /** Search rows of cards that are deleted or gone. */
  readonly dead: number;
  /** What is wrong with the full-text index: it is missing, or says so itself. */
  readonly damage: string | null;
}

/** Compares what every card is found by with what the card says. Changes nothing but a missing full-text index, which is made where that is allowed. */
export async function checkSearch(database: Database): Promise<CheckedSearch> {
  const problem = await tryToIndex(database.engine);
  let cards = 0;
  let wrong = 0;
  let dead = 0;
  for await (const stretch of stretches(database)) {
    await database.read(async (session) => {
      const found = await cardsWithWords(session, stretch);
      const expected = await expectedRows(session, found);
      cards += found.length;
      wrong += expected.filter(({ words }, at) => words !== found[at]?.words).length;
      dead += (await deadRows(session, stretch)).length;
    });
  }
  return { cards, wrong, dead, damage: problem?.message ?? (await searchIndexDamage(database.engine)) ?? null };
}

/** Makes all of it anew from the cards. Searches go on meanwhile, with what is there. Returns how many cards were written. Throws `FC_DB_BUSY` while another process makes the index. */
export async function rebuildSearch(database: Database): Promise<number> {
  let written = 0;
  for await (const stretch of stretches(database)) {
    const cards = await database.read((session) => cardsWithWords(session, stretch));
    const wrong = await database.read(async (session) => {
      const expected = await expectedRows(session, cards);
      return cards.filter(({ words }, at) => words !== expected[at]?.words);
    });
    await indexHeld(
      database,
      wrong.map(({ id }) => id),
    );
    written += wrong.length;
    await removeDead(database, await database.read((session) => deadRows(session, stretch)));
  }
  if (!(await makeSearchIndex(database.engine, true)))
    throw new FlashcaseError('FC_DB_BUSY', {
      what: 'Every card is what it is found by, but the full-text index was not made anew: another process is making it.',
      where: database.engine.location,
      hint: 'When that is done, run flashcase search check, and this command again if it still finds the index wrong.',
    });
  return written;
}
