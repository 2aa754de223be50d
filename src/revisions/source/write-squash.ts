import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FlashcaseError } from '../../errors/index.ts';
import { fileNameOf } from '../pending.ts';
import { type Revision, revisionHash } from '../revision.ts';
import { type SquashChoices, squash } from '../squash.ts';
import { describeStep } from '../step.ts';
import { readRevisionFile } from './folder.ts';
import { libraryFor } from './library.ts';
import { renderRevision } from './render.ts';
import { historyOf, type Sources } from './sources.ts';
import { placeRevisionFile, writeIndex, writeWhole } from './write-files.ts';

/** Where the replaced files go: not part of the history, but in the reach of databases that stand between them. */
const SQUASHED_FOLDER = 'squashed';

export interface WrittenSquash {
  readonly path: string;
  readonly id: string;
  readonly replaces: readonly string[];
  readonly upgrade: readonly string[];
  readonly leftOut: readonly string[];
}

/**
 * Squashes the files up to `to` (default: all) into one, which keeps the id of the last. The old files move to `squashed/`.
 * They are copied and read back there first, so that until the new file is in its place the history is the old one; a squash that was
 * stopped behind that is only finished.
 */
export async function writeSquash(sources: Sources, to: string | undefined, choices: SquashChoices): Promise<WrittenSquash> {
  const { folder, files } = sources;
  const finished = await finishSquash(sources);
  if (finished !== undefined) return finished;
  const history = historyOf(sources);
  const end = to === undefined ? history.length - 1 : history.findIndex(({ id, name }) => id === to || name === to);
  if (end < 0) {
    throw new FlashcaseError('FC_REVISION_UNKNOWN', {
      what: to === undefined ? 'There are no revisions.' : `There is no revision ${to}.`,
      hint: `Known: ${history.map(({ id, name }) => `${id} ${name}`).join(', ')}.`,
    });
  }
  const range = files.slice(0, end + 1);
  const { revision, leftOut } = squash(
    range.map((file) => file.revision),
    choices,
  );
  const aside = join(folder, SQUASHED_FOLDER);
  await mkdir(aside, { recursive: true });
  for (const { file } of range) {
    await writeWhole(join(aside, file), oneFolderDeeper(await readFile(join(folder, file), 'utf8')));
    await readRevisionFile(aside, file);
  }
  const about =
    leftOut.length === 0
      ? []
      : ['Not in it, since it only mattered for rows there were then:', ...leftOut.map((line) => `  ${line}`)];
  const replaced = range.map(({ file, id, constant }) => ({ constant, id, from: `./${SQUASHED_FOLDER}/${file}` }));
  const file = fileNameOf(revision);
  await placeRevisionFile(folder, file, renderRevision(revision, { library: libraryFor(folder), about, replaced }));
  for (const old of range) await rm(join(folder, old.file));
  await writeIndex(folder);
  return written(join(folder, file), revision, leftOut);
}

const written = (path: string, { id, replaces = [], upgrade }: Revision, leftOut: readonly string[]): WrittenSquash => ({
  path,
  id,
  replaces,
  upgrade: upgrade.map(describeStep),
  leftOut,
});

/** Takes away the old files that a squash left when it was stopped; it has them aside, and its own file is whole. */
async function finishSquash({ folder, files }: Sources): Promise<WrittenSquash | undefined> {
  for (const { file, revision } of files) {
    const isIn = (other: Revision): boolean =>
      revision.replaced?.some((old) => old.id === other.id && revisionHash(old) === revisionHash(other)) === true;
    const left = files.filter((other) => isIn(other.revision));
    if (left.length === 0) continue;
    for (const old of left) await rm(join(folder, old.file));
    await writeIndex(folder);
    return written(join(folder, file), revision, []);
  }
  return undefined;
}

/** The same file one folder deeper: what it imports from above is one more step away, its neighbours come along. */
function oneFolderDeeper(text: string): string {
  return text.replaceAll(/(\bfrom\s+|\bimport\()(['"])(\.\.?\/[^'"]*)\2/g, (_, word: string, mark: string, path: string) => {
    const inside = `./${SQUASHED_FOLDER}/`;
    const moved = path.startsWith(inside) ? `./${path.slice(inside.length)}` : path.startsWith('../') ? `../${path}` : path;
    return `${word}${mark}${moved}${mark}`;
  });
}
