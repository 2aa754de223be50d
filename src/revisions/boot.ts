import type { Clock } from '../db/clock.ts';
import type { Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { describeHolder, holderOf } from './holder.ts';
import { type LedgerEntry, readLedger } from './ledger.ts';
import { pendingRevisions } from './pending.ts';
import type { Project } from './project.ts';

/** How a database's schema stands to this code. */
export interface Standing {
  readonly kind: 'same' | 'older' | 'newer';
  /** The newest revision of the database, and of this code. */
  readonly database: string | undefined;
  readonly code: string | undefined;
  /** True when this code says that it runs on that schema (`minimumRevision`, `maximumRevision`). */
  readonly isFit: boolean;
}

/**
 * Compares what was applied with what the code knows and says it runs on. Throws what `pendingRevisions` throws where the two are no
 * parts of one history.
 */
export function standingOf(project: Project, applied: readonly LedgerEntry[]): Standing {
  const { revisions, minimumRevision, maximumRevision } = project;
  const code = revisions.at(-1)?.id;
  const database = applied.at(-1)?.id;
  const between = { database, code };
  if (database !== undefined && database > (code ?? '') && maximumRevision !== undefined && database <= maximumRevision) {
    // Newer ones are none of this code's; what it knows must all be there.
    const missing = pendingRevisions(
      revisions,
      applied.filter((entry) => entry.id <= (code ?? '')),
    );
    return { kind: 'newer', ...between, isFit: missing.length === 0 };
  }
  if (database !== undefined && database > (code ?? '')) return { kind: 'newer', ...between, isFit: false };
  const [first] = pendingRevisions(revisions, applied, { allowsOutOfOrder: true });
  if (first === undefined) return { kind: 'same', ...between, isFit: true };
  return { kind: 'older', ...between, isFit: minimumRevision !== undefined && first.id > minimumRevision };
}

/** `at 0001, older than this code (0002)`. */
export function describeStanding({ kind, database, code }: Standing): string {
  return kind === 'same' ? 'ok' : `at ${database ?? 'no revision'}, ${kind} than this code (${code ?? 'none'})`;
}

/**
 * The standing of a database that is not to be changed now. Throws `FC_REVISION_LOCKED` naming who is changing it,
 * `FC_REVISION_PENDING` where its schema is too old, `FC_REVISION_UNKNOWN` where it is too new.
 */
export async function requireFit(engine: Engine, project: Project, clock: Clock, takesOlder: boolean): Promise<Standing> {
  return engine.dedicated(async (connection) => {
    const applied = await readLedger(connection, engine);
    const standing = standingOf(project, applied);
    if (standing.isFit && (takesOlder || standing.kind !== 'older')) return standing;
    if (standing.kind === 'newer') pendingRevisions(project.revisions, applied);
    const holder = await holderOf(connection, engine, clock);
    if (holder?.revision !== undefined) {
      throw new FlashcaseError('FC_REVISION_LOCKED', {
        what: `The schema is being changed: ${describeHolder(holder)}.`,
        where: engine.location,
        why: 'This process was told not to wait (DB_REVISIONS).',
        hint: 'Start it again when that is done, or with DB_REVISIONS=wait.',
        details: { holder: describeHolder(holder) },
      });
    }
    const { minimumRevision } = project;
    throw new FlashcaseError('FC_REVISION_PENDING', {
      what: `The schema is ${describeStanding(standing)}, and this process was told not to change it (DB_REVISIONS).`,
      where: engine.location,
      ...(takesOlder
        ? {
            why:
              minimumRevision === undefined
                ? 'This code runs on its own schema only.'
                : `This code needs revision ${minimumRevision} or newer.`,
          }
        : {}),
      hint: 'Run flashcase db upgrade, or start with DB_REVISIONS=wait.',
      details: { database: standing.database, code: standing.code },
    });
  });
}
