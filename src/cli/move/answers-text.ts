import type { AnswersCompared, DifferentAnswer } from '../../move/answers/answer-files.ts';
import type { RehearsedAnswers } from '../../move/answers/rehearsed-answers.ts';
import { grouped } from './progress.ts';

const SHOWN = 20;

/** What was compared, in one line. */
export function answersLine({ equal, undecided, differing }: AnswersCompared): string {
  const found =
    differing === 0
      ? `${grouped(equal)} answers of both sides are equal`
      : `${grouped(differing)} answers DIFFER, ${grouped(equal)} are equal`;
  return undecided === 0 ? found : `${found}, ${grouped(undecided)} not told`;
}

/** What a rehearsal compared, in one line. */
export function rehearsedAnswersLine({ equal, differences, users }: RehearsedAnswers): string {
  const of = `${grouped(equal + differences.length)} reads of ${grouped(users)} users`;
  return differences.length === 0 ? `${of}: both sides answer the same` : `${of}: ${grouped(differences.length)} DIFFER`;
}

export const differenceLine = ({ at, request, where, sqlite, postgres }: DifferentAnswer): string =>
  `  ${at.slice(0, 19)}  ${request}  ${where}  SQLite ${sqlite}  PostgreSQL ${postgres}`;

/** What `move shadow` prints. */
export function answersText(answers: AnswersCompared | undefined): string {
  if (answers === undefined) return 'No answers were compared in this move.\nNext: flashcase move shadow --percent 5';
  const { percent, differing, differences } = answers;
  const more = differing - Math.min(SHOWN, differences.length);
  return [
    percent === 0 ? 'No answers are being compared now.' : `${percent} % of what users read is asked of both sides.`,
    `${answersLine(answers)}.`,
    ...differences.slice(0, SHOWN).map(differenceLine),
    ...(more > 0 ? [`  and ${grouped(more)} more; flashcase move report --json names up to 100`] : []),
    percent === 0 ? 'Next: flashcase move status' : 'Next: flashcase move status  |  flashcase move shadow --off',
  ].join('\n');
}
