import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { record } from '../../src/ops/backup/record.ts';
import { backupReadings, lookAtBackups } from '../../src/ops/metrics/read-installation.ts';
import { testClock } from '../conformance/client.ts';

test('ages of backups and drills: a backup that was removed is none, a failure is told, a clock in the future stands for nothing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'flashcase-readings-'));
  const clock = testClock();
  const told = async (isScheduled: boolean) =>
    backupReadings(await lookAtBackups(directory, clock.now()), isScheduled, clock.now());
  const read = async (isScheduled = true) =>
    Object.fromEntries((await told(isScheduled)).map(({ name, value }) => [name, Math.round(value)]));
  const never = Number.POSITIVE_INFINITY;
  const write = (kind: 'backup' | 'drill', isGood: boolean, at = clock.now().text) =>
    record(directory, { at, kind, backup: 'one', isGood, ...(isGood ? {} : { detail: 'FC_DB_DISK_FULL: x' }) });
  try {
    assert.deepEqual(await told(false), []);
    // A server that made no backup says nothing of the last one: it would hide the failure of another server.
    assert.deepEqual(await read(), {
      backup_last_success_age_seconds: never,
      backup_last_verified_age_seconds: never,
      restore_drill_last_success_age_seconds: never,
    });
    mkdirSync(join(directory, 'one'));
    writeFileSync(join(directory, 'one', 'manifest.json'), '{}');
    write('backup', true);
    write('drill', true);
    clock.advance(7200);
    assert.deepEqual(await read(), {
      backup_last_success_age_seconds: 7200,
      backup_last_verified_age_seconds: 7200,
      backup_last_failed: 0,
      restore_drill_last_success_age_seconds: 7200,
      restore_drill_last_failed: 0,
    });
    write('backup', false);
    write('drill', false);
    const failed = await read();
    assert.deepEqual([failed.backup_last_failed, failed.restore_drill_last_failed], [1, 1]);
    assert.equal(failed.restore_drill_last_success_age_seconds, 7200);
    // What was done is told without a schedule too, as where a timer of the system makes the backups.
    assert.deepEqual(await read(false), await read(true));
    rmSync(join(directory, 'one'), { recursive: true });
    assert.equal((await read()).backup_last_success_age_seconds, never);
    write('drill', true, clock.now().plusDays(3).text);
    assert.equal((await read()).restore_drill_last_success_age_seconds, never);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
