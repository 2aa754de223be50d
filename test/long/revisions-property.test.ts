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
