import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { withCarrier } from '../../src/move/live/carrying.ts';
import { repairAll } from '../../src/move/live/repair-rows.ts';
import { startMove } from '../../src/move/live/start.ts';
import { moveStatus } from '../../src/move/live/status.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { embeddedPostgresBin, startPostgres, type TestServer } from '../support/servers.ts';
import { librarySource, liveOptionsFor, onPostgres, onSqlite, PATIENT } from './live.ts';

interface Rewindable {
  readonly url: string;
  /** Keeps what the server has now, as a standby that gets nothing after it. */
  keep(): Promise<void>;
  /** Goes on from what was kept: as a standby that takes over, or, in the same timeline, as a copy of the files. */
  setBack(isPromoted: boolean): Promise<void>;
}

async function rewindable(t: TestContext, bin: string): Promise<Rewindable> {
  const first = await startPostgres({ bin });
  const { dataDir, port, url } = first;
  const kept = `${dataDir}.kept`;
  let running: TestServer = first;
  const replace = async (from: string, to: string): Promise<void> => {
    await running.kill();
    execFileSync('cp', ['-a', from, to]);
    rmSync(join(to, 'postmaster.pid'), { force: true });
  };
  const again = async (): Promise<void> => {
    running = await startPostgres({ bin, dataDir, port, settings: { restore_command: 'false' } });
  };
  t.after(async () => {
    await running.stop();
    await first.stop();
  });
  return {
    url,
    async keep() {
      await onPostgres(url, (client) => client.query('CHECKPOINT'));
      await replace(dataDir, kept);
      await again();
    },
    async setBack(isPromoted) {
      await running.kill();
      rmSync(dataDir, { recursive: true });
      await replace(kept, dataDir);
      if (isPromoted) writeFileSync(join(dataDir, 'recovery.signal'), '');
      await again();
    },
  };
}

const oldest = process.env.FLASHCASE_PG15_BIN;
const BOOKS = 'SELECT id::text, body, stars FROM book ORDER BY book.id';

for (const [name, bin] of [
  ['postgres 18', embeddedPostgresBin()],
  ['postgres 15', oldest],
] as const)
  for (const isPromoted of [true, false])
    test(`${name}: after ${isPromoted ? 'a standby took over' : 'a copy of its files was started'} that lacks carried transactions, those that get their numbers are carried, no rollback is made blindly, and what was lost is named`, {
      skip: bin === undefined ? 'not run: no PostgreSQL 15 here' : false,
      timeout: 180_000,
    }, async (t) => {
      const server = await rewindable(t, bin as string);
      const options = liveOptionsFor(await librarySource(t, 40), server.url);
      const run = (sql: string) => onPostgres(server.url, (client) => client.query(sql));
      const carry = () => withCarrier(options, async ({ keys }) => keys);
      const verify = () => verifyLive(options, { events: options.events, isParanoid: false });
      const onFile = () =>
        onSqlite(options.sqliteFile, (db) =>
          db.prepare('SELECT CAST(id AS TEXT) AS id, body, stars FROM book ORDER BY book.id').all(),
        );
      await startMove(options);
      await cutover(options, PATIENT);
      await run('UPDATE book SET stars = 1 WHERE id = 1');
      await carry();
      await server.keep();
      // Acknowledged, carried, and then lost by the server: one transaction for each of those that will get their numbers.
      for (let id = 2; id <= 6; id++) await run(`UPDATE book SET body = 'lost', stars = 9 WHERE id = ${id}`);
      await run("INSERT INTO book (author_id, body, stars, pages) VALUES (1, 'lost too', 5, 1)");
      await carry();
      await server.setBack(isPromoted);
      for (let id = 11; id <= 18; id++) await run(`UPDATE book SET body = 'new', stars = 7 WHERE id = ${id}`);
      await carry();
      const carried = onFile().filter(({ body }) => body === 'new');
      assert.equal(carried.length, 8, 'every transaction after the take-over was carried');
      assert.match((await moveStatus(options)).problems.join(), /history is another one.*flashcase move verify/s);
      await assert.rejects(rollback(options), { code: 'FC_MOVE_STATE', message: /history is another one/ });
      const found = await verify();
      assert.equal(found.isEqual, false);
      const named = found.tables.flatMap(({ differences }) => differences.map(({ key }) => key));
      assert.deepEqual([...new Set(named)].length, 6, `each lost row is named: ${named.join()}`);
      const { verdict } = await repairAll(options, options.events);
      assert.equal(
        verdict.isEqual,
        true,
        JSON.stringify({ ...verdict, tables: verdict.tables.filter(({ differing }) => differing > 0) }, (_, v) =>
          typeof v === 'bigint' ? String(v) : v,
        ),
      );
      assert.deepEqual((await moveStatus(options)).problems, []);
      await rollback(options, PATIENT);
      const { rows } = (await run(BOOKS)) as { rows: Record<string, unknown>[] };
      assert.deepEqual(
        onFile().map((row) => ({ ...row })),
        rows.map((row) => ({ ...row })),
      );
    });
