// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { engines, newestServers } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { Journal } from '../support/journal.ts';
import { chooseSeed, runLoad, seededRandom } from '../support/load.ts';
import { httpRequests, httpViolations, submitHttp } from '../support/load-http.ts';
import { populate, type Student } from '../support/load-population.ts';
import { ServerProcess } from '../support/load-server.ts';

const CLIENTS = 16;

for (const target of newestServers(engines())) {
  describe(`stopping and doubling the server on ${target.name}`, { skip: target.skip }, () => {
    /** Loads some servers on one database, lets `during` act, and returns the journal with what is wrong in the database. */
    async function underLoad(
      serverCount: number,
      seed: number,
      during: (servers: ServerProcess[], acknowledged: (count: number) => Promise<void>) => Promise<void>,
    ) {
      const place = await target.withTables();
      const database = await openFresh(place);
      const journal = await Journal.create();
      const load = new AbortController();
      const servers: ServerProcess[] = [];
      let answered = 0;
      // Counted, not timed: a busy machine writes as few in a second as an idle one in a moment.
      const acknowledged = async (count: number): Promise<void> => {
        for (let wait = 0; answered < count; wait++) {
          assert.ok(wait < 6000, `only ${answered} of ${count} requests were acknowledged in a minute`);
          await delay(10);
        }
      };
      try {
        const students = await populate(database, { students: CLIENTS / 2, deckSizes: [10] });
        for (let number = 0; number < serverCount; number++) servers.push(await ServerProcess.start(place));
        const counts = runLoad(
          {
            clients: CLIENTS,
            journal,
            next: httpRequests(0, students, seededRandom(seed)),
            async submit(request, client) {
              const server = servers[(client + Number(request.key.split('t')[1])) % servers.length] as ServerProcess;
              const answer = await submitHttp(server.base, students[client % students.length] as Student, request);
              if (answer.outcome === 'ok') answered++;
              return answer;
            },
          },
          load.signal,
        );
        await during(servers, acknowledged);
        load.abort();
        const { ok, unknown } = await counts;
        const operations = await journal.operations();
        const unknownAsFailed = operations.map((operation) =>
          operation.outcome === 'unknown' ? { ...operation, outcome: 'fail' as const } : operation,
        );
        return {
          ok,
          unknown,
          operations,
          violations: await httpViolations(database, operations),
          unanswered: await httpViolations(database, unknownAsFailed),
        };
      } finally {
        load.abort();
        for (const server of servers) await server.end('SIGTERM');
        await database.close();
        await journal.close();
        await place.drop();
      }
    }

    test('SIGTERM under load: nothing acknowledged is lost, nothing is answered with a server error, the exit code is 0', async (context) => {
      const seed = chooseSeed();
      const { ok, unknown, operations, violations, unanswered } = await underLoad(1, seed, async ([server], acknowledged) => {
        assert.ok(server !== undefined);
        await acknowledged(40);
        assert.equal(await server.end('SIGTERM'), 0, server.output);
      });
      context.diagnostic(`seed ${seed}: ${ok} acknowledged, ${unknown} without an answer`);
      assert.deepEqual(violations, []);
      // What the server did it also answered: a lost answer was a request it never took.
      assert.deepEqual(unanswered, []);
      assert.deepEqual(
        operations.filter(({ outcome, answer }) => outcome === 'fail' && String(answer).startsWith('5')),
        [],
      );
    });

    test('two servers on one database under load: no client sees an error, everything adds up', async (context) => {
      const seed = chooseSeed();
      const { ok, operations, violations } = await underLoad(2, seed, (_, acknowledged) => acknowledged(100));
      context.diagnostic(`seed ${seed}: ${ok} acknowledged`);
      assert.deepEqual(violations, []);
      assert.deepEqual(
        operations.filter(({ outcome }) => outcome === 'fail'),
        [],
      );
    });
  });
}
