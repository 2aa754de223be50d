// slow
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { EventEmitter, on } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { keepMaintaining } from '../../src/cli/maintain/keep-maintaining.ts';
import { systemClock } from '../../src/db/clock.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { lastUpkeep, sizesSince } from '../../src/db/stores/upkeep.ts';
import { slotBefore } from '../../src/ops/backup/nightly.ts';
import { runScheduledUpkeep } from '../../src/ops/maintain/scheduled.ts';
import { readDatabase } from '../../src/ops/metrics/read-installation.ts';
import { growthOf } from '../../src/ops/monitor/growth.ts';
import { readState } from '../../src/ops/monitor/read-state.ts';
import { Timestamp } from '../../src/schema/index.ts';
import { engines } from '../support/database.ts';
import { filling } from '../support/fill-hot-tables.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';

const at = (text: string): Timestamp => Timestamp.parse(text) as Timestamp;
/** A clock that is set. */
const clockAt = (text: string) => ({
  time: at(text),
  now() {
    return this.time;
  },
});

for (const target of engines().slice(0, 2)) {
  describe(`upkeep by schedule (${target.name})`, { skip: target.skip }, () => {
    test(`of several servers one does the upkeep of a day; one that failed or is gone is taken over from, and all of it is told (${target.name})`, async () => {
      const place = await target.withTables();
      const clock = clockAt('2026-03-02 04:31:00.000000');
      const first = await openFresh(place, clock);
      const settings = settingsFor(place, { BACKUP_SCHEDULE: 'off' });
      const second = openDatabase(settings, clock);
      const runs = (database: Database) => database.read((session) => lastUpkeep(session, 10));
      try {
        await first.engine.dedicated((connection) => connection.script(filling(first.engine.name)));
        const slot = at('2026-03-02 04:30:00.000000');
        const both = await Promise.all([runScheduledUpkeep(first, slot, 'one'), runScheduledUpkeep(second, slot, 'two')]);
        assert.equal(both.filter(({ outcome }) => outcome === 'done').length, 1);
        assert.deepEqual(await runScheduledUpkeep(second, slot, 'two'), { outcome: 'already' });
        const [run, ...none] = await runs(first);
        assert.deepEqual(none, []);
        assert.equal(run?.went_well, true);
        assert.ok((run?.told ?? '').length > 0);
        const sizes = await first.read((session) => sizesSince(session, '2026-03-02'));
        const log = sizes.find(({ object_name, object_kind }) => object_kind === 'table' && object_name === 'study_log');
        assert.equal(log?.object_rows, 24_000n);
        assert.ok((log?.object_bytes ?? 0n) > 24_000n * 40n);
        assert.ok(
          sizes.some(({ object_kind, object_name }) => object_kind === 'index' && object_name === 'ix_study_log_card_id'),
        );
        assert.ok(sizes.some(({ object_kind }) => object_kind === 'database'));

        // A process that was killed in its upkeep: nobody takes over at once, and everybody may after six hours.
        const next = at('2026-03-03 04:30:00.000000');
        clock.time = at('2026-03-03 04:31:00.000000');
        await first.write(async ({ kysely }) => {
          await kysely
            .insertInto('upkeep_run')
            .values({ slot_at: next, host: 'killed', claimed_at: clock.time, ended_at: null, went_well: null, told: null })
            .execute();
        });
        assert.deepEqual(await runScheduledUpkeep(first, next, 'one'), { outcome: 'elsewhere', host: 'killed' });
        clock.time = at('2026-03-03 10:32:00.000000');
        assert.equal((await runScheduledUpkeep(first, next, 'one')).outcome, 'done');
        // One of this machine is gone when its process is, and one that is stopped leaves the slot to the next.
        const { pid: gone } = spawnSync(process.execPath, ['-e', '']);
        for (const [left, outcome] of [
          [gone, 'done'],
          [process.pid, 'done'],
          [process.ppid, 'elsewhere'],
        ] as const) {
          await first.write(({ kysely }) =>
            kysely
              .updateTable('upkeep_run')
              .set({ host: 'one', claimed_at: clock.time, ended_at: null, went_well: null, told: `At it: process ${left}.` })
              .where('slot_at', '=', next)
              .execute(),
          );
          assert.equal((await runScheduledUpkeep(second, next, 'one')).outcome, outcome);
        }
        await first.write(({ kysely }) => kysely.deleteFrom('upkeep_run').where('slot_at', '=', next).execute());
        assert.deepEqual(await runScheduledUpkeep(first, next, 'one', AbortSignal.abort()), { outcome: 'stopped' });
        assert.equal((await runScheduledUpkeep(second, next, 'two')).outcome, 'done');
        // One that failed is anybody's.
        await first.write(async ({ kysely }) => {
          await kysely.updateTable('upkeep_run').set({ went_well: false, host: 'failed' }).where('slot_at', '=', next).execute();
        });
        clock.time = at('2026-03-03 11:00:00.000000');
        const failed = await readDatabase(first.engine, { upkeepAt: clock.time });
        assert.equal(failed.find(({ name }) => name === 'maintain_last_failed')?.value, 1);
        assert.equal((await runScheduledUpkeep(second, next, 'two')).outcome, 'done');
        assert.deepEqual(
          (await runs(first)).map(({ host, went_well }) => [host, went_well]),
          [
            ['two', true],
            [run?.host, true],
          ],
        );
        clock.time = at('2026-03-05 12:00:00.000000');
        const state = await readState({ engine: first.engine, clock, settings });
        assert.ok(state.findings.some(({ id, severity }) => id === 'upkeep-overdue' && severity === 'warning'));
        assert.equal(state.upkeep.minuteOfDay, 4 * 60 + 30);
        assert.deepEqual(state.upkeep.runs.map(({ slot: when, host }) => [when, host])[0], ['2026-03-03T04:30:00Z', 'two']);
        assert.deepEqual([state.growth.since, state.growth.list], ['2026-03-02', []]);
      } finally {
        await second.close();
        await first.close();
        await place.drop();
      }
    });

    test(`growth is foretold from the days that are known: rows over a move, bytes of this engine, and nothing from too few days (${target.name})`, async () => {
      const place = await target.withTables();
      const clock = clockAt('2026-03-20 12:00:00.000000');
      const database = await openFresh(place, clock);
      const { engine } = database;
      const other = engine.name === 'sqlite' ? 'postgres' : 'sqlite';
      try {
        await engine.dedicated((connection) => connection.script(filling(engine.name)));
        if (!engine.capabilities.isLocalFile) await engine.dedicated((connection) => connection.script('ANALYZE'));
        await database.write(async ({ kysely }) => {
          for (let day = 1; day <= 20; day++)
            await kysely
              .insertInto('size_sample')
              .values([
                {
                  taken_on: `2026-03-${String(day).padStart(2, '0')}`,
                  // The move was on the tenth.
                  engine_name: day < 10 ? other : engine.name,
                  object_kind: 'table',
                  object_name: 'study_log',
                  object_rows: BigInt(24_000 - (20 - day) * 100),
                  object_bytes: 1n,
                },
                {
                  taken_on: `2026-03-${String(day).padStart(2, '0')}`,
                  engine_name: day < 15 ? other : engine.name,
                  object_kind: 'database',
                  object_name: '',
                  object_rows: null,
                  object_bytes: BigInt(day * 1000),
                },
              ])
              .execute();
        });
        const settings = settingsFor(place, { BACKUP_SCHEDULE: 'off' });
        const { growth, tables } = await readState({ engine, clock, settings });
        const bytes = tables.find(({ name }) => name === 'study_log')?.bytes ?? 0;
        assert.equal(growth.since, '2026-03-01');
        assert.equal(growth.days, 20);
        const [log, ...more] = growth.list;
        // Of the whole database this engine knows six days: too few.
        assert.deepEqual(more, []);
        assert.equal(log?.name, 'study_log');
        const perDay = (100 * bytes) / 24_000;
        assert.ok(Math.abs((log?.bytesPerDay ?? 0) - perDay) < 0.01 * perDay, JSON.stringify(log));
        assert.ok(Math.abs((log?.bytesIn30Days ?? 0) - bytes - 30 * perDay) < 0.01 * bytes);
      } finally {
        await database.close();
        await place.drop();
      }
    });
  });
}

