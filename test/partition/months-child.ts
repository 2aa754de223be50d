import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { keepMonths } from '../../src/ops/partition/keep-months.ts';
import { REVIEWS } from '../../src/ops/partition/partitioned.ts';
import { Timestamp } from '../../src/schema/index.ts';
import { settingsFor } from '../support/fresh.ts';

/** Makes the months that are missing at a moment and kills itself at a step: `months-child.ts url moment step`. */
const [url = '', moment = '', dieAt = ''] = process.argv.slice(2);
const { engine } = openDatabase(settingsFor({ url }), systemClock());
await engine.dedicated((connection) =>
  keepMonths(connection, REVIEWS, Timestamp.parse(moment) as Timestamp, (step) => {
    if (step === dieAt) process.kill(process.pid, 'SIGKILL');
  }),
);
await engine.close();
