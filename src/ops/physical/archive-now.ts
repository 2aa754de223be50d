import { setTimeout as delay } from 'node:timers/promises';
import { FlashcaseError } from '../../errors/index.ts';
import type { Timestamp } from '../../schema/index.ts';
import type { BackupOptions } from '../backup/options.ts';
import { beat, onServer, readRunningServer, switchLog } from './server.ts';
import { ARCHIVE_SECONDS } from './setup.ts';

const LOOK_MS = 200;
/** Twice what the server may wait by itself. */
const MOST_MS = ARCHIVE_SECONDS * 2000;

/** How a running server's newest log got to the archive. */
export type ArchivedNow =
  /** Everything committed by this time is there, and something behind it. */
  | { readonly until: Timestamp; readonly systemId: string }
  /** Why nothing more gets there. */
  | { readonly until: undefined; readonly why: string };

/**
 * Has the serving PostgreSQL archive what it has, and waits for it. A server that does not answer is a reason to restore, not an error: it is told, and what is archived has to do.
 * Throws `FC_DISTRIBUTED` for a coordinator: its archive is of one node of several.
 */
export async function archiveNow(options: BackupOptions): Promise<ArchivedNow> {
  try {
    return await onServer(options, async (connection): Promise<ArchivedNow> => {
      const { isStandby, archiveMode, systemId } = await readRunningServer(connection);
      if (isStandby) return { until: undefined, why: 'DATABASE_URL leads to a standby, which archives nothing' };
      if (archiveMode === 'off')
        return { until: undefined, why: 'the serving PostgreSQL archives nothing (archive_mode is off)' };
      const until = await beat(connection);
      // Recovery stops before the first commit behind its target: there has to be one.
      await beat(connection);
      const piece = await switchLog(connection);
      if (piece === undefined)
        options.say(
          'this role may not end a piece of log (GRANT EXECUTE ON FUNCTION pg_switch_wal() TO it): waiting for archive_timeout',
        );
      const [row] = await connection.query('SELECT pg_walfile_name(pg_current_wal_insert_lsn())::text AS v_name');
      const wanted = piece ?? String(row?.v_name);
      for (let waited = 0; waited < MOST_MS; waited += LOOK_MS) {
        const [archiver] = await connection.query('SELECT left(last_archived_wal, 24) AS v_last FROM pg_stat_archiver');
        if (archiver?.v_last !== null && String(archiver?.v_last) >= wanted) return { until, systemId };
        await delay(LOOK_MS);
      }
      return { until: undefined, why: `the serving PostgreSQL did not archive ${wanted} within ${MOST_MS / 1000} s` };
    });
  } catch (error) {
    if (!(error instanceof FlashcaseError) || error.code === 'FC_DISTRIBUTED') throw error;
    return { until: undefined, why: `the serving PostgreSQL cannot be asked (${error.message})` };
  }
}
