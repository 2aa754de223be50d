import type { Database } from '../db/database.ts';
import type { WhenPending } from '../db/settings.ts';
import { FlashcaseError } from '../errors/index.ts';
import { describeStanding, requireFit, type Standing, standingOf } from '../revisions/boot.ts';
import { readLedger } from '../revisions/ledger.ts';
import type { Project } from '../revisions/project.ts';
import { upgrade } from '../revisions/run.ts';
import type { Timestamp } from '../schema/index.ts';
import { project as flashcaseProject } from '../versions/project.ts';
import { type AdoptionReport, adopt } from './adopt/adopt.ts';
import type { BackupHealth } from './backup/backup-health.ts';
import { refuseUnknown } from './whose.ts';

export interface Prepared {
  /** Revisions applied by this call. */
  readonly applied: readonly string[];
  /** How the schema stands to the code that is to serve it. */
  readonly standing: Standing;
  /** Set when a database of the original app was taken over. */
  readonly adoption?: AdoptionReport;
}

export interface PrepareOptions {
  readonly whenPending?: WhenPending;
  readonly project?: Project;
  readonly onProgress?: (line: string) => void;
}

/**
 * Brings a database to the schema this code serves: an empty one is made, an older one upgraded, a file of the original app adopted;
 * unless it is told to change nothing (`whenPending`). One that is newer than this code can serve, or somebody else's, is refused with
 * the difference (`FC_REVISION_UNKNOWN`, `FC_SCHEMA_UNKNOWN`); one that must not be changed, with `FC_REVISION_PENDING` or `_LOCKED`.
 */
export async function prepareDatabase(database: Database, options: PrepareOptions = {}): Promise<Prepared> {
  const { whenPending = 'wait', project = flashcaseProject, onProgress = () => {} } = options;
  const { engine, clock } = database;
  const kind = await refuseUnknown(database, whenPending === 'wait' ? 'legacy' : undefined);
  const now = (): Promise<Standing> =>
    engine.dedicated(async (connection) => standingOf(project, await readLedger(connection, engine)));
  if (kind !== 'legacy') {
    if (whenPending !== 'wait') {
      return { applied: [], standing: await requireFit(engine, project, clock, whenPending === 'serve-old') };
    }
    const standing = kind === 'ours' ? await now() : undefined;
    if (standing?.kind === 'newer' && standing.isFit) return { applied: [], standing };
    const applied = await upgrade({
      engine,
      revisions: project.revisions,
      clock,
      onWait: onProgress,
      keep: {
        onCopy: ({ revision, file, removed }) => {
          onProgress(`copied ${file} before revision ${revision}`);
          for (const old of removed) onProgress(`removed the older copy ${old}`);
        },
      },
      onRevision: (_, revision) => onProgress(`revision ${revision.id} ${revision.name}`),
    });
    return { applied: applied.map((entry) => entry.id), standing: await now() };
  }
  if (!engine.capabilities.isLocalFile) {
    throw new FlashcaseError('FC_ADOPTION_NEEDED', {
      what: 'This PostgreSQL database was made by the original app.',
      where: engine.location,
      hint: 'Make a backup with pg_dump, then run flashcase db adopt --yes.',
    });
  }
  const adoption = await adopt(database, { onProgress });
  return { applied: [], standing: await now(), adoption };
}

/** As long as a write waits for the gate. */
const HELD_SECONDS = 10;

export interface InstallationState {
  readonly isReady: boolean;
  readonly database: string;
  readonly schema: string;
  readonly gate: string;
  /** Which engine serves: `sqlite` or `postgres`. */
  readonly engine: string;
  /** How backups stand, where a schedule is set. It takes no server away: one without backups serves. */
  readonly backup?: BackupHealth;
}

/** What `/ready` says: never throws, each part names its trouble. */
export async function installationState(database: Database, project: Project = flashcaseProject): Promise<InstallationState> {
  try {
    return await database.read(async ({ connection, engine }) => {
      const standing = standingOf(project, await readLedger(connection, engine));
      const [gate] = await connection.query('SELECT state, changed_at FROM write_gate WHERE id = 1');
      // A switch holds writes for a moment, and they wait: nobody must take the server away for that.
      const isHeld =
        gate?.state === 'holding' && !(gate.changed_at as Timestamp).plusSeconds(HELD_SECONDS).isBefore(database.clock.now());
      return {
        isReady: standing.isFit && (gate?.state === 'open' || isHeld),
        database: 'ok',
        schema: describeStanding(standing),
        gate: String(gate?.state ?? 'missing'),
        engine: engine.name,
      };
    });
  } catch (error) {
    return {
      isReady: false,
      database: error instanceof FlashcaseError ? error.code : 'FC_INTERNAL',
      schema: 'unknown',
      gate: 'unknown',
      engine: database.engine.name,
    };
  }
}
