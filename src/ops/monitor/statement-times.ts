/** One statement, as often as it was run. Values are in none: they are sent beside it. */
export interface StatementTime {
  readonly sql: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly maxMs: number;
}

/** Texts that are told apart; past that the one that took least in all makes room. */
const TEXTS = 1000;
/** Lists of values are of any length, and one statement all the same. */
const LIST = /\((?:\s*(?:\?|\$\d+)\s*,)+\s*(?:\?|\$\d+)\s*\)(?:\s*,\s*\((?:\s*(?:\?|\$\d+)\s*,?)+\))*/g;
/** So much of a text is looked at for lists, and so much of it kept: longer ones are written by machines. */
const READ = 20_000;
const LENGTH = 4000;

interface Times {
  calls: number;
  totalMs: number;
  maxMs: number;
}

/** How long the statements of this process take: what SQLite itself does not count. */
export class StatementTimes {
  readonly #times = new Map<string, Times>();
  /** ISO 8601, UTC; of the first statement. */
  readonly since: string;

  constructor(since: string) {
    this.since = since;
  }

  /** Called with every statement, so it is quick: a text that is known is one look into a map. */
  readonly add = (sql: string, milliseconds: number): void => {
    const known = this.#times.get(sql);
    if (known !== undefined) {
      count(known, milliseconds);
      return;
    }
    const text = sql.slice(0, READ).replace(LIST, '(…)').slice(0, LENGTH);
    const times = this.#times.get(text) ?? this.#room(text);
    count(times, milliseconds);
  };

  /** The statements that took most in all. */
  list(most: number): StatementTime[] {
    return [...this.#times]
      .map(([sql, times]) => ({ sql, ...times }))
      .toSorted((a, b) => b.totalMs - a.totalMs)
      .slice(0, most);
  }

  #room(text: string): Times {
    if (this.#times.size >= TEXTS) {
      let least: [string, number] | undefined;
      for (const [sql, { totalMs }] of this.#times) if (least === undefined || totalMs < least[1]) least = [sql, totalMs];
      if (least !== undefined) this.#times.delete(least[0]);
    }
    const times = { calls: 0, totalMs: 0, maxMs: 0 };
    this.#times.set(text, times);
    return times;
  }
}

function count(times: Times, milliseconds: number): void {
  times.calls++;
  times.totalMs += milliseconds;
  if (milliseconds > times.maxMs) times.maxMs = milliseconds;
}
