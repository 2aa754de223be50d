// slow
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/db/clock.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { holderOf } from '../../src/revisions/holder.ts';
import { readLedger } from '../../src/revisions/ledger.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { schema } from '../../src/schema/index.ts';
import { revisions } from '../../src/versions/index.ts';
import { openEngine } from '../engine/open.ts';
import { childEnv } from '../support/child-env.ts';
import { engines, type Place } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';

const head = revisions.at(-1) as Revision;

const here = resolve(fileURLToPath(import.meta.url), '..');
const folder = mkdtempSync(join(tmpdir(), 'flashcase-serve-schema-'));
const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Server {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** Its address, or the exit code where it ended instead. */
  readonly outcome: Promise<string | number>;
}

/** Starts a server: FlashCase itself, or a release with the named contract. */
function serve(place: Place, whenPending: string, contract?: string): Server {
  const script =
    contract === undefined ? [join(here, '../../bin/flashcase.mjs'), 'serve'] : [join(here, 'serve-project.child.ts'), contract];
  const child = spawn(process.execPath, script, {
    cwd: folder,
    env: {
      ...childEnv(),
      PORT: '0',
      DATABASE_URL: place.url,
      DB_REVISIONS: whenPending,
      ...(place.directUrl === undefined ? {} : { DATABASE_DIRECT_URL: place.directUrl }),
    },
  });
  running.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const outcome = new Promise<string | number>((done) => {
    child.stdout.on('data', () => {
      const url = /FlashCase is at (http:\S+)/.exec(said)?.[1];
      if (url !== undefined) done(url);
    });
    child.once('close', (code) => done(code ?? -1));
  });
  return { child, said: () => said, outcome };
}

async function stop(server: Server): Promise<void> {
  const gone = once(server.child, 'close');
  server.child.kill('SIGTERM');
  await gone;
  running.delete(server.child);
}

async function addressOf(server: Server): Promise<string> {
  const url = await server.outcome;
  assert.equal(typeof url, 'string', server.said());
  return url as string;
}

async function ready(url: string): Promise<[number, string]> {
  const answer = await fetch(`${url}/ready`);
  return [answer.status, ((await answer.json()) as { schema: string }).schema];
}

async function refused(server: Server, code: string, ...texts: RegExp[]): Promise<void> {
  assert.equal(await server.outcome, 1, server.said());
  assert.ok(server.said().includes(code), server.said());
  assert.doesNotMatch(server.said(), /\n {4}at /);
  for (const text of texts) assert.match(server.said(), text);
}

