import type { DifferentAnswer } from './answer-files.ts';

/** The two sides of a rehearsed move, which nobody else knows. */
export interface RehearsedSides {
  readonly sqliteFile: string;
  readonly postgresUrl: string;
}

/** What a rehearsal compared of an application's answers. */
export interface RehearsedAnswers {
  readonly equal: number;
  readonly differences: readonly DifferentAnswer[];
  /** For whom was asked, people without a login aside. */
  readonly users: number;
}

/** The application of a move, which can be asked the same on both sides. */
export interface AskBothSides {
  /** Puts into the copy, before it is moved, what asking needs: logins. */
  prepare(sqliteFile: string): Promise<void>;
  /** Asks both sides, which hold the same and are not written meanwhile. */
  compare(sides: RehearsedSides): Promise<RehearsedAnswers>;
}
