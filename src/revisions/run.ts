import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { FINGERPRINT_ALGORITHM, fingerprint } from '../schema/form.ts';
import { applySteps, liveTarget, refuseOrphans } from './apply.ts';
import { requireBaseline } from './baseline.ts';
import type { Target } from './compile/target.ts';
import { ensureLedger, hasLedger, type LedgerEntry, readLedger, removeEntry, renameEntry, writeEntry } from './ledger.ts';
import { type LockOptions, type RevisionSession, withRevisionLock } from './lock.ts';
import { type OrderOptions, pendingRevisions, refuseStranger } from './pending.ts';
import { isPiecewise, type Pace, piecesOf, runPieces } from './pieces.ts';
import { progressKey, readProgress, thisProcess } from './progress.ts';
import { refuseByMonths } from './refuse-by-months.ts';
import { type Revision, writtenAs } from './revision.ts';
import { entryOf, type Restamp, type Settled, settle, withReplaced } from './settle.ts';
import { EMPTY, replay, type State } from './state.ts';
import { readStoredForm, refillForm, storeForm } from './stored-form.ts';
import { isInMove } from './underway-move.ts';
import { isInPartitioning } from './underway-partition.ts';
import { refuseLeftAside } from './undo/asides.ts';
import { Copies, type Keep } from './undo/copies.ts';
import { type WayBack, wayBackOf } from './undo/way-back.ts';
import { historyAsBegun, refuseUnfinished } from './unfinished.ts';
import { tellingWhatStays } from './what-stays.ts';

export interface RunOptions extends LockOptions, OrderOptions {
  readonly engine: Engine;
  readonly revisions: readonly Revision[];
  readonly pace?: Pace;
  /** Keeps what revisions take away for `undo`; absent: it is gone. */
  readonly keep?: Keep;
  /**
   * Called inside the transaction that takes a revision back, before its first statement; throws to refuse. Where the way back is committed
   * piece by piece: before anything with all that is to run, and then inside the transaction of each step with that step.
   */
  readonly beforeDown?: (connection: Connection, way: WayBack) => Promise<void>;
  /** Called after each committed revision. */
  readonly onRevision?: (direction: 'up' | 'down', revision: Revision, milliseconds: number) => void;
}

/**
 * Applies every pending revision up to `to` (default: all), each in its own transaction together with its ledger entry, or piece by piece
 * where it says so. Any number of processes may call it at once: one applies, the others find nothing left.
 * Returns what this call applied.
 */
export async function upgrade(options: RunOptions, to?: string): Promise<LedgerEntry[]> {
  const { engine, revisions } = options;
  // Without the lock, only to see whether it is needed; what to apply is read again inside it (facts F28).
  const isNeeded = await engine.dedicated(async (connection) => {
    const applied = await readLedger(connection, engine);
    const begun = await historyAsBegun(connection, engine, revisions);
    const pending = wanted(begun, options, applied, to);
    const settled = settle(begun, applied);
    refuseStranger(to, settled.revisions);
    await refuseUnfinished(connection, engine, revisions, 'up', pending[0]?.id);
    return (
      applied.length === 0 ||
      pending.length + settled.restamps.length > 0 ||
      // A form for a ledger that keeps none can wait for the end of a move; a server that starts cannot.
      ((await readStoredForm(connection, engine)) === undefined &&
        !(await isInMove(connection, engine)) &&
        !(await isInPartitioning(connection, engine)))
    );
  });
  if (!isNeeded) return [];
  const target = await liveTarget(engine);
  return withRevisionLock(engine, options, async (session) => {
    const run = { session, options, target, to, copies: new Copies(engine, options.clock, options.keep) };
    await session.transaction(async () => {
      if (!(await hasLedger(session.connection, engine))) await requireBaseline(session.connection, engine, revisions);
      await ensureLedger(session.connection, engine);
      const begun = await historyAsBegun(session.connection, engine, revisions);
      const [next] = wanted(begun, options, await readLedger(session.connection, engine), to);
      if (next !== undefined) await session.announce(next.id);
    });
    const done: LedgerEntry[] = [];
    for (let known: Known | undefined; ; ) {
      const started = performance.now();
      const ids = done.map(({ id }) => id);
      const step = await tellingWhatStays(
        'up',
        ids,
        withCopies(run, () => upgradeOne(run, known)),
      );
      if (step === undefined) break;
      known = step.known;
      done.push(step.entry);
      options.onRevision?.('up', step.revision, performance.now() - started);
    }
    if (done.length === 0) await session.transaction(() => keepForm(session.connection, options));
    return done;
  });
}

