// slow
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Database } from '../../src/db/database.ts';
import { verifyDistribution } from '../../src/ops/distribute/verify.ts';
import { project } from '../../src/versions/project.ts';
import { type CitusCluster, citusDatabase, noCitus, nodePid, nodeUrl, startCitus } from '../support/citus.ts';
import type { Place } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { Journal } from '../support/journal.ts';
import { chooseSeed, runLoad, seededRandom } from '../support/load.ts';
import { type HttpWrite, httpRequests, httpViolations, submitHttp } from '../support/load-http.ts';
import { populate, type Student } from '../support/load-population.ts';
import { ServerProcess } from '../support/load-server.ts';

const CLIENTS = 8;

const verdictOf = ({ engine }: Database) => engine.dedicated((connection) => verifyDistribution(connection, engine, project));

describe('nodes of a distributed database under load', { skip: noCitus }, () => {
  let cluster: CitusCluster;
  let place: Place;
  let database: Database;
  let server: ServerProcess;
  let students: readonly Student[];
  let journal: Journal;
  let client: pg.Client;
  const random = seededRandom(chooseSeed());
  before(async () => {
    cluster = await startCitus();
    place = await citusDatabase(cluster.folder);
    database = await openFresh(place);
    students = await populate(database, { students: CLIENTS / 2, deckSizes: [10] });
    server = await ServerProcess.start(place);
    journal = await Journal.create();
    client = new pg.Client({ connectionString: place.url });
    await client.connect();
  });
  after(async () => {
    await client?.end();
    await server?.end('SIGTERM');
    await database?.close();
    await journal?.close();
    await cluster?.stop();
  });

  /** Reviews alone while a node is away: a card is written on every node, and has to wait for all. */
  const reviewsOnly = (round: number) => {
    const next = httpRequests(round, students, random);
    return (number: number, turn: number) => {
      for (let again = 0; ; again++) {
        const request = next(number, turn);
        if ((request.content as HttpWrite).kind === 'review' || again > 100) return request;
      }
    };
  };

  const studentOf = (number: number): Student => students[number % students.length] as Student;
  const acknowledgedOf = async (since: number): Promise<Set<string>> =>
    new Set(
      (await journal.operations())
        .slice(since)
        .filter(({ outcome }) => outcome === 'ok')
        .map(({ content }) => (content as HttpWrite & { kind: 'review' }).userId),
    );

  test('a shard that is moved to the other node while its people study loses nothing and doubles nothing', async () => {
    const ends = new AbortController();
    const counts = runLoad(
      {
        clients: CLIENTS,
        journal,
        next: reviewsOnly(1),
        submit: (request, number) => submitHttp(server.base, studentOf(number), request),
      },
      ends.signal,
    );
    const { rows } = await client.query(
      `SELECT s.shardid::text AS shard, p.nodename AS name, p.nodeport AS port,
         (SELECT nodeport FROM pg_dist_node WHERE groupid > 0 AND nodeport <> p.nodeport) AS other
       FROM pg_dist_shard s JOIN citus_shards p USING (shardid) WHERE s.logicalrelid = 'study_log'::regclass`,
    );
    for (const { shard, name, port, other } of rows)
      await client.query("SELECT citus_move_shard_placement($1, $2, $3, $2, $4, shard_transfer_mode => 'force_logical')", [
        shard,
        name,
        port,
        other,
      ]);
    ends.abort();
    const { ok, fail } = await counts;
    assert.ok(ok > 0, 'nobody was served');
    assert.equal(fail, 0);
    assert.deepEqual(await httpViolations(database, await journal.operations()), []);
  });

  test('a node that is killed: its people get a clear 503, the others go on; it comes back by itself, and nothing acknowledged is lost', async () => {
    const { rows } = await client.query(
      `SELECT u.id::text AS id, n.nodeport AS port FROM "user" u
         JOIN pg_dist_placement p ON p.shardid = get_shard_id_for_distribution_column('study_log', u.id) JOIN pg_dist_node n USING (groupid)`,
    );
    const lost = Number(new URL(nodeUrl(cluster.folder, 'worker1', 'x')).port);
    const theirs = new Set(rows.filter(({ port }) => port === lost).map(({ id }) => id as string));
    const ids = students.map(({ id }) => String(id));
    assert.ok(ids.some((id) => theirs.has(id)) && ids.some((id) => !theirs.has(id)), 'everybody is on one node');
    process.kill(nodePid(cluster.folder, 'worker1'), 'SIGKILL');
    const before = (await journal.operations()).length;
    const ends = new AbortController();
    const counts = runLoad(
      {
        clients: CLIENTS,
        journal,
        next: reviewsOnly(2),
        submit: (request, number) => submitHttp(server.base, studentOf(number), request),
      },
      ends.signal,
    );
    const others = ids.filter((id) => !theirs.has(id));
    const refusals = async () => (await journal.operations()).slice(before).filter(({ outcome }) => outcome === 'fail');
    let acknowledged = new Set<string>();
    while (!others.every((id) => acknowledged.has(id)) || (await refusals()).length === 0) {
      await delay(100);
      acknowledged = await acknowledgedOf(before);
    }
    for (const { answer, content } of await refusals()) {
      assert.equal(answer, '503 FC_DB_UNREACHABLE');
      assert.ok(theirs.has((content as HttpWrite & { kind: 'review' }).userId), 'somebody of the other node was refused');
    }
    const student = students.find(({ id }) => theirs.has(String(id))) as Student;
    const read = await fetch(`${server.base}/api/v1/study/settings`, { headers: { authorization: `Bearer ${student.token}` } });
    assert.equal(read.status, 503);
    assert.match(await read.text(), /A node of the cluster that holds these rows cannot be reached; the others go on/);
    const { problems } = await verdictOf(database);
    assert.ok(
      problems.some((problem) => problem.startsWith(`The worker 127.0.0.1:${lost} does not answer`)),
      problems.join('\n'),
    );
    await startCitus(cluster.folder);
    while (!ids.every((id) => acknowledged.has(id))) {
      await delay(100);
      acknowledged = await acknowledgedOf(before);
    }
    ends.abort();
    await counts;
    assert.deepEqual(await httpViolations(database, await journal.operations()), []);
    assert.deepEqual((await verdictOf(database)).problems, []);
  });
});
