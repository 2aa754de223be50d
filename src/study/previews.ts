import type { Timestamp } from '../schema/timestamp.ts';
import { GRADES, type Grade } from './grade.ts';
import type { Moment } from './scheduler.ts';
import { outcomes } from './schedulers.ts';
import type { Phase, Standing } from './standing.ts';

/** What one grade would make of a card now. */
export interface Preview {
  readonly grade: Grade;
  readonly phase: Phase;
  /** Days; 0 on the steps of minutes. */
  readonly interval: number;
  /** From the moment of the answer. */
  readonly seconds: number;
}

/** The four previews of a card: what is promised here is what the answer gives. */
export function previewsOf(standing: Standing, moment: Moment): Preview[] {
  const results = outcomes(standing, moment);
  return GRADES.map((grade) => {
    const { phase, interval, due } = results[grade];
    return { grade, phase, interval, seconds: Number(((due as Timestamp).micros - moment.at.micros) / 1_000_000n) };
  });
}
