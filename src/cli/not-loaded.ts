import { basename, dirname, join } from 'node:path';
import type { FlashcaseError } from '../errors/index.ts';
import { ownVersions } from '../revisions/source/library.ts';
import { cannotLoad, loadFailureOf } from '../revisions/source/load-failure.ts';

/** A revision, the index or the model of a checkout that is being edited or merged and cannot be loaded; `undefined` for any other error. */
export function notLoaded(error: unknown): FlashcaseError | undefined {
  const versions = ownVersions();
  const file = loadFailureOf(error)?.file;
  if (versions === undefined || file === undefined) return undefined;
  const model = join(dirname(versions), 'schema');
  return [versions, model].includes(dirname(file)) ? cannotLoad(error, file, `${basename(file)} cannot be loaded.`) : undefined;
}
