// slow
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { peerFileOf } from '../../src/db/peer.ts';
import { flashcase as tables } from '../../src/schema/flashcase.ts';
import { register } from '../../src/services/accounts.ts';
import { newestServers } from '../support/database.ts';
import { settingsFor } from '../support/fresh.ts';
import { legacyFile } from '../support/legacy.ts';
import { ServerProcess } from '../support/load-server.ts';
import { storedIn } from './home-pair.ts';
import { freshTarget, onTarget, server, servers, temporaryFolder } from './library.ts';

const bin = fileURLToPath(new URL('../../bin/flashcase.mjs', import.meta.url));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in a folder, as an operator would. */
function flashcase(folder: string, databaseUrl: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [bin, ...args],
      { cwd: folder, env: { ...process.env, DATABASE_URL: databaseUrl }, maxBuffer: 1 << 26 },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

/** A move home that is killed while it makes the file. */
async function killedRun(folder: string, url: string, file: string): Promise<void> {
  const running = spawn(process.execPath, [bin, 'move', 'run', '--to', file], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(running, 'close');
  for (const stream of [running.stdout, running.stderr])
    stream.on('data', (chunk) => {
      if (/copying rows/.test(String(chunk))) running.kill('SIGKILL');
    });
  assert.deepEqual(await ended, [null, 'SIGKILL']);
}

const OWNER = { username: 'owner', password: 'correct horse' } as const;

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
type Body = any;

async function ask(
  base: string,
  token: string,
  path: string,
  method = 'GET',
  body?: object,
): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${base}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Everything one user may read, page by page, with each answer's text. */
async function answersOf(base: string, token: string): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const get = async (path: string): Promise<Body> => {
    const { status, text } = await ask(base, token, path);
    // A card nobody studied is due now, whenever that is.
    const settled = text.replaceAll(/"due_date":"([^"]+)"/g, (found, at: string) =>
      Math.abs(Date.parse(`${at}Z`) - Date.now()) < 60_000 ? '"due_date":"now"' : found,
    );
    answers.set(path, `${status} ${settled}`);
    return status === 200 ? JSON.parse(text) : undefined;
  };
  await get('/auth/me');
  await get('/reports/');
  const decks: Body[] = [];
  for (let page = await get('/decks/?limit=100'); page?.length > 0; page = await get(`/decks/?limit=100&after=${page.at(-1).id}`))
    decks.push(...page);
  assert.ok(decks.length > 5);
  for (const { id } of decks) {
    for (const path of [`/decks/${id}`, `/decks/${id}/metadata`, `/study/session/${id}`]) await get(path);
    const cards = await get(`/cards/?deck_id=${id}&limit=100`);
    for (const card of (cards ?? []).slice(0, 3)) await get(`/cards/${card.id}`);
  }
  await get('/decks/?school=Harvard');
  await get('/cards/999999999');
  return answers;
}

/** A server that does not outlive its test. */
async function started(t: TestContext, url: string): Promise<ServerProcess> {
  const running = await ServerProcess.start({ url });
  t.after(() => running.end('SIGKILL'));
  return running;
}

/** A PostgreSQL that serves: adopted from a real file, moved there offline, with work of its own since. */
async function servingPostgres(
  t: TestContext,
  folder: string,
  file: string,
  url: string,
): Promise<{ token: string; answers: Map<string, string> }> {
  const source = `sqlite:///${file}`;
  assert.equal((await flashcase(folder, source, 'db', 'adopt')).code, 0);
  const database = openDatabase(settingsFor({ url: source }), systemClock());
  await register(database, { ...OWNER, email: 'owner@law.edu', isAdmin: true });
  await database.close();
  const run = await flashcase(folder, source, 'move', 'run', '--to', url);
  assert.equal(run.code, 0, run.err);
  const postgres = await started(t, url);
  try {
    const login = await fetch(`${postgres.base}/api/v1/auth/login`, { method: 'POST', body: new URLSearchParams(OWNER) });
    const { access_token: token } = (await login.json()) as { access_token: string };
    const deck = JSON.parse(
      (await ask(postgres.base, token, '/decks/', 'POST', { name: 'On PostgreSQL 😀', is_public: false })).text,
    );
    for (let i = 0; i < 3; i++) {
      const card = JSON.parse(
        (await ask(postgres.base, token, '/cards/', 'POST', { deck_id: deck.id, front: `front ${i}`, back: 'back' })).text,
      );
      const review = await ask(postgres.base, token, `/study/review/${card.id}`, 'POST', { quality: 3 });
      assert.ok(review.status < 500, review.text);
    }
    return { token, answers: await answersOf(postgres.base, token) };
  } finally {
    await postgres.end('SIGTERM');
  }
}

