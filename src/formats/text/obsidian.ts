import { normalText, type TextCard, type TextCards, type TextProblem } from './text-card.ts';

type Schedule = NonNullable<TextCard['schedule']>;
type Side = Pick<TextCard, 'front' | 'back'>;

const SCHEDULES = /<!--SR:(.*?)-->/gs;
const SCHEDULE = /!(\d{4}-\d\d-\d\d),(\d+),(\d+)/g;
const DECK = /(?:^|\s)#flashcards((?:\/[^\s#]+)*)/;
const CLOZE = /==(.+?)==(?:\^\[(.*?)\])?(?:\[\^(\d+)\])?|\{\{(.+?)\}\}/gs;

/** Notes of Obsidian with cards of the plugin Spaced Repetition in them. */
export function isObsidian(text: string): boolean {
  const normal = normalText(text);
  if (/<!--SR:|(?:^|\s)#flashcards\b/.test(normal)) return true;
  const lines = normal.split('\n').filter((line) => line.trim() !== '');
  const cards = lines.filter((line) => /\S\s*:{2,3}\s*\S/.test(line) && !line.includes('\t')).length;
  return cards > 0 && cards * 2 >= lines.length;
}

function schedulesOf(block: string): Schedule[] {
  return [...block.matchAll(SCHEDULES)].flatMap(([, list]) =>
    [...(list as string).matchAll(SCHEDULE)]
      .filter(([, day]) => !Number.isNaN(Date.parse(day as string)))
      .map(([, day, interval, ease]) => ({ day: day as string, intervalDays: Number(interval), ease: Number(ease) / 100 })),
  );
}

const both = (front: string, back: string): Side[] => [
  { front, back },
  { front: back, back: front },
];

/** One card for each number; a cloze without a number is one of its own. */
function clozeSides(text: string): Side[] {
  const found = [...text.matchAll(CLOZE)].map(([whole, marked, hint, order, braced], index) => ({
    whole,
    shown: marked ?? braced ?? '',
    hint,
    group: order === undefined ? `own ${index}` : `group ${order}`,
  }));
  const render = (group: string | undefined): string => {
    let index = 0;
    return text.replace(CLOZE, () => {
      const cloze = found[index++]!;
      return cloze.group === group ? `[${cloze.hint ?? '…'}]` : cloze.shown;
    });
  };
  return [...new Set(found.map(({ group }) => group))].map((group) => ({ front: render(group), back: render(undefined) }));
}

/** The cards of one paragraph, which a blank line ends. */
function sidesOf(lines: readonly string[]): Side[] {
  const mark = lines.findIndex((line) => line.trim() === '?' || line.trim() === '??');
  if (mark > 0) {
    const front = lines.slice(0, mark).join('\n').trim();
    const back = lines
      .slice(mark + 1)
      .join('\n')
      .trim();
    return lines[mark]?.trim() === '??' ? both(front, back) : [{ front, back }];
  }
  const single = lines.flatMap((line) => {
    const match = /^(.*?\S)\s*(:{2,3})\s*(\S.*)$/.exec(line);
    if (match === null) return [];
    const [, front, sign, back] = match as unknown as [string, string, string, string];
    return sign === ':::' ? both(front.trim(), back.trim()) : [{ front: front.trim(), back: back.trim() }];
  });
  if (single.length > 0) return single;
  const text = lines.join('\n').trim();
  return /==.+?==|\{\{.+?\}\}/s.test(text) ? clozeSides(text) : [];
}

/** The properties at the top of a note. */
const withoutProperties = (text: string): string =>
  text.replace(/^---\n[\s\S]*?\n---\n/, (properties) => '\n'.repeat(properties.split('\n').length - 1));

export function parseObsidian(given: string): TextCards {
  const cards: TextCard[] = [];
  const problems: TextProblem[] = [];
  let deck: readonly string[] | undefined;
  let line = 1;
  for (const block of withoutProperties(normalText(given)).split(/\n[ \t]*\n/)) {
    const named = DECK.exec(block);
    if (named !== null) deck = (named[1] as string).split('/').filter((part) => part !== '');
    const schedules = schedulesOf(block);
    const lines = block
      .replace(SCHEDULES, '')
      .replace(DECK, '')
      .split('\n')
      .filter((text) => text.trim() !== '' && !/^#{1,6}\s/.test(text));
    const leading = block.split('\n').findIndex((text) => text.trim() !== '');
    for (const [index, side] of sidesOf(lines).entries()) {
      const at = line + Math.max(0, leading);
      const schedule = schedules[index];
      if (side.back === '') problems.push({ line: at, what: 'There is no answer under the question mark.' });
      cards.push({
        ...side,
        tags: [],
        line: at,
        ...(deck === undefined || deck.length === 0 ? {} : { deck }),
        ...(schedule === undefined ? {} : { schedule }),
      });
    }
    line += block.split('\n').length + 1;
  }
  return { cards, problems };
}
