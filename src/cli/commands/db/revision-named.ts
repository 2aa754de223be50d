import { FlashcaseError } from '../../../errors/index.ts';
import type { LedgerEntry } from '../../../revisions/ledger.ts';
import { refuseStranger } from '../../../revisions/pending.ts';
import type { Revision } from '../../../revisions/revision.ts';
import { settle, withReplaced } from '../../../revisions/settle.ts';

/** What the words of a command line are read against. */
export interface Naming {
  /** All that this code has. */
  readonly revisions: readonly Revision[];
  /** The history as it is for the database, and the ids of it that are applied, oldest first. */
  readonly history: readonly Revision[];
  readonly applied: readonly string[];
  /** What a command named in a hint needs besides, as `--sql --from 0008`. */
  readonly more?: string;
}

/** For a database. @param keepsOld on the way back a squashed range is as many revisions as it was. */
export function namingOf(revisions: readonly Revision[], ledger: readonly LedgerEntry[], keepsOld = false): Naming {
  const { revisions: history, applied } = settle(revisions, ledger, keepsOld);
  return { revisions, history, applied: applied.map(({ id }) => id) };
}

/** For a script, or a plan without a database: as if all up to `from` had been applied. */
export function namingFrom(revisions: readonly Revision[], from: string, more?: string): Naming {
  const applied = from === 'base' ? [] : revisions.filter(({ id }) => id <= from).map(({ id }) => id);
  return { revisions, history: revisions, applied, ...(more === undefined ? {} : { more }) };
}

const isBack = (word: string): boolean => /^-\d+$/.test(word) || word === 'base';
const isForward = (word: string): boolean => /^\+\d+$/.test(word);

/** The id of a revision given by its id, its name, or `head`. Throws `FC_REVISION_UNKNOWN` for anything else. */
export function revisionNamed(word: string, revisions: readonly Revision[]): string {
  if (word === 'head') return revisions.at(-1)?.id ?? 'base';
  const all = withReplaced(revisions);
  const found = all.find((revision) => revision.id === word || revision.name === word);
  if (found === undefined) refuseStranger(word, all);
  return found?.id ?? word;
}

/** The same for commands that take one revision and no way: `-n` and `+n` are refused, and `base` is. */
export function oneNamed(word: string, revisions: readonly Revision[], hint: string): string {
  if (!isBack(word) && !isForward(word)) return revisionNamed(word, revisions);
  throw new FlashcaseError('FC_BAD_REQUEST', { what: `${word} names no revision here. Nothing was changed.`, hint });
}

/**
 * Where an upgrade is to end: an id, a name, `head`, or `+n`, the n-th that is pending. Throws `FC_BAD_REQUEST` for what lies behind the
 * database, with the command that goes there.
 */
export function upTarget(word: string, { revisions, history, applied, more = '' }: Naming): string {
  const newest = applied.at(-1);
  const refused = (what: string, to: string): FlashcaseError =>
    new FlashcaseError('FC_BAD_REQUEST', {
      what: `${what} Nothing was changed.`,
      hint: `To take back what is newer: flashcase db downgrade ${to}${more}`,
    });
  if (isBack(word)) throw refused(`upgrade goes forward only, and ${word} is the way back.`, word);
  if (isForward(word)) {
    const pending = history.filter(({ id }) => !applied.includes(id));
    return pending[Math.min(pending.length, Number(word.slice(1))) - 1]?.id ?? newest ?? 'base';
  }
  const id = revisionNamed(word, revisions);
  const isPending = history.some((revision) => revision.id <= id && !applied.includes(revision.id));
  if (newest !== undefined && newest > id && !isPending)
    throw refused(`The database is at ${newest} already, past ${id}: upgrade goes forward only.`, id);
  return id;
}

/**
 * Where a downgrade is to stay: an id, a name, `-n` below the newest applied, or `base`. Throws `FC_BAD_REQUEST` for what lies ahead of
 * the database, with the command that goes there.
 */
export function downTarget(word: string, { revisions, applied, more = '' }: Naming): string {
  const newest = applied.at(-1);
  const refused = (what: string): FlashcaseError =>
    new FlashcaseError('FC_BAD_REQUEST', { what: `${what} Nothing was changed.`, hint: `flashcase db upgrade ${word}${more}` });
  if (isForward(word)) throw refused(`downgrade goes back only, and ${word} is the way forward.`);
  if (word === 'base') return word;
  if (isBack(word)) {
    const count = Number(word.slice(1));
    if (count <= applied.length) return applied[applied.length - 1 - count] ?? 'base';
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: `${word} is further back than there is: ${applied.length} revisions are applied. Nothing was changed.`,
      hint: `To take all back: flashcase db downgrade base${more}`,
    });
  }
  const id = revisionNamed(word, revisions);
  if (id !== 'base' && (newest === undefined || newest < id))
    throw refused(`The database is at ${newest ?? 'no revision'}, before ${id}: downgrade goes back only.`);
  return id;
}
