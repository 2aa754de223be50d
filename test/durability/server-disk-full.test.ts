import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fillDisk, smallDisk } from '../support/faults.ts';
import { openFresh } from '../support/fresh.ts';
import { Journal } from '../support/journal.ts';
import { chooseSeed, runLoad, seededRandom } from '../support/load.ts';
import { httpRequests, httpViolations, submitHttp } from '../support/load-http.ts';
import { populate, type Student } from '../support/load-population.ts';
import { ServerProcess } from '../support/load-server.ts';

const CLIENTS = 8;

const disk = smallDisk(16);
describe('a server whose disk is full', { skip: typeof disk === 'string' && disk }, () => {
  after(() => typeof disk === 'object' && disk.remove());

  test('D4: writes are answered 507 FC_DB_DISK_FULL, reads are answered, nothing acknowledged is lost, writing resumes by itself', async (context) => {
    assert.ok(typeof disk === 'object');
    const place = { url: `sqlite:///${join(disk.path, 'flashcase.db')}` };
    const seed = chooseSeed();
    const random = seededRandom(seed);
    const database = await openFresh(place);
    const journal = await Journal.create();
    const students = await populate(database, { students: CLIENTS, deckSizes: [10] });
    const server = await ServerProcess.start(place);
    let refused = 0;
    const load = (round: number, turns: number, limit = Number.POSITIVE_INFINITY) => {
      const next = httpRequests(round, students, random);
      return runLoad(
        {
          clients: CLIENTS,
          journal,
          next: (client, turn) => (turn >= turns || refused >= limit ? undefined : next(client, turn)),
          async submit(request, client) {
            const answer = await submitHttp(server.base, students[client] as Student, request);
            if (answer.outcome === 'fail') {
              assert.equal(answer.code, '507 FC_DB_DISK_FULL');
              refused++;
            }
            return answer;
          },
        },
        new AbortController().signal,
      );
    };
    try {
      assert.deepEqual(await load(0, 10), { ok: CLIENTS * 10, fail: 0, unknown: 0 });
      const free = fillDisk(disk.path, 300_000);
      const full = await load(1, 1000, 40);
      context.diagnostic(`seed ${seed}: ${full.ok} on the way to full, ${full.fail} refused`);
      assert.ok(full.fail >= 40);
      assert.equal(full.unknown, 0);
      const [student] = students;
      const session = await fetch(`${server.base}/api/v1/study/session/${student?.decks[0]?.id}`, {
        headers: { authorization: `Bearer ${student?.token}` },
      });
      assert.equal(session.status, 200);
      assert.deepEqual(await httpViolations(database, await journal.operations()), []);
      free();
      refused = 0;
      assert.deepEqual(await load(2, 10), { ok: CLIENTS * 10, fail: 0, unknown: 0 });
      assert.deepEqual(await httpViolations(database, await journal.operations()), []);
      const [checked] = await database.read(({ connection }) => connection.query('PRAGMA integrity_check'));
      assert.deepEqual(checked, { integrity_check: 'ok' });
    } finally {
      await server.end('SIGTERM');
      await database.close();
      await journal.close();
    }
  });
});
