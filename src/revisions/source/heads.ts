import { fileNameOf, requireOneHistory } from '../pending.ts';
import type { Sources } from './sources.ts';

export interface Heads {
  /** The files of the newest id; more than one when two branches wrote it. */
  readonly heads: readonly string[];
  /** Ids that two branches wrote, with their files. */
  readonly duplicates: readonly { readonly id: string; readonly files: readonly string[] }[];
  readonly isIndexCurrent: boolean;
  /** Files that `index.ts` lists and the folder does not have. */
  readonly missing: readonly string[];
  /** The commands that put it right. */
  readonly commands: readonly string[];
}

/** Judges the files of a folder: one head, or what two branches wrote side by side (facts F21). */
export function headsOf({ files, isIndexCurrent, missing }: Sources): Heads {
  const byId = [...Map.groupBy(files, (file) => file.id)];
  const duplicates = byId
    .filter(([, same]) => same.length > 1)
    .map(([id, same]) => ({ id, files: same.map((file) => file.file) }));
  const isSquashStopped = files.some(({ revision }) =>
    revision.replaced?.some((old) => files.some((file) => file.id === old.id && file.revision.name === old.name)),
  );
  if (duplicates.length === 0 || isSquashStopped) requireOneHistory(files.map((file) => file.revision));
  const newest = byId.at(-1)?.[1] ?? [];
  return {
    heads: newest.map(({ revision }) => fileNameOf(revision)),
    duplicates,
    isIndexCurrent,
    missing,
    commands: duplicates.flatMap(({ files: [, ...later] }) => later.map((file) => `flashcase db rebase ${file.slice(0, -3)}`)),
  };
}
