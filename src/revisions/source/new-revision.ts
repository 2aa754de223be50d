import { join } from 'node:path';
import { FlashcaseError } from '../../errors/index.ts';
import { inWords } from '../in-words.ts';
import { fileNameOf } from '../pending.ts';
import type { Project } from '../project.ts';
import type { Revision } from '../revision.ts';
import { replay, replaySteps } from '../state.ts';
import { describeStep } from '../step.ts';
import { autogenerate, type Generated } from './autogenerate.ts';
import { snakeCase } from './identifier.ts';
import { libraryFor } from './library.ts';
import { renderRevision } from './render.ts';
import { historyOf, type Sources } from './sources.ts';
import { placeRevisionFile, writeIndex, writeLock } from './write-files.ts';

export interface Written {
  readonly path: string;
  readonly id: string;
  readonly name: string;
  /** In words. */
  readonly upgrade: readonly string[];
  readonly downgrade: readonly string[];
  /** What a person must decide or know; the file has each at its place. */
  readonly notes: readonly string[];
}

const NOTHING: Generated = { upgrade: [], downgrade: [], notes: new Map() };

/** The id after the last one. */
export function nextId(revisions: readonly Pick<Revision, 'id'>[]): string {
  return String(Math.max(0, ...revisions.map((revision) => Number(revision.id))) + 1).padStart(4, '0');
}

/**
 * Writes the next revision file, the index that lists it, and `schema.lock`. With a model, the steps are what leads from the history to it; `undefined`
 * is returned, and nothing written, when there are none. Without, an empty one to be filled by hand.
 * Throws `FC_REVISION_DECISION_NEEDED` where only a person can say what is meant (autogenerate.ts).
 */
export async function writeRevision(
  sources: Sources,
  message: string,
  model?: { readonly project: Project; readonly drops: readonly string[] },
): Promise<Written | undefined> {
  const history = historyOf(sources);
  const name = snakeCase(message);
  if (name === '') {
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: 'The message gives no name: it has no letters or digits.',
      hint: "Say what changes: flashcase db revision -m 'add a note to cards'",
    });
  }
  const namesake = history.find((revision) => revision.name === name);
  if (namesake !== undefined) {
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: `Revision ${namesake.id} is called ${name} already.`,
      hint: 'Give this one a name of its own.',
    });
  }
  const before = replay(history);
  const generated = model === undefined ? NOTHING : autogenerate(before, model.project.schema, model.drops, message);
  if (model !== undefined && generated.upgrade.length === 0) {
    if (!sources.isIndexCurrent) await writeIndex(sources.folder);
    await writeLock(sources.folder, model.project.schema);
    return undefined;
  }
  const { upgrade, downgrade, notes } = generated;
  const revision: Revision = { id: nextId(history), name, upgrade, downgrade };
  const file = fileNameOf(revision);
  await placeRevisionFile(sources.folder, file, renderRevision(revision, { library: libraryFor(sources.folder), notes }));
  await writeIndex(sources.folder);
  if (model !== undefined) await writeLock(sources.folder, model.project.schema);
  return {
    path: join(sources.folder, file),
    id: revision.id,
    name,
    upgrade: inWords(upgrade, before),
    downgrade: inWords(downgrade, replaySteps(before, revision, upgrade)),
    notes: notesInOrder(revision, notes),
  };
}

/** The notes of a revision in the order in which its file has them, those of the way back with a word that says so. */
function notesInOrder(revision: Revision, notes: Generated['notes']): string[] {
  const of = (steps: Revision['downgrade']): string[] =>
    typeof steps === 'string'
      ? []
      : steps.flatMap((step) => {
          const place = describeStep(step);
          const own = [step, ...(step.kind === 'alterTable' ? step.changes : [])].flatMap((part) => notes.get(part) ?? []);
          return own.map((note) => `${place.split(':', 1)[0]}: ${note}`);
        });
  return [...of(revision.upgrade), ...of(revision.downgrade).map((note) => `way back, ${note}`)];
}
