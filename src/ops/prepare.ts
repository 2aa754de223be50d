import type { Database } from '../db/database.ts';
import { formOf } from '../engine/schema-form.ts';
import { FlashcaseError } from '../errors/index.ts';
import { hasLedger, readLedger } from '../revisions/ledger.ts';
import { pendingRevisions } from '../revisions/pending.ts';
import { upgrade } from '../revisions/run.ts';
import { flashcase } from '../schema/flashcase.ts';
import { describeDifference, differenceOf } from '../schema/form.ts';
import { revisions } from '../versions/index.ts';
import { type AdoptionReport, adopt } from './adopt/adopt.ts';
import { recognise } from './adopt/recognise.ts';

export interface Prepared {
  /** Revisions applied by this call. */
  readonly applied: readonly string[];
  /** Set when a database of the original app was taken over. */
  readonly adoption?: AdoptionReport;
}

/**
 * Brings a database to today's schema before it is served: an empty one is made, an older one upgraded, a file of the original app
 * adopted. One that is newer than this code, or somebody else's, is refused with the difference (`FC_REVISION_UNKNOWN`,
 * `FC_SCHEMA_UNKNOWN`).
 */
export async function prepareDatabase(database: Database, onProgress: (line: string) => void = () => {}): Promise<Prepared> {
  const { engine, clock } = database;
  const kind = await refuseUnknown(database, 'legacy');
  if (kind !== 'legacy') {
    const applied = await upgrade({
      engine,
      revisions,
      clock,
      onRevision: (_, revision) => onProgress(`revision ${revision.id} ${revision.name}`),
    });
    return { applied: applied.map((entry) => entry.id) };
  }
  if (!engine.capabilities.isLocalFile) {
    throw new FlashcaseError('FC_ADOPTION_NEEDED', {
      what: 'This PostgreSQL database was made by the original app.',
      where: engine.location,
      hint: 'Make a backup with pg_dump, then run flashcase db adopt --yes.',
    });
  }
  return { applied: [], adoption: await adopt(database, { onProgress }) };
}

/**
 * Tells whose database this is. Throws `FC_SCHEMA_UNKNOWN` with the difference for a stranger's, and `FC_ADOPTION_NEEDED` for the
 * original app's unless the caller takes those too.
 */
export async function refuseUnknown({ engine }: Database, alsoTake?: 'legacy'): Promise<'empty' | 'ours' | 'legacy'> {
  const form = await engine.dedicated(async (connection) =>
    (await hasLedger(connection, engine)) ? undefined : engine.introspect(connection),
  );
  if (form === undefined) return 'ours';
  if (form.length === 0) return 'empty';
  if (recognise(form) === undefined) {
    throw new FlashcaseError('FC_SCHEMA_UNKNOWN', {
      what: 'This database is neither FlashCase’s nor the original app’s.',
      where: engine.location,
      why: `Compared with an empty FlashCase database (+ is only here):\n${describeDifference(differenceOf(formOf(flashcase, engine), form))}`,
      hint: 'Check DATABASE_URL; give FlashCase a database of its own.',
    });
  }
  if (alsoTake === 'legacy') return 'legacy';
  throw new FlashcaseError('FC_ADOPTION_NEEDED', {
    what: 'This database was made by the original app.',
    where: engine.location,
    hint: 'Run flashcase db adopt.',
  });
}

export interface InstallationState {
  readonly isReady: boolean;
  readonly database: string;
  readonly schema: string;
  readonly gate: string;
}

/** What `/ready` says: never throws, each part names its trouble. */
export async function installationState(database: Database): Promise<InstallationState> {
  try {
    return await database.read(async ({ connection }) => {
      const pending = pendingRevisions(revisions, await readLedger(connection, database.engine));
      const [gate] = await connection.query('SELECT state FROM write_gate WHERE id = 1');
      const state = String(gate?.state ?? 'missing');
      return {
        isReady: pending.length === 0 && state === 'open',
        database: 'ok',
        schema: pending.length === 0 ? 'ok' : `${pending.length} revisions pending`,
        gate: state,
      };
    });
  } catch (error) {
    return {
      isReady: false,
      database: error instanceof FlashcaseError ? error.code : 'FC_INTERNAL',
      schema: 'unknown',
      gate: 'unknown',
    };
  }
}
