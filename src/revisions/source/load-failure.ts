import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlashcaseError } from '../../errors/index.ts';
import { INDEX_FILE } from './index-file.ts';

/** Why a module could not be loaded, by the words Node has for it. */
export interface LoadFailure {
  readonly file: string;
  readonly line?: number;
  readonly why: string;
  /** The module it imports that is not there. */
  readonly missing?: string;
}

/** What Node's loader says of a file that is not there, is no TypeScript, or imports a name that is not exported; `undefined` for any other error. */
export function loadFailureOf(error: unknown): LoadFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, url } = error as Error & { code?: string; url?: string };
  if (code === 'ERR_MODULE_NOT_FOUND') {
    const importer = / imported from (.+)$/.exec(error.message)?.[1];
    if (importer === undefined) return undefined;
    // A package has no address before it is found.
    if (url === undefined) return { file: importer, why: error.message };
    const missing = fileURLToPath(url);
    const line = lineNaming(importer, basename(missing));
    return {
      file: importer,
      ...(line === undefined ? {} : { line }),
      why: `It imports ${basename(missing)}, and there is no such file.`,
      missing,
    };
  }
  if (error.name !== 'SyntaxError') return undefined;
  const [, place, line] = /^(.+):(\d+)\n/.exec(error.stack ?? '') ?? [];
  if (place === undefined) return undefined;
  return { file: place.startsWith('file:') ? fileURLToPath(place) : place, line: Number(line), why: error.message };
}

function lineNaming(file: string, name: string): number | undefined {
  try {
    const found = readFileSync(file, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(name));
    return found === -1 ? undefined : found + 1;
  } catch {
    return undefined;
  }
}

/** `FC_REVISION_INVALID` for a file that cannot be loaded, with its line and the next step. @param asked the file that was to be loaded. */
export function cannotLoad(error: unknown, asked: string, what: string): FlashcaseError {
  const failure = loadFailureOf(error);
  const file = failure?.file ?? asked;
  const where = failure?.line === undefined ? file : `${file}:${failure.line}`;
  const parts = { where, details: { file, ...(failure?.line === undefined ? {} : { line: failure.line }) }, cause: error };
  const { missing } = failure ?? {};
  if (missing !== undefined && basename(file) === INDEX_FILE && dirname(missing) === dirname(file)) {
    return new FlashcaseError('FC_REVISION_INVALID', {
      ...parts,
      what: `${INDEX_FILE} lists ${basename(missing)}, and there is no such file.`,
      hint: `Bring it back (git checkout -- ${basename(missing)}); or, if it shall go, flashcase db heads --write-index`,
    });
  }
  return new FlashcaseError('FC_REVISION_INVALID', {
    ...parts,
    what: basename(file) === basename(asked) ? what : `${what.slice(0, -1)}: ${basename(file)} is wrong.`,
    why: failure?.why ?? (error instanceof Error ? error.message : String(error)),
    hint:
      basename(file) === INDEX_FILE && dirname(file) === dirname(asked)
        ? 'flashcase db heads --write-index writes it anew from the revision files.'
        : 'Correct the file; nothing was changed.',
  });
}
