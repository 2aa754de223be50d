import { ofTab } from '../lib/storage.ts';
import { createStore } from '../lib/store.ts';
import { ApiError, answerOf, api } from './client.ts';
import { ownerOfOutbox } from './outbox.ts';
import { queries } from './query-client.ts';

/** A change that can be taken back, under the server's name for it. */
interface Change {
  readonly operation: string;
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
    return changes.filter(({ at }) => Date.now() - at < LONGEST_MS);
  } catch {
    return [];
  }
}

const write = (changes: readonly Change[]): void => void ofTab.write(keyOf(), JSON.stringify(changes.slice(0, MOST_CHANGES)));

/** Waits for the answer to a change and keeps how to take it back. */
export async function changed<T>(pending: Promise<{ data?: T; error?: unknown; response: Response }>, text: string): Promise<T> {
  const { data, response } = await answerOf(pending);
  const operation = response.headers.get('X-Operation');
  if (operation !== null) {
    write([{ operation, text, at: Date.now() }, ...read()]);
    toast.set({ text, canUndo: true, isBusy: false });
  }
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

/** Takes the last change back. What cannot be taken back any more is said, and forgotten. */
export async function takeLastBack(): Promise<void> {
  const [last, ...earlier] = read();
  if (last === undefined || toast.get()?.isBusy === true) return;
  toast.set({ text: last.text, canUndo: true, isBusy: true });
  try {
    await takeBack(last.operation);
    write(earlier);
    await queries.invalidateQueries();
    takenBack.set(takenBack.get() + 1);
    toast.set({ text: `Taken back: ${last.text}`, canUndo: earlier.length > 0, isBusy: false });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (!error.isTransient) write(earlier);
    toast.set({ text: error.message, canUndo: error.isTransient, isBusy: false });
  }
}
