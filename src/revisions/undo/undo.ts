import type { Clock } from '../../db/clock.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type LedgerEntry, readLedger } from '../ledger.ts';
import { pendingRevisions } from '../pending.ts';
import { progressKey, readProgress } from '../progress.ts';
import type { Revision } from '../revision.ts';
import { downgrade, type RunOptions, stateOf } from '../run.ts';
import { settle } from '../settle.ts';
import type { State } from '../state.ts';
import { historyAsBegun, refuseUnfinished } from '../unfinished.ts';
import { asidesOf } from './asides.ts';
import { copiesOf, type Keep } from './copies.ts';
import { decisive, describeLoss, type Loss, lossesOf } from './losses.ts';
import { type RestoreStep, restoreCopy } from './restore.ts';
import { type WayBack, walk, wayBackOf } from './way-back.ts';
import type { Writes } from './written-since.ts';

export interface UndoOptions {
  /** Opens the database; it is closed again, since exchanging a file needs it alone. */
  readonly open: () => Engine;
  readonly revisions: readonly Revision[];
  readonly clock: Clock;
  /** The revision to take back: the newest. Given by its id, the same command run twice takes back one revision only. */
  readonly revision?: string;
  /** Goes on although something would be lost; an SQLite file is still kept aside. */
  readonly discardsWrites?: boolean;
  readonly keep?: Keep;
  readonly onStep?: (step: RestoreStep) => Promise<void> | void;
  /** How the way back waits and what it tells. */
  readonly run?: Partial<Omit<RunOptions, 'engine' | 'revisions' | 'clock' | 'keep' | 'beforeDown'>>;
}

export type Undone =
  /** It is not applied: taken back before, or never applied. */
  | { readonly how: 'nothing'; readonly revision?: string }
  /** SQLite: the copy made before the revision is the database again. */
  | {
      readonly how: 'copy';
      readonly revision: string;
      readonly copy: string;
      readonly keptAside: string;
      readonly writes: readonly Writes[];
    }
  /** The revision's own way back was run. */
  | { readonly how: 'downgrade'; readonly revision: string; readonly losses: readonly Loss[] };

/**
 * Takes the newest revision back: from the copy made before it, where there is one, else by its own way back. What would be lost is
 * counted before anything is done; then it throws `FC_REVISION_DECISION_NEEDED` unless the caller discards it.
 */
export async function undo(options: UndoOptions): Promise<Undone> {
  const engine = options.open();
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await engine.close();
    isOpen = false;
  };
  try {
    const { applied, half, isHalfBack } = await whereItStands(engine, options.revisions);
    const newest = half ?? applied.at(-1);
    if (
      newest === undefined ||
      (options.revision !== undefined && ![...applied, newest].some(({ id }) => id === options.revision))
    )
      return { how: 'nothing', ...(options.revision === undefined ? {} : { revision: options.revision }) };
    refuseOlder(newest, options.revision);
    // What was begun by its own way back is finished that way: compared with a copy, what is gone already would count as lost.
    const copy =
      engine.capabilities.isLocalFile && !isHalfBack
        ? copiesOf(engine.location).findLast(({ key, part }) => key === progressKey(newest.id, 'up') && part === undefined)
        : undefined;
    if (copy === undefined) {
      // Without a copy, half a revision is taken back by finishing it first.
      if (half !== undefined)
        await engine.dedicated((connection) => refuseUnfinished(connection, engine, options.revisions, 'down', undefined));
      return await takeBack(engine, options, applied);
    }
    await close();
    const { keptAside, writes } = await restoreCopy({
      engine,
      copy: copy.file,
      revision: newest,
      isHalfApplied: half !== undefined,
      revisions: options.revisions,
      clock: options.clock,
      discardsWrites: options.discardsWrites === true,
      ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    });
    return { how: 'copy', revision: newest.id, copy: copy.file, keptAside, writes };
  } finally {
    await close();
  }
}

interface Standing {
  readonly applied: readonly LedgerEntry[];
  /** A revision whose first pieces are committed and whose entry is not. */
  readonly half?: Pick<Revision, 'id' | 'name'>;
  /** The newest revision is half taken back. */
  readonly isHalfBack: boolean;
}

async function whereItStands(engine: Engine, revisions: readonly Revision[]): Promise<Standing> {
  return engine.dedicated(async (connection) => {
    const found = await readLedger(connection, engine);
    pendingRevisions(revisions, found, { allowsOutOfOrder: true });
    const { applied, revisions: history } = settle(await historyAsBegun(connection, engine, revisions), found, true);
    const begun = await readProgress(connection, engine);
    const half = history.find(({ id }) => begun.some((part) => part.revisionId === id));
    const newest = applied.at(-1)?.id;
    const isHalfBack = newest !== undefined && begun.some((part) => part.revisionId === progressKey(newest, 'down'));
    return { applied, isHalfBack, ...(half === undefined ? {} : { half }) };
  });
}

