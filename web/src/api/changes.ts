import { t } from '../languages/t.ts';
import { ofTab } from '../lib/storage.ts';
import { createStore } from '../lib/store.ts';
import { ApiError, answerOf, api } from './client.ts';
import { ownerOfOutbox } from './outbox.ts';
import { queries } from './query-client.ts';

/** A change that can be taken back, under the server's names for it. */
interface Change {
  /** The newest first; one for each thing that was changed at once. */
  readonly operations: readonly string[];
  /** What was done, in words: "Card deleted." */
  readonly text: string;
  readonly at: number;
}

/** What stands in the corner of the page. */
export interface Toast {
  readonly text: string;
  readonly canUndo: boolean;
  readonly isBusy: boolean;
}

export const toast = createStore<Toast | undefined>(undefined);
/** Rises when something was taken back: what was loaded before is no longer so. */
export const takenBack = createStore(0);

const MOST_CHANGES = 30;
/** Nobody means a change of an hour ago when they press Ctrl+Z. */
const LONGEST_MS = 60 * 60_000;

/** In this tab, over a reload; by user, because the next one at this browser is somebody else. */
const keyOf = (): string => `flashcase.changes.${ownerOfOutbox()}`;

function read(): Change[] {
  try {
    const changes = JSON.parse(ofTab.read(keyOf()) ?? '[]') as Change[];
    return changes.filter(({ at, operations }) => Date.now() - at < LONGEST_MS && Array.isArray(operations));
  } catch {
    return [];
  }
}

/** Where there is no room for all, the oldest are forgotten. */
function write(changes: readonly Change[]): boolean {
  for (let kept = Math.min(changes.length, MOST_CHANGES); ; kept = Math.floor(kept / 2)) {
    if (ofTab.write(keyOf(), JSON.stringify(changes.slice(0, kept)))) return kept > 0;
    if (kept === 0) return false;
  }
}

/** Keeps how to take a change back. @param operations the server's names for it, the newest first */
export function keepChange(operations: readonly string[], text: string): void {
  if (operations.length === 0) return;
  const canUndo = write([{ operations, text, at: Date.now() }, ...read()]);
  toast.set({ text, canUndo, isBusy: false });
}

export const operationOf = (response: Response): string | null => response.headers.get('X-Operation');

/** Waits for the answer to a change and keeps how to take it back. */
export async function changed<T>(pending: Promise<{ data?: T; error?: unknown; response: Response }>, text: string): Promise<T> {
  const { data, response } = await answerOf(pending);
  const operation = operationOf(response);
  if (operation !== null) keepChange([operation], text);
  return data;
}

/** After a reload: what was done last can still be taken back. */
export function showLastChange(): void {
  const [last] = read();
  if (last !== undefined && toast.get() === undefined) toast.set({ text: last.text, canUndo: true, isBusy: false });
}

/** True when there is something that Ctrl+Z would take back. */
export const canTakeBack = (): boolean => read().length > 0;

/** Takes an operation back. Throws `ApiError`. */
export const takeBack = (operation: string) =>
  answerOf(api.POST('/api/v1/operations/{operation_id}/undo', { params: { path: { operation_id: operation } } }));

/**
 * Takes one change back, whatever was done since, and forgets that it could be. Gives how many notes stay, as they were studied or changed
 * since. Throws `ApiError`.
 */
export async function takeBackOne(operation: string): Promise<number> {
  const { data } = await takeBack(operation);
  const others = read().filter(({ operations }) => !operations.includes(operation));
  write(others);
  if (toast.get() !== undefined) toast.set(undefined);
  await queries.invalidateQueries();
  takenBack.set(takenBack.get() + 1);
  return data.imported?.kept ?? 0;
}

/**
 * Takes the last change back. What cannot be taken back any more is said, and forgotten; of many things that were changed at once it holds
 * up no other. Without a connection the rest is kept for another try.
 */
export async function takeLastBack(): Promise<void> {
  const [last, ...earlier] = read();
  if (last === undefined || toast.get()?.isBusy === true) return;
  toast.set({ text: last.text, canUndo: true, isBusy: true });
  const { operations } = last;
  let refusal: ApiError | undefined;
  let refused = 0;
  let kept = 0;
  let at = 0;
  for (; at < operations.length; at++) {
    try {
      kept += (await takeBack(operations[at] as string)).data.imported?.kept ?? 0;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refusal = error;
      if (error.isTransient) break;
      refused += 1;
    }
  }
  const rest = operations.slice(at);
  write(rest.length > 0 ? [{ ...last, operations: rest }, ...earlier] : earlier);
  if (at > refused) {
    await queries.invalidateQueries();
    takenBack.set(takenBack.get() + 1);
  }
  const stayed = t(
    '{n, plural, one {# note stays: it was studied or changed since.} other {# notes stay: they were studied or changed since.}}',
    { n: kept },
  );
  if (refusal === undefined)
    return toast.set({
      text: [t('Taken back: {text}', { text: last.text }), ...(kept === 0 ? [] : [stayed])].join(' '),
      canUndo: earlier.length > 0,
      isBusy: false,
    });
  const done =
    operations.length > 1
      ? [t('Taken back: {done, number} of {all, number}.', { done: at - refused, all: operations.length })]
      : [];
  toast.set({ text: [...done, refusal.message].join(' '), canUndo: refusal.isTransient, isBusy: false });
}
