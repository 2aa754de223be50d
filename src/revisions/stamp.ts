import type { Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { describeDifference, differenceOf, fingerprint, isNoDifference } from '../schema/form.ts';
import { ensureLedger, readLedger, removeEntry, writeEntry } from './ledger.ts';
import { type LockOptions, withRevisionLock } from './lock.ts';
import { pendingRevisions, refuseStranger, requireOneHistory } from './pending.ts';
import { thisProcess } from './progress.ts';
import { type Revision, writtenAs } from './revision.ts';
import { historyForm } from './scratch.ts';
import { storeForm } from './stored-form.ts';
import { refuseUnfinished } from './unfinished.ts';

export interface StampOptions extends LockOptions {
  readonly engine: Engine;
  readonly revisions: readonly Revision[];
  /** Forgets everything the ledger says first: for one that names revisions nobody has any more. */
  readonly isPurging?: boolean;
  /** Why it is right although the schema is not what the revision makes; kept in the ledger. */
  readonly reason?: string;
}

export interface Stamped {
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Writes into the ledger that the database is at a revision, without running anything: for one that was made another way (its baseline).
 * The revisions up to it are entered, later ones taken out. `base`: none is applied.
 * Throws `FC_SCHEMA_DRIFT` naming the differences where the schema is not what the revisions make, unless a reason is given; then the ledger
 * keeps what they make, so that `db check` goes on naming them.
 */
export async function stamp(options: StampOptions, to: string): Promise<Stamped> {
  const { engine, revisions, clock, isPurging = false, reason } = options;
  if (to !== 'base') refuseStranger(to, revisions);
  requireOneHistory(revisions);
  const wanted = to === 'base' ? [] : revisions.filter((revision) => revision.id <= to);
  const made = await historyForm(engine, wanted);
  return withRevisionLock(engine, options, ({ connection, transaction }) =>
    transaction(async () => {
      await refuseUnfinished(connection, engine, revisions, 'up', undefined);
      await ensureLedger(connection, engine);
      const before = await readLedger(connection, engine);
      if (!isPurging) pendingRevisions(revisions, before, { allowsOutOfOrder: true });
      const live = await engine.introspect(connection);
      const difference = differenceOf(made.lines, live);
      const isSame = isNoDifference(difference);
      if (!isSame && reason === undefined) {
        const name = wanted.at(-1)?.name ?? 'base';
        throw new FlashcaseError('FC_SCHEMA_DRIFT', {
          what: `The schema is not what revision ${to}${name === to ? '' : ` ${name}`} makes. Nothing was written.`,
          where: engine.location,
          why: `Compared with what it makes (- is missing here, + is only here):\n${describeDifference(difference)}`,
          hint: 'Stamp the revision it really is at, or bring the schema there. If you know better: --force "why it is right".',
          details: { ...difference },
        });
      }
      const kept = isPurging
        ? []
        : before.filter((entry) => wanted.some(({ id, name }) => id === entry.id && name === entry.name));
      const removed = before.filter((entry) => !kept.includes(entry)).map((entry) => entry.id);
      for (const id of removed) await removeEntry(connection, engine, id);
      const written = wanted.filter((revision) => !kept.some((entry) => entry.id === revision.id));
      for (const revision of written) {
        await writeEntry(connection, engine, {
          ...writtenAs(revision),
          fingerprint: revision === wanted.at(-1) ? fingerprint(isSame ? live : made.lines) : '',
          appliedAt: clock.now().text,
          durationMs: 0,
          appliedBy: `stamped by ${thisProcess()}${isSame || reason === undefined ? '' : `: ${reason}`}`,
        });
      }
      const newest = wanted.at(-1);
      if (newest !== undefined && (isSame || made.isComplete))
        await storeForm(connection, engine, newest.id, isSame ? live : made.lines);
      return { written: written.map((revision) => revision.id), removed };
    }),
  );
}
