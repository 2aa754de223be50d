// slow
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase, type Session } from '../../src/db/database.ts';
import { keepPositions, type Position } from '../../src/db/last-write.ts';
import type { InstalledDatabase } from '../../src/db/switching-database.ts';
import { buildApp } from '../../src/http/app.ts';
import { examineServer } from '../../src/ops/doctor/doctor.ts';
import { runScheduledUpkeep } from '../../src/ops/maintain/scheduled.ts';
import { countAttempt } from '../../src/services/attempt-limits.ts';
import { childEnv } from '../support/child-env.ts';
import { createDatabase, engines, type Target } from '../support/database.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { HandMove } from '../support/hand-move.ts';
import { populate, type Student } from '../support/load-population.ts';
import { startProxy } from '../support/proxy.ts';
import { type OpenSite, pauseReplay, type ReplicaSite, startReplicaSite } from '../support/replica-site.ts';
import { embeddedPostgresBin } from '../support/servers.ts';

const bins = [
  { name: 'postgres 18', bin: embeddedPostgresBin(), skip: false as const },
  {
    name: 'postgres 15',
    bin: process.env.FLASHCASE_PG15_BIN ?? '',
    skip: process.env.FLASHCASE_PG15_BIN === undefined ? 'not run: no PostgreSQL 15 here' : (false as const),
  },
];

