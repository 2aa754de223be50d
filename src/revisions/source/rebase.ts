import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FlashcaseError } from '../../errors/index.ts';
import { fileNameOf } from '../pending.ts';
import type { Project } from '../project.ts';
import type { Revision } from '../revision.ts';
import { replay } from '../state.ts';
import type { RevisionFile } from './folder.ts';
import { nextId } from './new-revision.ts';
import type { Sources } from './sources.ts';
import { placeRevisionFile, writeIndex, writeLock } from './write-files.ts';

export interface RebaseOptions {
  /** The model, and what is released. */
  readonly project: Project;
  /** What a reachable database has applied. */
  readonly applied: readonly { readonly id: string; readonly name: string }[];
  /** A person says that this file is not the one of its id that was released. */
  readonly isUnreleased?: boolean;
}

export interface Rebased {
  readonly from: string;
  readonly to: string;
  /** False when it is the last one already. */
  readonly isMoved: boolean;
}

/**
 * Gives a revision file the next free id: file name, id and index. The steps stay as they are, so they must still fit behind the others.
 * Throws `FC_REVISION_INVALID` where they do not, or where it was released or applied: a revision that is somewhere stays what it is.
 */
export async function rebaseRevision(sources: Sources, wanted: string, options: RebaseOptions): Promise<Rebased> {
  const { folder, files } = sources;
  const moved = fileNamed(files, wanted);
  const { revision } = moved;
  refuseUsed(moved, files, options);
  const others = files.filter((file) => file !== moved);
  const id = nextId(others);
  if (revision.id >= id && files.at(-1) === moved) {
    await writeIndex(folder);
    await writeLock(folder, options.project.schema);
    return { from: moved.file, to: moved.file, isMoved: false };
  }
  const placed: Revision = { ...revision, id };
  requireFit([...others.map((file) => file.revision), placed], moved.file);

  const text = await readFile(join(folder, moved.file), 'utf8');
  const pattern = new RegExp(`^(\\s*id: )(['"])${revision.id}\\2`, 'm');
  if (!pattern.test(text)) {
    throw new FlashcaseError('FC_REVISION_INVALID', {
      what: `The file ${moved.file} does not say id: '${revision.id}' in a line of its own, so its id cannot be rewritten.`,
      where: join(folder, moved.file),
      hint: `Write id: '${id}' in it, and name it ${fileNameOf(placed)}.`,
    });
  }
  // The new file first: a crash between leaves one too many, which heads reports, never one too few.
  await placeRevisionFile(folder, fileNameOf(placed), text.replace(pattern, `$1$2${id}$2`));
  await rm(join(folder, moved.file));
  await writeIndex(folder);
  await writeLock(folder, options.project.schema);
  return { from: moved.file, to: fileNameOf(placed), isMoved: true };
}

/** By file name with or without its ending, by the revision's name, or by an id that is there once. Throws `FC_REVISION_UNKNOWN`. */
function fileNamed(files: readonly RevisionFile[], wanted: string): RevisionFile {
  const name = wanted.split(/[/\\]/).at(-1) ?? wanted;
  const found = files.filter(({ file, id, revision }) => [file, file.replace(/\.\w+$/, ''), revision.name, id].includes(name));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new FlashcaseError('FC_REVISION_UNKNOWN', {
    what:
      only === undefined
        ? `There is no revision file ${wanted}.`
        : `${wanted} may be ${found.map(({ file }) => file).join(' or ')}.`,
    hint: `Files: ${files.map(({ file }) => file).join(', ')}.`,
  });
}

/** A way on that works: with two files of one id there is no history to take anything back with. */
function wayOnOfApplied({ id }: Revision, twins: readonly string[], applied: RebaseOptions['applied']): string {
  const [twin] = twins;
  if (twin !== undefined) return `Give the other file of this id another one: flashcase db rebase ${twin.replace(/\.\w+$/, '')}`;
  const ids = applied.map((entry) => entry.id).toSorted();
  const later = ids.filter((other) => other > id);
  const back = `flashcase db downgrade ${ids.findLast((other) => other < id) ?? 'base'} --yes`;
  return `Take it back first${later.length === 0 ? '' : `, which takes back ${later.join(', ')} too`}: ${back}`;
}

function refuseUsed({ file, revision }: RevisionFile, files: readonly RevisionFile[], options: RebaseOptions): void {
  const { released } = options.project;
  const stays = (what: string, hint: string): FlashcaseError =>
    new FlashcaseError('FC_REVISION_INVALID', { what, where: file, hint, details: { revision: revision.id } });
  const twins = files.filter((other) => other.id === revision.id && other.file !== file).map((other) => other.file);
  if (options.applied.some(({ id, name }) => id === revision.id && name === revision.name)) {
    throw stays(
      `Revision ${revision.id} ${revision.name} is applied in the database, so it keeps its id.`,
      wayOnOfApplied(revision, twins, options.applied),
    );
  }
  if (released === undefined || revision.id > released || options.isUnreleased === true) return;
  if (twins.length === 0)
    throw stays(
      `Revision ${revision.id} ${revision.name} was released (up to ${released}), so it keeps its id.`,
      'Write a new revision instead. If this file came later: the same command with --unreleased.',
    );
  throw new FlashcaseError('FC_REVISION_DECISION_NEEDED', {
    what: `Revision ${revision.id} was released, and there are two of it: ${file} and ${twins.join(', ')}.`,
    hint: `If ${file} is the one that came later: the same command with --unreleased.`,
    details: { files: [file, ...twins] },
  });
}

function requireFit(revisions: readonly Revision[], file: string): void {
  const isAmbiguous = revisions.some((revision, i) => revisions[i - 1]?.id === revision.id);
  if (isAmbiguous) return;
  try {
    replay(revisions);
  } catch (error) {
    throw new FlashcaseError('FC_REVISION_INVALID', {
      what: `${file} does not fit behind the others.`,
      why: error instanceof Error ? error.message : String(error),
      hint: 'Nothing was changed. Correct its steps by hand, or rebase the other branch’s file instead.',
      cause: error,
    });
  }
}
