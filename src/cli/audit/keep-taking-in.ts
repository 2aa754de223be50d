import { setTimeout as delay } from 'node:timers/promises';
import type { InstalledDatabase } from '../../db/switching-database.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { readRun } from '../../move/target/bookkeeping.ts';
import { type AuditJournal, journalBeside } from '../../ops/audit/journal.ts';
import { takeIn } from '../../ops/audit/take-in.ts';

/** A server that was just started has other things to do. */
const FIRST_MS = 3000;
const EVERY_MS = 5000;

export interface TakingIn {
  stop(): Promise<void>;
}

async function sourceOfMove({ engine }: InstalledDatabase, stopping: AbortSignal): Promise<string | undefined> {
  if (engine.capabilities.isLocalFile) return undefined;
  // The servers' role may not look there; then what waits beside the file is told by `flashcase audit list`.
  return engine.dedicated(readRun, stopping).then(
    (run) => run?.sourceFile,
    () => undefined,
  );
}

/**
 * Takes what commands and this server wrote into the journals of this installation into its database. What it cannot take now, because writes are held
 * or the table is not there yet, it takes later; nothing is lost by waiting.
 * @param journal that of the settings; the one beside the SQLite file of a move is looked at too
 */
export function keepTakingIn(database: InstalledDatabase, journal: AuditJournal, tell: (line: string) => void): TakingIn {
  let isStopped = false;
  const stopping = new AbortController();
  let work: Promise<void> | undefined;
  /** Folder to the size at which everything was taken in. */
  const taken = new Map<string, number>();
  let told = '';
  /** The file an offline move came from: its journal is not carried with the rows. Asked once. */
  let movedFrom: Promise<string | undefined> | undefined;
  const look = async (): Promise<void> => {
    movedFrom ??= sourceOfMove(database, stopping.signal);
    const files = [database.sqliteFile, await movedFrom].filter((file) => file !== undefined);
    const all = new Map([journal, ...files.map(journalBeside)].map((one) => [one.folder, one]));
    for (const [folder, one] of all) {
      const { size } = one;
      if (size === 0 || taken.get(folder) === size) continue;
      try {
        await takeIn(database, one);
        taken.set(folder, size);
        told = '';
      } catch (error) {
        const why = error instanceof FlashcaseError ? error.code : String(error);
        // A database without the table says so until it is upgraded.
        if (why !== told && why !== 'FC_DB_FAILED' && !isStopped) tell(`What waits in ${folder} is taken in later: ${why}`);
        told = why;
      }
    }
  };
  const begin = (): void => {
    if (isStopped || work !== undefined) return;
    work = look().finally(() => {
      work = undefined;
    });
  };
  const first = setTimeout(begin, FIRST_MS);
  const timer = setInterval(begin, EVERY_MS);
  first.unref();
  timer.unref();
  return {
    async stop() {
      isStopped = true;
      stopping.abort();
      clearTimeout(first);
      clearInterval(timer);
      await Promise.race([work, delay(2000, undefined, { ref: false })]);
    },
  };
}
