import { copyFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../../db/clock.ts';
import { type Database, openDatabase, type Session } from '../../db/database.ts';
import type { Settings } from '../../db/settings.ts';
import { isHeld } from '../../db/stores/readable.ts';
import { busiestUsers, type User } from '../../db/stores/users.ts';
import { openSqlite } from '../../engine/sqlite/engine.ts';
import { copyVerified, refuseWithoutSpace } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { withPostgres } from '../../move/live/sides.ts';
import type { MoveEvents } from '../../move/move-events.ts';
import type { Rules } from '../../move/plan/rules.ts';
import { runMove } from '../../move/run/run-move.ts';
import { verifyMove } from '../../move/verify/verify-move.ts';
import { copyPostgres } from '../../ops/backup/copy-postgres.ts';
import { standAlone } from '../../ops/backup/restore/stand-alone.ts';
import type { Student } from '../../ops/bench/actions.ts';
import type { BenchResult } from '../../ops/bench/bench-result.ts';
import { upgrade } from '../../revisions/run.ts';
import { openLogin } from '../../services/accounts.ts';
import { settleSearch } from '../../services/search-upkeep.ts';
import { project } from '../../versions/project.ts';
import { backupOptions } from '../backup/backup-options.ts';
import { indexTarget } from '../index-search.ts';
import { diskBytes } from './disk-bytes.ts';
import { addModelled, type Model } from './model-data.ts';
import type { Scratch } from './scratch.ts';
import type { Side } from './sides.ts';

/** Answers of each user who is made up. */
const REVIEWS_PER_USER = 200;
/** Bytes a made-up answer takes with all its rows, at most. */
const REVIEW_BYTES = 1500;
/** Of each student: what requests are drawn from. */
const DECKS = 5;
const CARDS = 200;
/** An epoch no installation comes to: whatever gate the copy brought with it, it is open in this one. */
const EPOCH = 1_000_000;

export interface CopyOptions {
  readonly settings: Settings;
  readonly sides: readonly [Side, Side];
  readonly model: Partial<Omit<Model, 'seed'>>;
  readonly seed: number;
  /** People the load shall act as, each by a client of its own: where there are fewer who hold cards, the others are made up. */
  readonly students: number;
  readonly rules: Rules | undefined;
  readonly rulesFile: string;
  readonly events: MoveEvents;
  readonly signal: AbortSignal;
  newId(): string;
}

export interface Copies {
  /** Addresses of the copies, in the order of the sides. */
  readonly urls: readonly [string, string];
  readonly students: readonly Student[];
  readonly data: BenchResult['data'];
}

const bytesOf = ({ database, directUrl }: Settings): Promise<number> =>
  diskBytes(database.engine === 'sqlite' ? `sqlite:///${database.file}` : (directUrl ?? database.url));

/** An online copy of what serves, as one file with today's tables; an installation without a file yet gives an empty one. */
async function copySource(file: string, { settings, events }: CopyOptions): Promise<void> {
  const backup = backupOptions(settings, (line) => events.note(line));
  events.phase('copy', 'copying the database');
  const { database, directUrl } = settings;
  if (database.engine === 'postgres') await copyPostgres(directUrl ?? database.url, file, backup);
  else if (existsSync(database.file)) {
    await copyVerified(database.file, file);
    await standAlone(file, EPOCH, 'a comparison', backup);
  }
  const engine = openSqlite({ schema: project.schema, file });
  try {
    await upgrade({ engine, revisions: project.revisions, clock: backup.clock });
  } finally {
    await engine.close();
  }
}

const cardsHeld = ({ kysely }: Session, userId: bigint) =>
  kysely
    .selectFrom('card')
    .innerJoin('deck', 'deck.id', 'card.deck_id')
    .innerJoin('user_deck', 'user_deck.deck_id', 'deck.id')
    .select(['card.id', 'card.deck_id', 'card.note_id', 'user_deck.is_owner'])
    .where('user_deck.user_id', '=', userId)
    .where(isHeld())
    .where('deck.deleted_at', 'is', null)
    .where('card.deleted_at', 'is', null)
    .orderBy('card.id')
    .limit(CARDS)
    .execute();

/** Users who hold cards, those with most answers first. */
async function holders(session: Session, wanted: number) {
  const found: { user: User; cards: Awaited<ReturnType<typeof cardsHeld>> }[] = [];
  for (const user of await busiestUsers(session, wanted * 2)) {
    const cards = await cardsHeld(session, user.id);
    if (cards.length > 0) found.push({ user, cards });
    if (found.length === wanted) break;
  }
  return found;
}

/** The same, each with a login. */
const logIn = (database: Database, wanted: number): Promise<Student[]> =>
  database.write(async (session) => {
    const students: Student[] = [];
    for (const { user, cards } of await holders(session, wanted))
      students.push({
        token: await openLogin(session, user, { kind: 'api', days: 1 }),
        deckIds: [...new Set(cards.map(({ deck_id }) => String(deck_id)))].slice(0, DECKS),
        cardIds: cards.map(({ id }) => String(id)),
        ownCardIds: cards.filter(({ note_id, is_owner }) => is_owner && note_id === null).map(({ id }) => String(id)),
      });
    return students;
  });

async function countOf(database: Database, table: 'user' | 'card' | 'study_log'): Promise<number> {
  const { n } = await database.read(({ kysely }) =>
    kysely
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<bigint>().as('n'))
      .executeTakeFirstOrThrow(),
  );
  return Number(n);
}

