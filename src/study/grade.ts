/** The four answers a student can give: 1 Again, 2 Hard, 3 Good, 4 Easy. */
export type Grade = 1 | 2 | 3 | 4;

export const GRADES: readonly Grade[] = [1, 2, 3, 4];

/** The grade an SM-2 quality stands for: 0 to 2 are failures. */
export function gradeOf(quality: number): Grade {
  return quality < 3 ? 1 : ((quality - 1) as Grade);
}

/** The SM-2 quality that is stored with a grade, and that SM-2 computes with. */
export function qualityOf(grade: Grade): number {
  return grade === 1 ? 0 : grade + 1;
}

/** One answer, in both forms: clients of version 1 send a quality, which says more about a failure than SM-2 and FSRS need. */
export interface Answer {
  readonly grade: Grade;
  readonly quality: number;
}
