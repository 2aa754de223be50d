// slow
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { writeAnkiPackage } from '../../src/formats/anki/write-package.ts';
import type { Entry } from '../../src/formats/collection.ts';
import { childEnv } from '../support/child-env.ts';
import { engines, type Place } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { populate, type Student } from '../support/load-population.ts';
import { ServerProcess } from '../support/load-server.ts';

const [sqlite, newest] = engines();
const WORKERS = 3;
const entry = join(import.meta.dirname, '../../src/cli/main.ts');

describe('a server of several processes', { skip: newest?.skip ?? 'not run: no PostgreSQL here' }, () => {
  let place: Place;
  let server: ServerProcess;
  let students: Student[];
  before(async () => {
    place = await (newest as NonNullable<typeof newest>).withTables();
    const database = await openFresh(place);
    students = await populate(database, { students: 4, deckSizes: [4] });
    await database.close();
    server = await ServerProcess.start(place, { env: { WORKERS: String(WORKERS), BACKUP_SCHEDULE: 'off' } });
    await serving(WORKERS);
  });
  after(async () => {
    assert.equal(await server?.end('SIGTERM'), 0);
    await place?.drop();
  });

  const student = (at: number) => students[at % students.length] as Student;
  /** One figure of /metrics, added up over its labels. */
  async function figure(name: string): Promise<number> {
    // A process that is killed takes a request along that it had just taken on.
    const signal = AbortSignal.timeout(5000);
    const text = await (await fetch(`${server.base}/metrics`, { headers: { connection: 'close' }, signal })).text();
    const lines = text.split('\n').filter((line) => new RegExp(`^flashcase_${name}(\\{.*\\})? `).test(line));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }
  const serving = async (count: number) => {
    while ((await figure('workers').catch(() => 0)) !== count) await delay(50);
  };
  /** The processes that serve. */
  const processes = (): number[] =>
    readFileSync(`/proc/${server.process.pid}/task/${server.process.pid}/children`, 'utf8').trim().split(' ').map(Number);
  const headers = (at: number) => ({ authorization: `Bearer ${student(at).token}` });

  /** Reads and writes without a break, over connections that stay open, until told to stop. @returns how many were answered */
  async function load(work: () => Promise<void>): Promise<number> {
    const ending = new AbortController();
    let answered = 0;
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let i = 0; !ending.signal.aborted; i++) {
        const answer =
          i % 2 === 0
            ? await fetch(`${server.base}/api/v1/stats/today`, { headers: headers(client) })
            : await fetch(`${server.base}/api/v1/cards/`, {
                method: 'POST',
                headers: { ...headers(client), 'content-type': 'application/json' },
                body: JSON.stringify({ deck_id: Number(student(client).decks[0]?.id), front: `${client} ${i}`, back: 'rule' }),
              });
        await answer.arrayBuffer();
        assert.ok(answer.status < 300, `${answer.status}`);
        answered++;
      }
    });
    const all = Promise.all(clients);
    try {
      await Promise.race([work(), all]);
    } finally {
      ending.abort();
    }
    await all;
    return answered;
  }

  test('each process serves, and /metrics is that of all of them, whichever is asked', async () => {
    const before = await figure('http_requests_total');
    const asked = 60;
    for (let i = 0; i < asked; i++) {
      const answer = await fetch(`${server.base}/api/v1/auth/me`, { headers: { ...headers(i), connection: 'close' } });
      assert.equal(answer.status, 200);
    }
    const seen = await Promise.all(Array.from({ length: 9 }, () => figure('http_requests_total')));
    // The looks themselves are requests too, each counted when its answer has left.
    for (const count of seen) assert.ok(count >= before + asked && count <= before + asked + 40, `${count} after ${before}`);
    assert.equal(processes().length, WORKERS);
    assert.equal(await figure('pool_limit'), WORKERS * 30);
  });

  test('a rolling restart under load: every process is another one, no request fails, and no count falls', async () => {
    const old = processes();
    const before = await figure('http_requests_total');
    const answered = await load(async () => {
      server.process.kill('SIGHUP');
      while (processes().some((pid) => old.includes(pid)) || (await figure('workers')) !== WORKERS) await delay(50);
    });
    assert.ok(answered > 0);
    assert.equal(processes().length, WORKERS);
    assert.ok((await figure('http_requests_total')) >= before + answered, 'what those counted that are gone stays counted');
    assert.equal(await figure('worker_deaths_total'), 0);
  });

  test('a process that is killed is replaced, and the others serve on', async () => {
    const old = processes();
    process.kill(old[1] as number, 'SIGKILL');
    while ((await figure('worker_deaths_total').catch(() => 0)) < 1) await delay(50);
    await serving(WORKERS);
    assert.equal(processes().filter((pid) => old.includes(pid)).length, WORKERS - 1);
    assert.match(server.output, /workers: worker w\d+ ended with 1; another one is started/);
  });

  test('a file that comes in pieces is imported, whichever processes take them, also over a rolling restart', async () => {
    const call = async (method: string, path: string, body?: object | Buffer) => {
      const answer = await fetch(`${server.base}/api/v1/import/files${path}`, {
        method,
        headers: {
          ...headers(0),
          connection: 'close',
          ...(body === undefined
            ? {}
            : { 'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json' }),
        },
        ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) }),
      });
      const text = await answer.text();
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    };
    const file = await packageOf(40);
    const { id } = await call('POST', '');
    const piece = Math.ceil(file.length / 5);
    const old = processes();
    for (let at = 0; at < file.length; at += piece) {
      await call('PUT', `/${id}?at=${at}`, file.subarray(at, at + piece));
      if (at === 0) {
        server.process.kill('SIGHUP');
        // All that do not keep the file are gone.
        while (processes().filter((pid) => old.includes(pid)).length > 1) await delay(50);
      }
    }
    const until = async (what: string) => {
      for (;;) {
        const { state, report } = await call('POST', `/${id}/${what}`, { deck_id: null });
        if (state === 'done') return report;
      }
    };
    const preview = await until('preview');
    const report = await until('import');
    assert.equal(report.added, preview.added);
    assert.ok(report.added > 0);
    assert.deepEqual(await until('import'), report, 'asked again it is not imported twice');
    await call('DELETE', `/${id}`);
    while (processes().some((pid) => old.includes(pid))) await delay(50);
    await serving(WORKERS);
  });
});

