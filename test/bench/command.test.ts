// slow
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { BenchResult } from '../../src/ops/bench/bench-result.ts';
import { childEnv } from '../support/child-env.ts';
import { engines, type Target } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { populate } from '../support/load-population.ts';

const bin = fileURLToPath(new URL('../../bin/flashcase.mjs', import.meta.url));
const [sqlite, postgres, other] = engines() as [Target, Target, Target];
const TINY = ['--clients', '1,2', '--seconds', '0.3', '--rounds', '1', '--seed', '11'];

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const envOf = (url: string): Record<string, string> => childEnv({ DATABASE_URL: url, PORT: '1', NO_COLOR: '1' });

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const bench = (folder: string, url: string, ...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [bin, 'bench', ...args], { cwd: folder, env: envOf(url), maxBuffer: 1 << 26 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });

const resultOf = ({ code, out, err }: Ended): BenchResult => {
  assert.equal(code, 0, `${out}${err}`);
  return JSON.parse(out.trim().split('\n').at(-1) as string) as BenchResult;
};

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** The scratch databases there are; other tests may be making theirs. */
const scratchOn = async (url: string): Promise<string[]> =>
  (await ask(url, "SELECT datname FROM pg_database WHERE datname LIKE 'flashcase_bench_%'")).map(({ datname }) =>
    String(datname),
  );

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Every row of every table of a PostgreSQL database but the audit trail, where the command leaves its own trace. */
async function digestOf(url: string): Promise<string> {
  const tables = await ask(
    url,
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname NOT LIKE 'audit%' ORDER BY 1",
  );
  const hash = createHash('sha256');
  for (const { relname } of tables) {
    const rows = await ask(url, `SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) AS digest FROM "${String(relname)}" AS t`);
    hash.update(`${String(relname)} ${String(rows[0]?.digest)}\n`);
  }
  return hash.digest('hex');
}

function assertMeasured(result: BenchResult): void {
  assert.equal(result.isCountEqual, true);
  for (const side of result.sides) {
    assert.deepEqual(side.counted, side.sent, `${side.name} counted what it was sent`);
    assert.deepEqual(
      side.steps.map(({ clients }) => clients),
      [1, 2],
    );
    assert.ok(
      side.steps.every(({ requests, failed }) => requests > 0 && failed === 0),
      JSON.stringify(side.steps),
    );
    assert.ok(side.steps.every(({ cost }) => cost.serverRssBytes > 1_000_000 && cost.serverCpuSeconds > 0));
    assert.ok(side.diskBytes > 100_000);
  }
  assert.deepEqual(
    result.sides.map(({ engine }) => engine),
    ['sqlite', 'postgres'],
    'the side one would leave first',
  );
  assert.ok(result.data.comparedRows > 0);
  // A third of a second is too little for a 99th percentile, and it says so.
  assert.equal(result.verdict.finding, 'too-few');
}

