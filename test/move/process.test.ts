// slow
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { FlashcaseError } from '../../src/errors/index.ts';
import { runMove } from '../../src/move/run/run-move.ts';
import { engines } from '../support/database.ts';
import { bookSource, killMove, runChild } from './kill-move.ts';
import {
  contentOf,
  freshTarget,
  insert,
  moved,
  newSource,
  onTarget,
  optionsFor,
  planned,
  server,
  temporaryFolder,
  verified,
} from './library.ts';

const rejection = async (work: Promise<unknown>): Promise<FlashcaseError> => {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof FlashcaseError, String(error));
    return error;
  }
  throw new Error('it was not refused');
};

describe('a move as a process', { skip: server().skip, concurrency: false }, () => {
  test('T-36: killed at every named step, the same command goes on, and the target equals an uninterrupted run', async (t) => {
    const file = await bookSource(t, 600);
    const reference = await freshTarget(t);
    const { steps } = await runChild(file, reference);
    assert.equal(steps.at(-1), 'finished', steps.join('\n'));
    const expected = await contentOf(reference);
    const named = steps.filter((step) => step !== 'finished' && !/^range book [2-9]$/.test(step));
    assert.ok(
      ['judged', 'recorded', 'created', 'began', 'range book 1', 'copied', 'indexed'].every((step) => named.includes(step)),
      named.join(),
    );
    for (const step of named) {
      const url = await freshTarget(t);
      const first = await runChild(file, url, { step });
      assert.equal(first.wasKilled, true, `killed at ${step}`);
      const second = await runChild(file, url);
      // Killed after the last commit there is nothing to go on with: it says so.
      if (step === 'done') assert.match(second.steps.join(), /FC_MOVE_TARGET_UNFIT.*already complete/);
      else assert.equal(second.steps.at(-1), 'finished', `${step}: ${second.steps.join()}`);
      assert.equal(await contentOf(url), expected, `after a kill at ${step}`);
      rmSync(`${file}.move`, { recursive: true, force: true });
    }
  });

  test('T-36: killed again and again at random moments, it ends with every row once', async (t) => {
    const { file, url, killed } = await killMove(t, await freshTarget(t), 8);
    assert.equal((await verified(optionsFor(file, url))).isEqual, true);
    const undisturbed = await freshTarget(t);
    assert.equal((await runChild(file, undisturbed)).steps.at(-1), 'finished');
    assert.equal(await contentOf(url), await contentOf(undisturbed));
    t.diagnostic(`${killed} kills`);
  });

  test('T-36: when the network to the target breaks, the error says so, and the same command goes on', async (t) => {
    const file = await bookSource(t);
    const url = await freshTarget(t);
    const real = new URL(url);
    const sockets = new Set<Socket>();
    let bytes = 0;
    const proxy = createServer((socket) => {
      const upstream = connect(Number(real.port), real.hostname);
      for (const end of [socket, upstream]) {
        sockets.add(end);
        end.on('error', () => {});
        end.on('close', () => sockets.delete(end));
      }
      socket.on('data', (chunk) => {
        bytes += chunk.length;
        // In the middle of the rows: everything before is well below this.
        if (bytes > 150_000) for (const end of sockets) end.destroy();
      });
      socket.pipe(upstream).pipe(socket);
    });
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
    t.after(() => proxy.close());
    const cut = new URL(url);
    cut.port = String((proxy.address() as { port: number }).port);
    const error = await rejection(runMove(optionsFor(file, cut.toString(), { rowsPerCheckpoint: 100 })));
    assert.ok(['FC_DB_UNREACHABLE', 'FC_MOVE_FAILED'].includes(error.code), error.toText());
    assert.match(error.hint as string, /the same command again/);
    const result = await runMove(optionsFor(file, url));
    assert.equal(result.wasResumed, true);
    assert.equal((await verified(optionsFor(file, url))).isEqual, true);
  });

  test('T-37: a target with tables of another program is refused, and nothing is written', async (t) => {
    const file = await bookSource(t, 10);
    const url = await freshTarget(t);
    await onTarget(url, 'CREATE TABLE book (id integer); INSERT INTO book VALUES (1)');
    for (const attempt of [runMove, planned]) {
      const error = await rejection(attempt(optionsFor(file, url)));
      assert.equal(error.code, 'FC_MOVE_TARGET_UNFIT');
      assert.match(error.message, /not empty.*book/);
    }
    assert.deepEqual(
      await onTarget(url, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"),
      [{ relname: 'book' }],
    );
  });

  test('T-37: a second move into a finished target is refused, also with --start-over', async (t) => {
    const file = await bookSource(t, 10);
    const url = await freshTarget(t);
    await runMove(optionsFor(file, url));
    for (const isStartingOver of [false, true]) {
      assert.match((await rejection(runMove(optionsFor(file, url, { isStartingOver })))).message, /already complete/);
    }
    assert.equal((await verified(optionsFor(file, url))).isEqual, true);
  });

  test('T-37: an unfinished move of another source, or of another snapshot, is refused; --start-over begins anew', async (t) => {
    const [file, other] = [await bookSource(t, 300), await bookSource(t, 20)];
    const url = await freshTarget(t);
    assert.equal((await runChild(file, url, { step: 'range book 1' })).wasKilled, true);
    const foreign = await rejection(runMove(optionsFor(other, url)));
    assert.equal(foreign.code, 'FC_MOVE_TARGET_UNFIT');
    assert.match(foreign.message, /mv-crashed/);
    rmSync(`${file}.move`, { recursive: true });
    assert.match((await rejection(runMove(optionsFor(file, url)))).hint as string, /--start-over/);
    await runMove(optionsFor(other, url, { isStartingOver: true }));
    assert.equal((await verified(optionsFor(other, url))).isEqual, true);
  });

  test('T-38: a row missing on the target makes the run fail and name the table', async (t) => {
    const file = await bookSource(t, 300);
    const url = await freshTarget(t);
    assert.equal((await runChild(file, url, { step: 'copied' })).wasKilled, true);
    await onTarget(url, 'DELETE FROM book WHERE id = 77');
    const error = await rejection(runMove(optionsFor(file, url)));
    assert.equal(error.exitCode, 1);
    assert.match(error.message, /book holds 299 rows instead of 300/);
  });

  test('T-39: commits that are only in the write-ahead log are moved', async (t) => {
    const file = join(temporaryFolder(t), 'source.db');
    const db = await newSource(file);
    db.exec('PRAGMA wal_autocheckpoint = 0');
    insert(db, 'author', { id: 1n, pen_name: 'in the log' });
    t.after(() => db.close());
    const url = await freshTarget(t);
    const { plan } = await planned(optionsFor(file, url));
    assert.ok(plan.snapshot.walBytes > 0);
    assert.equal((await moved(file, url)).verdict.isEqual, true);
    assert.deepEqual(await onTarget(url, 'SELECT pen_name FROM author'), [{ pen_name: 'in the log' }]);
  });

  test('T-40: a damaged page is found by plan, before anything is copied', async (t) => {
    const file = await bookSource(t, 3000);
    const db = new DatabaseSync(file);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, Buffer.alloc(2000, 0xa5), 0, 2000, 40 * 4096 + 100);
    closeSync(descriptor);
    const url = await freshTarget(t);
    const error = await rejection(planned(optionsFor(file, url)));
    assert.ok(['FC_MOVE_SOURCE_UNFIT', 'FC_DB_CORRUPT'].includes(error.code), error.toText());
  });

  test('T-41, T-43, T-45: while others write, the move sees one moment, their writes succeed, and verify tells what came later', async (t) => {
    const file = await bookSource(t, 5000);
    const url = await freshTarget(t);
    const writer = new DatabaseSync(file, { timeout: 0 });
    let writes = 0;
    let isMoving = true;
    const writing = (async () => {
      while (isMoving) {
        // Each transaction keeps the sum of pages over two rows: half of one would be seen.
        writer.exec(
          'BEGIN IMMEDIATE; UPDATE book SET pages = pages - 1 WHERE id = 4000; UPDATE book SET pages = pages + 1 WHERE id = 1; COMMIT',
        );
        writes++;
        await delay(2);
      }
    })();
    await runMove(optionsFor(file, url));
    isMoving = false;
    await writing;
    writer.exec("UPDATE author SET pen_name = 'new name' WHERE id = 1");
    writer.close();
    assert.ok(writes > 10);
    assert.equal((await onTarget(url, 'SELECT sum(pages) AS pages FROM book'))[0]?.pages, String((5000 * 5001) / 2));
    const verdict = await verified(optionsFor(file, url));
    assert.equal(verdict.isEqual, false);
    const author = verdict.tables.find(({ table }) => table === 'author');
    assert.deepEqual(
      author?.differences.map(({ key, column, source, target }) => ({ key, column, source, target })),
      [{ key: 'id=1', column: 'pen_name', source: '"new name"', target: '"Ada"' }],
    );
  });

  test('T-31: a source that is behind is refused, naming both levels and the command', async (t) => {
    const file = await bookSource(t, 10);
    const db = new DatabaseSync(file);
    const url = await freshTarget(t);
    const options = optionsFor(file, url);
    const [first] = options.revisions;
    assert.ok(first);
    const ahead = await rejection(
      planned({ ...options, revisions: [first, { id: '0002', name: 'later', upgrade: [], downgrade: [] }] }),
    );
    assert.equal(ahead.code, 'FC_REVISION_PENDING');
    assert.match(`${ahead.message} ${ahead.hint}`, /0001 library.*0002 later.*flashcase db upgrade/);
    db.exec('DROP TABLE schema_revision');
    db.close();
    const without = await rejection(planned(options));
    assert.equal(without.code, 'FC_ADOPTION_NEEDED');
    assert.match(without.hint as string, /flashcase db adopt/);
  });

  test('T-34: a table the schema does not know needs a decision; nothing is left behind in silence', async (t) => {
    const file = await bookSource(t, 10);
    const db = new DatabaseSync(file);
    db.exec(
      "CREATE TABLE extra (a); INSERT INTO extra VALUES (1), (2); CREATE VIRTUAL TABLE search USING fts5(body); INSERT INTO search VALUES ('word')",
    );
    db.close();
    const url = await freshTarget(t);
    const { findings } = await planned(optionsFor(file, url));
    assert.deepEqual(
      findings.map(({ table, kind, shown, remedies }) => `${table} ${kind} ${shown} ${remedies.join()}`),
      ['extra unknown_table 2 rows leave', 'search unknown_table 1 rows leave'],
    );
    assert.equal((await rejection(runMove(optionsFor(file, url)))).code, 'FC_MOVE_DECISION_NEEDED');
    assert.equal((await moved(file, url)).verdict.isEqual, true);
  });

  test('the text of a file in UTF-16 is not guessed at: the file is refused with the way to convert it', async (t) => {
    const file = join(temporaryFolder(t), 'source.db');
    const db = new DatabaseSync(file);
    db.exec("PRAGMA encoding = 'UTF-16le'; CREATE TABLE x (a)");
    db.close();
    const made = await newSource(file);
    made.close();
    const error = await rejection(planned(optionsFor(file, await freshTarget(t))));
    assert.equal(error.code, 'FC_MOVE_SOURCE_UNFIT');
    assert.match(error.message, /UTF-16le/);
  });

  test('decisions changed in the middle of a move are refused', async (t) => {
    const file = await bookSource(t, 300);
    const url = await freshTarget(t);
    assert.equal((await runChild(file, url, { step: 'range book 1' })).wasKilled, true);
    const { Rules } = await import('../../src/move/plan/rules.ts');
    const rules = new Rules([{ table: 'book', column: 'body', kind: 'nul_character', remedy: 'replace' }]);
    assert.equal((await rejection(runMove(optionsFor(file, url, { rules })))).code, 'FC_MOVE_RULES_INVALID');
  });

  test('a move through a pooler is refused', async (t) => {
    const pooled = engines().find(({ name }) => name.includes('pgbouncer'));
    if (pooled === undefined || pooled.skip !== false) return t.skip('not run: no PgBouncer here');
    const place = await pooled.fresh();
    t.after(() => place.drop());
    const file = await bookSource(t, 10);
    assert.match((await rejection(runMove(optionsFor(file, place.url)))).message, /pooler/);
  });

  test('a working folder of the operator keeps everything else that is in it', async (t) => {
    const file = await bookSource(t, 10);
    const workFolder = temporaryFolder(t);
    writeFileSync(join(workFolder, 'mine'), 'precious');
    const url = await freshTarget(t);
    await planned(optionsFor(file, url, { workFolder }));
    await runMove(optionsFor(file, url, { workFolder }));
    assert.deepEqual(readdirSync(workFolder), ['mine']);
  });

  test('a role that may only create tables and schemas is enough', async (t) => {
    const file = await bookSource(t, 10);
    const url = await freshTarget(t);
    const role = `mover_${randomBytes(4).toString('hex')}`;
    const name = new URL(url).pathname.slice(1);
    await onTarget(
      url,
      `CREATE ROLE ${role} LOGIN; GRANT CREATE ON DATABASE "${name}" TO ${role}; GRANT CREATE ON SCHEMA public TO ${role}`,
    );
    // Runs after the database is dropped, with everything the role owned.
    const elsewhere = new URL(url);
    elsewhere.pathname = '/postgres';
    t.after(() => onTarget(elsewhere.toString(), `DROP ROLE ${role}`));
    const limited = new URL(url);
    limited.username = role;
    await runMove(optionsFor(file, limited.toString()));
    assert.equal((await verified(optionsFor(file, limited.toString()))).isEqual, true);
  });

  test('plan removes its copy and leaves an unfinished move alone', async (t) => {
    const file = await bookSource(t, 300);
    const url = await freshTarget(t);
    await planned(optionsFor(file, url));
    assert.equal(existsSync(`${file}.move`), false);
    assert.equal((await runChild(file, url, { step: 'range book 1' })).wasKilled, true);
    await planned(optionsFor(file, url));
    assert.equal((await runMove(optionsFor(file, url))).wasResumed, true);
  });
});
