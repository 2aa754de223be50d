import { escapeHtml, htmlPieces } from './html.ts';
import type { NoteFormat } from './make-cards.ts';

/** What is looked for in fields, and what is to stand in its place. */
export interface Replacement {
  readonly find: string;
  readonly replace: string;
  /** Both are JavaScript's: `(\w+) v\. (\w+)`, `$2 v. $1`. */
  readonly isExpression: boolean;
  readonly matchesCase: boolean;
  readonly isWholeWords: boolean;
}

/** A stretch of a field as people read it. */
export interface Stretch {
  readonly text: string;
  /** What stands in its place afterwards; absent where it stays. */
  readonly becomes?: string;
}

export interface ReplacedField {
  /** The field as it will be kept. */
  readonly after: string;
  readonly stretches: readonly Stretch[];
  readonly count: number;
}

/** Characters of a field after replacing, beyond which no more is replaced: it is too long in any case. */
const MOST_CHARACTERS = 100_000;
const WORD = '[\\p{L}\\p{N}\\p{M}_]';

/**
 * The expression that finds it. Throws `SyntaxError` for one that is none. An expression of a person's may take for ever on some texts: it is
 * run where it can be stopped (services/replace-apart.ts). A plain text never does.
 */
export function expressionOf({ find, isExpression, matchesCase, isWholeWords }: Replacement): RegExp {
  const source = isExpression ? find : RegExp.escape(find);
  const flags = `gu${matchesCase ? '' : 'i'}`;
  // By itself first: what is wrong is told of what the person wrote.
  const alone = new RegExp(source, flags);
  return isWholeWords ? new RegExp(`(?<!${WORD})(?:${source})(?!${WORD})`, flags) : alone;
}

/** What a person's replacement says for one match: `$1`, `$<name>`, `$&`, `$$`, `\n` and `\t`. */
function filledIn(template: string, match: RegExpMatchArray): string {
  return template.replaceAll(/\$(?:\$|&|(\d{1,2})|<([^>]*)>)|\\([nt\\])/g, (whole, number, name, sign) => {
    if (sign !== undefined) return sign === 'n' ? '\n' : sign === 't' ? '\t' : '\\';
    if (name !== undefined) return match.groups === undefined ? whole : (match.groups[name] ?? '');
    if (number === undefined) return whole === '$$' ? '$' : match[0];
    // `$12` is the first group and a 2 where there are not twelve.
    const [group, rest] = Number(number) < match.length ? [Number(number), ''] : [Number(number[0]), number.slice(1)];
    return group > 0 && group < match.length ? `${match[group] ?? ''}${rest}` : whole;
  });
}

interface Hit {
  readonly at: number;
  readonly end: number;
  readonly becomes: string;
}

function hitsIn(text: string, expression: RegExp, { replace, isExpression }: Replacement): Hit[] {
  const hits: Hit[] = [];
  let length = text.length;
  for (const match of text.matchAll(expression)) {
    const becomes = isExpression ? filledIn(replace, match) : replace;
    const end = match.index + match[0].length;
    if (becomes !== match[0]) hits.push({ at: match.index, end, becomes });
    length += becomes.length;
    if (length > MOST_CHARACTERS) break;
  }
  return hits;
}

/** A field with everything replaced; `undefined` where nothing changes. In HTML only what people read is looked at, and what is put there is text. */
export function replaceInField(
  value: string,
  format: NoteFormat,
  expression: RegExp,
  replacement: Replacement,
): ReplacedField | undefined {
  const pieces =
    format === 'html' ? htmlPieces(value) : [{ raw: value, text: value, places: undefined as readonly number[] | undefined }];
  const isText = format !== 'html';
  let after = '';
  let count = 0;
  const stretches: Stretch[] = [];
  for (const { raw, text, places } of pieces) {
    const hits = isText || places !== undefined ? hitsIn(text, expression, replacement) : [];
    let at = 0;
    const place = (index: number): number => places?.[index] ?? index;
    for (const hit of hits) {
      after += raw.slice(place(at), place(hit.at)) + (isText ? hit.becomes : escapeHtml(hit.becomes).replaceAll('\n', '<br>'));
      if (hit.at > at) stretches.push({ text: text.slice(at, hit.at) });
      stretches.push({ text: text.slice(hit.at, hit.end), becomes: hit.becomes });
      at = hit.end;
    }
    after += raw.slice(hits.length === 0 ? 0 : place(at));
    if (at < text.length) stretches.push({ text: text.slice(at) });
    count += hits.length;
  }
  return count === 0 ? undefined : { after, stretches, count };
}
