// slow
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { drillOptions } from '../../src/cli/backup/drill-options.ts';
import { keepBackingUp } from '../../src/cli/backup/keep-backing-up.ts';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { removeDatabase } from '../../src/engine/sqlite/verified-copy.ts';
import { listBackups } from '../../src/ops/backup/backup-folder.ts';
import { backupHealth } from '../../src/ops/backup/backup-health.ts';
import { type DrillOptions, drill } from '../../src/ops/backup/drill/drill.ts';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import { runNight, slotBefore } from '../../src/ops/backup/nightly.ts';
import { readRecord, record } from '../../src/ops/backup/record.ts';
import { leftovers } from '../../src/ops/backup/scratch.ts';
import { prepareDatabase } from '../../src/ops/prepare.ts';
import { Timestamp } from '../../src/schema/index.ts';
import { engines } from '../support/database.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { writeLegacyFile } from '../support/legacy.ts';
import { type Installation, installation, SetClock, temporaryFolder } from './backups.ts';
import { flip } from './damage.ts';
import { nights } from './nights.ts';

const drillOf = ({ file, options }: Installation, more: Partial<DrillOptions> = {}): DrillOptions => ({
  ...drillOptions(settingsFor({ url: `sqlite:///${file}` }, { BACKUP_DIRECTORY: options.backup.directory }), () => {}),
  ...more,
});

const onFile = (file: string, sql: string): void => {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
};

describe('a drill', { concurrency: false }, () => {
  test('the newest backup is restored into a scratch place, its card states recomputed, somebody logged in; nothing is left, and it is recorded', async (t) => {
    const made = await installation(t);
    const { directory } = made.options.backup;
    await backupNow(made.options);
    const { name } = await backupNow(made.options);
    const report = await drill(drillOf(made));
    assert.deepEqual(
      { ...report, seconds: 0 },
      {
        backup: name,
        madeAt: report.madeAt,
        revision: report.revision,
        rows: report.rows,
        cardStates: { total: 40, checked: 40 },
        user: 'load_0',
        seconds: 0,
      },
    );
    assert.deepEqual(leftovers(made.options.backup), []);
    assert.deepEqual(
      readRecord(directory).map(({ kind, isGood, backup }) => [kind, isGood, backup === name]),
      [
        ['backup', true, false],
        ['backup', true, true],
        ['drill', true, true],
      ],
    );
    const health = backupHealth(directory, systemClock().now());
    assert.deepEqual([health.isGood, health.drill?.isGood, health.lastFailure], [true, true, null]);
    const later = backupHealth(directory, systemClock().now().plusDays(2));
    assert.equal(later.isGood, false, 'two days without a backup are too long');
    // The live database was not touched: its user has the old password and no login of the trial.
    const db = new DatabaseSync(made.file, { readOnly: true });
    assert.equal(db.prepare("SELECT count(*) AS n FROM user WHERE hashed_password <> 'no password fits this'").get()?.n, 0);
    db.close();
  });

  test('B4: a planted bad backup turns it red: damaged data, a damaged manifest, wrong values, lost parents, nobody who can log in', async (t) => {
    const bad: readonly [code: string, why: RegExp, plant: (made: Installation) => Promise<Partial<DrillOptions> | undefined>][] =
      [
        [
          'FC_BACKUP_DAMAGED',
          /damaged/,
          async ({ options }) => {
            const { name, data } = await backupNow(options);
            flip(join(options.backup.directory, name, data.file), 1000, 1);
            return undefined;
          },
        ],
        [
          'FC_BACKUP_DAMAGED',
          /damaged/,
          async ({ options }) => {
            const { name } = await backupNow(options);
            flip(join(options.backup.directory, name, 'manifest.json'), 50, 1);
            return undefined;
          },
        ],
        ...([
          [
            /card \d+ of user 1: its ease_factor is 2\.6/,
            'UPDATE card_state SET ease_factor = 2.6 WHERE user_id = 1 AND card_id = 7',
          ],
          [/its interval is 3, its reviews say 1/, 'UPDATE card_state SET interval = 3 WHERE card_id = 7'],
          [/it has a state and no review/, 'DELETE FROM study_log WHERE card_id = 7'],
          [/SM-2 gives 2\.5, 1/, 'UPDATE card_state SET ease_factor = 3.0; UPDATE study_log SET ease_factor = 3.0'],
          [/its next_review is 2031/, "UPDATE card_state SET next_review = '2031-01-01 00:00:00.000000' WHERE card_id = 3"],
          [/refer to rows that are not there/, 'PRAGMA foreign_keys = OFF; DELETE FROM card WHERE id = 5'],
        ].map(([why, sql]) => [
          'FC_DRILL_FAILED',
          why,
          async ({ file, options }: Installation) => {
            onFile(file, sql as string);
            await backupNow(options);
            return undefined;
          },
        ]) as (typeof bad)[number][]),
        [
          'FC_DRILL_FAILED',
          /nobody can log in: no/,
          async ({ options }) => {
            await backupNow(options);
            return { logIn: () => Promise.reject(new Error('no')) };
          },
        ],
      ];
    for (const [code, why, plant] of bad) {
      const made = await installation(t);
      const { directory } = made.options.backup;
      // An older good one is no answer.
      await backupNow(made.options);
      const more = await plant(made);
      await assert.rejects(drill(drillOf(made, more)), { code, message: why }, String(why));
      const health = backupHealth(directory, systemClock().now());
      assert.deepEqual([health.isGood, health.drill?.isGood, health.lastFailure?.code], [false, false, code], String(why));
      assert.deepEqual(leftovers(made.options.backup), []);
    }
  });

  for (const version of [1, 2] as const)
    test(`a database that was adopted from the original app passes it (version ${version})`, async (t) => {
      const made = await installation(t, { students: 0 });
      removeDatabase(made.file);
      writeLegacyFile(version, made.file);
      const legacy = await backupNow(made.options);
      assert.equal((await drill(drillOf(made))).revision, undefined);
      const database = openDatabase(settingsFor({ url: `sqlite:///${made.file}` }), systemClock());
      await prepareDatabase(database);
      await database.close();
      const adopted = await backupNow(made.options);
      assert.notEqual(adopted.name, legacy.name);
      const report = await drill(drillOf(made));
      assert.ok(report.cardStates.checked > 100);
    });
});

