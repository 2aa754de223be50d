// How well answers are predicted: simulated students whose memories are not the average one's, by the published parameters, by ones that
// were fitted to the earlier four fifths of their answers, by SM-2, and by the truth, which nobody knows. Judged by the newest fifth.
// node bench/study/run.ts [--students 20] [--cards 400] [--days 365]
import { parseArgs } from 'node:util';
import { optimiseApart } from '../../src/services/optimise-apart.ts';
import { boundedWeights } from '../../src/services/parameters.ts';
import { calibrationOf, type Prediction, predictByFsrs, predictBySm2, splitByTime } from '../../src/study/calibration.ts';
import { hiddenWeights, simulatedAnswers } from '../../test/support/simulated-answers.ts';

const { values } = parseArgs({
  options: {
    students: { type: 'string', default: '20' },
    cards: { type: 'string', default: '400' },
    days: { type: 'string', default: '365' },
  },
});
const [students, cards, days] = [Number(values.students), Number(values.cards), Number(values.days)];
const HELD_OUT = 0.2;

const all = new Map<string, { logLoss: number; rmseBins: number; better: number }>();
let answers = 0;
let slowest = 0;
for (let student = 1; student <= students; student++) {
  const truth = hiddenWeights(student);
  const histories = simulatedAnswers(truth, cards, days, 1000 + student);
  const { from, earlier } = splitByTime(histories, HELD_OUT);
  const began = performance.now();
  const own = boundedWeights(await optimiseApart(earlier, 1), 1);
  slowest = Math.max(slowest, performance.now() - began);
  const judge = (predict: (card: (typeof histories)[number]) => Prediction[]) =>
    calibrationOf(histories.flatMap(predict).filter(({ at }) => at >= from));
  const published = judge((card) => predictByFsrs(card));
  for (const [name, found] of [
    ['the truth', judge((card) => predictByFsrs(card, truth))],
    ['fitted', judge((card) => predictByFsrs(card, own))],
    ['published', published],
    ['SM-2', judge(predictBySm2)],
  ] as const) {
    if (found === undefined || published === undefined) throw new Error('too few days: nothing is held out');
    const sum = all.get(name) ?? { logLoss: 0, rmseBins: 0, better: 0 };
    sum.logLoss += found.logLoss / students;
    sum.rmseBins += found.rmseBins / students;
    if (found.logLoss < published.logLoss) sum.better++;
    all.set(name, sum);
    if (name === 'published') answers += found.answers;
  }
}
console.log(`${students} students, ${cards} cards each over ${days} days; judged by ${answers} answers, means by student`);
console.log('parameters   log loss  RMSE(bins)  better than published');
for (const [name, { logLoss, rmseBins, better }] of all)
  console.log(
    `${name.padEnd(12)} ${logLoss.toFixed(4).padStart(8)}  ${rmseBins.toFixed(4).padStart(10)}  ${better} of ${students}`,
  );
console.log(`a fit took at most ${(slowest / 1000).toFixed(1)} s, its process included`);
