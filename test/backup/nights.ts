import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { drillOptions } from '../../src/cli/backup/drill-options.ts';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { findUser, type User } from '../../src/db/stores/users.ts';
import { listBackups } from '../../src/ops/backup/backup-folder.ts';
import { backupHealth } from '../../src/ops/backup/backup-health.ts';
import { runNight, slotBefore } from '../../src/ops/backup/nightly.ts';
import { recordReview } from '../../src/services/study.ts';
import { settingsFor } from '../support/fresh.ts';
import { installation, SetClock } from './backups.ts';

/** So many nights in a row under a clock that is put forward: reviews during the day, then what a server does. @returns how many were green, and backups kept. */
export async function nights(t: TestContext, count: number): Promise<{ green: number; kept: number }> {
  const { file, options } = await installation(t, { students: 2, cards: 30 });
  const settings = settingsFor({ url: `sqlite:///${file}` }, { BACKUP_DIRECTORY: options.backup.directory });
  const clock = new SetClock(systemClock().now().plusDays(1));
  let green = 0;
  let rows = 0;
  for (let night = 0; night < count; night++) {
    const database = openDatabase(settings, clock);
    for (let card = 1; card <= 30; card++) {
      await database.write(async (session) => {
        const user = (await findUser(session, { username: 'load_0' })) as User;
        await recordReview(session, user, BigInt(card), { quality: (card + night) % 6, idempotencyId: `${night}-${card}` });
      });
      clock.forward(60);
    }
    await database.close();
    const result = await runNight({ ...drillOptions(settings, () => {}), clock }, slotBefore(clock.now(), 180));
    assert.ok(result.outcome === 'done' && result.manifest !== undefined, `night ${night}: ${result.outcome}`);
    assert.ok(result.report.rows > rows, 'what was written during the day is in it');
    rows = result.report.rows;
    if (backupHealth(options.backup.directory, clock.now()).isGood) green++;
    clock.forward(86_400 - 30 * 60);
  }
  return { green, kept: listBackups(options.backup.directory).length };
}