async function fill(settings: Settings, model: Model, options: CopyOptions): Promise<void> {
  const { events } = options;
  events.phase('model', `making up ${model.users} users with ${model.reviewsPerUser} answers each (seed ${model.seed})`);
  events.expect(model.users);
  await addModelled(settings, model, systemClock(), () => {
    options.signal.throwIfAborted();
    events.rows('user', 1);
  });
}

async function moveTo(url: string, base: string, { events, newId, rules, rulesFile }: CopyOptions): Promise<number> {
  const { schema, revisions } = project;
  const move = { schema, sourceFile: base, targetUrl: url, workFolder: join(dirname(base), 'move'), events };
  await runMove({ ...move, revisions, rules, rulesFile, isStartingOver: false, clock: systemClock(), newId });
  await indexTarget(url, true);
  const verdict = await verifyMove({ ...move, isParanoid: false });
  if (!verdict.isEqual)
    throw new FlashcaseError('FC_MOVE_FAILED', {
      what: 'The two copies do not hold the same, so that their times say nothing.',
      hint: 'flashcase move rehearse names the differences; please report them.',
      details: { verdict },
    });
  // Statistics as a server has them after its first night.
  await withPostgres(url, (postgres) => postgres.script('VACUUM ANALYZE'));
  return verdict.tables.reduce((rows, table) => rows + table.rows, 0);
}

/**
 * Makes the two copies that are measured, from one online copy of what serves: a file beside the SQLite file, a database on the PostgreSQL server, with the
 * same rows. The database that serves is only read. Throws `FC_DB_DISK_FULL` before it begins, and what a move throws for values PostgreSQL cannot hold.
 */
export async function makeCopies(scratch: Scratch, options: CopyOptions): Promise<Copies> {
  const { settings, sides, model, seed, signal, events } = options;
  const reviewsPerUser = model.reviewsPerUser ?? REVIEWS_PER_USER;
  const modelBytes = (model.users ?? options.students) * reviewsPerUser * REVIEW_BYTES;
  // The copy, the side's own, and what the move lays beside it.
  refuseWithoutSpace(
    scratch.folder,
    3 * ((await bytesOf(settings)) + modelBytes),
    'A comparison',
    'Make room, or take fewer users: --users, --reviews-per-user.',
  );
  const base = join(scratch.folder, 'base.db');
  await copySource(base, options);
  signal.throwIfAborted();
  const baseSettings: Settings = { ...settings, database: { engine: 'sqlite', file: base }, directUrl: undefined };
  const open = (): Database => openDatabase(baseSettings, systemClock());
  // Two clients that act as one person meet at that person's rows, which is a limit of the load and not of a database.
  const users = model.users ?? (await missing(open(), options.students));
  if (users > 0) await fill(baseSettings, { users, reviewsPerUser, seed }, options);
  const database = open();
  let students: Student[];
  let counts: Pick<BenchResult['data'], 'users' | 'cards' | 'reviews'>;
  try {
    students = await logIn(database, options.students);
    await settleSearch(database);
    counts = {
      users: await countOf(database, 'user'),
      cards: await countOf(database, 'card'),
      reviews: await countOf(database, 'study_log'),
    };
    await database.engine.dedicated((connection) => connection.script('ANALYZE'));
  } finally {
    await database.close();
  }
  let comparedRows = 0;
  const urls: string[] = [];
  for (const [number, side] of sides.entries()) {
    signal.throwIfAborted();
    if (side.engine === 'sqlite') {
      const file = join(scratch.folder, `side${number}.db`);
      copyFileSync(base, file);
      urls.push(`sqlite:///${file}`);
    } else {
      events.phase('copy', `copying to ${side.where}`);
      const url = scratch.databaseUrls.get(side.url) as string;
      comparedRows = await moveTo(url, base, options);
      urls.push(url);
    }
  }
  return {
    urls: urls as [string, string],
    students,
    data: {
      ...counts,
      students: students.length,
      comparedRows,
      modelled: users > 0 ? { users, reviewsPerUser } : undefined,
    },
  };
}

async function missing(database: Database, wanted: number): Promise<number> {
  try {
    return wanted - (await database.read((session) => holders(session, wanted))).length;
  } finally {
    await database.close();
  }
}
