import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { inTransaction, openTarget } from '../../move/target/connect.ts';
import type { Timestamp } from '../../schema/index.ts';
import type { BackupOptions } from './options.ts';

/** Not in the application's own schema: it belongs to the tools, and no revision knows it. */
const NIGHTS = 'flashcase_backup.night';
/** `flash_back` in ASCII: two servers that make the table at once would meet. */
const LOCK_KEY = '7378413942538251';
/** A server that claimed a night and was not heard of for so long is gone. */
const GONE_HOURS = 6;

const MAKE_SQL = `
  CREATE SCHEMA IF NOT EXISTS flashcase_backup;
  COMMENT ON SCHEMA flashcase_backup IS 'Which server of FlashCase makes the backup of which night.';
  CREATE TABLE IF NOT EXISTS ${NIGHTS} (
    slot timestamptz PRIMARY KEY,
    host text NOT NULL,
    claimed_at timestamptz NOT NULL,
    is_good boolean
  )`;

const isThere = async (postgres: Connection): Promise<boolean> =>
  (await postgres.query(`SELECT to_regclass('${NIGHTS}') IS NOT NULL AS m_found`))[0]?.m_found === true;

/** Runs work on the serving PostgreSQL; where it is SQLite, the directory's own lock is enough. */
async function onPostgres<T>(
  { database, directUrl }: BackupOptions,
  work: (postgres: Connection) => Promise<T>,
): Promise<T | undefined> {
  if (database.engine === 'sqlite') return undefined;
  const engine = openTarget(directUrl ?? database.url);
  try {
    return await engine.dedicated(work);
  } finally {
    await engine.close();
  }
}

/**
 * Claims a night for this machine. @returns the machine that has it instead. A database that keeps no claims (no right to make a table) is backed up by each machine for
 * itself: one too many does no harm.
 */
export function claimNight(options: BackupOptions, slot: Timestamp): Promise<string | undefined> {
  const { host } = options.madeBy;
  return onPostgres(options, async (postgres) => {
    try {
      return await inTransaction(postgres, async () => {
        await postgres.script(`SELECT pg_advisory_xact_lock(${LOCK_KEY})`);
        if (!(await isThere(postgres))) await postgres.script(MAKE_SQL);
        await postgres.execute(`DELETE FROM ${NIGHTS} WHERE slot < now() - interval '60 days'`);
        const [mine] = await postgres.query(
          `INSERT INTO ${NIGHTS} AS n (slot, host, claimed_at) VALUES ($1, $2, now())
           ON CONFLICT (slot) DO UPDATE SET host = excluded.host, claimed_at = excluded.claimed_at, is_good = NULL
             WHERE n.host = excluded.host OR n.is_good = false OR (n.is_good IS NULL AND n.claimed_at < now() - interval '${GONE_HOURS} hours')
           RETURNING n.host AS m_host`,
          [slot, host],
        );
        if (mine !== undefined) return undefined;
        const [other] = await postgres.query(`SELECT host AS m_host FROM ${NIGHTS} WHERE slot = $1`, [slot]);
        return String(other?.m_host);
      });
    } catch (error) {
      if (!(error instanceof FlashcaseError) || error.code === 'FC_DB_UNREACHABLE') throw error;
      options.say(`the night could not be claimed for this machine (${error.message}); it makes a backup of its own`);
      return undefined;
    }
  });
}

/** Says how the night went: one that failed is another machine's to try. A claim that cannot be ended ends by itself. */
export async function endNight(options: BackupOptions, slot: Timestamp, isGood: boolean): Promise<void> {
  await onPostgres(options, async (postgres) => {
    if (await isThere(postgres))
      await postgres.execute(`UPDATE ${NIGHTS} SET is_good = $1 WHERE slot = $2 AND host = $3`, [
        isGood,
        slot,
        options.madeBy.host,
      ]);
  }).catch(() => {});
}