for (const { name, bin, skip } of bins) {
  /** What no version of PostgreSQL does in another way is tried on the newest. */
  const newestOnly = { skip: name !== 'postgres 18' };
  describe(`reads from a replica (${name})`, { skip }, () => {
    let site: ReplicaSite;
    let open: OpenSite;
    let app: FastifyInstance;
    let students: Student[];
    before(async () => {
      site = await startReplicaSite(bin);
      const database = await openFresh({ url: site.primary.url });
      students = await populate(database, { students: 4, deckSizes: [4] });
      await database.close();
      open = await site.open();
      app = await appOn(open.database);
      await open.using(1);
    });
    after(async () => {
      await app?.close();
      await site?.end();
    });

    const appOn = (database: InstalledDatabase) =>
      buildApp({ database, settings: settingsFor({ url: site.primary.url }), hasLog: false });

    const student = (at: number) => students[at] as Student;

    async function call(on: FastifyInstance, who: Student, method: 'GET' | 'POST', url: string, json?: object) {
      const answer = await on.inject({
        method,
        url: `/api/v1${url}`,
        headers: { authorization: `Bearer ${who.token}` },
        ...(json === undefined ? {} : { payload: json }),
      });
      assert.ok(answer.statusCode < 300, `${method} ${url}: ${answer.statusCode} ${answer.body}`);
      return answer.json();
    }

    let words = 0;
    /** Writes a card with a word of its own, and gives the word. */
    async function writeCard(on: FastifyInstance, who: Student): Promise<string> {
      const word = `palsgraf${++words}x`;
      await call(on, who, 'POST', '/cards/', { deck_id: Number(who.decks[0]?.id), front: word, back: 'duty' });
      return word;
    }
    const found = async (on: FastifyInstance, who: Student, word: string): Promise<number> =>
      (await call(on, who, 'GET', `/search/?q=${word}`)).cards.length;

    /** Writes until the replica has what was written before, and forgets who answered meanwhile. */
    async function caughtUp(): Promise<void> {
      await site.standby.caughtUp();
      await open.using(1);
      open.outcomes();
    }

    test('statistics, their files and searches are answered by the replica once it has the user’s last write', async () => {
      const word = await writeCard(app, student(0));
      await caughtUp();
      assert.equal(await found(app, student(0), word), 1);
      await call(app, student(0), 'GET', '/stats/today');
      const file = await app.inject({ url: '/api/v1/stats/days.csv', headers: { authorization: `Bearer ${student(0).token}` } });
      assert.equal(file.statusCode, 200);
      assert.deepEqual(open.outcomes(), ['replica', 'replica', 'replica']);
    });

    test('a replica that stands still answers those who wrote nothing since, and nobody who did; the queue is never read there', async (t) => {
      await writeCard(app, student(0));
      await caughtUp();
      const replay = await pauseReplay(t, site);
      const word = await writeCard(app, student(0));
      assert.equal(await found(app, student(0), word), 1);
      assert.deepEqual(open.outcomes(), ['behind']);
      await call(app, student(1), 'GET', '/stats/today');
      assert.deepEqual(open.outcomes(), ['replica']);
      await call(app, student(1), 'GET', `/study/queue/${student(1).decks[0]?.id}`);
      assert.deepEqual(open.outcomes(), []);
      await replay.resume();
      await caughtUp();
      assert.equal(await found(app, student(0), word), 1);
      assert.deepEqual(open.outcomes(), ['replica']);
    });

    test('writes of many cards count for who wrote them, and what no such answer shows for nobody', newestOnly, async () => {
      const rows = async () =>
        new Map(
          (await site.onPrimary('SELECT user_id::text, lsn::text FROM flashcase_replica.last_write')).map(({ user_id, lsn }) => [
            user_id,
            lsn,
          ]),
        );
      await caughtUp();
      const word = await writeCard(app, student(1));
      const cards = (await call(app, student(1), 'GET', `/search/?q=${word}`)).cards as { id: number }[];
      const before = await rows();
      const post = (url: string, json: object) => call(app, student(1), 'POST', url, json);
      await post('/edit/cards', { edit: 'flag', flag: 2, card_ids: cards.map(({ id }) => id) });
      await countAttempt(open.database, [{ subject: 'a test', most: 3 }], 'Too many.');
      await runScheduledUpkeep(open.database, systemClock().now(), 'a test');
      const after = await rows();
      assert.equal(after.get('0'), before.get('0'), 'for everybody');
      assert.notEqual(after.get(String(student(1).id)), before.get(String(student(1).id)));
    });

    test('what another server without replicas wrote, and what a command wrote for somebody, is seen', async (t) => {
      const other = await site.open({ replicas: '' });
      const otherApp = await appOn(other.database);
      await caughtUp();
      await pauseReplay(t, site);
      const word = await writeCard(otherApp, student(2));
      assert.equal(await found(app, student(2), word), 1);
      assert.deepEqual(open.outcomes(), ['behind']);
      await call(app, student(3), 'GET', '/stats/today');
      assert.deepEqual(open.outcomes(), ['replica']);
      const command = openDatabase(settingsFor({ url: site.primary.url }), systemClock());
      await command.write((session) =>
        session.kysely
          .updateTable('deck')
          .set({ name: 'Torts' })
          .where('id', '=', student(3).decks[0]?.id as bigint)
          .execute(),
      );
      await command.close();
      assert.equal((await call(app, student(3), 'GET', '/search/?q=torts')).decks.length, 1);
      assert.deepEqual(open.outcomes(), ['behind'], 'a command writes for everybody');
      await otherApp.close();
      await other.close();
    });

    test('an export is right whether the replica has everything or stands still', newestOnly, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'flashcase-export-'));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const exported = (file: string): string => {
        const names = ['--user', student(0).username, '--deck', `4 cards of ${student(0).username}`];
        execFileSync(
          process.execPath,
          [join(import.meta.dirname, '../../src/cli/main.ts'), 'export', ...names, '--format', 'csv', '-o', join(folder, file)],
          { cwd: folder, env: { ...childEnv(), DATABASE_URL: site.primary.url, DATABASE_REPLICA_URLS: site.standby.url } },
        );
        return readFileSync(join(folder, file), 'utf8');
      };
      const first = await writeCard(app, student(0));
      await caughtUp();
      assert.match(exported('level.csv'), new RegExp(first));
      await pauseReplay(t, site);
      const second = await writeCard(app, student(0));
      assert.match(exported('behind.csv'), new RegExp(second));
    });

    test('a read that the replica cancels because of what it replays is answered by the primary', async () => {
      await site.onStandby('ALTER SYSTEM SET max_standby_streaming_delay = 0');
      await site.onStandby('SELECT pg_reload_conf()');
      await caughtUp();
      const { replicas } = open.database;
      const position = await open.database.read((session) => replicas?.positionOf(session, student(0).id) as Promise<Position>);
      const work = async ({ connection }: Session) => {
        const [row] = await connection.query('SELECT count(*) AS m_n, pg_is_in_recovery() AS m_replica FROM card');
        if (row?.m_replica === true) {
          await site.onPrimary('BEGIN; LOCK TABLE card IN ACCESS EXCLUSIVE MODE; COMMIT');
          await connection.query('SELECT pg_sleep(20)');
        }
        return Number(row?.m_n);
      };
      assert.equal(await replicas?.read(position, work), undefined);
      assert.ok((await open.database.read(work)) > 0);
      assert.match(open.outcomes().join(), /^(failed|away)$/);
      await site.onStandby('ALTER SYSTEM RESET max_standby_streaming_delay');
      await site.onStandby('SELECT pg_reload_conf()');
    });

    test('whoever is no replica of this very database is not used, and the log says why', newestOnly, async () => {
      const elsewhere = await createDatabase(site.primary.url);
      await (await openFresh(elsewhere)).close();
      const wrong = [site.primary.url, new URL(new URL(elsewhere.url).pathname, site.standby.url).toString()];
      await site.standby.caughtUp();
      const server = await site.open({ replicas: [...wrong, site.standby.url].join(', ') });
      await server.using(1);
      while (server.notes.length < 3) await delay(20);
      assert.deepEqual(server.database.replicas?.standing(), { configured: 3, usable: 1 });
      const notes = server.notes.join('\n');
      assert.match(notes, /not used: it is not in recovery/);
      assert.match(notes, /not used: it holds another database/);
      await server.close();
      const { findings } = await examineServer({
        ...{
          url: site.primary.url,
          directUrl: undefined,
          replicaUrls: [...wrong, site.standby.url, 'postgresql://x@127.0.0.1:1/none'],
        },
        ...{
          servers: 2,
          workers: 4,
          poolSize: 20,
          maxOverflow: 10,
          statementTimeoutSeconds: 30,
          rolePrefix: 'flashcase',
          clock: systemClock(),
        },
      });
      const said = (at: string) => findings.filter(({ check }) => check.startsWith(`replica ${at}`));
      const where = (url: string) => `${new URL(url).host}${new URL(url).pathname}`;
      assert.match(said(where(site.primary.url))[0]?.says ?? '', /not in recovery/);
      assert.match(said(where(wrong[1] as string))[0]?.says ?? '', /another database/);
      assert.match(said('127.0.0.1:1/none')[0]?.says ?? '', /cannot be asked/);
      assert.deepEqual(
        said(where(site.standby.url)).map(({ level }) => level),
        ['good', 'good', 'problem'],
      );
      assert.match(
        said(where(site.standby.url)).at(-1)?.says ?? '',
        /^2 servers × 5 processes \(4 workers, and one more in a rolling restart\) × \(20 \+ 10 \+ 3\) = 330; the server gives 197/,
      );
      await elsewhere.drop();
    });

    test(
      'a role that may not make the table of positions has its reads answered by a replica that has everything',
      newestOnly,
      async (t) => {
        await site.onPrimary('CREATE DATABASE narrow');
        const at = (url: string, user = 'postgres') => Object.assign(new URL('/narrow', url), { username: user }).toString();
        await (await openFresh({ url: at(site.primary.url) })).close();
        const admin = new pg.Client({ connectionString: at(site.primary.url) });
        await admin.connect();
        await admin.query(
          'CREATE ROLE narrow LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO narrow; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO narrow',
        );
        await site.standby.caughtUp();
        const options = { replicas: at(site.standby.url, 'narrow'), url: at(site.primary.url, 'narrow') };
        let rowsWritten = 0;
        const writeRow = ({ kysely, clock }: Session) =>
          kysely
            .insertInto('rate_limit')
            .values({ subject: `row ${++rowsWritten}`, hits: 1, window_started_at: clock.now(), blocked_until: null })
            .execute();
        const strict = await site.open(options);
        await strict.using(1);
        assert.match(strict.notes.join(), /may not keep the position/);
        const ask = async ({ database }: OpenSite) => {
          const position = await database.read((session) => database.replicas?.positionOf(session, 1n) as Promise<Position>);
          return database.replicas?.read(position, async () => 'answered');
        };
        assert.deepEqual(await ask(strict), { value: 'answered' });
        const replay = await pauseReplay(t, site);
        await strict.database.write(writeRow, 5n);
        assert.equal(await ask(strict), undefined, 'somebody else’s write');
        await replay.resume();
        await strict.close();

        const precise = await site.open({ ...options, directUrl: at(site.primary.url) });
        await precise.database.write(writeRow, 6n);
        for (let rows = 0; rows === 0; ) {
          await precise.database.write(writeRow, 7n);
          rows = (
            await admin.query("SELECT CASE WHEN to_regclass('flashcase_replica.last_write') IS NULL THEN 0 ELSE 1 END AS n")
          ).rows[0].n;
        }
        await precise.database.write(writeRow, 8n);
        assert.equal((await admin.query('SELECT user_id FROM flashcase_replica.last_write WHERE user_id = 8')).rowCount, 1);
        await precise.close();

        // A role that may write since: the next start lets it keep positions.
        await admin.query('CREATE ROLE later; GRANT UPDATE ON write_gate TO later');
        const next = await site.open({ ...options, directUrl: at(site.primary.url) });
        for (let may = false; !may; )
          may = (await admin.query("SELECT has_table_privilege('later', 'flashcase_replica.last_write', 'UPDATE') AS may"))
            .rows[0].may;

        // While somebody's transaction is open, each look tries once and for a moment: writers queue behind it.
        await next.close();
        await admin.query('DROP SCHEMA flashcase_replica CASCADE');
        await admin.query('BEGIN; SELECT 1 FROM write_gate');
        const command = openDatabase(settingsFor({ url: at(site.primary.url) }), systemClock());
        const scripts: string[] = [];
        const once = command.engine.dedicated((connection) => {
          const script = connection.script.bind(connection);
          return keepPositions(
            Object.assign(connection, {
              script: (sql: string) => {
                scripts.push(sql);
                return script(sql);
              },
            }),
          );
        });
        await assert.rejects(once, { code: 'FC_DB_LOCK_TIMEOUT' });
        assert.deepEqual(
          scripts.flatMap((sql) => /lock_timeout = (\d+)/.exec(sql)?.[1] ?? []),
          ['50'],
        );
        await admin.query('ROLLBACK');
        await command.close();
        await admin.end();
      },
    );

    test(
      'a replica that says nothing any more, or is killed, is put aside: no read fails, and it is used again when it is back',
      newestOnly,
      async () => {
        const network = await startProxy(site.standby.url);
        const server = await site.open({ replicas: network.url });
        const through = await appOn(server.database);
        await site.standby.caughtUp();
        await server.using(1);
        const word = await writeCard(through, student(1));
        for (const fault of ['stall', 'cut'] as const) {
          await site.standby.caughtUp();
          await server.using(1);
          const reading = Array.from({ length: 8 }, () => found(through, student(1), word));
          network[fault]();
          assert.deepEqual(await Promise.all([...reading, found(through, student(1), word)]), Array(9).fill(1), fault);
          await server.using(0);
          assert.equal(await found(through, student(1), word), 1, fault);
          server.outcomes();
          network.restore();
          await server.using(1);
          assert.equal(await found(through, student(1), word), 1, fault);
          assert.deepEqual(server.outcomes(), ['replica'], fault);
        }
        await through.close();
        await server.close();
        await network.close();
      },
    );

    test(
      'while a move has SQLite serving, no replica is asked; after the cutover the one of its target is, and after the way back none',
      newestOnly,
      async () => {
        const [sqlite] = engines();
        const file = await (sqlite as Target).fresh();
        const target = await createDatabase(site.primary.url);
        const database = await openFresh(file);
        const [moved] = await populate(database, { students: 1, deckSizes: [3] });
        await database.close();
        const move = await HandMove.begin(file, target);
        const replica = new URL(new URL(target.url).pathname, site.standby.url).toString();
        const server = await site.open({ url: file.url, replicas: replica });
        const through = await appOn(server.database);
        try {
          assert.equal(server.database.replicas, undefined);
          const before = await writeCard(through, moved as Student);
          assert.equal(await found(through, moved as Student, before), 1);
          assert.equal(await move.cutover(), true);
          const word = await writeCard(through, moved as Student);
          assert.equal(await found(through, moved as Student, word), 1);
          await site.standby.caughtUp();
          await server.using(1);
          server.outcomes();
          assert.equal(await found(through, moved as Student, before), 1, 'carried by the move');
          assert.equal(await found(through, moved as Student, word), 1);
          assert.deepEqual(server.outcomes(), ['replica', 'replica']);
          assert.equal(await move.rollback(), true);
          const home = await writeCard(through, moved as Student);
          assert.equal(server.database.replicas, undefined);
          assert.equal(await found(through, moved as Student, home), 1);
          assert.deepEqual(server.outcomes(), []);
        } finally {
          await through.close();
          await server.close();
          await move.end();
          await target.drop();
          await file.drop();
        }
      },
    );

    test('a replica that becomes a primary of its own is not read any more', async () => {
      await caughtUp();
      await site.standby.promote();
      await open.using(0);
      const word = await writeCard(app, student(0));
      assert.equal(await found(app, student(0), word), 1);
      assert.match(open.notes.at(-1) ?? '', /no replica \(any more\)/);
    });
  });
}
