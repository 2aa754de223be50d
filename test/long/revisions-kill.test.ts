import { test } from 'node:test';
import { withoutOwnPostgres } from '../durability/postgres-crash.ts';
import { cutBefore, interruptAt, killAtRandom, killBefore } from '../revisions/crash/interruptions.ts';
import { crashServer } from '../revisions/crash/server.ts';
import { allVehicles } from '../revisions/vehicles.ts';
import { chooseRounds, chooseSeed } from '../support/load.ts';

const seed = chooseSeed();
const timeout = 6 * 3_600_000;

for (const vehicle of allVehicles()) {
  test(`checklist 161: ${vehicle.name}: a process is killed before each statement in turn, up and down`, { timeout }, (context) =>
    interruptAt(vehicle, (_, url, direction, n) => killBefore(url, direction, n), seed, context),
  );

  test(`checklist 161: ${vehicle.name}: a process is killed at 500 random moments`, { timeout }, (context) =>
    killAtRandom(vehicle, chooseRounds(500), seed, context),
  );

  if (vehicle.name.startsWith('postgres')) {
    test(`${vehicle.name}: the connection breaks before each statement in turn, up and down`, { timeout }, (context) =>
      interruptAt(vehicle, (engine, _, direction, n) => cutBefore(engine, direction, n), seed, context),
    );
  }
}

test('a PostgreSQL server dies 100 times in the middle of a revision', { timeout, skip: withoutOwnPostgres() }, (context) =>
  crashServer(chooseRounds(100), seed, context),
);
