/** `page`: look now. `warning`: look today. `note`: worth to know, nothing is wrong yet. */
export type Severity = 'page' | 'warning' | 'note';

export type Unit = 'bytes' | 'seconds' | 'milliseconds' | 'share' | 'rows' | 'transactions' | 'number';

/** One thing about the database that somebody should look at, with exactly what to do. */
export interface Finding {
  /** What kind of finding, always the same word: for machines. */
  readonly id: string;
  readonly severity: Severity;
  /** The table, index, query, slot or session it is about; absent where it is the database as a whole. */
  readonly on?: string;
  /** As a sentence, with its figure. */
  readonly says: string;
  /** Infinite where it is for ever; JSON has null for it then. */
  readonly figure: number;
  readonly threshold: number;
  readonly unit: Unit;
  /** What to do, as a sentence that names the setting, the index or the session. */
  readonly advice: string;
  /** To be typed as it is: a command of FlashCase, or SQL. Absent where there is no single one. */
  readonly command?: string;
  /** The name of its page in docs/guide/runbooks. */
  readonly runbook?: string;
}

const ORDER: readonly Severity[] = ['page', 'warning', 'note'];

/** The most urgent first; of the same urgency as they came. */
export const inOrder = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
