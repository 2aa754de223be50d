import type { Connection, Engine } from '../engine/engine.ts';
import { FINGERPRINT_ALGORITHM, fingerprint } from '../schema/form.ts';
import { applySteps, liveTarget } from './apply.ts';
import { compileStep } from './compile/compile.ts';
import type { Target } from './compile/target.ts';
import { diff } from './diff.ts';
import { ensureLedger, hasLedger, type LedgerEntry, writeEntries } from './ledger.ts';
import { withRevisionLock } from './lock.ts';
import { requireOneHistory } from './pending.ts';
import { thisProcess } from './progress.ts';
import { NO_RENAMES } from './renames.ts';
import { type Revision, writtenAs } from './revision.ts';
import { type RunOptions, upgrade } from './run.ts';
import { applyToState, EMPTY, replay } from './state.ts';
import type { Step } from './step.ts';
import { storeForm } from './stored-form.ts';

/**
 * Brings an empty database to the newest revision without living through its history: what the revisions make up to the first one that
 * writes rows of its own is made at once, in one transaction, and entered in the ledger; the rest is applied one by one. Schema,
 * rows and ledger come out as `upgrade` makes them, except that an entry that was skipped over has no fingerprint. For tests, which
 * make many databases. On a database that has anything in it, it is `upgrade`. Returns what was applied.
 */
export async function createFresh(options: RunOptions): Promise<LedgerEntry[]> {
  const made = await createAtOnce(options);
  const isAll = made.length > 0 && made.length === options.revisions.length;
  return isAll ? made : [...made, ...(await upgrade(options))];
}

async function createAtOnce(options: RunOptions): Promise<LedgerEntry[]> {
  const { engine, revisions, clock } = options;
  requireOneHistory(revisions);
  const skipped = withoutRows(revisions);
  if (skipped.length === 0) return [];
  const target = await liveTarget(engine);
  const newest = skipped.at(-1) as Revision;
  return withRevisionLock(engine, options, ({ connection, transaction }) =>
    transaction(async () => {
      if ((await hasLedger(connection, engine)) || (await engine.introspect(connection)).length > 0) return [];
      const started = performance.now();
      const schema = replay(skipped);
      const steps = diff(EMPTY, schema, NO_RENAMES);
      await makeAll(connection, engine, target, newest, steps);
      await ensureLedger(connection, engine);
      const form = await engine.introspect(connection);
      const entries = skipped.map(
        (revision): LedgerEntry => ({
          ...writtenAs(revision),
          fingerprint: revision === newest ? fingerprint(form) : '',
          fingerprintAlgorithm: FINGERPRINT_ALGORITHM,
          appliedAt: clock.now().text,
          durationMs: revision === newest ? Math.round(performance.now() - started) : 0,
          appliedBy: thisProcess(),
        }),
      );
      await writeEntries(connection, engine, entries);
      await storeForm(connection, engine, newest.id, form);
      return entries;
    }),
  );
}

/** In one round trip where nothing has to be rebuilt; a circle of foreign keys on SQLite is. */
async function makeAll(
  connection: Connection,
  engine: Engine,
  target: Target,
  newest: Revision,
  steps: readonly Step[],
): Promise<void> {
  let state = EMPTY;
  const actions = steps.flatMap((step) => {
    const compiled = compileStep(step, state, target);
    state = applyToState(state, step);
    return compiled;
  });
  const statements = actions.flatMap((action) => (action.kind === 'statement' ? [action.sql] : []));
  if (statements.length === actions.length) await connection.script(statements.join(';\n'));
  else await applySteps(connection, engine, target, newest, steps, EMPTY);
}

/** The revisions before the first one whose rows cannot be known without running it. A backfill of a table without rows does nothing. */
function withoutRows(revisions: readonly Revision[]): readonly Revision[] {
  const first = revisions.findIndex((revision) => revision.upgrade.some((step) => step.kind === 'sql'));
  return first === -1 ? revisions : revisions.slice(0, first);
}
