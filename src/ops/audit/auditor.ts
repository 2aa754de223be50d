import type { Database } from '../../db/database.ts';
import { type AskedStep, beginStep, type StepEnd } from './begin-step.ts';
import type { AuditEvent } from './event.ts';
import type { AuditJournal } from './journal.ts';
import { appendEvents } from './take-in.ts';

/** Keeps what administrators do on the page. */
export interface Auditor {
  /** Resolves when the begin is kept: the step comes after it. Never throws; `onProblem` is told what cannot be kept. */
  begin(asked: AskedStep): Promise<{ end(end: StepEnd): Promise<void> }>;
}

/**
 * @param journalOf where events go first: while a move holds writes the database takes none. Without one the database is told, and `spare` where that
 * fails.
 */
export function auditorOn(
  database: Database,
  {
    journalOf = () => undefined,
    spare,
    onProblem = () => {},
  }: {
    readonly journalOf?: () => AuditJournal | undefined;
    readonly spare?: AuditJournal;
    readonly onProblem?: (error: unknown) => void;
  } = {},
): Auditor {
  const keep = async (event: AuditEvent): Promise<void> => {
    try {
      const journal = journalOf();
      if (journal !== undefined) {
        journal.append(event);
        return;
      }
      await appendEvents(database, [event]).catch((error: unknown) => {
        if (spare === undefined) throw error;
        spare.append(event);
      });
    } catch (error) {
      onProblem(error);
    }
  };
  return {
    async begin(asked) {
      const { begun, ended } = beginStep(asked, database.clock);
      await keep(begun);
      return { end: (end) => keep(ended(end)) };
    },
  };
}
