import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { type Difference, describeDifference, differenceOf, isNoDifference, type SchemaForm } from '../schema/form.ts';
import { computesValues } from './change.ts';
import type { Keeping } from './compile/aside.ts';
import { ensureLedger, hasLedger, keepsForm, type LedgerEntry, readLedger, rehashEntry } from './ledger.ts';
import { type LockOptions, withRevisionLock } from './lock.ts';
import { full, isEdited, pendingRevisions } from './pending.ts';
import { piecesOf } from './pieces.ts';
import { clearProgress, halfDone, type PartProgress, readProgress } from './progress.ts';
import { HASH_ALGORITHM, type Revision, revisionHash } from './revision.ts';
import { appliedRevisions, stateOf } from './run.ts';
import { type HistoryForm, historyForm } from './scratch.ts';
import { withReplaced } from './settle.ts';
import { describeChange } from './step.ts';
import { differenceFromStored, readStoredForm, type StoredForm, storeForm } from './stored-form.ts';

export interface RepairOptions extends LockOptions {
  readonly engine: Engine;
  readonly revisions: readonly Revision[];
  /** A person has seen that the rows here are as the edited text would have made them. */
  readonly allowsEditedRows?: boolean;
}

export interface RepairReport {
  /** Exactly what was changed, one sentence each. Only the ledger is: never the schema, never a row of anything else. */
  readonly changed: readonly string[];
  /** What a person has to do. */
  readonly left: readonly string[];
}

/**
 * Makes the ledger true again where that harms nothing: it takes an edit of an applied revision that makes no difference, forgets a
 * half-done revision that was undone by hand, and takes a form where none is stored. All or nothing, inside the lock.
 * Throws, naming both sides, where the ledger and the code disagree in a way that is for a person to settle: `FC_REVISION_EDITED` with the
 * difference an edit makes, `FC_REVISION_DECISION_NEEDED` for an edit of a revision that writes rows, which nobody can compare any more,
 * `FC_REVISION_UNFINISHED` with what a half-done revision left, and what `pendingRevisions` throws.
 */
export async function repair(options: RepairOptions): Promise<RepairReport> {
  const { engine, revisions, allowsEditedRows = false } = options;
  return withRevisionLock(engine, options, ({ connection, transaction }) =>
    transaction(async () => {
      const changed: string[] = [];
      const left: string[] = [];
      if (!(await hasLedger(connection, engine)))
        return {
          changed,
          left: ['There is no ledger here. flashcase db upgrade makes one, flashcase db stamp ID gives a baseline.'],
        };
      if (!(await keepsForm(connection, engine))) {
        await ensureLedger(connection, engine);
        changed.push('The ledger has a place for the form of the schema now.');
      }
      const applied = await readLedger(connection, engine);
      const history = await historyForm(engine, appliedRevisions(revisions, applied));
      const context: Context = {
        connection,
        engine,
        revisions,
        applied,
        history,
        live: await engine.introspect(connection),
        stored: await readStoredForm(connection, engine),
      };
      changed.push(...(await takeEdits(context, allowsEditedRows)));
      const progress = await repairProgress(context);
      changed.push(...progress.changed);
      left.push(...progress.left);
      if (progress.left.length === 0) await takeForm(context, changed, left);
      return { changed, left };
    }),
  );
}

interface Context {
  readonly connection: Connection;
  readonly engine: Engine;
  readonly revisions: readonly Revision[];
  readonly applied: readonly LedgerEntry[];
  readonly history: HistoryForm;
  readonly live: SchemaForm;
  readonly stored: StoredForm | undefined;
}

/** An edited revision is taken when the edited history makes the schema that is here. */
async function takeEdits(
  { connection, engine, revisions, applied, history, live, stored }: Context,
  allowsEditedRows: boolean,
): Promise<string[]> {
  const edited = applied.flatMap((entry) => {
    const revision = withReplaced(revisions).find(({ id, name }) => id === entry.id && name === entry.name);
    if (revision === undefined) return [];
    const hash = revisionHash(revision);
    return hash === entry.hash && entry.hashAlgorithm === HASH_ALGORITHM ? [] : [{ entry, revision, hash }];
  });
  const corrected = applied.map((entry) => {
    const found = edited.find((other) => other.entry === entry);
    return found === undefined ? entry : { ...entry, hash: found.hash, hashAlgorithm: HASH_ALGORITHM };
  });
  // Every other disagreement is a person's to settle.
  pendingRevisions(revisions, corrected, { allowsOutOfOrder: true });
  if (edited.length === 0) return [];
  // What was made here is what is here; where that drifted, or a newer server words it otherwise, what was read right after it.
  const found = differenceOf(history.lines, live);
  const difference = isNoDifference(found) || stored === undefined ? found : differenceOf(history.lines, stored.lines);
  if (!isNoDifference(difference)) {
    throw new FlashcaseError('FC_REVISION_EDITED', {
      what: `${edited.map(({ entry }) => `Revision ${full(entry)}`).join(', ')} was changed after it was applied, and the change makes a difference.`,
      where: engine.location,
      why: `What the code makes now, against what was made here (- only the code, + only here):\n${describeDifference(difference)}`,
      hint: 'Bring the old text back and put the change into a new revision.',
      details: { ...difference },
    });
  }
  const rows = edited.flatMap(({ entry, revision }) => (isEdited(revision, entry) ? rowsWritten(revision) : []));
  if (rows.length > 0 && !allowsEditedRows) throw rowsUndecided(rows, engine);
  const sentences: string[] = [];
  for (const { entry, hash } of edited) {
    await rehashEntry(connection, engine, entry.id, hash, HASH_ALGORITHM);
    sentences.push(
      `Revision ${full(entry)}: took its edited text (${entry.hash.slice(0, 12)} became ${hash.slice(0, 12)}); the schema it makes is the same. ` +
        'What the old text wrote into rows stays as it is; the new one was not run.',
    );
  }
  return sentences;
}

