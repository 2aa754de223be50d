import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { withSqlite } from '../../src/move/live/sides.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { recover } from '../../src/move/switch/recover.ts';
import { fillDisk, type SmallDisk, smallDisk } from '../support/faults.ts';
import { type Proxy as Network, startProxy } from '../support/proxy.ts';
import { startPostgres, type TestServer } from '../support/servers.ts';
import { contentOf, library } from './library.ts';
import { librarySource, liveOptionsFor, onPostgres, onSqlite, runVerb, runVerbThrough, type Verb } from './live.ts';
import { STEPS as SWITCH_STEPS, writableSides } from './live-kill.ts';

/** Every named step of a live move. */
export const STEPS = { ...SWITCH_STEPS, finish: ['decided', 'postgres cleared', 'copied', 'kept', 'removed'] } as const;

/** What happens to a move at a step. `silence`: the network swallows every byte and tells nobody. */
export type Fault = 'server' | 'cut' | 'silence' | 'disk of the file' | 'disk of the server';

export interface Round {
  readonly verb: keyof typeof STEPS;
  readonly step: string;
}

export const everyStep = (): Round[] =>
  Object.entries(STEPS).flatMap(([verb, steps]) => steps.map((step): Round => ({ verb: verb as Round['verb'], step })));

/** In these steps users' writes wait: the command may not wait for a network that is gone. */
const PAUSE = ['prepared', 'registered', 'held', 'drained', 'verified'];
/** A command that nobody waits for may wait for the network. It is given this long before the network ends its connections. */
const SILENT_MS = 4000;
/** Who waits for longer hangs; then the network ends its connections too, so that the test can say so. */
const HANGING_MS = 60_000;

interface Disks {
  readonly file: SmallDisk;
  readonly server: SmallDisk;
}

/** A server of its own behind a network of its own, and a folder for files; both disks can be filled. */
export class FaultyPlace {
  readonly #disks: Disks;
  readonly #bin: string;
  /** What an undisturbed move leaves. */
  expected: string | undefined;
  #server: TestServer;
  readonly #network: Network;
  #databases = 0;

  private constructor(disks: Disks, bin: string, server: TestServer, network: Network) {
    this.#disks = disks;
    this.#bin = bin;
    this.#server = server;
    this.#network = network;
  }

  /** @returns why it cannot be had here, or the place. */
  static async open(bin: string): Promise<FaultyPlace | string> {
    const [file, server] = [smallDisk(340), smallDisk(320)];
    if (typeof file === 'string' || typeof server === 'string')
      return [file, server].find((one) => typeof one === 'string') as string;
    // The server runs as another user than this process when this is root.
    chmodSync(dirname(server.path), 0o755);
    const started = await startPostgres({ bin, dataDir: join(server.path, 'data'), fsync: true, settings: SMALL });
    return new FaultyPlace({ file, server }, bin, started, await startProxy(started.url));
  }

  async close(): Promise<void> {
    await this.#network.close();
    await this.#server.stop();
    this.#disks.file.remove();
    this.#disks.server.remove();
  }

