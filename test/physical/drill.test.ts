// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { keepBackingUp } from '../../src/cli/backup/keep-backing-up.ts';
import { keepBeating } from '../../src/cli/backup/keep-beating.ts';
import { physicalNight } from '../../src/cli/backup/physical-night.ts';
import { backupHealth } from '../../src/ops/backup/backup-health.ts';
import { cleanUp } from '../../src/ops/backup/clean-up.ts';
import { takeLock } from '../../src/ops/backup/lock.ts';
import { readRecord, record } from '../../src/ops/backup/record.ts';
import { backupReadings, lookAtBackups } from '../../src/ops/metrics/read-installation.ts';
import { drillCluster } from '../../src/ops/physical/drill-cluster.ts';
import { pruneSets } from '../../src/ops/physical/prune-sets.ts';
import { openReader, repositoryOwner } from '../../src/ops/physical/restore-cluster.ts';
import { doneSince, takeSet } from '../../src/ops/physical/take-set.ts';
import { keyFile } from '../backup/backups.ts';
import { childEnv } from '../support/child-env.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { populate } from '../support/load-population.ts';
import { type Archiving, notRun, ownedFolder, serve, startArchiving } from './clusters.ts';
import { queryAll } from './marks.ts';

const entry = fileURLToPath(new URL('../../bin/flashcase.mjs', import.meta.url));

