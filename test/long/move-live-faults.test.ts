import { after, before, describe, test } from 'node:test';
import { disturb, everyStep, type Fault, FaultyPlace } from '../move/live-faults.ts';
import { embeddedPostgresBin } from '../support/servers.ts';

const FAULTS: readonly Fault[] = ['server', 'cut', 'silence', 'disk of the file', 'disk of the server'];
const oldest = process.env.FLASHCASE_PG15_BIN;

for (const [name, bin] of [
  ['postgres 18', embeddedPostgresBin()],
  ['postgres 15', oldest],
] as const)
  describe(`${name}: a live move that is hit at each named step goes on by the same command and ends as an undisturbed one`, {
    skip: bin === undefined && 'not run: no PostgreSQL 15 here',
  }, () => {
    let place: FaultyPlace | string;
    before(async () => {
      place = await FaultyPlace.open(bin as string);
    });
    after(() => (typeof place === 'object' ? place.close() : undefined));
    for (const fault of FAULTS)
      test(`T-36 T-59: ${fault}`, { timeout: 36_000_000 }, (t) =>
        typeof place === 'string' ? t.skip(place) : disturb(t, place, fault, everyStep()),
      );
  });
