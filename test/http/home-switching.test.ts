// slow
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../move/library.ts';
import { childEnv } from '../support/child-env.ts';
import { engines, type Target } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { checkFreshReads } from '../support/fresh-reads.ts';
import { populate } from '../support/load-population.ts';
import { ServerProcess } from '../support/load-server.ts';

const bin = fileURLToPath(new URL('../../bin/flashcase.mjs', import.meta.url));
const target = engines().find(({ name }) => name === 'postgres 18') as Target;

describe('servers that run on PostgreSQL', { skip: target.skip }, () => {
  test('a live move home under load: no request fails and no read is old, the servers turn to a file they did not know of, and back', async (t) => {
    const place = await target.fresh();
    t.after(() => place.drop());
    const folder = temporaryFolder(t);
    const file = join(folder, 'home.db');
    const database = await openFresh(place);
    const students = await populate(database, { students: 4, deckSizes: [5] });
    await database.close();
    const run = (...args: string[]): Promise<string> =>
      new Promise((resolve, reject) => {
        execFile(
          process.execPath,
          [bin, ...args],
          { cwd: folder, env: childEnv({ DATABASE_URL: place.url }), maxBuffer: 1 << 26 },
          (error, out, err) => (error === null ? resolve(out) : reject(new Error(`${args.join(' ')}: ${out}${err}`))),
        );
      });
    const running = [await ServerProcess.start(place), await ServerProcess.start(place)];
    for (const one of running) t.after(() => one.end('SIGKILL'));
    const load = new AbortController();
    t.after(() => load.abort());
    const reads = checkFreshReads(students.slice(0, 2), (request) => (running[request % 2] as ServerProcess).base, load.signal);
    await run('move', 'start', '--to', file);
    // A server keeps the file level, without being told or started again.
    const isFollowed = async (): Promise<boolean> => {
      const { state } = JSON.parse(await run('move', 'status', '--json')) as { state: { follower: string | null } };
      return running.some(({ process: { pid } }) => state.follower?.includes(`pid ${pid}`) === true);
    };
    while (!(await isFollowed())) await delay(200);
    for (const turn of ['rollback', 'cutover', 'rollback']) {
      // A switch that was given up on a machine with too much to do is typed again, as an operator would.
      for (let tries = 1; ; tries++) {
        const given = await run('move', turn, '--limit', '9000').catch((error: Error) => error);
        if (typeof given === 'string') break;
        if (tries === 5) throw given;
      }
      await delay(500);
    }
    load.abort();
    const { reads: answered, problems } = await reads;
    t.diagnostic(`${answered} reads`);
    assert.deepEqual(problems.slice(0, 5), []);
    for (const one of running) {
      const ready = (await (await fetch(`${one.base}/ready`)).json()) as { engine?: unknown };
      assert.match(JSON.stringify(ready), /sqlite/i);
      await one.end('SIGTERM');
    }
    assert.match(await run('move', 'abort'), /The target was left as it is/);
    const home = await ServerProcess.start({ url: `sqlite:///${file}` });
    t.after(() => home.end('SIGKILL'));
    const answer = await fetch(`${home.base}/api/v1/auth/me`, { headers: { authorization: `Bearer ${students[0]?.token}` } });
    assert.equal(answer.status, 200);
  });
});