describe('physical backups as an operator uses them', { concurrency: false, skip: notRun }, () => {
  const ends: (() => Promise<void> | void)[] = [];
  let cluster: Archiving;

  before(async () => {
    if (notRun !== false) return;
    const keys = ownedFolder(process.cwd());
    ends.push(() => rmSync(keys, { recursive: true, force: true }));
    cluster = await startArchiving(
      { after: (end) => void ends.push(end as () => Promise<void>) },
      { env: { BACKUP_KEY_FILE: keyFile(keys), BACKUP_SCRATCH: keys } },
    );
    const database = await openFresh({ url: cluster.url });
    await populate(database, { students: 2, deckSizes: [40], isStudied: true });
    await database.close();
  });
  after(async () => {
    for (const end of ends.toReversed()) await end();
  });

  /** Types a command. */
  async function type(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    const child = spawn(process.execPath, [entry, ...args], { env: childEnv(cluster.env), cwd: cluster.folder });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      out += more;
    });
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      err += more;
    });
    const [code] = (await once(child, 'close')) as [number];
    return { code, out, err };
  }

  test('set up, taken, listed, verified, tried out, restored and pruned by the commands, with the exit codes they promise', async () => {
    const printed = await type('backup', 'setup', '--print');
    assert.equal(printed.code, 0, printed.err);
    assert.match(printed.out, /repo1-cipher-pass=\*\*\*/);
    assert.match((await type('backup', 'setup')).out, /a piece of log was seen to arrive/);
    const taken = await type('backup', 'now', '--physical', 'full');
    assert.equal(taken.code, 0, taken.err);
    assert.match(taken.out, /^Physical backup \d{8}-\d{6}F \(full\): .* by pgBackRest 2\./);
    assert.match((await type('backup', 'now', '--physical', 'everything')).err, /full, diff, incr/);
    assert.equal((await type('backup', 'now')).code, 0);
    const list = await type('backup', 'list');
    assert.match(list.out, /Any moment from .* UTC: flashcase restore --to TIME --into cluster:FOLDER/);
    assert.match((await type('backup', 'verify')).out, /physical backups {2}whole/);
    const drilled = await type('drill');
    assert.equal(drilled.code, 0, drilled.err);
    assert.match(drilled.out, /restored into a scratch cluster, with the key file alone, and are right/);
    assert.match((await type('backup', 'prune', '--dry-run')).out, /F +kept +newest/);
    await cluster.ask('CREATE TABLE before_it (x int)');
    const [row] = await cluster.ask(
      "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC' + interval '2 hours', 'YYYY-MM-DD HH24:MI:SS.US') || '+02:00' AS at",
    );
    await cluster.ask('CREATE TABLE behind_it (x int)');
    const folder = join(cluster.folder, 'restored');
    const restored = await type('restore', '--to', String(row?.at), '--into', `cluster:${folder}`);
    assert.equal(restored.code, 0, restored.err);
    assert.match(restored.out, /The moment .* UTC is restored .*\n {2}folder .*restored; no server runs in it/);
    const server = await serve(folder);
    const url = cluster.url.replace(/:\d+\//, `:${server.port}/`);
    const [found] = await queryAll(
      url,
      "SELECT to_regclass('before_it') IS NOT NULL AS yes, to_regclass('behind_it') IS NULL AS no, current_setting('archive_mode') AS archive",
    );
    await server.kill();
    assert.deepEqual(found, { yes: true, no: true, archive: 'off' });
    const refused = await type('restore', '--to', '2020-01-01 00:00:00', '--into', `cluster:${folder}-2`);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /FC_RESTORE_WINDOW[\s\S]*what can be restored is/);
    await cluster.ask('DROP TABLE before_it, behind_it');
  });

  test('a server takes a set each night, restores a moment for a trial, and says so; what is missing is told', async () => {
    const nightOf = async (more: Readonly<Record<string, string>>): Promise<string[]> => {
      const env = { ...cluster.env, BACKUP_DIRECTORY: join(cluster.folder, 'nights'), BACKUP_SCHEDULE: '00:00', ...more };
      const lines: string[] = [];
      let tell: (line: string) => void = () => {};
      const both = new Promise<void>((done) => {
        tell = (line) => {
          if (lines.push(line) === 2) done();
        };
      });
      const backingUp = keepBackingUp(settingsFor({ url: cluster.url }, env), tell, { firstLookMs: 1, lookMs: 50 });
      await both;
      await backingUp.stop();
      return lines;
    };
    const [made, taken] = await nightOf({});
    assert.match(made as string, /^made .* restored for a trial and right/);
    assert.match(
      taken as string,
      /^took the physical backup \S+; .* UTC restored for a trial and right \(80 card states recomputed/,
    );
    const [, missing] = await nightOf({
      BACKUP_DIRECTORY: join(cluster.folder, 'others'),
      BACKUP_PHYSICAL: join(cluster.folder, 'nothing'),
    });
    assert.match(missing as string, /^FAILED: the physical backup: FC_PHYSICAL_SETUP .*flashcase backup setup/);
  });

  const setsNow = async (): Promise<number> =>
    (await (await openReader(cluster.options, repositoryOwner(cluster.options))).inventory()).sets.length;

  test('a damaged set is the one of its night, what is dated ahead is none, and while another process is at it nothing is done', async () => {
    const directory = join(cluster.folder, 'judged');
    mkdirSync(directory);
    const env = { ...cluster.env, BACKUP_DIRECTORY: directory };
    const options = cluster.with({ BACKUP_DIRECTORY: directory });
    const slot = options.clock.now();
    const ahead = { at: slot.plusDays(30).text, isGood: true } as const;
    record(directory, { ...ahead, kind: 'physical' });
    record(directory, { ...ahead, kind: 'physical-drill' });
    assert.deepEqual(doneSince(options, slot), { isTaken: false, isTried: false });
    const serving = settingsFor({ url: cluster.url }, env);
    const lock = takeLock(join(cluster.folder, 'physical/.night-lock'));
    const count = await setsNow();
    assert.deepEqual(await physicalNight(serving, slot), { isGood: false, line: undefined });
    lock?.close();
    assert.equal(readRecord(directory).length, 2);
    record(directory, { at: options.clock.now().text, kind: 'physical', isGood: false, detail: 'FC_BACKUP_DAMAGED: a page' });
    assert.deepEqual(doneSince(options, slot), { isTaken: true, isTried: false });
    assert.match(
      (await physicalNight(serving, slot))?.line ?? '',
      /^a physical backup was taken before; .* restored for a trial/,
    );
    assert.equal(await setsNow(), count);
    assert.equal(await physicalNight(serving, slot), undefined);
  });

  test('a drill that is stopped leaves no server and no data, one that was killed neither once a server starts', async () => {
    const physical = join(cluster.folder, 'physical');
    const left = (): string[] => readdirSync(physical).filter((name) => name.startsWith('drill-'));
    // An orphan that ended may wait for good where nobody asks how.
    const isRunning = (pid: number): boolean =>
      existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    /** The server of a drill that runs. */
    const scratchServer = async (): Promise<number> => {
      for (;;) {
        const [name] = left();
        const file = name === undefined ? '' : join(physical, name, 'data/postmaster.pid');
        const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : 0;
        if (pid > 0) return pid;
        await delay(5);
      }
    };
    const env = { ...cluster.env, BACKUP_DIRECTORY: join(cluster.folder, 'stopped'), BACKUP_SCHEDULE: '00:00' };
    const settings = settingsFor({ url: cluster.url }, env);
    const backingUp = keepBackingUp(settings, () => {}, { firstLookMs: 1, lookMs: 50 });
    const stopped = await scratchServer();
    await backingUp.stop();
    assert.equal(isRunning(stopped), false);
    // A thread that got no time to remove its folder leaves that to the next start.
    await cleanUp(settings, () => {});
    assert.deepEqual(left(), []);
    assert.ok(
      readRecord(env.BACKUP_DIRECTORY).every(({ isGood }) => isGood),
      'a stop is no failure of the backups',
    );
    const child = spawn(process.execPath, [entry, 'drill', '--physical'], {
      env: childEnv(cluster.env),
      cwd: cluster.folder,
      stdio: 'ignore',
      // With its launcher, as a unit of systemd is killed; its PostgreSQL has a group of its own.
      detached: true,
    });
    const killed = await scratchServer();
    assert.equal(isRunning(killed), true);
    process.kill(-(child.pid as number), 'SIGKILL');
    await once(child, 'close');
    assert.equal(left().length, 1);
    const told: string[] = [];
    await cleanUp(settings, (line) => told.push(line));
    assert.deepEqual(told, ['removed what 1 killed drill of physical backups left']);
    assert.equal(isRunning(killed), false);
    assert.deepEqual(left(), []);
  });

  test('a drill that finds wrong values in what it restores is red, in health and in metrics, and leaves nothing', async () => {
    const { options } = cluster;
    const { directory } = options.backup;
    await takeSet(options, 'incr');
    const good = await drillCluster(options);
    assert.ok(good.cardStates.checked > 0 && good.isEncrypted);
    const now = () => options.clock.now();
    assert.equal(backupHealth(directory, now()).isGood, true);
    await cluster.ask('UPDATE card_state SET repetitions = repetitions + 1');
    const { stoppedAt } = await takeSet(options, 'full');
    // Older moments are right, and a drill may draw one: they go.
    const retention = { days: 1, weeks: 0, months: 0 };
    await pruneSets({ ...options, clock: { now: () => stoppedAt.plusDays(3) }, backup: { ...options.backup, retention } }, false);
    await assert.rejects(drillCluster(options), { code: 'FC_DRILL_FAILED', message: /card \d+ of user \d+/ });
    assert.equal(backupHealth(directory, now()).isGood, false);
    const readings = new Map(
      backupReadings(await lookAtBackups(directory, now()), true, now(), true).map(({ name, value }) => [name, value]),
    );
    assert.equal(readings.get('physical_drill_last_failed'), 1);
    assert.equal(readings.get('physical_backup_last_failed'), 0);
    assert.ok((readings.get('physical_backup_last_success_age_seconds') ?? Infinity) < 600);
    assert.deepEqual(
      readdirSync(join(cluster.folder, 'physical')).filter((name) => name.startsWith('drill-')),
      [],
    );
    assert.equal(readRecord(directory).at(-1)?.kind, 'physical-drill');
    assert.deepEqual(doneSince(options, now().plusSeconds(-3600)), { isTaken: true, isTried: true });
    assert.deepEqual(doneSince(options, now().plusSeconds(60)), { isTaken: false, isTried: false });
  });

  test('a server beats where physical backups are kept: an idle PostgreSQL has a commit to stop at', async () => {
    const database = await openFresh({ url: cluster.url });
    const xid = async (): Promise<number> =>
      Number((await cluster.ask('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS x'))[0]?.x);
    const first = await xid();
    const beating = keepBeating(settingsFor({ url: cluster.url }, cluster.env), database, 10);
    while ((await xid()) <= first + 1);
    await beating.stop();
    await database.close();
    await keepBeating(settingsFor({ url: cluster.url }), database, 1).stop();
  });
});
