// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { engines, newestServers, type Place } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { checkFreshReads } from '../support/fresh-reads.ts';
import { HandMove } from '../support/hand-move.ts';
import { Journal } from '../support/journal.ts';
import { chooseSeed, runLoad, seededRandom } from '../support/load.ts';
import { httpRequests, httpViolations, submitHttp } from '../support/load-http.ts';
import { populate, type Student } from '../support/load-population.ts';
import { ServerProcess } from '../support/load-server.ts';

const [sqliteTarget, ...postgresTargets] = newestServers(engines());
const CLIENTS = 16;
const ROUNDS = 2;
/** Writes acknowledged between two switches. */
const WRITES = 60;

interface Installation {
  readonly move: HandMove;
  readonly students: readonly Student[];
  serve(env?: Readonly<Record<string, string>>): Promise<ServerProcess>;
}

/** A file with students, its copy in PostgreSQL, and servers on it. */
async function onInstallation(
  target: (typeof postgresTargets)[number],
  work: (installation: Installation) => Promise<void>,
): Promise<void> {
  const [sqlite, postgres] = [await (sqliteTarget as NonNullable<typeof sqliteTarget>).fresh(), await target.fresh()] as [
    Place,
    Place,
  ];
  const servers: ServerProcess[] = [];
  try {
    const database = await openFresh(sqlite);
    const students = await populate(database, { students: CLIENTS / 2, deckSizes: [10] });
    await database.close();
    const move = await HandMove.begin(sqlite, postgres);
    try {
      await work({
        move,
        students,
        async serve(env = {}) {
          const server = await ServerProcess.start(sqlite, { env });
          servers.push(server);
          return server;
        },
      });
    } finally {
      for (const server of servers) await server.end('SIGTERM');
      await move.end();
    }
  } finally {
    await sqlite.drop();
    await postgres.drop();
  }
}

for (const target of postgresTargets) {
  describe(`servers of an installation over SQLite and ${target.name}`, { skip: target.skip }, () => {
    test('two servers, 16 clients, switches there and back: no request fails, no read is old, nothing is lost or doubled', async (context) => {
      await onInstallation(target, async ({ move, students, serve }) => {
        const servers = [await serve(), await serve()];
        const base = (request: number) => (servers[request % servers.length] as ServerProcess).base;
        const journal = await Journal.create();
        const seed = chooseSeed();
        const load = new AbortController();
        const reads = checkFreshReads(students.slice(0, 3), base, load.signal);
        let acknowledged = 0;
        const lost: unknown[] = [];
        let sent = 0;
        const counts = runLoad(
          {
            clients: CLIENTS,
            journal,
            next: httpRequests(0, students, seededRandom(seed)),
            async submit(request, client) {
              try {
                const answer = await submitHttp(base(sent++), students[client % students.length] as Student, request);
                acknowledged++;
                return answer;
              } catch (error) {
                lost.push(error);
                throw error;
              }
            },
          },
          load.signal,
        );
        const more = async (): Promise<void> => {
          const enough = acknowledged + WRITES;
          while (acknowledged < enough) await delay(5);
        };
        try {
          for (let round = 0; round < ROUNDS; round++) {
            await more();
            while (!(await move.cutover())) await more();
            await more();
            while (!(await move.rollback())) await more();
          }
          await more();
          while (!(await move.cutover())) await more();
          await more();
        } finally {
          load.abort();
        }
        const { ok } = await counts;
        const { reads: answered, problems } = await reads;
        context.diagnostic(`seed ${seed}: ${ok} writes, ${answered} reads`);
        assert.deepEqual(problems.slice(0, 5), []);
        const operations = await journal.operations();
        const failed = operations.filter(({ outcome }) => outcome === 'fail');
        assert.deepEqual(failed.slice(0, 5), []);
        assert.deepEqual(lost, []);
        assert.deepEqual(await httpViolations(move.serving('postgres'), operations), []);
        await journal.close();
      });
    });

    test('a server killed while its writes are held comes back on the side that took over, and doubles no review', async () => {
      await onInstallation(target, async ({ move, students, serve }) => {
        const [student] = students as [Student];
        const cardId = student.decks[0]?.cardIds[0];
        const review = (server: ServerProcess) =>
          fetch(`${server.base}/api/v1/study/review/${cardId}`, {
            method: 'POST',
            headers: { authorization: `Bearer ${student.token}`, 'content-type': 'application/json', 'idempotency-key': 'once' },
            body: JSON.stringify({ quality: 4 }),
          });
        const first = await serve();
        await move.carry('postgres');
        await move.turn('sqlite', 'holding');
        const lost = review(first).then(
          () => 'answered',
          () => 'no answer',
        );
        // It is asked for its gate after the review has arrived.
        const ready = (await (await fetch(`${first.base}/ready`)).json()) as { gate: string };
        assert.equal(ready.gate, 'holding');
        await first.end('SIGKILL');
        assert.equal(await lost, 'no answer');
        // It starts while the gate holds: it reads, and its writes wait.
        const second = await serve();
        const waiting = review(second);
        await move.decide('postgres');
        await move.turn('postgres', 'open');
        const answer = await (await waiting).json();
        assert.deepEqual(await (await review(second)).json(), answer);
        const third = await serve();
        assert.match(third.output, /DATABASE_URL is out of date/);
        assert.deepEqual(await (await review(third)).json(), answer);
        const logs = await move.serving('postgres').read(({ kysely }) => kysely.selectFrom('study_log').selectAll().execute());
        assert.equal(logs.length, 1);
      });
    });
  });
}
