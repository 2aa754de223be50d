import type { Clock } from '../db/clock.ts';
import { openDatabase } from '../db/database.ts';
import type { Settings } from '../db/settings.ts';
import { SqliteConnection } from '../engine/sqlite/connection.ts';
import { introspect } from '../engine/sqlite/introspect.ts';
import { fingerprint, type SchemaForm } from '../schema/form.ts';

export interface Inspection {
  /** The engine and its version. */
  readonly version: string;
  readonly location: string;
  readonly fingerprint: string;
  readonly form: SchemaForm;
}

/** Reads the schema of any database, also somebody else's, and changes nothing in it: opening a file as FlashCase's own would change its journal. */
export async function inspectDatabase(settings: Settings, clock: Clock): Promise<Inspection> {
  if (settings.database.engine === 'sqlite') {
    const { file } = settings.database;
    const connection = new SqliteConnection({ file, readOnly: true, busyTimeoutMs: 5000, columnTypes: new Map() });
    try {
      const form = await introspect(connection);
      const [row] = await connection.query('SELECT sqlite_version() AS v');
      return { version: `SQLite ${String(row?.v)}`, location: file, fingerprint: fingerprint(form), form };
    } finally {
      connection.close();
    }
  }
  const { engine, close } = openDatabase(settings, clock);
  try {
    return await engine.dedicated(async (connection) => {
      await connection.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const form = await engine.introspect(connection);
      return { version: await engine.version(), location: engine.location, fingerprint: fingerprint(form), form };
    });
  } finally {
    await close();
  }
}
