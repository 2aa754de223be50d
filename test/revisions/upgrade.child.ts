import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { revisions } from '../../src/versions/index.ts';
import { settingsFor } from '../support/fresh.ts';

/** A process of its own that brings a database up to date and prints how many revisions it applied. */
const [, , url = '', directUrl = ''] = process.argv;
const clock = systemClock();
const database = openDatabase(settingsFor({ url, ...(directUrl === '' ? {} : { directUrl }) }), clock);
const applied = await upgrade({ engine: database.engine, revisions, clock });
await database.close();
process.stdout.write(String(applied.length));
