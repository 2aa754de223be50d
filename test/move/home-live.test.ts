// slow
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { applicationMove } from '../../src/move/application-move.ts';
import { abortStart, startHome } from '../../src/move/home/start-home.ts';
import { abortMove } from '../../src/move/live/abort.ts';
import { finishMove } from '../../src/move/live/finish.ts';
import { follow } from '../../src/move/live/follow.ts';
import { withPostgres } from '../../src/move/live/sides.ts';
import { moveStatus } from '../../src/move/live/status.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { newestServers } from '../support/database.ts';
import { homeOptions, libraryServer, storedIn } from './home-pair.ts';
import { library, libraryRevisions, onTarget, server, servers } from './library.ts';

const verify = { events: homeOptions('', '').events, isParanoid: false };
/** Far longer than a switch takes on a machine that has nothing else to do. */
const limitMs = 9000;

/** Writes to PostgreSQL until it is stopped. */
function writer(t: TestContext, url: string): { stop(): Promise<number> } {
  let isStopped = false;
  let count = 0;
  const work = (async () => {
    for (; !isStopped; count++) {
      const sql = `INSERT INTO shelf VALUES ('live', '${count}', NULL); UPDATE book SET body = 'live ${count}' WHERE id = ${(count % 40) + 1};
         ${count % 5 === 0 ? `DELETE FROM placed WHERE book_id = ${(count % 40) + 1};` : ''} INSERT INTO book (author_id, body) VALUES (1, 'new ${count}')`;
      await onTarget(url, sql);
    }
  })();
  const stop = async (): Promise<number> => {
    isStopped = true;
    await work;
    return count;
  };
  t.after(() => stop().catch(() => {}));
  return { stop };
}

describe('a live move home', { concurrency: false }, () => {
  for (const target of newestServers(servers())) {
    test(`PostgreSQL is written all through the copy; the file follows, takes over, goes back and takes over for good (${target.name})`, {
      skip: target.skip,
    }, async (t) => {
      const { url, file } = await libraryServer(t, 2000, target);
      const options = homeOptions(url, file);
      const writing = writer(t, url);
      const started = await startHome(options);
      assert.ok((started.tables ?? []).every(({ rowsIn, rowsOut }) => rowsIn === rowsOut));
      const stop = new AbortController();
      const following = follow(options, stop.signal);
      await delay(300);
      const written = await writing.stop();
      assert.ok(written > 0);
      const first = await verifyLive(options, verify);
      assert.deepEqual([first.isEqual, first.primary], [true, 'postgres'], JSON.stringify(first));
      const home = await rollback(options, { limitMs });
      assert.equal(home.primary, 'sqlite');
      await assert.rejects(onTarget(url, "INSERT INTO shelf VALUES ('late', 'row', NULL)"), { code: 'FC001' });
      const db = new DatabaseSync(file);
      assert.equal(db.prepare("SELECT count(*) AS n FROM shelf WHERE room = 'live'").get()?.n, written);
      const { id } = db.prepare('INSERT INTO book (author_id) VALUES (1) RETURNING id').get() as { id: number };
      assert.equal(id, 2000 + written + 1, 'after every id PostgreSQL handed out');
      assert.equal((await verifyLive(options, verify)).isEqual, true);
      assert.equal((await cutover(options, { limitMs })).primary, 'postgres');
      await onTarget(url, "INSERT INTO shelf VALUES ('back', 'again', NULL)");
      assert.equal((await rollback(options, { limitMs })).primary, 'sqlite');
      stop.abort();
      await following;
      const aborted = await abortMove(options);
      assert.equal(aborted.isTargetCleared, false, 'what was on PostgreSQL before stays there');
      assert.equal((await onTarget(url, 'SELECT count(*) AS n FROM book'))[0]?.n, String(2000 + written));
      assert.equal(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE 'flashcase%'").get()?.n, 0);
      assert.equal(db.prepare("SELECT count(*) AS n FROM shelf WHERE room = 'back'").get()?.n, 1);
      db.exec("INSERT INTO shelf VALUES ('home', 'for good', NULL)");
      db.close();
      await assert.rejects(onTarget(url, "INSERT INTO shelf VALUES ('late', 'row', NULL)"), { code: 'FC001' });
      assert.equal((await moveStatus(options)).state, undefined);
    });
  }

  test('another application goes home by the library, live and offline', { skip: server().skip }, async (t) => {
    const { url, file } = await libraryServer(t);
    const settings = { schema: library, revisions: libraryRevisions, sqliteFile: file, postgresUrl: url };
    const move = applicationMove(settings);
    assert.equal((await move.planHome()).open.length, 0);
    assert.equal((await move.startHome()).file, file);
    assert.equal((await move.rollback({ limitMs })).primary, 'sqlite');
    assert.equal((await move.verifyLive()).isEqual, true);
    await move.abort();
    const other = await libraryServer(t);
    const offline = applicationMove({ ...settings, sqliteFile: other.file, postgresUrl: other.url });
    assert.equal((await offline.runHome({ isParanoid: true })).wasDone, false);
    assert.equal(storedIn(other.file), storedIn(file));
    await assert.rejects(offline.abortHome(), { code: 'FC_MOVE_STATE' });
  });

  test('not home after all: finish leaves PostgreSQL as the primary, without a trace of the move in its way', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t);
    const options = homeOptions(url, file);
    await startHome(options);
    assert.equal((await startHome(options)).tables, undefined, 'typed twice, it finds what it made');
    const finished = await finishMove(options);
    assert.equal(existsSync(file), false);
    assert.equal(existsSync(finished.keptFile), true);
    await onTarget(url, "INSERT INTO shelf VALUES ('on', 'PostgreSQL', NULL)");
    assert.equal((await onTarget(url, "SELECT 1 FROM pg_trigger WHERE tgname LIKE 'flashcase%'")).length, 0);
    // And another try, later.
    await startHome(options);
    assert.match(storedIn(file), /PostgreSQL/);
  });

  test('stopped at any step of its start, PostgreSQL serves on, and the same call begins anew or abort ends it', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t);
    for (const step of ['recorded', 'captured', 'tables', 'table book', 'copied', 'verified', 'following', 'named']) {
      const onStep = (name: string): void => {
        if (name === step) throw new Error(`planted at ${step}`);
      };
      await assert.rejects(startHome(homeOptions(url, file, { onStep })), /planted/);
      await onTarget(url, `INSERT INTO shelf VALUES ('after', '${step}', NULL)`);
      assert.equal(existsSync(file), step === 'named', step);
      if (step !== 'named') assert.deepEqual(readdirSync(dirname(file)), [], step);
    }
    const options = homeOptions(url, file);
    assert.equal((await startHome(options)).tables, undefined);
    assert.equal((await verifyLive(options, verify)).isEqual, true);
    assert.equal(
      await withPostgres(url, (postgres) => abortStart(postgres, options)),
      undefined,
      'past its start it is no start',
    );
    assert.equal((await rollback(options, { limitMs })).primary, 'sqlite');
    assert.match(storedIn(file), /verified/);
  });
});
