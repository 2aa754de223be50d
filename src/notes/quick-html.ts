/**
 * Most HTML of notes is text in a few kinds of tags, the same ones again and again: what the parser makes of each tag is asked once. Only
 * where every tag is closed by its own, in its order, and none closes another by itself, so that the tags can be taken one by one.
 */
const PAIRED = new Set(['a', 'b', 'code', 'div', 'em', 'font', 'i', 'li', 'ol', 's', 'span', 'strong', 'sub', 'sup', 'u', 'ul']);
const VOID = new Set(['br', 'img']);
const LISTS = new Set(['ol', 'ul']);
const MAX_DEPTH = 50;
const MOST_KNOWN = 2000;
/** Longer ones are rarely met twice. */
const LONGEST_TAG = 200;

/** Text, a character by name, or a tag whose values stand in double quotes. */
const PIECE = /[^<>&]+|&(?:amp|lt|gt|quot|nbsp|#39);|<(\/?)([a-z]+)((?:\s+[a-z-]+(?:="[^"<>&]*")?)*)\s*\/?>/y;

/** Characters that the parser writes as themselves. */
const PLAIN: Readonly<Record<string, string>> = { '&quot;': '"', '&nbsp;': '\u00a0', '&#39;': "'" };

const known = new Map<string, string>();

/** What becomes of a tag alone; `undefined` where it does not stay one. */
function cleaned(tag: string, name: string, parsed: (html: string) => string): string | undefined {
  const before = known.get(tag);
  if (before !== undefined) return before;
  const end = VOID.has(name) ? '' : `</${name}>`;
  const made = parsed(tag + end);
  if (!made.startsWith(`<${name}`) || !made.endsWith(end)) return undefined;
  const clean = made.slice(0, made.length - end.length);
  if (tag.length <= LONGEST_TAG) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(tag, clean);
  }
  return clean;
}

/** What `parsed` makes of this HTML, or `undefined` where only that can tell. @param parsed the sanitiser */
export function quickHtml(html: string, parsed: (html: string) => string): string | undefined {
  const open: string[] = [];
  let made = '';
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < html.length) {
    const found = PIECE.exec(html);
    if (found === null) return undefined;
    const [piece, close, name] = found;
    const at = PIECE.lastIndex;
    if (name === undefined) made += PLAIN[piece] ?? piece;
    else if (close === '/') {
      if (open.pop() !== name || piece !== `</${name}>`) return undefined;
      made += piece;
    } else {
      const isVoid = VOID.has(name);
      const last = open.at(-1) ?? '';
      if (!isVoid && (!PAIRED.has(name) || piece.endsWith('/>') || open.length >= MAX_DEPTH)) return undefined;
      // Parsers close these for whoever did not.
      if ((name === 'li') !== LISTS.has(last) || (name === 'a' && open.includes('a'))) return undefined;
      const clean = cleaned(piece, name, parsed);
      if (clean === undefined) return undefined;
      made += clean;
      if (!isVoid) open.push(name);
      PIECE.lastIndex = at;
    }
  }
  return open.length === 0 ? made : undefined;
}
