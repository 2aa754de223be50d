import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { record } from '../../src/ops/backup/record.ts';
import { readBackups } from '../../src/ops/metrics/read-installation.ts';
import { testClock } from '../conformance/client.ts';

test('ages of backups and drills: a backup that was removed is none, a failure is told, a clock in the future stands for nothing', () => {
  const directory = mkdtempSync(join(tmpdir(), 'flashcase-readings-'));
  const clock = testClock();
  const settings = {
    directory,
    minuteOfDay: 180,
    retention: { days: 1, weeks: 0, months: 0 },
    keyFile: undefined,
    scratch: directory,
  };
  const read = () => Object.fromEntries(readBackups(settings, clock).map(({ name, value }) => [name, Math.round(value)]));
  const never = Number.POSITIVE_INFINITY;
  const write = (kind: 'backup' | 'drill', isGood: boolean, at = clock.now().text) =>
    record(directory, { at, kind, backup: 'one', isGood, ...(isGood ? {} : { detail: 'FC_DB_DISK_FULL: x' }) });
  try {
    assert.deepEqual(readBackups({ ...settings, minuteOfDay: undefined }, clock), []);
    assert.equal(read().backup_last_success_age_seconds, never);
    mkdirSync(join(directory, 'one'));
    writeFileSync(join(directory, 'one', 'manifest.json'), '{}');
    write('backup', true);
    write('drill', true);
    clock.advance(7200);
    assert.deepEqual(read(), {
      backup_last_success_age_seconds: 7200,
      backup_last_verified_age_seconds: 7200,
      backup_last_failed: 0,
      restore_drill_last_success_age_seconds: 7200,
      restore_drill_last_failed: 0,
    });
    write('backup', false);
    write('drill', false);
    assert.deepEqual([read().backup_last_failed, read().restore_drill_last_failed], [1, 1]);
    assert.equal(read().restore_drill_last_success_age_seconds, 7200);
    rmSync(join(directory, 'one'), { recursive: true });
    assert.equal(read().backup_last_success_age_seconds, never);
    write('drill', true, clock.now().plusDays(3).text);
    assert.equal(read().restore_drill_last_success_age_seconds, never);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