describe('flashcase bench', { skip: postgres.skip, concurrency: false }, () => {
  test('from SQLite against PostgreSQL: both servers count exactly what they were sent, the file and the server are as before', {
    timeout: 300_000,
  }, async (t) => {
    const source = await sqlite.fresh();
    t.after(() => source.drop());
    const database = await openFresh(source);
    await populate(database, { students: 2, deckSizes: [20], isStudied: true });
    await database.close();
    const file = source.url.slice('sqlite:///'.length);
    const before = hashOf(file);
    const target = await postgres.fresh();
    t.after(() => target.drop());
    const folder = folderOf(t);
    const known = await scratchOn(target.url);
    const page = join(folder, 'page.html');

    const result = resultOf(await bench(folder, source.url, '--against', target.url, ...TINY, '--report', page, '--json'));
    assertMeasured(result);
    assert.deepEqual([result.data.users, result.data.cards, result.data.modelled], [2, 40, undefined]);
    assert.equal(result.seed, 11);
    assert.equal(hashOf(file), before, 'the file was only read');
    assert.equal(existsSync(`${file}.bench`), false);
    assert.deepEqual(await scratchOn(target.url), known);
    assert.deepEqual(
      await ask(target.url, "SELECT 1 FROM pg_class WHERE relname = 'deck'"),
      [],
      'nothing is in the named database',
    );
    assert.match(readFileSync(page, 'utf8'), /No verdict: 99 of 100 needs 200 writes a step/);
  });

  test('from PostgreSQL against a new SQLite file, with made-up users: the rows of the database that serves are as before', {
    timeout: 300_000,
  }, async (t) => {
    const source = await postgres.fresh();
    t.after(() => source.drop());
    const database = await openFresh(source);
    await populate(database, { students: 1, deckSizes: [10] });
    await database.close();
    const before = await digestOf(source.url);
    const known = await scratchOn(source.url);
    const folder = folderOf(t);
    const file = join(folder, 'other.db');

    const ended = await bench(
      folder,
      source.url,
      '--against',
      `sqlite:///${file}`,
      ...TINY,
      '--users',
      '2',
      '--reviews-per-user',
      '8',
      '--json',
    );
    const result = resultOf(ended);
    assertMeasured(result);
    assert.deepEqual([result.data.modelled, result.data.students], [{ users: 2, reviewsPerUser: 8 }, 2]);
    assert.deepEqual([result.data.users, result.data.cards, result.data.reviews], [3, 50, 16]);
    assert.equal(await digestOf(source.url), before);
    assert.deepEqual(await scratchOn(source.url), known);
    assert.equal(existsSync(file), false, 'the copy was made beside the file that was named');
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('bench')),
      [],
    );
  });

  /** Starts a comparison that measures for an hour, and waits until it does. */
  async function startLong(folder: string, url: string, against: string): Promise<ChildProcess> {
    const args = ['bench', '--against', against, '--clients', '1', '--seconds', '3600', '--rounds', '1', '--users', '1'];
    const child = spawn(process.execPath, [bin, ...args, '--reviews-per-user', '4'], {
      cwd: folder,
      env: envOf(url),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    while (!said.includes('round 1 of 1')) {
      assert.equal(child.exitCode, null, said);
      await delay(20);
    }
    return child;
  }

  test('killed by -9 its servers end, and the next run removes what it left, by name; what is not its own stays', {
    timeout: 300_000,
  }, async (t) => {
    const folder = folderOf(t);
    const target = await postgres.fresh();
    const foreign = `flashcase_bench_of_somebody_${process.pid}`;
    await ask(target.url, `CREATE DATABASE ${foreign}`);
    t.after(async () => {
      await ask(target.url, `DROP DATABASE ${foreign}`);
      await target.drop();
    });
    const file = join(folder, 'new.db');
    const url = `sqlite:///${file}`;
    const child = await startLong(folder, url, target.url);
    const { databases } = JSON.parse(readFileSync(join(`${file}.bench`, 'bench.json'), 'utf8')) as {
      databases: { name: string }[];
    };
    const left = databases[0]?.name as string;
    assert.ok((await scratchOn(target.url)).includes(left));
    const killed = once(child, 'exit');
    // The process that measures is a child of the starter where the starter is another Node.
    process.kill(pidOfRecord(`${file}.bench`), 'SIGKILL');
    await killed;
    while ((await ask(target.url, `SELECT 1 FROM pg_stat_activity WHERE datname = '${left}'`)).length > 0) await delay(50);

    if (other.skip === false) {
      const elsewhere = await other.fresh();
      t.after(() => elsewhere.drop());
      const { code, err } = await bench(folder, url, '--against', elsewhere.url, ...TINY);
      assert.equal(code, 1);
      assert.match(err, new RegExp(`left the database ${left} on another server`));
      assert.ok(existsSync(`${file}.bench`), 'the record stays');
    } else t.diagnostic(other.skip);
    const again = resultOf(
      await bench(folder, url, '--against', target.url, ...TINY, '--users', '1', '--reviews-per-user', '4', '--json'),
    );
    assertMeasured(again);
    const now = await scratchOn(target.url);
    assert.equal(now.includes(left), false);
    assert.ok(now.includes(foreign), 'a database that only has such a name stays');
    assert.equal(existsSync(`${file}.bench`), false);
    assert.equal(existsSync(file), false, 'an installation without a file still has none');
  });

  /** Lets no database of a comparison be dropped, from when it is there on; gives its name. */
  async function keepScratch(folder: string, server: string, isEnded: () => boolean): Promise<string> {
    const record = join(folder, 'bench.json');
    while (!existsSync(record)) {
      assert.equal(isEnded(), false);
      await delay(20);
    }
    const { databases } = JSON.parse(readFileSync(record, 'utf8')) as { databases: { name: string }[] };
    const name = databases[0]?.name as string;
    while ((await ask(server, `SELECT 1 FROM pg_database WHERE datname = '${name}'`)).length === 0) {
      assert.equal(isEnded(), false);
      await delay(20);
    }
    await ask(server, `ALTER DATABASE ${name} IS_TEMPLATE true`);
    return name;
  }
  const letGo = async (server: string, name: string): Promise<void> => {
    await ask(server, `ALTER DATABASE ${name} IS_TEMPLATE false`);
    await ask(server, `DROP DATABASE ${name}`);
  };

  test('each client is a user of its own, made up where there are too few; what was measured is told where the copies cannot be removed, and what is left', {
    timeout: 300_000,
  }, async (t) => {
    const source = await sqlite.fresh();
    t.after(() => source.drop());
    const database = await openFresh(source);
    await populate(database, { students: 1, deckSizes: [20], isStudied: true });
    await database.close();
    const file = source.url.slice('sqlite:///'.length);
    const target = await postgres.fresh();
    let name = '';
    t.after(async () => {
      if (name !== '') await letGo(target.url, name);
      await target.drop();
    });
    let isEnded = false;
    const args = ['--against', target.url, ...TINY, '--reviews-per-user', '8', '--json'];
    const running = bench(folderOf(t), source.url, ...args).finally(() => {
      isEnded = true;
    });
    name = await keepScratch(`${file}.bench`, target.url, () => isEnded);
    const ended = await running;
    const { data } = resultOf(ended);
    assert.deepEqual([data.users, data.students, data.modelled], [2, 2, { users: 1, reviewsPerUser: 8 }]);
    assert.match(ended.err, /What the comparison made could not be removed/);
    assert.match(ended.err, new RegExp(`where .*bench.*${name}`));
    assert.match(ended.err, /cannot drop a template database/);
    assert.ok(existsSync(join(`${file}.bench`, 'bench.json')), 'the record stays for the next run');
  });

  test('after Ctrl-C it does not say that nothing is left where something is', { timeout: 300_000 }, async (t) => {
    const folder = folderOf(t);
    const target = await postgres.fresh();
    let name = '';
    t.after(async () => {
      if (name !== '') await letGo(target.url, name);
      await target.drop();
    });
    const file = join(folder, 'new.db');
    const child = await startLong(folder, `sqlite:///${file}`, target.url);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    name = await keepScratch(`${file}.bench`, target.url, () => child.exitCode !== null);
    const ended = once(child, 'close');
    process.kill(pidOfRecord(`${file}.bench`), 'SIGINT');
    const [code] = (await ended) as [number];
    assert.equal(code, 130, said);
    assert.match(said, new RegExp(`could not be removed[\\s\\S]*${name}[\\s\\S]*Stopped\\. What is left is named above`));
  });

  test('Ctrl-C ends it with 130, and nothing is left', { timeout: 300_000 }, async (t) => {
    const folder = folderOf(t);
    const target = await postgres.fresh();
    t.after(() => target.drop());
    const file = join(folder, 'new.db');
    const child = await startLong(folder, `sqlite:///${file}`, target.url);
    const { databases } = JSON.parse(readFileSync(join(`${file}.bench`, 'bench.json'), 'utf8')) as {
      databases: { name: string }[];
    };
    const ended = once(child, 'exit');
    process.kill(pidOfRecord(`${file}.bench`), 'SIGINT');
    const [code] = (await ended) as [number];
    assert.equal(code, 130);
    assert.equal(existsSync(`${file}.bench`), false);
    assert.equal((await scratchOn(target.url)).includes(databases[0]?.name as string), false);
  });

  test('it refuses a target with an installation, one engine twice, a folder of somebody else, and options out of range', {
    timeout: 120_000,
  }, async (t) => {
    const folder = folderOf(t);
    const installed = await postgres.fresh();
    t.after(() => installed.drop());
    await (await openFresh(installed)).close();
    const file = join(folder, 'new.db');
    const url = `sqlite:///${file}`;
    const refused = async (expected: RegExp, source: string, ...args: string[]): Promise<void> => {
      const { code, err } = await bench(folder, source, ...args);
      assert.equal(code, 1, err);
      assert.match(err, expected);
    };
    await refused(/FC_MOVE_TARGET_UNFIT: The database of --against holds FlashCase's tables/, url, '--against', installed.url);
    await refused(/FC_INPUT_INVALID: Both sides are SQLite files/, url, '--against', `${url}2`);
    await refused(/FC_INPUT_INVALID: --against names the database that serves/, installed.url, '--against', installed.url);
    await refused(/FC_INPUT_INVALID: --against is not a database URL/, url, '--against', 'nonsense');
    await refused(/each greater than the one before/, url, '--against', installed.url, '--clients', '4,1');
    await refused(
      /FC_INPUT_INVALID: --report names a folder that is not there/,
      url,
      '--against',
      installed.url,
      '--report',
      'no/page.html',
    );
    writeFileSync(file, 'of somebody');
    await refused(/The file of --against is there and has data/, installed.url, '--against', url);
    assert.equal(readFileSync(file, 'utf8'), 'of somebody');
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.bench')),
      [],
    );
  });
});

/** The process that measures, as it has noted itself down. */
function pidOfRecord(folder: string): number {
  const { by } = JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8')) as { by: string };
  return Number(/pid (\d+)$/.exec(by)?.[1]);
}
