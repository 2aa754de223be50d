import { normalText, type TextCard, type TextCards, type TextProblem } from './text-card.ts';

const START = /^(Q|A|C):[ \t]?(.*)$/;

/** Blocks of `Q:` and `A:` lines, as SuperMemo and hashcards write them; `C:` has its clozes in square brackets. */
export function isQuestions(text: string): boolean {
  const lines = normalText(text).split('\n');
  return lines.some((line) => /^Q:/.test(line)) ? lines.some((line) => /^A:/.test(line)) : false;
}

function clozeCards(text: string, line: number): TextCard[] {
  const found = [...text.matchAll(/\[([^\]]+)\]/g)];
  const full = text.replace(/\[([^\]]+)\]/g, '$1');
  return found.map((_, own) => {
    let index = 0;
    const front = text.replace(/\[([^\]]+)\]/g, (_whole, inner: string) => (index++ === own ? '[…]' : inner));
    return { front, back: full, tags: [], line };
  });
}

export function parseQuestions(given: string): TextCards {
  const cards: TextCard[] = [];
  const problems: TextProblem[] = [];
  let part: { kind: string; texts: { q: string[]; a: string[] }; line: number; into: string[] } | undefined;
  const finish = (): void => {
    if (part === undefined) return;
    const front = part.texts.q.join('\n').trim();
    const back = part.texts.a.join('\n').trim();
    if (part.kind === 'C') {
      const clozes = clozeCards(front, part.line);
      if (clozes.length === 0) problems.push({ line: part.line, what: 'This cloze has nothing in square brackets.' });
      cards.push(...clozes);
    } else if (back === '') problems.push({ line: part.line, what: 'This question has no answer.' });
    else cards.push({ front, back, tags: [], line: part.line });
    part = undefined;
  };
  for (const [index, line] of normalText(given).split('\n').entries()) {
    const match = START.exec(line);
    if (match === null) {
      part?.into.push(line);
      continue;
    }
    const [, kind, text] = match as unknown as [string, string, string];
    if (kind === 'A' && part !== undefined && part.kind === 'Q') {
      part.into = part.texts.a;
      part.into.push(text);
      continue;
    }
    finish();
    if (kind === 'A') {
      problems.push({ line: index + 1, what: 'This answer has no question.' });
      continue;
    }
    const q = [text];
    part = { kind, texts: { q, a: [] }, line: index + 1, into: q };
  }
  finish();
  return { cards, problems };
}
