/** `error`: unsafe, and there is a safe way. `decide`: only a person can say whether it is right. `note`: good to know. */
export type Level = 'error' | 'decide' | 'note';

/** What a rule says of one place in a revision. */
export interface Problem {
  readonly level: Level;
  /** What is unsafe here, with the names and numbers. */
  readonly what: string;
  /** The safe way, as a person would write it into the revision. */
  readonly rewrite?: string;
}

export interface Finding extends Problem {
  readonly rule: string;
  readonly revision: string;
  readonly file: string;
  readonly direction: 'up' | 'down';
  readonly engines: readonly ('sqlite' | 'postgres')[];
  /** Why it is unsafe, one sentence. */
  readonly why: string;
}
