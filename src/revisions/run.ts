import { hostname, userInfo } from 'node:os';
import type { Clock } from '../db/clock.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { fingerprint } from '../schema/form.ts';
import { applySteps, liveTarget, refuseOrphans } from './apply.ts';
import { ensureLedger, type LedgerEntry, pendingRevisions, readLedger, removeEntry, writeEntry } from './ledger.ts';
import { inRevisionTransaction } from './lock.ts';
import { HASH_ALGORITHM, type Revision, revisionHash } from './revision.ts';
import { EMPTY, replay, type State } from './state.ts';

export interface RunOptions {
  readonly engine: Engine;
  readonly revisions: readonly Revision[];
  readonly clock: Clock;
  /** Called after each committed revision. */
  readonly onRevision?: (direction: 'up' | 'down', revision: Revision, milliseconds: number) => void;
}

/**
 * Applies every pending revision up to `to` (default: all), each in its own transaction together with its ledger entry.
 * Any number of processes may call it at once: one applies, the others find nothing left. Returns what this call applied.
 */
export async function upgrade(options: RunOptions, to?: string): Promise<LedgerEntry[]> {
  const { engine, revisions, clock } = options;
  if (to !== undefined && !revisions.some((revision) => revision.id === to)) throw unknownRevision(to, revisions);
  const target = await liveTarget(engine);
  return onRevisionConnection(engine, async (connection) => {
    const done: LedgerEntry[] = [];
    let known = { applied: -1, state: EMPTY };
    for (;;) {
      const started = performance.now();
      const step = await inRevisionTransaction(connection, engine, async () => {
        await ensureLedger(connection, engine);
        // Read inside the lock: what was pending before it may have been applied by another process (facts F28).
        const applied = await readLedger(connection, engine);
        const [next] = pendingRevisions(revisions, applied).filter((revision) => to === undefined || revision.id <= to);
        if (next === undefined) return undefined;
        if (known.applied !== applied.length) known = { applied: applied.length, state: stateOf(revisions, applied) };
        const state = await applySteps(connection, engine, target, next, next.upgrade, known.state);
        known = { applied: applied.length + 1, state };
        await refuseOrphans(connection, engine, next);
        const entry: LedgerEntry = {
          id: next.id,
          name: next.name,
          hash: revisionHash(next),
          hashAlgorithm: HASH_ALGORITHM,
          fingerprint: fingerprint(await engine.introspect(connection)),
          appliedAt: clock.now().text,
          durationMs: Math.round(performance.now() - started),
          appliedBy: appliedBy(),
        };
        await writeEntry(connection, engine, entry);
        return { revision: next, entry };
      });
      if (step === undefined) return done;
      done.push(step.entry);
      options.onRevision?.('up', step.revision, performance.now() - started);
    }
  });
}

/** Takes back the newest revisions down to and without `to`; `base` takes back all. Returns the ids taken back. */
export async function downgrade(options: RunOptions, to: string): Promise<string[]> {
  const { engine, revisions } = options;
  if (to !== 'base' && !revisions.some((revision) => revision.id === to)) throw unknownRevision(to, revisions);
  const target = await liveTarget(engine);
  return onRevisionConnection(engine, async (connection) => {
    const done: string[] = [];
    for (;;) {
      const started = performance.now();
      const revision = await inRevisionTransaction(connection, engine, async () => {
        const applied = await readLedger(connection, engine);
        pendingRevisions(revisions, applied);
        const newest = applied.at(-1);
        if (newest === undefined || (to !== 'base' && newest.id <= to)) return undefined;
        const last = revisions.find((entry) => entry.id === newest.id) as Revision;
        if (typeof last.downgrade === 'string') {
          throw new FlashcaseError('FC_REVISION_FAILED', {
            what: `Revision ${last.id} ${last.name} cannot be taken back: ${last.downgrade}`,
            hint: 'Restore the backup made before it.',
          });
        }
        await applySteps(connection, engine, target, last, last.downgrade, stateOf(revisions, applied));
        await refuseOrphans(connection, engine, last);
        await removeEntry(connection, engine, last.id);
        return last;
      });
      if (revision === undefined) return done;
      done.push(revision.id);
      options.onRevision?.('down', revision, performance.now() - started);
    }
  });
}

/** A connection on which SQLite's foreign keys are really off: inside a transaction the pragma does nothing, silently (facts F1). */
export function onRevisionConnection<T>(engine: Engine, work: (connection: Connection) => Promise<T>): Promise<T> {
  return engine.dedicated(async (connection) => {
    if (engine.capabilities.rebuildsTables) await connection.script('PRAGMA foreign_keys = OFF');
    return work(connection);
  });
}

/** The schema as what was applied here has made it. */
function stateOf(revisions: readonly Revision[], applied: readonly LedgerEntry[]): State {
  const done = new Set(applied.map((entry) => entry.id));
  return replay(revisions.filter((revision) => done.has(revision.id)));
}

function appliedBy(): string {
  return `${userInfo().username}@${hostname()} ${process.pid}`;
}

function unknownRevision(id: string, revisions: readonly Revision[]): FlashcaseError {
  return new FlashcaseError('FC_REVISION_UNKNOWN', {
    what: `There is no revision ${id}.`,
    hint: `Known: ${revisions.map((revision) => revision.id).join(', ')}, head, base.`,
  });
}
