// slow
import { test } from 'node:test';
import { chooseRounds } from '../support/load.ts';
import { proveRandomJourneys } from './random/journeys.ts';
import { onPostgres, onSqlite } from './vehicles.ts';

const { FLASHCASE_TEST_POSTGRES: newest } = process.env;
const vehicles = [onSqlite(), onSqlite('3.40.0'), ...(newest === undefined ? [] : [onPostgres('postgres 18', newest)])];

test(
  'checklist 159, 165: any schema with rows becomes any other and comes back; every engine has the same schema and rows all the way',
  {
    timeout: 200_000,
  },
  () => proveRandomJourneys(chooseRounds(20), vehicles, 30),
);

test(
  'whatever a random revision drops and renames, on PostgreSQL every value it kept aside comes home and nothing stays aside',
  { timeout: 200_000, skip: newest === undefined ? 'not run: no PostgreSQL 18 here' : false },
  () => proveRandomJourneys(chooseRounds(20), [onPostgres('postgres 18', newest as string)], 90, true),
);