interface Run {
  readonly session: RevisionSession;
  readonly options: RunOptions;
  readonly target: Target;
  readonly to: string | undefined;
  readonly copies: Copies;
}

/** Whatever becomes of the work, its copies get their names or go. */
async function withCopies<T>({ copies, session }: Run, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    await copies.settle(session.connection);
    return result;
  } catch (error) {
    // The first error is the one to report; what is left then, the next run takes over.
    await copies.settle(session.connection).catch(() => {});
    throw error;
  }
}

/** The state after so many revisions, kept from one to the next: replaying a long history each time would take its square. */
interface Known {
  readonly applied: number;
  readonly state: State;
}

interface Applied {
  readonly revision: Revision;
  readonly entry: LedgerEntry;
  readonly known?: Known;
}

async function upgradeOne(run: Run, known: Known | undefined): Promise<Applied | undefined> {
  const { session, options, target, to, copies } = run;
  const { engine, clock } = options;
  const { connection } = session;
  const started = performance.now();

  const record = async (revision: Revision): Promise<LedgerEntry> => {
    const form = await engine.introspect(connection);
    const entry: LedgerEntry = {
      ...writtenAs(revision),
      fingerprint: fingerprint(form),
      fingerprintAlgorithm: FINGERPRINT_ALGORITHM,
      appliedAt: clock.now().text,
      durationMs: Math.round(performance.now() - started),
      appliedBy: thisProcess(),
    };
    await writeEntry(connection, engine, entry);
    await storeForm(connection, engine, revision.id, form);
    const [following] = wanted(options.revisions, options, await readLedger(connection, engine), to);
    await session.announce(following?.id);
    return entry;
  };

  const first = await session.transaction(async (): Promise<Applied | { revision: Revision; before: State } | undefined> => {
    await copies.takeOver(connection);
    const found = await readLedger(connection, engine);
    const begun = await historyAsBegun(connection, engine, options.revisions);
    const [next] = wanted(begun, options, found, to);
    const { applied, restamps, revisions } = settle(begun, found);
    for (const restamp of restamps) await writeRestamp(connection, engine, restamp);
    if (next === undefined) {
      await session.announce(undefined);
      await copies.end(connection);
      return undefined;
    }
    await refuseUnfinished(connection, engine, options.revisions, 'up', next.id);
    await refuseByMonths(connection, engine, next, next.upgrade);
    const before = known?.applied === applied.length ? known.state : stateOf(revisions, applied);
    const here = keepingAside(run, next.id);
    const key = progressKey(next.id, 'up');
    if (here.keeping !== undefined && (await readProgress(connection, engine, key)).length === 0)
      await refuseLeftAside(connection, engine, next);
    if (isPiecewise(next, next.upgrade)) return { revision: next, before };
    await copies.make(connection, { revision: next, steps: next.upgrade, before, target, key });
    const state = await applySteps(connection, engine, here, next, next.upgrade, before);
    await refuseOrphans(connection, engine, next);
    return { revision: next, entry: await record(next), known: { applied: applied.length + 1, state } };
  });
  if (first === undefined || 'entry' in first) return first;

  const { revision, before } = first;
  let entry: LedgerEntry | undefined;
  const upTarget = keepingAside(run, revision.id);
  await runPieces(session, {
    engine,
    target: upTarget,
    options,
    revision,
    direction: 'up',
    pieces: piecesOf(revision, revision.upgrade, before, engine, upTarget.keeping),
    // A copy of what the first piece starts from, which undo goes back to. Others write between two pieces: what a later one takes away of that is
    // copied just before.
    onBegin: async ({ part, step, before: here }) => {
      const about = { revision, target, key: progressKey(revision.id, 'up'), part };
      if (part === 0) await copies.make(connection, { ...about, steps: revision.upgrade, before });
      else if (await copies.isWrittenSince(connection))
        await copies.make(connection, { ...about, steps: [step], before: here, isLater: true });
    },
    onBatch: async ({ part, step, before: here }, batch) => {
      const about = { revision, target, key: progressKey(revision.id, 'up'), part };
      await copies.makeBefore(connection, { ...about, steps: [step], before: here }, batch);
    },
    isStillWanted: async () => !(await readLedger(connection, engine)).some((other) => other.id === revision.id),
    finish: async () => {
      entry = await record(revision);
    },
  });
  // Another process may have finished it first; then there is nothing of ours to tell.
  return entry === undefined ? upgradeOne(run, undefined) : { revision, entry };
}

