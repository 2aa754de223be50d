import { FlashcaseError } from '../../errors/index.ts';
import type { Keeping } from './aside.ts';

/** An engine of a certain version: what a plan is made for. */
export interface Target {
  readonly engine: 'sqlite' | 'postgres';
  /** Major and minor, as in `3.53` or `15.0`. */
  readonly version: readonly [major: number, minor: number];
  /** What becomes of what is dropped; absent: it is dropped. */
  readonly keeping?: Keeping;
}

/** Reads `3.40`, `15`, or what an engine says of itself (`SQLite 3.53.4`, `PostgreSQL 15.18 (Debian …)`). Throws `FC_BAD_REQUEST`. */
export function targetOf(engine: Target['engine'], version: string): Target {
  const match = /(\d+)(?:\.(\d+))?/.exec(version);
  if (match === null) {
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: `"${version}" is no version of ${engine}.`,
      hint: 'Give it as 3.40 (SQLite) or 15 (PostgreSQL).',
    });
  }
  return { engine, version: [Number(match[1]), Number(match[2] ?? 0)] };
}

/** True for this version and all after it. */
export function isAtLeast(target: Target, major: number, minor: number): boolean {
  const [ownMajor, ownMinor] = target.version;
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