for (const target of engines().filter(({ name }) => name === 'sqlite' || name === 'postgres 18')) {
  describe(`servers and the schema on ${target.name}`, { skip: target.skip }, () => {
    /** A database at today's head. Revision 9000 ends when it is let go on. */
    const onFirst = (work: (place: Place, engine: Engine, goOn: () => Promise<void>) => Promise<void>) => async () => {
      const place = await target.fresh();
      const engine = openEngine(place, { schema: schema({}) });
      try {
        await (await openFresh(place)).close();
        await engine.dedicated((connection) => connection.script('CREATE TABLE go_on (id INTEGER)'));
        // On SQLite the revision holds the file's write lock: its sign is a file beside it.
        await work(place, engine, async () => {
          if (engine.capabilities.isLocalFile) writeFileSync(`${engine.location}.go-on`, '');
          else await engine.dedicated((connection) => connection.script('INSERT INTO go_on VALUES (1)'));
        });
      } finally {
        await engine.close();
        await place.drop();
      }
    };

    test('checklist 162, F28: five servers start at once on an empty database: the schema is made once, and all serve', {
      timeout: 120_000,
    }, async () => {
      const place = await target.fresh();
      const engine = openEngine(place, { schema: schema({}) });
      try {
        const servers = Array.from({ length: 5 }, () => serve(place, 'wait'));
        for (const server of servers) assert.deepEqual(await ready(await addressOf(server)), [200, 'ok']);
        assert.equal(servers.filter((server) => /^revision 0001/m.test(server.said())).length, 1);
        assert.equal((await engine.dedicated((connection) => readLedger(connection, engine))).length, revisions.length);
        await Promise.all(servers.map(stop));
      } finally {
        await engine.close();
        await place.drop();
      }
    });

    test(
      'servers that start during a long revision wait and name who is at it, end and name who is at it, or serve the old schema meanwhile',
      { timeout: 120_000 },
      onFirst(async (place, engine, goOn) => {
        const busy = serve(place, 'wait', 'new');
        for (;;) {
          const holder = await engine.dedicated((connection) => holderOf(connection, engine, systemClock()));
          if (holder?.revision === '9000') break;
          assert.equal(busy.child.exitCode, null, busy.said());
          await delay(20);
        }
        const waiting = serve(place, 'wait', 'new');
        const failing = serve(place, 'fail', 'new');
        const old = serve(place, 'serve-old', 'new, runs on today’s');
        const strict = serve(place, 'serve-old', 'new');
        const named = new RegExp(`pid ${busy.child.pid} on ${hostname()}.* applying revision 9000 for \\d+ s`);
        await refused(failing, 'FC_REVISION_LOCKED', named, /DB_REVISIONS=wait/);
        await refused(strict, 'FC_REVISION_LOCKED', named);
        const url = await addressOf(old);
        assert.deepEqual(await ready(url), [200, `at ${head.id}, older than this code (9000)`]);
        assert.match(old.said(), new RegExp(`at ${head.id}, older than this code \\(9000\\); this code can serve it`));

        for (; !named.test(waiting.said()); await delay(20)) assert.equal(waiting.child.exitCode, null, waiting.said());
        await goOn();
        for (const server of [busy, waiting]) assert.deepEqual(await ready(await addressOf(server)), [200, 'ok']);
        assert.deepEqual(await ready(url), [200, 'ok'], 'the schema is looked at anew each time');
        await Promise.all([busy, waiting, old].map(stop));
      }),
    );

    test(
      'when the server that changes the schema is killed, a waiting one does it',
      { timeout: 120_000 },
      onFirst(async (place, _, goOn) => {
        const busy = serve(place, 'wait', 'new');
        const waiting = serve(place, 'wait', 'new');
        for (; !/Waiting: .*revision 9000/.test(busy.said() + waiting.said()); ) {
          assert.equal(busy.child.exitCode ?? waiting.child.exitCode, null, busy.said() + waiting.said());
          await delay(20);
        }
        const [holder, other] = /Waiting/.test(waiting.said()) ? [busy, waiting] : [waiting, busy];
        holder.child.kill('SIGKILL');
        await goOn();
        assert.deepEqual(await ready(await addressOf(other)), [200, 'ok']);
        assert.match(other.said(), /revision 9000 later/);
        await stop(other);
      }),
    );

    test(
      'a server that must not change the schema ends where anything is pending, unless its code runs on the older schema',
      { timeout: 120_000 },
      onFirst(async (place) => {
        const servers = [
          serve(place, 'fail', 'new'),
          serve(place, 'fail', 'new, runs on today’s'),
          serve(place, 'serve-old', 'new'),
        ];
        for (const server of servers)
          await refused(
            server,
            'FC_REVISION_PENDING',
            new RegExp(`at ${head.id}, older than this code \\(9000\\)`),
            /flashcase db upgrade/,
          );
        const old = serve(place, 'serve-old', 'new, runs on today’s');
        assert.deepEqual(await ready(await addressOf(old)), [200, `at ${head.id}, older than this code (9000)`]);
        await stop(old);
      }),
    );

    test(
      'F20: a database newer than the code: one sentence and exit code 1, whatever the setting; unless the code says that it runs on it',
      { timeout: 120_000 },
      onFirst(async (place, _, goOn) => {
        await goOn();
        const first = serve(place, 'wait', 'new');
        await addressOf(first);
        const settings = ['wait', 'fail', 'serve-old'];
        for (const server of settings.map((whenPending) => serve(place, whenPending, 'old')))
          await refused(
            server,
            'FC_REVISION_UNKNOWN',
            new RegExp(
              `The database is at revision 9000 later, which is newer than this code \\(it knows ${head.id} ${head.name}\\)\\.`,
            ),
          );
        for (const server of settings.map((whenPending) => serve(place, whenPending, 'old, runs on 9000'))) {
          assert.deepEqual(await ready(await addressOf(server)), [200, `at 9000, newer than this code (${head.id})`]);
          assert.match(server.said(), new RegExp(`at 9000, newer than this code \\(${head.id}\\); this code can serve it`));
          await stop(server);
        }
        await stop(first);
      }),
    );

    test('an empty database is left empty by a server that must not change it', { timeout: 120_000 }, async () => {
      const place = await target.fresh();
      try {
        for (const whenPending of ['fail', 'serve-old'])
          await refused(serve(place, whenPending), 'FC_REVISION_PENDING', /at no revision, older than this code/);
      } finally {
        await place.drop();
      }
    });
  });
}
