import { createRequire } from 'node:module';
import type { Marked } from 'marked';
import { escapeHtml, safeHtml } from './html.ts';

const load = createRequire(import.meta.url);
let marked: Marked | undefined;

/** Formulas go on as they were typed: Markdown would read `\(` as an escaped bracket. */
const formula = {
  name: 'formula',
  level: 'inline' as const,
  start: (source: string) => source.match(/\\[([]/)?.index,
  tokenizer(source: string) {
    const raw = /^(?:\\\([\s\S]{1,2000}?\\\)|\\\[[\s\S]{1,2000}?\\\])/.exec(source)?.[0];
    return raw === undefined ? undefined : { type: 'formula', raw };
  },
  renderer: (token: { raw: string }) => escapeHtml(token.raw),
};

function parser(): Marked {
  const { Marked: Parser } = load('marked') as { Marked: new () => Marked };
  return new Parser().use({
    breaks: true,
    gfm: true,
    extensions: [formula],
    // A bare address would swallow the end of the gap it stands in: `{{c1::https://…}}`. `<https://…>` and `[text](…)` are links.
    tokenizer: { url: () => undefined },
  });
}

/** Markdown as sanitised HTML; HTML inside of it is taken as far as it is safe. */
export function htmlOfMarkdown(source: string): string {
  marked ??= parser();
  return safeHtml(marked.parse(source, { async: false })).trim();
}

/** One line of Markdown, without a paragraph around it. */
export function htmlOfMarkdownLine(source: string): string {
  marked ??= parser();
  return safeHtml(marked.parseInline(source, { async: false })).trim();
}