/** What an applied revision gave to rows that were there, in words: which of it an edit changed, no hash tells. */
function rowsWritten(revision: Revision): string[] {
  return revision.upgrade.flatMap((step) => {
    const parts =
      step.kind === 'sql' || step.kind === 'backfill'
        ? [step.about]
        : step.kind === 'alterTable'
          ? step.changes
              .filter((change) => computesValues(change) || (change.kind === 'addColumn' && change.column.default !== undefined))
              .map((change) => `${step.table}: ${describeChange(change)}`)
          : [];
    return parts.map((part) => `${full(revision)}: ${part}`);
  });
}

function rowsUndecided(rows: readonly string[], engine: Engine): FlashcaseError {
  return new FlashcaseError('FC_REVISION_DECISION_NEEDED', {
    what: 'A revision that writes rows was changed after it was applied: the rows here were made by its old text. Nothing was changed.',
    where: engine.location,
    why: `The schema is the same either way; whether the rows are cannot be compared:\n${rows.join('\n')}`,
    hint: 'Bring the old text back, and put what the rows should be into a new revision. If they are as the new text would make them: flashcase db repair --allow-edited-rows',
    details: { rows },
  });
}

/** A half-done revision is forgotten when nothing of it is left in the schema. One that can go on is left to go on. */
async function repairProgress(context: Context): Promise<{ changed: string[]; left: string[] }> {
  const { connection, engine, live, stored } = context;
  const changed: string[] = [];
  const left: string[] = [];
  const byRevision = Map.groupBy(await readProgress(connection, engine), (part) => part.revisionId);
  for (const [key, parts] of byRevision) {
    const { id, isDown, what, finish } = halfDone(key);
    const judged = judgeParts(context, id, isDown, parts);
    const difference = stored === undefined ? undefined : await differenceFromStored(connection, engine, stored, live);
    const isUndone = difference !== undefined && isNoDifference(difference);
    if (judged === 'goes on' || (judged === 'left traces' && !isUndone)) {
      left.push(`${what} and can go on: ${finish} finishes it. To begin it anew, undo by hand what it did, then run this again.`);
    } else if (isUndone) {
      await clearProgress(connection, engine, key);
      changed.push(
        `${what}: forgot its ${parts.length} part${parts.length === 1 ? '' : 's'}, since the schema is as it was before it. Rows that its backfills wrote stay.`,
      );
    } else {
      throw stillThere(what, difference, engine);
    }
  }
  return { changed, left };
}

/** `changed`: its parts are not what they were, so that it cannot go on. `left traces`: it can, and what was done shows in the schema. */
function judgeParts(
  { revisions, applied, engine }: Context,
  id: string,
  isDown: boolean,
  parts: readonly PartProgress[],
): 'changed' | 'left traces' | 'goes on' {
  const revision = withReplaced(revisions).find((entry) => entry.id === id);
  const steps = isDown ? revision?.downgrade : revision?.upgrade;
  if (revision === undefined || steps === undefined || typeof steps === 'string') return 'changed';
  // Begun with or without keeping what it drops: both are the revision as it is.
  const keepings: readonly (Keeping | undefined)[] = isDown
    ? [{ kind: 'back', revision: id, present: new Map() }, undefined]
    : [{ kind: 'aside', revision: id }, undefined];
  const pieces = keepings
    .map((keeping) => piecesOf(revision, steps, stateOf(revisions, applied), engine, keeping))
    .find((each) => parts.every((part) => each[part.part]?.hash === part.hash));
  if (pieces === undefined) return 'changed';
  const isShown = (part: PartProgress): boolean => {
    const piece = pieces[part.part];
    return (
      part.state === 'done' &&
      piece !== undefined &&
      piece.kind !== 'backfill' &&
      !(piece.kind === 'step' && piece.step.kind === 'sql')
    );
  };
  return parts.some(isShown) ? 'left traces' : 'goes on';
}

function stillThere(what: string, difference: Difference | undefined, engine: Engine): FlashcaseError {
  return new FlashcaseError('FC_REVISION_UNFINISHED', {
    what: `${what}, its text was changed meanwhile, and what it did is still in the schema.`,
    where: engine.location,
    why:
      difference === undefined
        ? 'The ledger has no form of the schema before it to compare with.'
        : `Against the schema before it (- is missing here, + is only here):\n${describeDifference(difference)}`,
    hint: 'Bring the old text back and let it finish; or undo by hand what is listed, then flashcase db repair.',
    details: difference === undefined ? {} : { ...difference },
  });
}

async function takeForm(context: Context, changed: string[], left: string[]): Promise<void> {
  const { connection, engine, applied, history, live, stored } = context;
  const newest = applied.at(-1);
  if (stored !== undefined || newest === undefined) return;
  const difference = differenceOf(history.lines, live);
  const isSame = isNoDifference(difference);
  if (!isSame && !history.isComplete) {
    left.push(`The schema is not what its revisions make, so no form was taken:\n${describeDifference(difference)}`);
    return;
  }
  await storeForm(connection, engine, newest.id, isSame ? live : history.lines);
  changed.push(
    `The form of the schema after revision ${full(newest)} is in the ledger now` +
      (isSame ? '.' : ', as its revisions make it. The schema here is another: flashcase db check names the differences.'),
  );
}