  /** A new database, named as a command reaches it and as it is. */
  async database(): Promise<{ readonly url: string; readonly direct: string }> {
    const name = `move_${++this.#databases}`;
    await onPostgres(this.#server.url, (client) => client.query(`CREATE DATABASE ${name}`));
    const at = (url: string): string => url.replace(/postgres$/, name);
    return { url: at(this.#network.url), direct: at(this.#server.url) };
  }

  /** With what every move begins. */
  get sourceFile(): string {
    return join(this.#disks.file.path, 'source.db');
  }

  /** A folder for the file of one move; empty. */
  folder(): string {
    const folder = join(this.#disks.file.path, 'move');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    return folder;
  }

  /** Lets it happen. @returns what makes everything well again. */
  async strike(fault: Fault): Promise<() => Promise<void>> {
    switch (fault) {
      case 'cut':
        this.#network.cut();
        return async () => this.#network.restore();
      case 'silence':
        this.#network.stall();
        return async () => this.#network.restore();
      case 'server':
        process.kill(this.#server.pid, 'SIGQUIT');
        await this.#gone();
        return () => this.#start();
      case 'disk of the file': {
        const free = fillDisk(this.#disks.file.path, 0);
        return async () => free();
      }
      case 'disk of the server': {
        const free = fillDisk(this.#disks.server.path, 0);
        return async () => {
          free();
          // Without room for its log a server ends itself.
          if (!(await this.#answers())) {
            await this.#server.kill();
            await this.#start();
          }
        };
      }
    }
  }

  async #gone(): Promise<void> {
    const isThere = (): boolean => {
      try {
        return process.kill(this.#server.pid, 0);
      } catch {
        return false;
      }
    };
    while (isThere()) await delay(20);
  }

  async #start(): Promise<void> {
    const { dataDir, port } = this.#server;
    this.#server = await startPostgres({ bin: this.#bin, dataDir, port, fsync: true, settings: SMALL });
  }

  async #answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.#server.url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('CREATE TEMPORARY TABLE probe AS SELECT 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => {});
    }
  }
}

const SMALL = { min_wal_size: '32MB', max_wal_size: '48MB', shared_buffers: '32MB' };

/** The same writes in every move, by number, on whichever side serves. Keys are given, so that no id depends on what was tried before. */
const writesOf = (n: number): string => `
  INSERT INTO book (id, author_id, body, stars, pages) VALUES (${5000 + n}, 1, 'written ${n}', ${n % 5}, ${n});
  UPDATE book SET stars = ${n % 7}, body = 'changed ${n}' WHERE id IN (${n}, ${100 + n}, 4999 + ${n});
  DELETE FROM placed WHERE book_id = ${3 * n};
  DELETE FROM book WHERE id = ${3 * n};`;

/** Everything the kept file holds. */
function contentOfFile(file: string): string {
  const queries = [
    ...Object.keys(library.tables).map((name) => `SELECT * FROM "${name}" ORDER BY 1, 2, 3`),
    'SELECT * FROM sqlite_sequence ORDER BY 1',
    'SELECT name, sql FROM sqlite_schema ORDER BY 1',
  ];
  return onSqlite(file, (db) => queries.map((sql) => JSON.stringify(db.prepare(sql).all())).join('\n'));
}

/**
 * A whole live move, there, back, there again and finished, with a few writes on each side: undisturbed, or with one fault at one step. After the fault at
 * most one side takes writes, after anybody looked exactly one does, and the same command goes on.
 * @returns everything both sides hold at the end.
 */
export async function disturbedMove(
  t: TestContext,
  place: FaultyPlace,
  disturbance?: Round & { readonly fault: Fault },
): Promise<string> {
  const file = join(place.folder(), 'source.db');
  copyFileSync(place.sourceFile, file);
  const { url, direct } = await place.database();
  const options = liveOptionsFor(file, direct);
  const what = disturbance === undefined ? 'undisturbed' : `${disturbance.fault} at ${disturbance.verb} ${disturbance.step}`;
  let hit = 0;

  const disturbed = async ({ verb, step, fault }: Round & { readonly fault: Fault }): Promise<void> => {
    const endsByItself = fault !== 'silence' || ((verb === 'cutover' || verb === 'rollback') && PAUSE.includes(step));
    const isEnded = { byItself: false };
    let healed: Promise<void> = Promise.resolve();
    const end = await runVerbThrough(verb, file, url, step, async (ended) => {
      const heal = await place.strike(fault);
      hit++;
      const byItself = ended.then(() => {
        isEnded.byItself = true;
      });
      healed = Promise.race([byItself, delay(endsByItself ? HANGING_MS : SILENT_MS)]).then(heal);
    });
    await healed;
    t.diagnostic(`${what}: ${end.steps.at(-1)}`);
    assert.ok(isEnded.byItself || !endsByItself, `${what}: the command hung`);
    assert.ok(end.steps.includes(step), `${what}: ${end.steps.join(' | ')}`);
  };
  const check = async (verb: Verb): Promise<void> => {
    if (!existsSync(file)) return;
    const before = await writableSides(file, direct);
    const { state } = await withSqlite(file, (sqlite) => recover(sqlite, options));
    const after = await writableSides(file, direct);
    if (state === undefined || state.phase === 'copying') return assert.ok(after.includes('sqlite'), what);
    assert.ok(before.length <= 1, `${what}: both take writes`);
    assert.equal(after.length, 1, `${what}, ${verb}: writable ${after.join()} in phase ${state.phase}`);
  };
  const command = async (verb: Round['verb'], from: 'sqlite' | 'postgres'): Promise<void> => {
    if (disturbance?.verb === verb && hit === 0) {
      await disturbed(disturbance);
      await check(verb);
      // It may have been decided before.
      const isDone = verb === 'finish' ? !existsSync(file) : verb !== 'start' && (await writableSides(file, direct))[0] !== from;
      if (isDone) return;
    }
    const end = await runVerb(verb, file, url);
    assert.equal(end.steps.at(-1), 'finished', `${what}, then ${verb}: ${end.steps.join(' | ')}`);
  };
  const onFile = async (n: number): Promise<void> => onSqlite(file, (db) => db.exec(writesOf(n)));
  // A sequence that hands out ids leaps after a crash of the server; one that is set does not.
  const onServer = (n: number): Promise<unknown> =>
    onPostgres(direct, (client) => client.query(`${writesOf(n)} SELECT setval('book_id_seq', ${5000 + n})`));
  const compare = async (): Promise<void> => {
    const { isEqual, tables, fenceProblems } = await verifyLive(options, { events: options.events, isParanoid: false });
    assert.ok(
      isEqual,
      `${what}: ${JSON.stringify([tables.flatMap(({ differences }) => differences).slice(0, 5), fenceProblems])}`,
    );
  };

  await onFile(1);
  await command('start', 'sqlite');
  await onFile(2);
  await command('cutover', 'sqlite');
  await onServer(3);
  await compare();
  await command('rollback', 'postgres');
  await onFile(4);
  await compare();
  await command('cutover', 'sqlite');
  await onServer(5);
  await command('finish', 'postgres');
  assert.equal(hit, disturbance === undefined ? 0 : 1);
  const kept = readdirSync(dirname(file)).find((name) => name.startsWith(`${basename(file)}.epoch`));
  return `${await contentOf(direct)}\n${contentOfFile(join(dirname(file), kept as string))}`;
}

/** Each fault at each of these steps, in a move of its own: each ends as the undisturbed one. */
export async function disturb(t: TestContext, place: FaultyPlace, fault: Fault, rounds: readonly Round[]): Promise<void> {
  if (place.expected === undefined) {
    copyFileSync(await librarySource(t, 1000), place.sourceFile);
    place.expected = await disturbedMove(t, place);
  }
  for (const round of rounds)
    assert.equal(await disturbedMove(t, place, { ...round, fault }), place.expected, `${fault} at ${round.verb} ${round.step}`);
}
