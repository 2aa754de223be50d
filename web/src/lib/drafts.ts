import { useCallback, useState } from 'react';
import { ofTab } from './storage.ts';

const PREFIX = 'flashcase.draft.';

type Fields = Record<string, string | boolean>;

function readDraft<T extends Fields>(name: string): Partial<T> | undefined {
  try {
    return JSON.parse(ofTab.read(PREFIX + name) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

export const hasDraft = (name: string): boolean => ofTab.read(PREFIX + name) !== null;

/** Drops everything typed in this tab: the next person at this browser must not find it. */
export function dropAllDrafts(): void {
  for (const key of ofTab.keys(PREFIX)) ofTab.remove(key);
}

export interface Draft<T extends Fields> {
  readonly values: T;
  /** Typed before and brought back. */
  readonly isRestored: boolean;
  change(part: Partial<T>): void;
  /** Forgets what was typed. Back to `to`, or to the values it began with. */
  reset(to?: T): void;
}

/**
 * The fields of a form, kept for this tab while they are typed: a lost login, a reload or a wrong turn does not cost them.
 * Not for passwords.
 */
export function useDraft<T extends Fields>(name: string, initial: T): Draft<T> {
  const [state, setState] = useState(() => {
    const restored = readDraft<T>(name);
    return { values: { ...initial, ...restored } as T, isRestored: restored !== undefined };
  });
  const change = useCallback(
    (part: Partial<T>) =>
      setState(({ values, isRestored }) => {
        const next = { ...values, ...part };
        ofTab.write(PREFIX + name, JSON.stringify(next));
        return { values: next, isRestored };
      }),
    [name],
  );
  const reset = (to: T = initial) => {
    ofTab.remove(PREFIX + name);
    setState({ values: to, isRestored: false });
  };
  return { ...state, change, reset };
}
