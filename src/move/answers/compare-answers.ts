import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, answerDifference } from './difference.ts';
import type { Level } from './level.ts';

/** Rounds until a read is given up as undecided: with users who write all the time most take one or two. */
const ROUNDS = 5;
/** For the side that follows to get level with the first answer; it is looked at so often. */
const LEVEL_MS = 3000;
const LOOK_MS = 50;
/** A difference counts when it is seen so often: an answer may change and change back between two reads of it. */
const SEEN = 2;

export interface BothSides extends Level {
  /** Asks the side that serves, at the moment of this round. */
  primary(): Promise<Answer>;
  follower(): Promise<Answer>;
  /** Called before each round: both sides then see one moment of the clock. */
  begin(): void;
}

export type Compared = 'equal' | 'undecided' | { readonly where: string; readonly primary: string; readonly follower: string };

async function isLevel(sides: Level): Promise<boolean> {
  const mark = await sides.mark();
  for (let waited = 0; waited <= LEVEL_MS; waited += LOOK_MS) {
    if (await sides.has(mark)) return true;
    await delay(LOOK_MS);
  }
  return false;
}

/**
 * Asks both sides the same and compares, on live data: the primary first; then, when the follower has everything that was there by then, the
 * follower; the primary again. When the primary's answer was the same before and after, the follower's must be it too, whatever others wrote meanwhile.
 */
export async function compareAnswers(sides: BothSides): Promise<Compared> {
  let seen = 0;
  for (let round = 0; round < ROUNDS; round++) {
    sides.begin();
    const before = await sides.primary();
    if (!(await isLevel(sides))) break;
    const follower = await sides.follower();
    // A side that cannot answer at the moment says nothing about its data.
    if (before.status >= 500 || follower.status >= 500) continue;
    const found = answerDifference(before, follower);
    if (found === undefined) return 'equal';
    if (answerDifference(before, await sides.primary()) !== undefined) continue;
    if (++seen === SEEN) return { where: found.where, primary: found.a, follower: found.b };
  }
  return 'undecided';
}
