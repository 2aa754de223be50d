import type { Clock } from '../db/clock.ts';
import type { Session } from '../db/database.ts';
import { operationOf } from '../db/stores/operations.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { type Problem, ProblemLog } from '../formats/collection.ts';
import { openCollection } from '../formats/open-file.ts';
import { Stage } from '../formats/stage.ts';
import { makeMonthsFor } from '../ops/partition/keep-months.ts';
import { REVIEWS } from '../ops/partition/partitioned.ts';
import type { Duplicates } from './import-cards.ts';
import { prepareCollection } from './prepare-collection.ts';
import { studySettings } from './study-settings.ts';
import { type CollectionCounts, CollectionWriter, type TargetDeck } from './write-collection.ts';

/** Where units of work run: a database, or a server's. */
export interface Units {
  read<T>(work: (session: Session) => Promise<T>): Promise<T>;
  write<T>(work: (session: Session) => Promise<T>): Promise<T>;
  readonly clock: Clock;
}

export interface CollectionImport {
  readonly file: string;
  /** Whose import it is; asked in each unit of work. */
  readonly userOf: (session: Session) => Promise<User>;
  /** The name of the one deck for all of it; the file's own decks when absent. */
  readonly deckName: string | undefined;
  /** The user's deck of a name, `undefined` where it is yet to be made. */
  readonly deckOf: (session: Session, user: User, name: string) => Promise<bigint | undefined>;
  readonly duplicates: Duplicates;
  /** Without it every card begins as a new one. */
  readonly hasSchedule: boolean;
  readonly isDryRun: boolean;
  /** Bytes that the user's pictures and sounds may take, with those of the file; without a limit when absent. */
  readonly mediaQuotaBytes?: number;
}

/** What an import of a collection does, or did. */
export interface CollectionReport extends Omit<CollectionCounts, 'conflicting'> {
  readonly format: string;
  readonly decks: readonly TargetDeck[];
  /** Counted by kind. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
  /** By which it can be taken back; absent for a dry run, and where nothing was changed. */
  readonly operation: bigint | undefined;
}

/**
 * Imports a package or an archive, all in one transaction; a dry run writes nothing. It is read and laid out before the transaction begins,
 * so that others go on writing meanwhile. Throws `FC_IMPORT_UNREADABLE`, `_TOO_NEW`, `_TOO_LARGE` or `_UNSAFE`.
 */
export async function importCollection(units: Units, input: CollectionImport): Promise<CollectionReport> {
  const { userOf, deckName, isDryRun, duplicates, hasSchedule } = input;
  const settings = await units.read(async (session) => studySettings(session, (await userOf(session)).id));
  const source = await openCollection(input.file);
  try {
    const stage = new Stage();
    try {
      const log = new ProblemLog();
      const now = Number(units.clock.now().micros / 1000n);
      const ready = await prepareCollection(source, stage, log, { settings, now, deckName, hasSchedule });
      if (ready.notes === 0)
        throw new FlashcaseError('FC_IMPORT_UNREADABLE', { what: 'No note that FlashCase can keep is in the file.' });
      const work = async (session: Session): Promise<CollectionReport> => {
        // Before the reviews: a month cannot be made while they are written.
        if (!isDryRun) await makeMonthsFor(session.engine, REVIEWS, ready.months, session.connection);
        const user = await userOf(session);
        const writer = new CollectionWriter(session, user, ready, duplicates, isDryRun, input.mediaQuotaBytes);
        const { conflicting, ...counts } = await writer.run((name) => input.deckOf(session, user, name));
        const problems = [...log.list(), ...conflictsOf(conflicting)];
        const problemCount = problems.reduce((sum, problem) => sum + problem.count, 0);
        const operation = isDryRun ? undefined : operationOf(session);
        return { format: ready.format, decks: writer.decks, ...counts, problems, problemCount, operation };
      };
      return await (isDryRun ? units.read(work) : units.write(work));
    } finally {
      stage.close();
    }
  } finally {
    await source.close();
  }
}

const conflictsOf = (count: number): Problem[] =>
  count === 0 ? [] : [{ code: 'other_type', what: 'Notes that you have already as another type are left as they are.', count }];
