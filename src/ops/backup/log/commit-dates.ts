import type { Clock } from '../../../db/clock.ts';
import { SEEN_LATE_MICROS } from './chain.ts';
import type { CommitMark } from './commit-marks.ts';
import type { LogPlace } from './log-point.ts';

/** How far the log was at a look. */
interface Seen extends LogPlace {
  readonly micros: bigint;
  /** It was not there then; absent where that is so short before that it is left unsaid. */
  readonly after: bigint | undefined;
}

/** When a commit was made, as far as that is known (microseconds since 1970, UTC). */
export interface Dated {
  readonly micros: bigint;
  /** Later than this, where that is not left unsaid. */
  readonly after?: bigint | undefined;
}

/** Tells when the commits of a write-ahead log were made: by what the server's writer noted, and by when they were seen. */
export class CommitDates {
  readonly #clock: Clock;
  #seen: Seen[] = [];
  #marks: CommitMark[] = [];
  /** Up to this moment everything was seen. */
  #lookedAt = 0n;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is behind this moment nobody has watched yet. */
  begin(micros: bigint): void {
    this.#lookedAt = micros;
  }

  /** Takes the notes of the server's writer. */
  add(marks: readonly CommitMark[]): void {
    this.#marks.push(...marks);
  }

  /** Notes how far the log is. @param isFirst nobody has looked since the process that did before was gone */
  look(placeNow: () => LogPlace, isFirst: boolean): void {
    const before = this.#lookedAt;
    this.#lookedAt = this.#clock.now().micros;
    const { salt, frame } = placeNow();
    const last = this.#seen.at(-1);
    if (last?.salt === salt && last.frame === frame) return;
    const { micros } = this.#clock.now();
    const isUnwatched = isFirst || micros - before > SEEN_LATE_MICROS;
    this.#seen.push({ salt, frame, micros, after: isUnwatched ? before : undefined });
  }

  /** When the commit that ends with this frame was made: as its writer noted it; else no later than it was seen, and than the server's own commit behind it. */
  of(salt: string, frame: number): Dated {
    const [, upTo, noted] = this.#marks.find(([of, end]) => of === salt && end >= frame) ?? [];
    if (noted !== undefined && upTo === frame) return { micros: noted };
    // Behind the last look it was made just now.
    const seen = this.#seen.find((one) => one.salt === salt && one.frame >= frame);
    const { micros, after } = seen ?? { micros: this.#clock.now().micros, after: undefined };
    return { micros: noted !== undefined && noted < micros ? noted : micros, after };
  }

  /** Drops the dates of what is written, up to this place. */
  forget({ salt, frame }: LogPlace): void {
    this.#marks = this.#marks.filter(([of, upTo]) => of === salt && upTo > frame);
    const last = this.#seen.at(-1);
    this.#seen = last === undefined ? [] : [last];
  }
}
