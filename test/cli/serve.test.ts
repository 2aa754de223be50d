// slow
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childEnv } from '../support/child-env.ts';
import { engines } from '../support/database.ts';
import { freePort, startPostgres } from '../support/servers.ts';

const entry = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');
const folder = mkdtempSync(join(tmpdir(), 'flashcase-cli-'));
const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** The exit code, or the signal. */
  readonly ended: Promise<number | string>;
}

function flashcase(args: readonly string[], env: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, [entry, ...args], { cwd: folder, env: childEnv(env) });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(() => {
    running.delete(child);
    return child.exitCode ?? (child.signalCode as string);
  });
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Starts a server and waits for its address. */
async function serve(env: Readonly<Record<string, string>>): Promise<Started & { url: string }> {
  const started = flashcase(['serve'], { PORT: '0', ...env });
  for (;;) {
    const url = /FlashCase is at (http:\S+)/.exec(started.stdout())?.[1];
    if (url !== undefined) return { ...started, url };
    if (started.child.exitCode !== null) throw new Error(`the server did not start: ${started.stderr()}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** Runs a command that fails, and returns what it said: one message, no stack, no secret. */
async function refusal(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const run = flashcase(args, env);
  assert.equal(await run.ended, 1, run.stdout() + run.stderr());
  assert.equal(run.stdout(), '');
  const message = run.stderr().slice(run.stderr().indexOf('FC_'));
  assert.doesNotMatch(message, /\n {4}at |geheim/);
  assert.match(message, /^FC_[A-Z_]+: .+\n/);
  assert.match(message, /\n {2}next {3}\S/);
  return message;
}

const post = (url: string, body: object | URLSearchParams, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: body instanceof URLSearchParams ? headers : { 'content-type': 'application/json', ...headers },
    body: body instanceof URLSearchParams ? body : JSON.stringify(body),
  });

describe('what an operator sees of flashcase serve', () => {
  test('every wrong setting in one message, before anything is opened', async () => {
    const said = await refusal(['serve'], { PORT: 'eighty', TRUST_PROXY: 'my proxy', DATABASE_URL: 'mysql://root:geheim@db/x' });
    assert.match(said, /FC_SETTINGS_INVALID: 3 settings are not usable/);
    for (const name of ['PORT', 'TRUST_PROXY', 'DATABASE_URL']) assert.match(said, new RegExp(name));
  });

  test('a port that is taken is named', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const said = await refusal(['serve', '--port', String(port)], {});
    other.close();
    assert.match(said, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}.*\\n {2}why {4}another program listens there`));
  });

  test('a file that is no database, a folder that is missing and a folder in its place are told apart', async () => {
    writeFileSync(join(folder, 'text.db'), 'Dear diary');
    mkdirSync(join(folder, 'folder.db'));
    assert.match(await refusal(['serve'], { DATABASE_URL: 'sqlite:///./text.db' }), /^FC_DB_CORRUPT: .*not an SQLite database/);
    assert.match(await refusal(['serve'], { DATABASE_URL: 'sqlite:///./none/x.db' }), /^FC_DB_UNREACHABLE: The folder/);
    assert.match(await refusal(['serve'], { DATABASE_URL: 'sqlite:///./folder.db' }), /^FC_DB_UNREACHABLE: The database file/);
  });

  test('a PostgreSQL that is not there is named without its password', async () => {
    const port = await freePort();
    const said = await refusal(['serve'], { DATABASE_URL: `postgresql://flash:geheim@127.0.0.1:${port}/flash` });
    assert.match(
      said,
      new RegExp(`^FC_DB_UNREACHABLE: PostgreSQL cannot be reached\\.\\n {2}where {2}127\\.0\\.0\\.1:${port}/flash`),
    );
  });

  test('a user command on a new database says what is missing', async () => {
    assert.match(
      await refusal(['user', 'list'], { DATABASE_URL: 'sqlite:///./new.db' }),
      /^FC_REVISION_PENDING: [\s\S]*flashcase db upgrade/,
    );
  });

  test('standard output is the address; logs are lines of JSON without a secret; a stop is quick and clean', async () => {
    const server = await serve({ DATABASE_URL: 'sqlite:///./logged.db', LOG_LEVEL: 'trace' });
    const account = { email: 'anna@law.edu', username: 'anna', password: 'geheim-1234' };
    assert.equal((await post(`${server.url}/api/v1/auth/register`, account)).status, 201);
    const form = new URLSearchParams({ username: 'anna', password: 'geheim-1234' });
    const login = await post(`${server.url}/api/v1/auth/login`, form);
    const { access_token } = (await login.json()) as { access_token: string };
    const session = await post(`${server.url}/api/v1/auth/session`, { username: 'anna', password: 'geheim-1234' });
    const cookie = session.headers.getSetCookie()[0]?.split(';')[0] as string;
    await fetch(`${server.url}/api/v1/decks/?search=geheim`, { headers: { authorization: `Bearer ${access_token}` } });
    await fetch(`${server.url}/api/v1/decks/`, { headers: { cookie } });
    await post(`${server.url}/api/v1/auth/login`, new URLSearchParams({ username: 'anna', password: 'geheim-falsch' }));

    const started = performance.now();
    server.child.kill('SIGTERM');
    assert.equal(await server.ended, 0);
    assert.ok(performance.now() - started < 5000);
    assert.match(server.stdout(), /^FlashCase is at http:\/\/127\.0\.0\.1:\d+ {2}\(data: .*logged\.db\)\n$/);
    const lines = server
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    const requests = lines.filter((line) => line.msg === 'request');
    assert.deepEqual(
      requests.map((line) => `${line.method} ${line.path} ${line.status}`),
      [
        'POST /api/v1/auth/register 201',
        'POST /api/v1/auth/login 200',
        'POST /api/v1/auth/session 200',
        'GET /api/v1/decks/ 200',
        'GET /api/v1/decks/ 200',
        'POST /api/v1/auth/login 401',
      ],
    );
    assert.equal(lines.filter((line) => /plain http/.test(line.msg)).length, 1, 'one warning about plain http');
    for (const secret of ['geheim', access_token, cookie.split('=')[1] as string, '$argon2']) {
      assert.ok(!server.stderr().includes(secret), `the log holds ${secret}`);
    }
  });

  const [, postgres] = engines();
  test('a PostgreSQL that does not sync is served with a warning that says what to set', {
    skip: postgres?.skip ?? false,
  }, async () => {
    for (const [fsync, expected] of [
      [false, ['fsync', 'full_page_writes']],
      [true, []],
    ] as const) {
      const database = await startPostgres({ fsync });
      const server = await serve({ DATABASE_URL: database.url, LOG_LEVEL: 'warn' });
      server.child.kill('SIGTERM');
      await server.ended;
      await database.stop();
      const warned = [...server.stderr().matchAll(/PostgreSQL runs with (\w+) = off: .*? Next: set \1 = on/g)];
      assert.deepEqual(
        warned.map(([, name]) => name),
        expected,
      );
    }
  });

  test('PostgreSQL may go and come back: clear refusals meanwhile, and no restart of FlashCase', {
    skip: postgres?.skip ?? false,
  }, async () => {
    // With syncs: a killed server must come back with its tables.
    let database = await startPostgres({ fsync: true });
    const { port } = database;
    const server = await serve({ DATABASE_URL: database.url, LOG_LEVEL: 'fatal', DB_POOL_TIMEOUT: '2' });
    try {
      const ask = async (path: string) => {
        const answer = await fetch(`${server.url}${path}`, { headers: { authorization: 'Bearer fc_x' } });
        return {
          status: answer.status,
          retryAfter: answer.headers.get('retry-after'),
          body: (await answer.json()) as Record<string, unknown>,
        };
      };
      assert.equal((await ask('/ready')).status, 200);
      await database.kill();
      const refused = await ask('/api/v1/decks/');
      assert.deepEqual([refused.status, refused.body.code, refused.retryAfter], [503, 'FC_DB_UNREACHABLE', '1']);
      assert.doesNotMatch(JSON.stringify(refused.body), /127\.0\.0\.1|ECONN/);
      const ready = await ask('/ready');
      assert.deepEqual([ready.status, ready.body.database], [503, 'FC_DB_UNREACHABLE']);
      assert.equal((await ask('/health')).status, 200);
      database = await startPostgres({ dataDir: database.dataDir, port, fsync: true });
      assert.equal((await ask('/ready')).status, 200);
      assert.equal((await ask('/api/v1/decks/')).status, 401);
    } finally {
      server.child.kill('SIGTERM');
      await server.ended;
      await database.stop();
      rmSync(resolve(database.dataDir, '..'), { recursive: true, force: true });
    }
  });
});
