import { test } from 'node:test';
import { proveRandomJourneys } from '../revisions/random/journeys.ts';
import { allVehicles } from '../revisions/vehicles.ts';
import { chooseRounds } from '../support/load.ts';

const HOURS = 6;

test(
  'thousands of random schemas with rows become any other and come back, on every engine that is here',
  {
    timeout: HOURS * 3_600_000,
  },
  () => proveRandomJourneys(chooseRounds(2000), allVehicles(), (HOURS - 1) * 3600),
);

const postgres = allVehicles().filter(({ name }) => name.startsWith('postgres'));

test(
  'thousands of random revisions that drop and rename are taken back, and on every PostgreSQL that is here every value comes home',
  { timeout: HOURS * 3_600_000, skip: postgres.length === 0 ? 'not run: no PostgreSQL here' : false },
  () => proveRandomJourneys(chooseRounds(2000), postgres, (HOURS - 1) * 3600, true),
);
