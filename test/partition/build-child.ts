import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { StorageForm } from '../../src/ops/partition/partitioned.ts';
import { settingsFor } from '../support/fresh.ts';
import { store } from './studied.ts';

/** Stores the reviews in a form and may kill itself at a step: `build-child.ts url form step`. */
const [url = '', form = 'months', dieAt = ''] = process.argv.slice(2);
const database = openDatabase(settingsFor({ url }), systemClock());
try {
  const { outcome } = await store(database, form as StorageForm, {
    onStep(step) {
      process.stdout.write(`${step}\n`);
      if (step === dieAt) process.kill(process.pid, 'SIGKILL');
    },
  });
  process.stdout.write(`${outcome}\n`);
} catch (error) {
  process.stdout.write(`failed ${String((error as { code?: string }).code)} ${String(error)}\n`);
  process.exitCode = 1;
} finally {
  await database.close();
}