const NOW = Date.UTC(2026, 1, 20, 9);

function* collection(notes: number): Generator<Entry> {
  yield { type: 'deck', key: 1, path: ['Torts'], description: '' };
  yield {
    ...{ type: 'note-type', key: 1, name: 'Basic', form: 'standard', fields: ['Front', 'Back'], css: '', sortField: 0 },
    templates: [{ name: 'Card 1', question: '{{Front}}', answer: '{{Back}}' }],
  };
  const at = { createdAt: NOW, modifiedAt: NOW };
  for (let key = 1; key <= notes; key++)
    yield { ...{ type: 'note', key, guid: `g${key}`, noteType: 1, tags: [], fields: [`Case ${key}`, `Rule ${key}`] }, ...at };
  for (let key = 1; key <= notes; key++)
    yield {
      ...{ type: 'card', key, note: key, ordinal: 0, deck: 1, ...at, stage: 'review', isSuspended: false, flag: 0 },
      ...{ due: { day: '2026-03-20' }, intervalDays: 30, ease: 2.5, reviewCount: 1, lapses: 0, stepsLeft: 0 },
    };
}

async function packageOf(notes: number): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-package-'));
  await writeAnkiPackage(join(folder, 'torts.apkg'), collection(notes), [], { now: NOW });
  const bytes = readFileSync(join(folder, 'torts.apkg'));
  rmSync(folder, { recursive: true });
  return bytes;
}

async function refused(env: Readonly<Record<string, string>>): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, [entry, 'serve', '--port', '0', '--workers', '2'], {
    env: childEnv(env),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  assert.equal(child.exitCode, 1);
  return said;
}

test('several processes on an SQLite file are refused with the way on; so is what a single server would refuse', async () => {
  const place = await (sqlite as NonNullable<typeof sqlite>).withTables();
  await (await openFresh(place)).close();
  assert.match(
    await refused({ DATABASE_URL: place.url, BACKUP_SCHEDULE: 'off' }),
    /FC_SETTINGS_INVALID: WORKERS is 2.*SQLite[\s\S]*next .*flashcase move plan/,
  );
  assert.match(await refused({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' }), /FC_DB_UNREACHABLE/);
  await place.drop();
});