describe('what a server does every night', { concurrency: false }, () => {
  test('the slot is the last scheduled time before now, in UTC', () => {
    const at = (text: string): Timestamp => Timestamp.parse(text) as Timestamp;
    assert.equal(slotBefore(at('2026-03-29 03:00:00'), 180).text, '2026-03-29 03:00:00.000000');
    assert.equal(slotBefore(at('2026-03-29 02:59:59'), 180).text, '2026-03-28 03:00:00.000000');
    assert.equal(slotBefore(at('2026-01-01 00:00:00'), 1439).text, '2025-12-31 23:59:00.000000');
  });

  test('B4: backup, drill and prune night after night, green each time, with what was written in between', async (t) => {
    const report = await nights(t, 5);
    assert.deepEqual(report, { green: 5, kept: 5 });
  });

  test('a night that failed is tried again and prunes nothing; one that was cut off after the backup goes on with the drill', async (t) => {
    const made = await installation(t);
    const { directory } = made.options.backup;
    const clock = new SetClock(Timestamp.parse('2026-05-01 03:00:10') as Timestamp);
    const slot = slotBefore(clock.now(), 180);
    const failing = drillOf(made, { clock, database: { engine: 'sqlite', file: `${made.file}.none` } });
    await assert.rejects(runNight(failing, slot), { code: 'FC_DB_MISSING' });
    assert.equal(backupHealth(directory, clock.now()).lastFailure?.code, 'FC_DB_MISSING');
    const good = drillOf(made, { clock });
    await backupNow(good);
    const night = await runNight(good, slot);
    assert.ok(night.outcome === 'done' && night.manifest === undefined);
    assert.equal((await runNight(good, slot)).outcome, 'already');
    assert.equal(listBackups(directory).length, 1);
  });

  test('a drill with another backup does not stand for this night’s', async (t) => {
    const made = await installation(t);
    const { directory } = made.options.backup;
    const clock = new SetClock(Timestamp.parse('2026-05-01 03:00:10') as Timestamp);
    const good = drillOf(made, { clock });
    const { name } = await backupNow(good);
    record(directory, { at: clock.now().text, kind: 'drill', backup: 'an older one', isGood: true });
    record(directory, { at: clock.now().text, kind: 'drill', isGood: false, detail: 'FC_DB_DISK_FULL: full' });
    const night = await runNight(good, slotBefore(clock.now(), 180));
    assert.ok(night.outcome === 'done' && night.manifest === undefined && night.report.backup === name);
  });

  test('a drill takes the newest backup of before now, whatever a wrong clock has made', async (t) => {
    const made = await installation(t);
    const now = systemClock().now();
    await backupNow(drillOf(made, { clock: { now: () => now.plusDays(400) } }));
    const { name } = await backupNow(made.options);
    assert.equal((await drill(drillOf(made))).backup, name);
  });

  test('a backup made by a clock in the future stands for no night before it', async (t) => {
    const made = await installation(t);
    const at = (text: string) => new SetClock(Timestamp.parse(text) as Timestamp);
    await backupNow(drillOf(made, { clock: at('2030-05-01 03:00:10') }));
    const clock = at('2026-05-01 03:00:10');
    assert.equal(backupHealth(made.options.backup.directory, clock.now()).isGood, false);
    const night = await runNight(drillOf(made, { clock }), slotBefore(clock.now(), 180));
    assert.ok(night.outcome === 'done' && night.manifest !== undefined);
  });

  test('two servers on one file: one makes the backup, both know that it is made', async (t) => {
    const { file, folder } = await installation(t);
    const settings = settingsFor({ url: `sqlite:///${file}` }, { BACKUP_DIRECTORY: join(folder, 'backups') });
    const told: string[] = [];
    const servers = [1, 2].map(() => keepBackingUp(settings, (line) => told.push(line), { firstLookMs: 0, lookMs: 50 }));
    t.after(() => Promise.all(servers.map(({ stop }) => stop())));
    for (let i = 0; i < 400 && told.length === 0; i++) await delay(50);
    await delay(500);
    assert.equal(told.length, 1, told.join('; '));
    assert.match(told[0] as string, /^made \d+T\d+Z, .* restored for a trial and right/);
    assert.equal(listBackups(settings.backup.directory).length, 1);
    assert.equal(servers[0]?.health()?.isGood ?? false, true);
    assert.equal(
      keepBackingUp({ ...settings, backup: { ...settings.backup, minuteOfDay: undefined } }, () => {}).health(),
      undefined,
    );
  });

  const [, postgres] = engines();
  test('two machines on one PostgreSQL: one claims the night, and the other takes it over when that one fails', {
    skip: postgres?.skip ?? true,
  }, async (t) => {
    const place = await (postgres as NonNullable<typeof postgres>).fresh();
    t.after(() => place.drop());
    await (await openFresh(place)).close();
    const folder = temporaryFolder(t);
    const machine = (host: string, more: Partial<DrillOptions> = {}): DrillOptions => {
      const options = drillOptions(settingsFor(place, { BACKUP_DIRECTORY: join(folder, host) }), () => {});
      return { ...options, madeBy: { ...options.madeBy, host }, ...more };
    };
    const slot = slotBefore(systemClock().now(), 180);
    const broken = machine('one', { logIn: () => Promise.reject(new Error('no')) });
    await assert.rejects(runNight(broken, slot), { code: 'FC_DRILL_FAILED' });
    const both = await Promise.all([runNight(machine('two'), slot), runNight(machine('three'), slot)]);
    assert.deepEqual(both.map(({ outcome }) => outcome).toSorted(), ['done', 'elsewhere']);
    const next = slot.plusDays(1);
    assert.ok(readdirSync(folder).length >= 2);
    const after = machine('four', { clock: { now: () => next.plusSeconds(60) } });
    assert.equal((await runNight(after, next)).outcome, 'done');
    assert.deepEqual(await runNight(machine('two', { clock: { now: () => next.plusSeconds(61) } }), next), {
      outcome: 'elsewhere',
      host: 'four',
    });
  });
});
