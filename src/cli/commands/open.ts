import { systemClock } from '../../db/clock.ts';
import { type Database, openDatabase } from '../../db/database.ts';
import { readEnv } from '../../db/env.ts';
import { readSettings, type Settings } from '../../db/settings.ts';
import { toJson } from '../../schema/json.ts';

/** The settings of this folder's environment. */
export function commandSettings(): Settings {
  return readSettings(readEnv(), process.cwd());
}

/** Runs a command on the configured database and closes it, whatever happens. */
export async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const settings = commandSettings();
  const onQuery =
    settings.isDevelopment && settings.isDebug
      ? (sql: string, ms: number) => process.stderr.write(`${ms.toFixed(1)} ms  ${sql}\n`)
      : undefined;
  const database = openDatabase(settings, systemClock(), onQuery);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** Prints a result for people, or as one line of JSON for machines. */
export function print(isJson: boolean, result: unknown, lines: () => readonly string[]): void {
  process.stdout.write(isJson ? `${toJson(result)}\n` : `${lines().join('\n')}\n`);
}
