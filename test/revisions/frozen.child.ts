import { systemClock } from '../../src/db/clock.ts';
import { withRevisionLock } from '../../src/revisions/lock.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';

/** Holds the revision lock and a table between two statements, for a test to stop it there. Says when it does. */
const [, , url = ''] = process.argv;
const clock = systemClock();
await withRevisionLock(openEngine({ url }, { schema: schema({}) }), { clock }, async ({ connection, announce, transaction }) => {
  await announce('0002');
  await transaction(async () => {
    await connection.script("LOCK TABLE parcel; INSERT INTO parcel (label) VALUES ('half')");
    process.stdout.write('inside\n');
    await new Promise((goOn) => process.stdin.once('data', goOn));
    await connection.script('SELECT 1');
  });
});