test('a forecast is a line that a day of a great import bends little, with the range of eight of ten pairs of days; a week is the least', () => {
  const steady = Array.from({ length: 30 }, (_, day) => ({ day, size: 1000 + 50 * day }));
  assert.deepEqual(growthOf(steady), { days: 29, perDay: 50, perDayLow: 50, perDayHigh: 50 });
  const imported = steady.map(({ day, size }) => ({ day, size: day === 20 ? size + 100_000 : size }));
  assert.equal(growthOf(imported)?.perDay, 50);
  const uneven = steady.map(({ day, size }) => ({ day, size: size + (day % 2) * 40 }));
  const seen = growthOf(uneven);
  assert.ok(seen !== undefined && seen.perDayLow < seen.perDay && seen.perDay < seen.perDayHigh);
  assert.equal(growthOf(steady.slice(0, 6)), undefined);
  assert.equal(growthOf(Array.from({ length: 7 }, (_, i) => ({ day: i / 2, size: i }))), undefined);
  assert.equal(growthOf([]), undefined);
});

test('a server asks again while another one is at the upkeep of the day, and does it when that one has failed', async () => {
  const [sqlite] = engines() as [typeof engines extends () => (infer T)[] ? T : never];
  const place = await sqlite.withTables();
  const database = await openFresh(place);
  const now = systemClock().now();
  // Its time was half a day ago: no other comes while this runs.
  const maintainMinuteOfDay = (Number((now.micros / 60_000_000n) % 1440n) + 720) % 1440;
  const slot = slotBefore(now, maintainMinuteOfDay);
  const claim = { slot_at: slot, host: 'another', claimed_at: now, ended_at: null, went_well: null, told: null };
  await database.write(({ kysely }) => kysely.insertInto('upkeep_run').values(claim).execute());
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-upkeep-'));
  const told = new EventEmitter();
  const settings = { ...settingsFor(place, { BACKUP_DIRECTORY: folder }), maintainMinuteOfDay };
  const lines = on(told, 'line');
  const maintaining = keepMaintaining(settings, (line) => told.emit('line', line), { firstLookMs: 0, lookMs: 10, againMs: 10 });
  try {
    assert.match((await lines.next()).value?.[0], /another is at it/);
    const failed = { ended_at: now, went_well: false, told: 'It failed.' };
    await database.write(({ kysely }) => kysely.updateTable('upkeep_run').set(failed).execute());
    await lines.next();
    const [run] = await database.read((session) => lastUpkeep(session, 1));
    assert.deepEqual([run?.slot_at.text, run?.went_well, run?.host], [slot.text, true, hostname()]);
  } finally {
    await maintaining.stop();
    await database.close();
    await place.drop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a server does the upkeep of the day in a thread, once, and says what it did', async () => {
  const [sqlite] = engines() as [typeof engines extends () => (infer T)[] ? T : never];
  const place = await sqlite.withTables();
  const database = await openFresh(place);
  const told: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-upkeep-'));
  const settings = settingsFor(place, { BACKUP_DIRECTORY: folder });
  let said = (): void => {};
  const hasSaid = new Promise<void>((resolve) => (said = resolve));
  const maintaining = keepMaintaining(
    settings,
    (line) => {
      told.push(line);
      said();
    },
    { firstLookMs: 0, lookMs: 10 },
  );
  try {
    await hasSaid;
    const [run] = await database.read((session) => lastUpkeep(session, 1));
    assert.equal(run?.went_well, true, told.join());
    assert.equal(told[0], run?.told?.replaceAll('\n', '; '));
  } finally {
    await maintaining.stop();
    await database.close();
    await place.drop();
    rmSync(folder, { recursive: true, force: true });
  }
  assert.equal(told.length, 1);
});
