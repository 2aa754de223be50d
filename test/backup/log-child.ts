import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { keepLogging } from '../../src/cli/backup/keep-logging.ts';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { CommitMarks } from '../../src/ops/backup/log/commit-marks.ts';
import { openedDespiteFault } from '../support/faults.ts';
import { settingsFor } from '../support/fresh.ts';

/**
 * A server's part in a process of its own: it writes markers and keeps the change log in a thread, until it is killed or asked to stop. Each marker is told before it is written and when it is acknowledged:
 * `log-child.ts folder first`.
 */
const [folder = '', first = '1'] = process.argv.slice(2);
const file = join(folder, 'flashcase.db');
const settings = settingsFor({ url: `sqlite:///${file}` }, { BACKUP_DIRECTORY: join(folder, 'backups'), BACKUP_LOG: '1' });
const clock = systemClock();
const marks = new CommitMarks(clock);
const database = openDatabase(settings, clock, { commits: marks });
await openedDespiteFault(() =>
  database.write(({ connection }) => connection.script('CREATE TABLE IF NOT EXISTS marker (n INTEGER PRIMARY KEY, load BLOB)')),
);
const tell = (line: string): void => void writeSync(1, `${line}\n`);
const logging = keepLogging(
  settings,
  () => file,
  marks,
  (line) => tell(`told ${line}`),
  { firstMs: 0 },
);
let isOver = false;
process.once('SIGTERM', () => {
  isOver = true;
});
const load = Buffer.alloc(20_000, 7);
for (let n = Number(first); !isOver; n++) {
  tell(`sent ${n} ${clock.now().micros}`);
  await database.write(({ connection }) => connection.execute('INSERT INTO marker (n, load) VALUES (?, ?)', [n, load]));
  tell(`ok ${n} ${clock.now().micros}`);
  await delay(10);
}
await database.close();
await logging.stop();
tell('stopped');