function refuseOlder(newest: Pick<Revision, 'id' | 'name'>, wanted: string | undefined): void {
  if (wanted === undefined || wanted === newest.id) return;
  throw new FlashcaseError('FC_BAD_REQUEST', {
    what: `Only the newest revision can be undone, which is ${newest.id} ${newest.name}.`,
    hint: `flashcase db undo ${newest.id}`,
  });
}

/**
 * Counted inside the transaction that then takes it away, with writers kept out of the tables: nothing is written in between. Where a way
 * back is committed piece by piece, that is so in each of them.
 */
async function takeBack(engine: Engine, options: UndoOptions, applied: readonly LedgerEntry[]): Promise<Undone> {
  const { revisions, clock, keep } = options;
  const newest = (applied.at(-1) as LedgerEntry).id;
  const losses = new Map<string, Loss>();
  await downgrade(
    {
      engine,
      revisions,
      clock,
      ...(keep === undefined ? {} : { keep }),
      ...options.run,
      beforeDown: async (connection, way) => {
        // Another process may have gone on since this one looked.
        refuseOlder(way.revision, newest);
        await keepWritersOut(connection, engine, way);
        const [found = []] = await lossesOf(connection, engine, [way]);
        if (decisive(found).length > 0 && options.discardsWrites !== true) throw wouldLose(engine, way, found);
        // Counted again just before they go, they are more or fewer than at the beginning.
        for (const loss of found) losses.set(`${loss.kind} ${loss.about}`, loss);
      },
    },
    applied.at(-2)?.id ?? 'base',
  );
  return { how: 'downgrade', revision: newest, losses: [...losses.values()] };
}

async function keepWritersOut(connection: Connection, engine: Engine, way: WayBack): Promise<void> {
  if (!engine.capabilities.hasConcurrentWriters) return;
  const [walked] = walk([way], await asidesOf(connection, engine));
  const names = (walked?.places ?? []).flatMap(({ step, lineage }) => {
    if (step.kind === 'alterTable') return lineage.tables.get(step.table)?.was;
    // A rename takes nothing away; where it is committed by itself, the table may have its new name already.
    const isNamed = step.kind === 'dropTable' || (step.kind === 'renameTable' && way.part !== 'step');
    return isNamed ? lineage.tables.get(step.name)?.was : undefined;
  });
  for (const name of new Set(names))
    if (name !== undefined) await connection.script(`LOCK TABLE ${engine.ddl.quote(name)} IN ACCESS EXCLUSIVE MODE`);
}

function wouldLose(engine: Engine, { revision: { id, name }, part }: WayBack, losses: readonly Loss[]): FlashcaseError {
  const sofar =
    part === 'all' ? 'Nothing was changed.' : 'What is taken back of it already stays so, and nothing else was changed.';
  return new FlashcaseError('FC_REVISION_DECISION_NEEDED', {
    what: `Taking back ${part === 'all' ? '' : 'the rest of '}revision ${id} ${name} would lose what is there now. ${sofar}`,
    where: engine.location,
    why: losses.map(describeLoss).join('\n         '),
    hint: 'Make a backup, then run the same command with --discard-writes.',
    details: { revision: id, losses },
  });
}

/**
 * What a downgrade to a revision (or `base`) would lose, revision by revision, newest first; counted now, so before the first of them runs.
 * Of a revision that is half taken back, what the rest of its way back would lose.
 */
export async function downgradeLosses(
  engine: Engine,
  revisions: readonly Revision[],
  ledger: readonly LedgerEntry[],
  to: string,
): Promise<{ revision: string; losses: Loss[] }[]> {
  const { applied, revisions: history } = settle(revisions, ledger, true);
  return engine.dedicated(async (connection) => {
    const ways: WayBack[] = [];
    for (let i = applied.length - 1; i >= 0; i--) {
      const entry = applied[i] as LedgerEntry;
      if (to !== 'base' && entry.id <= to) break;
      const revision = history.find(({ id }) => id === entry.id);
      // There it ends, with a sentence of the revision's own.
      if (revision === undefined || typeof revision.downgrade === 'string') break;
      const [after, before] = [applied.slice(0, i + 1), applied.slice(0, i)].map((entries) => stateOf(history, entries));
      ways.push(await wayBackOf(connection, engine, revision, after as State, before as State));
    }
    const losses = await lossesOf(connection, engine, ways);
    return ways.map(({ revision: { id } }, i) => ({ revision: id, losses: losses[i] ?? [] }));
  });
}
