import type { Clock } from '../../db/clock.ts';
import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { PROGRESS_TABLE } from '../../engine/schema-form.ts';
import { hasTable } from '../ledger.ts';
import { COPIES_PART, ensureProgress, removePart, writeProgress } from '../progress.ts';

/**
 * Which copies of an SQLite file belong to the run of revisions that is under way, kept in the file itself until that run has come to its
 * end: a run that was killed or failed and is started again is one run, and none of its copies makes room for another of them.
 */
const KEY = 'copies';

/** The names of the copies that the run under way has made, by whichever process. */
export async function copiesOfRun(connection: Connection, engine: Engine): Promise<string[]> {
  if (!(await hasTable(connection, engine, PROGRESS_TABLE))) return [];
  const [row] = await catalogQuery(
    connection,
    { names: 'checkpoint' },
    `FROM ${engine.ddl.quote(PROGRESS_TABLE)} WHERE part = ${COPIES_PART}`,
  );
  return row === undefined ? [] : (JSON.parse(String(row.names)) as string[]);
}

export async function rememberRun(connection: Connection, engine: Engine, clock: Clock, names: readonly string[]): Promise<void> {
  await ensureProgress(connection, engine);
  const entry = { revisionId: KEY, part: COPIES_PART, hash: '', state: 'begun', checkpoint: JSON.stringify(names) } as const;
  await writeProgress(connection, engine, clock, entry);
}

export async function forgetRun(connection: Connection, engine: Engine): Promise<void> {
  if (await hasTable(connection, engine, PROGRESS_TABLE)) await removePart(connection, engine, KEY, COPIES_PART);
}