/** Takes back the newest revisions down to and without `to`; `base` takes back all. Returns the ids taken back. */
export async function downgrade(options: RunOptions, to: string): Promise<string[]> {
  const { engine, revisions } = options;
  const { revisions: known } = settle(revisions, await engine.dedicated((connection) => readLedger(connection, engine)), true);
  if (to !== 'base') refuseStranger(to, withReplaced(known));
  const target = await liveTarget(engine);
  return withRevisionLock(engine, options, async (session) => {
    const done: string[] = [];
    const run = { session, options, target, to, copies: new Copies(engine, options.clock, options.keep) };
    for (;;) {
      const started = performance.now();
      const revision = await tellingWhatStays(
        'down',
        done,
        withCopies(run, () => downgradeOne(run)),
      );
      if (revision === undefined) return done;
      done.push(revision.id);
      options.onRevision?.('down', revision, performance.now() - started);
    }
  });
}

/** Going up, what is dropped is renamed aside; an SQLite file has its copy instead. */
function keepingAside({ target, options }: Run, revision: string): Target {
  return options.keep === undefined || options.engine.capabilities.isLocalFile
    ? target
    : { ...target, keeping: { kind: 'aside', revision } };
}

async function downgradeOne({ session, options, target, to, copies }: Run): Promise<Revision | undefined> {
  const { engine } = options;
  const { connection } = session;
  const first = await session.transaction(async () => {
    await copies.takeOver(connection);
    const found = await readLedger(connection, engine);
    pendingRevisions(options.revisions, found, { allowsOutOfOrder: true });
    const settled = settle(options.revisions, found, true);
    const { revisions, applied } = await enterSquash(connection, engine, settled, to);
    const newest = applied.at(-1);
    // Also where nothing is left to take back: a revision that is half applied is not what was asked for.
    await refuseUnfinished(connection, engine, options.revisions, 'down', newest?.id);
    if (newest === undefined || (to !== undefined && to !== 'base' && newest.id <= to)) {
      await copies.end(connection);
      return undefined;
    }
    const revision = revisions.find((entry) => entry.id === newest.id) as Revision;
    const steps = revision.downgrade;
    if (typeof steps === 'string') {
      throw new FlashcaseError('FC_REVISION_FAILED', {
        what: `Revision ${revision.id} ${revision.name} cannot be taken back: ${steps}`,
        hint: 'flashcase db undo goes back to the copy made before it, where there is one; else restore a backup.',
      });
    }
    await refuseByMonths(connection, engine, revision, steps);
    const after = stateOf(revisions, applied);
    const way = await wayBackOf(connection, engine, revision, after, stateOf(revisions, applied.slice(0, -1)));
    await options.beforeDown?.(connection, way);
    if (isPiecewise(revision, steps)) return { revision, steps, after, way };
    const key = progressKey(revision.id, 'down');
    await copies.make(connection, { revision, steps, before: after, target, key });
    await applySteps(connection, engine, bringingBack(target, revision.id), revision, steps, after);
    await refuseOrphans(connection, engine, revision);
    await takeBack(connection, engine, revision.id);
    return { revision };
  });
  if (first === undefined || first.steps === undefined) return first?.revision;
  const { revision, steps, after, way } = first;
  const here = bringingBack(target, revision.id);
  await runPieces(session, {
    engine,
    target: here,
    options,
    revision,
    direction: 'down',
    pieces: piecesOf(revision, steps, after, engine, here.keeping),
    // Others write between two pieces: what each takes away is looked at, and copied, when it does.
    onBegin: async ({ part, step, before: state }) => {
      await options.beforeDown?.(connection, { ...way, part: 'step', steps: [step], state });
      await copies.make(connection, {
        revision,
        steps: [step],
        before: state,
        target,
        key: progressKey(revision.id, 'down'),
        part,
      });
    },
    onBatch: async ({ part, step, before }, batch) => {
      const about = { revision, target, key: progressKey(revision.id, 'down'), part };
      await copies.makeBefore(connection, { ...about, steps: [step], before }, batch);
    },
    isStillWanted: async () => (await readLedger(connection, engine)).some((entry) => entry.id === revision.id),
    finish: () => takeBack(connection, engine, revision.id),
  });
  return revision;
}

