import { type Clock, systemClock } from '../../src/db/clock.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import type { Env } from '../../src/db/env.ts';
import { readSettings, type Settings } from '../../src/db/settings.ts';
import { distribute } from '../../src/ops/distribute/distribute.ts';
import { storeAs } from '../../src/ops/partition/build.ts';
import { REVIEWS } from '../../src/ops/partition/partitioned.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { revisions } from '../../src/versions/index.ts';
import { project } from '../../src/versions/project.ts';

/** The settings of a database at this place, everything else by default. */
export function settingsFor(place: { url: string; directUrl?: string }, more: Readonly<Record<string, string>> = {}): Settings {
  const values = {
    DATABASE_URL: place.url,
    ...(place.directUrl === undefined ? {} : { DATABASE_DIRECT_URL: place.directUrl }),
    ...more,
  };
  const env: Env = new Map(Object.entries(values).map(([name, value]) => [name, { value, source: 'test' }]));
  return readSettings(env, '/');
}

/** Opens a database at this place, with today's tables in it. */
export async function openFresh(
  place: { url: string; directUrl?: string; isByMonths?: boolean; isDistributed?: boolean },
  clock: Clock = systemClock(),
): Promise<Database> {
  const database = openDatabase(settingsFor(place), clock);
  // The time of day: how often a revision looks at the clock is no part of what a test tells.
  await upgrade({ engine: database.engine, revisions, clock: systemClock() });
  if (place.isByMonths === true)
    await storeAs({ engine: database.engine, clock, project, partitioned: REVIEWS, say: () => {} }, 'months');
  if (place.isDistributed === true) await distribute({ engine: database.engine, clock: systemClock(), project, say: () => {} });
  return database;
}