describe('flashcase move --to a file, from PostgreSQL', { concurrency: false }, () => {
  for (const target of newestServers(servers())) {
    test(`a real file goes to PostgreSQL, is used there, and comes home: the same answers, the same logins (${target.name})`, {
      skip: target.skip,
    }, async (t) => {
      const place = legacyFile(2);
      t.after(() => place.drop());
      const folder = temporaryFolder(t);
      const url = await freshTarget(t, target);
      const { token, answers } = await servingPostgres(t, folder, place.file, url);
      const file = join(folder, 'home.db');
      const plan = await flashcase(folder, url, 'move', 'plan', '--to', file);
      assert.equal(plan.code, 0, plan.err);
      assert.match(plan.out, /nobody else is connected[\s\S]*Everything converts exactly[\s\S]*Next: flashcase move run --to/);
      const run = await flashcase(folder, url, 'move', 'run', '--to', file, '--paranoid');
      assert.equal(run.code, 0, run.err);
      assert.match(
        run.out,
        /rows came home, none missing; every table is equal, by digests and by texts[\s\S]*set DATABASE_URL=sqlite:\/\/\/\//,
      );
      assert.doesNotMatch(run.out + run.err + plan.out, /:[^/:@\s]+@/);
      for (const flags of [[], ['--paranoid'], ['--json']]) {
        const verify = await flashcase(folder, `sqlite:///${file}`, 'move', 'verify', '--from', url, '--to', file, ...flags);
        assert.equal(verify.code, 0, verify.out + verify.err);
      }
      // The move alone: what people did on PostgreSQL is in neither of the files that were there before.
      const home = await started(t, `sqlite:///${file}`);
      const after = await answersOf(home.base, token);
      assert.deepEqual([...after.keys()], [...answers.keys()]);
      for (const [path, answer] of answers) assert.equal(after.get(path), answer, path);
      t.diagnostic(`${answers.size} answers are the same`);
      await home.end('SIGTERM');
      // Servers that still look at PostgreSQL find the file, and nobody writes PostgreSQL.
      const late = await started(t, url);
      assert.equal((await ask(late.base, token, '/decks/', 'POST', { name: 'late', is_public: false })).status, 201);
      await late.end('SIGTERM');
      assert.match(late.output, /DATABASE_URL is out of date/);
      assert.match(storedIn(file, tables), /late/);
      await assert.rejects(onTarget(url, "UPDATE deck SET name = 'lost'"), { code: 'FC001' });
      const check = await flashcase(folder, `sqlite:///${file}`, 'db', 'check');
      assert.equal(check.code, 0, check.out + check.err);
      assert.equal((await flashcase(folder, url, 'move', 'verify', '--from', url, '--to', file)).code, 3);
    });
  }

  test('exit codes: 2 while something cannot go, 1 for what is not offered or taken, 0 again for a run that was done', {
    skip: server().skip,
  }, async (t) => {
    const folder = temporaryFolder(t);
    const url = await freshTarget(t);
    const file = join(folder, 'home.db');
    assert.equal((await flashcase(folder, url, 'db', 'upgrade')).code, 0);
    const toPostgres = await flashcase(folder, url, 'move', 'plan', '--to', url);
    assert.deepEqual([toPostgres.code, /From one PostgreSQL to another FlashCase moves nothing/.test(toPostgres.err)], [1, true]);
    const both = await flashcase(folder, `sqlite:///${join(folder, 'a.db')}`, 'move', 'run', '--to', file);
    assert.deepEqual([both.code, /Both sides are SQLite files/.test(both.err)], [1, true]);
    await onTarget(url, 'CREATE TABLE notes_by_cron (x int); INSERT INTO notes_by_cron VALUES (1)');
    const open = await flashcase(folder, url, 'move', 'plan', '--to', `sqlite:///${file}`, '--json');
    assert.equal(open.code, 2);
    assert.match(open.out, /"kind":"unknown_table"/);
    assert.equal((await flashcase(folder, url, 'move', 'run', '--to', file)).code, 2);
    assert.deepEqual(readdirSync(folder), []);
    const run = await flashcase(folder, url, 'move', 'run', '--to', file, '--leave-unknown', '--json');
    assert.equal(run.code, 0, run.err);
    assert.match(run.out, /"event":"result"/);
    assert.equal((await flashcase(folder, url, 'move', 'run', '--to', file)).code, 0);
    const elsewhere = await flashcase(folder, url, 'move', 'run', '--to', `${file}.other`);
    assert.deepEqual([elsewhere.code, /on its way home to/.test(elsewhere.err)], [1, true]);
    const abort = await flashcase(folder, url, 'move', 'abort');
    assert.deepEqual([abort.code, /has its name, and is the primary/.test(abort.err)], [1, true], abort.err);
  });

  test('a run that was killed: status says that PostgreSQL is closed, why, and what goes on or ends it; each does what it says', {
    skip: server().skip,
  }, async (t) => {
    const folder = temporaryFolder(t);
    const url = await freshTarget(t);
    const file = join(folder, 'home.db');
    assert.equal((await flashcase(folder, url, 'db', 'upgrade')).code, 0);
    const status = async (...args: string[]): Promise<string> => {
      // The server needs a moment to see that the process is gone.
      for (;;) {
        const { code, out, err } = await flashcase(folder, url, 'move', 'status', ...args);
        assert.equal(code, 0, err);
        if (!/being made|"making"/.test(out)) return out;
        await delay(200);
      }
    };
    const takesWrites = (): Promise<boolean> =>
      onTarget(url, "INSERT INTO deck (name) VALUES ('x')").then(
        () => true,
        ({ code }) => code !== 'FC001',
      );
    const before = await flashcase(folder, url, 'move', 'status');
    assert.deepEqual([before.code, /was not moved from an SQLite file/.test(before.err)], [1, true]);

    await killedRun(folder, url, file);
    const text = await status();
    assert.match(text, /^Move mv-\w+ from \S+ home to \S+home\.db$/m);
    assert.match(text, /INTERRUPTED/);
    assert.match(text, /PostgreSQL +CLOSED for writes since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC.*would not be in the file/);
    assert.match(text, /Next: flashcase move run --to '\S+home\.db' {2}\| {2}flashcase move abort$/m);
    assert.equal(JSON.parse(await status('--json')).standing, 'interrupted');
    assert.equal(await takesWrites(), false);
    const named = await flashcase(folder, `sqlite:///${file}`, 'move', 'status', '--from', url);
    assert.match(named.out, /INTERRUPTED/, named.err);
    const unnamed = await flashcase(folder, `sqlite:///${file}`, 'move', 'status');
    assert.deepEqual([unnamed.code, /name the PostgreSQL database/.test(unnamed.err)], [1, true], unnamed.err);

    assert.equal((await flashcase(folder, url, 'move', 'abort')).code, 0);
    assert.equal(await takesWrites(), true);
    assert.equal((await flashcase(folder, url, 'move', 'status')).code, 1);

    await killedRun(folder, url, file);
    assert.equal((await flashcase(folder, url, 'move', 'run', '--to', file)).code, 0);
    assert.match(
      await status(),
      /over; the file is the primary[\s\S]*for good: the data is in the file[\s\S]*set DATABASE_URL=sqlite:/,
    );
    rmSync(file);
    assert.match(await status(), /NOT THERE[\s\S]*--accept-loss/);
  });

  test('after a finished live move the file comes home to its old name, and a new live move can begin', {
    skip: server().skip,
  }, async (t) => {
    const folder = temporaryFolder(t);
    const url = await freshTarget(t);
    const file = join(folder, 'flashcase.db');
    const at = `sqlite:///${file}`;
    const run = async (database: string, ...args: string[]): Promise<string> => {
      const { code, out, err } = await flashcase(folder, database, ...args);
      assert.equal(code, 0, `${args.join(' ')}: ${out}${err}`);
      return out;
    };
    await run(at, 'db', 'upgrade');
    await run(at, 'move', 'start', '--to', url);
    const underway = await flashcase(folder, url, 'move', 'run', '--from', url, '--to', `${file}.home`);
    assert.deepEqual([underway.code, /FC_MOVE_UNDERWAY/.test(underway.err)], [1, true]);
    await run(at, 'move', 'cutover', '--limit', '9000');
    await run(at, 'move', 'finish', '--yes');
    assert.equal(existsSync(file), false);
    assert.equal(existsSync(peerFileOf(file)), true);
    await run(url, 'move', 'run', '--to', file);
    assert.equal(existsSync(peerFileOf(file)), false);
    const home = await started(t, at);
    await home.end('SIGTERM');
    const next = await freshTarget(t);
    await run(at, 'move', 'start', '--to', next);
    await run(at, 'move', 'cutover', '--limit', '9000');
    await run(at, 'move', 'rollback', '--limit', '9000');
    await run(at, 'move', 'abort');
  });
});