/** Going down, what was renamed aside comes back where it is found. */
function bringingBack(target: Target, revision: string): Target {
  return { ...target, keeping: { kind: 'back', revision, present: new Map() } };
}

/** The entry of a revision goes, and the newest one left keeps the form of the schema as it is now. */
async function takeBack(connection: Connection, engine: Engine, id: string): Promise<void> {
  await ensureLedger(connection, engine);
  await removeEntry(connection, engine, id);
  const newest = (await readLedger(connection, engine)).at(-1);
  if (newest !== undefined) await storeForm(connection, engine, newest.id, await engine.introspect(connection));
}

/** A ledger that keeps no form yet takes one when it is met, if the schema is what its revisions make; `db check` says so if not. */
async function keepForm(connection: Connection, { engine, revisions }: RunOptions): Promise<void> {
  const applied = await readLedger(connection, engine);
  const newest = applied.at(-1);
  if (newest !== undefined) await refillForm(connection, engine, newest.id, stateOf(revisions, applied));
}

/** The revisions that were applied here, as this code has them. */
export function appliedRevisions(revisions: readonly Revision[], applied: readonly LedgerEntry[]): Revision[] {
  const settled = settle(revisions, applied);
  const done = new Set(settled.applied.map((entry) => entry.id));
  return settled.revisions.filter((revision) => done.has(revision.id));
}

/** The schema as what was applied here has made it. */
export function stateOf(revisions: readonly Revision[], applied: readonly LedgerEntry[]): State {
  return replay(appliedRevisions(revisions, applied), EMPTY);
}

function wanted(
  revisions: readonly Revision[],
  options: OrderOptions,
  applied: readonly LedgerEntry[],
  to: string | undefined,
): Revision[] {
  return pendingRevisions(revisions, applied, options).filter((revision) => to === undefined || revision.id <= to);
}

/** The squash's name on the entry of the last revision it replaces, in place of all of theirs: nothing is run. */
async function writeRestamp(connection: Connection, engine: Engine, { entries, entry }: Restamp): Promise<void> {
  for (const old of entries) if (old.id !== entry.id) await removeEntry(connection, engine, old.id);
  await renameEntry(connection, engine, entry);
}

/** On the way back to a revision inside the newest squash, the revisions it replaces take its place: it has made what they make. */
async function enterSquash(
  connection: Connection,
  engine: Engine,
  { revisions, applied }: Settled,
  to: string | undefined,
): Promise<Pick<Settled, 'revisions' | 'applied'>> {
  const newest = applied.at(-1);
  const squash = revisions.find((revision) => revision.id === newest?.id);
  if (newest === undefined || squash?.replaced === undefined || to === undefined) return { revisions, applied };
  if (squash.id <= to || squash.replaces?.includes(to) !== true) return { revisions, applied };
  const old = squash.replaced.map((revision) => entryOf(revision, newest));
  for (const entry of old)
    await (entry.id === newest.id ? renameEntry(connection, engine, entry) : writeEntry(connection, engine, entry));
  return {
    revisions: revisions.flatMap((revision) => (revision === squash ? (squash.replaced ?? []) : [revision])),
    applied: [...applied.slice(0, -1), ...old],
  };
}
