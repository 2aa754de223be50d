// slow
import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { archiveNow } from '../../src/ops/physical/archive-now.ts';
import { drillCluster } from '../../src/ops/physical/drill-cluster.ts';
import { restoreCluster } from '../../src/ops/physical/restore-cluster.ts';
import { setUpPhysical } from '../../src/ops/physical/setup.ts';
import { takeSet } from '../../src/ops/physical/take-set.ts';
import type { Timestamp } from '../../src/schema/index.ts';
import { chooseSeed, seededRandom } from '../support/load.ts';
import { archiveSettings, notRun, serve, startBackedUp } from './clusters.ts';
import { assertMoment, between, type Written, writeAlong } from './exact.ts';
import { queryAll } from './marks.ts';

describe('any moment of a whole PostgreSQL', { concurrency: false, skip: notRun }, () => {
  const ends: (() => Promise<void> | void)[] = [];
  let written: Written;
  const refused = (moment: Timestamp | 'latest', into: string): Promise<unknown> =>
    restoreCluster(moment, into, written.cluster.options);

  before(async () => {
    if (notRun !== false) return;
    const cluster = await startBackedUp({ after: (end) => void ends.push(end as () => Promise<void>) });
    // Each set has it, so each restore puts it somewhere, and one that fails must take it away again.
    const space = join(cluster.folder, 'space');
    const { uid, gid } = statSync(cluster.server.dataDir);
    mkdirSync(space);
    chownSync(space, uid, gid);
    await cluster.ask(`CREATE TABLESPACE space LOCATION '${space}'`);
    await cluster.ask('CREATE TABLE in_space (x int) TABLESPACE space');
    written = await writeAlong(cluster, 2);
  });
  after(async () => {
    for (const end of ends.toReversed()) await end();
  });

  test('B2: random moments give exactly what was committed by then, to the microsecond, and a server that writes', async (t) => {
    const seed = chooseSeed();
    const random = seededRandom(seed);
    const { from, to, marks, times } = written;
    t.diagnostic(`seed ${seed}: ${marks.count} commits`);
    await assertMoment(written, between(from, to, random()));
    // The commit that is dated to this very microsecond is in it, and the microsecond before it is not.
    const exact = times[Math.floor(times.length * 0.9)] as Timestamp;
    const count = await assertMoment(written, exact);
    assert.ok((await assertMoment(written, exact.plusMicros(-1n))) < count);
  });

  test('an idle server offers every moment up to now: the latest is everything that was acknowledged', async () => {
    const { cluster, marks, to } = written;
    const folder = join(cluster.folder, 'latest');
    const restored = await restoreCluster('latest', folder, cluster.options);
    const server = await serve(folder);
    try {
      assert.equal(await marks.assertExactly(cluster.url.replace(/:\d+\//, `:${server.port}/`), to), marks.count);
    } finally {
      await server.kill();
    }
    assert.equal(restored.isArchiving, false);
  });

  test('a moment out of reach is refused with the window, and nothing is left of the try', async () => {
    const { cluster, from, to } = written;
    const folder = join(cluster.folder, 'nowhere');
    for (const moment of [from.plusSeconds(-3600), to.plusSeconds(3600)])
      await assert.rejects(refused(moment, folder), {
        code: 'FC_RESTORE_WINDOW',
        why: new RegExp(`what can be restored is ${from.text.slice(0, 19)} to `),
      });
    assert.deepEqual(
      readdirSync(cluster.folder).filter((name) => name.startsWith('nowhere')),
      [],
    );
  });

  test('a place in which a server runs, or which is something else, is refused and left as it is', async () => {
    const { cluster, to } = written;
    await assert.rejects(refused(to, cluster.server.dataDir), {
      code: 'FC_RESTORE_TARGET',
      message: /A server runs in the folder/,
    });
    const other = join(cluster.folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'mine'), '');
    await assert.rejects(refused(to, other), { code: 'FC_RESTORE_TARGET', message: /no cluster/ });
    assert.deepEqual(readdirSync(other), ['mine']);
  });

  test('in the place of a stopped server what was there is kept aside; it serves, archives on a new timeline, and moments of that are restored too', async () => {
    const { cluster, marks, to } = written;
    const { server, folder, options } = cluster;
    await cluster.ask('CREATE TABLE left_behind (x int)');
    const leftBehind = options.clock.now();
    await cluster.ask('CREATE TABLE behind_that (x int)');
    assert.ok((await archiveNow(options)).until !== undefined);
    // Killed: nothing more of its log gets to the archive, and nobody can ask it.
    await server.kill();
    const late = options.clock.now().plusSeconds(60);
    await assert.rejects(refused(late, join(folder, 'behind')), { code: 'FC_RESTORE_WINDOW', why: /^what can be restored is/ });
    // Dated later than its last commit, the log promises more than it has: only replaying it tells.
    const [newest] = filesOf(join(folder, 'physical/repository/archive')).toReversed();
    const dated = Number(late.plusSeconds(60).micros / 1_000_000n);
    utimesSync(newest as string, dated, dated);
    await assert.rejects(refused(late, join(folder, 'behind')), {
      code: 'FC_RESTORE_WINDOW',
      why: /no commit behind it, .*its last one is of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC/,
    });
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('behind')),
      [],
    );
    const inode = statSync(server.dataDir).ino;
    const restored = await restoreCluster(to, server.dataDir, options);
    assert.equal(statSync(restored.aside as string).ino, inode);
    assert.equal(restored.isArchiving, true);
    const again = await serve(server.dataDir, archiveSettings(join(folder, 'physical')));
    ends.push(() => again.stop());
    const url = cluster.url.replace(/:\d+\//, `:${again.port}/`);
    const [row] = await queryAll(url, 'SELECT timeline_id FROM pg_control_checkpoint()');
    assert.equal(await marks.assertExactly(url, to), marks.count);
    assert.ok(Number(row?.timeline_id) >= 1);
    const moved = { ...options, ...optionsAt(url) };
    await setUpPhysical(moved, false);
    // No set is of the new timeline yet: its latest comes from one of before, and what was left behind stays what it was.
    await queryAll(url, 'CREATE TABLE kept_on (x int)');
    for (const [wanted, expected] of [
      ['latest', { left: false, kept: true }],
      [leftBehind, { left: true, kept: false }],
    ] as const) {
      const place = join(folder, `beside-${expected.left}`);
      await restoreCluster(wanted, place, moved);
      const beside = await serve(place);
      const tables = "SELECT to_regclass('left_behind') IS NOT NULL AS left, to_regclass('kept_on') IS NOT NULL AS kept";
      const [seen] = await queryAll(cluster.url.replace(/:\d+\//, `:${beside.port}/`), tables);
      await beside.kill();
      assert.deepEqual(seen, expected);
    }
    await drillCluster(moved);
    await takeSet(moved, 'full');
    await queryAll(url, 'CREATE TABLE on_new_timeline (x int)');
    const moment = options.clock.now();
    await queryAll(url, 'CREATE TABLE later (x int)');
    const last = join(folder, 'new-timeline');
    await restoreCluster(moment, last, moved);
    const third = await serve(last);
    ends.push(() => third.stop());
    const [found] = await queryAll(
      cluster.url.replace(/:\d+\//, `:${third.port}/`),
      "SELECT to_regclass('on_new_timeline') IS NOT NULL AS is_there, to_regclass('later') IS NULL AS is_not",
    );
    assert.deepEqual(found, { is_there: true, is_not: true });
    assert.ok(existsSync(restored.aside as string));
  });

  const filesOf = (top: string): string[] =>
    readdirSync(top, { recursive: true, withFileTypes: true })
      .filter((entry) => /^[0-9A-F]{24}-/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();

  const optionsAt = (url: string) => ({ database: { engine: 'postgres' as const, url } });
});
