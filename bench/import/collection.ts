import type { Card, Entry, Review } from '../../src/formats/collection.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2022, 0, 1, 9);
const WORDS =
  'the plaintiff must show that defendant owed a duty it was breached and breach caused harm court held statute rule element intent consideration contract offer acceptance hearsay exception venue jurisdiction standing tort negligence strict liability proximate cause damages remedy'.split(
    ' ',
  );

let seed = 42;
/** The same numbers in every run. */
const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};
const prose = (words: number): string =>
  Array.from({ length: words }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');

/** The back of a card as people write them: plain, with emphasis, or with what an editor and a web page leave in it. */
function backOf(key: number): string {
  const text = prose(10 + (key % 30));
  switch (key % 10) {
    case 0:
    case 1:
    case 2:
    case 3:
      return text;
    case 4:
    case 5:
    case 6:
      return `<b>Rule ${key}</b>: ${text}<div>${prose(8)}</div><div><i>${prose(4)}</i></div>`;
    case 7:
      return `${text}<br><img src="figure-${key}.jpg">`;
    case 8:
      return `<div style="text-align: left;"><span style="color: rgb(0, 0, 255);">${text}</span>&nbsp;</div>`;
    default:
      return `<ul><li>${text}</li><li class="x">${prose(6)} &amp; ${prose(3)}</li></ul>`;
  }
}

/** As a student's collection of years: prose in two fields, one of five with two gaps, and a history of growing intervals. */
export function* collection(notes: number, reviews: number): Generator<Entry> {
  seed = 42;
  yield { type: 'deck', key: 1, path: ['Law', 'Torts'], description: '' };
  yield { type: 'deck', key: 2, path: ['Law', 'Contracts'], description: '' };
  const css = '.card { font-family: arial; }';
  const answer = '{{FrontSide}}<hr id=answer>{{Back}}';
  const templates = [{ name: 'Card 1', question: '{{Front}}', answer }];
  yield { type: 'note-type', key: 1, name: 'Basic', form: 'standard', fields: ['Front', 'Back'], templates, css, sortField: 0 };
  yield {
    ...{ type: 'note-type', key: 2, name: 'Cloze', form: 'cloze', fields: ['Text', 'Back Extra'], css, sortField: 0 },
    templates: [{ name: 'Cloze', question: '{{cloze:Text}}', answer: '{{cloze:Text}}<br>\n{{Back Extra}}' }],
  };
  const hasGaps = (key: number): boolean => key % 5 === 0;
  for (let key = 1; key <= notes; key++) {
    const at = START + key * 1000;
    const fields = hasGaps(key)
      ? [`Under {{c1::${prose(3)}}} number ${key}, ${prose(9)} {{c2::${prose(2)}::what}}.`, backOf(key)]
      : [`Question ${key}: ${prose(8)}?`, backOf(key)];
    const tags = ['torts', `week${key % 40}`];
    yield {
      ...{ type: 'note', key, guid: `guid-${key}`, noteType: hasGaps(key) ? 2 : 1, tags, fields },
      ...{ createdAt: at, modifiedAt: at },
    };
  }
  const cards = notes + Math.floor(notes / 5);
  let number = 0;
  const perCard: number[] = [];
  for (let key = 1; key <= notes; key++) {
    for (let ordinal = 0; ordinal <= (hasGaps(key) ? 1 : 0); ordinal++) {
      const count = Math.floor((reviews * (number + 1)) / cards) - Math.floor((reviews * number) / cards);
      number++;
      perCard.push(count);
      const at = START + key * 1000;
      const card: Card = {
        ...{ type: 'card', key: number, note: key, ordinal, deck: 1 + (key % 2), createdAt: at, modifiedAt: at },
        ...{ stage: count === 0 ? 'new' : 'review', isSuspended: number % 50 === 0, flag: number % 40 === 0 ? 1 : 0 },
        ...(count === 0 ? { position: number } : { due: { day: `2026-0${1 + (number % 9)}-1${number % 10}` } }),
        ...{ intervalDays: count === 0 ? 0 : 2 ** Math.min(count, 8), ease: 2.5, reviewCount: count, lapses: 0, stepsLeft: 0 },
        // Half of the people use FSRS.
        ...(number % 2 === 0 && count > 0 ? { memory: { stability: 31.5, difficulty: 5.2, desiredRetention: 0.9 } } : {}),
      };
      yield card;
    }
  }
  for (let card = 1; card <= number; card++) {
    let at = START + (card % 700) * DAY_MS + Math.floor(random() * 3_600_000);
    for (let n = 0; n < (perCard[card - 1] as number); n++) {
      const days = 2 ** Math.min(n, 8);
      const review: Review = {
        ...{ type: 'review', card, at, kind: n === 0 ? 'learn' : 'review', grade: n % 6 === 5 ? 1 : 3 },
        ...{ interval: days, previousInterval: n === 0 ? 0 : Math.ceil(days / 2), tookMs: 4000 + (card % 9000) },
        ...(card % 2 === 0 ? { difficulty: 5.05 } : { ease: 2.5 }),
      };
      yield review;
      at += days * DAY_MS + Math.floor(random() * 3_600_000);
    }
  }
}
