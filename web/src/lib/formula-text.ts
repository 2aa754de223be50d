/** A formula in TeX as it stands in a text. */
export interface FormulaText {
  readonly tex: string;
  /** On a line of its own. */
  readonly isBlock: boolean;
  /** With its marks: what is shown where it cannot be read. */
  readonly source: string;
  readonly start: number;
}

/** The most characters of one formula: as many as Markdown passes over (src/notes/markdown.ts). */
const MOST = 2000;
const between = (open: string, close: string): string => `${open}([\\s\\S]{1,${MOST}}?)${close}`;

/** As Anki and MathJax mark them, and as older notes of Anki do. `$` alone is none: in notes about law it is money. */
const MARKS = new RegExp(
  [
    between('\\\\\\(', '\\\\\\)'),
    between('\\[\\$\\]', '\\[/\\$\\]'),
    between('\\\\\\[', '\\\\\\]'),
    between('\\[\\$\\$\\]', '\\[/\\$\\$\\]'),
    between('\\[latex\\]', '\\[/latex\\]'),
  ].join('|'),
  'g',
);

/** The formulas of a text, in their order. */
export function formulasIn(text: string): FormulaText[] {
  // Nearly no card has one: looking for their signs costs less than the search.
  if (!/\\[([]|\[\$|\[latex\]/.test(text)) return [];
  return [...text.matchAll(MARKS)].flatMap(({ 0: source, 1: inline, 2: oldInline, 3: block, 4: oldBlock, 5: latex, index }) => {
    const [, dollars = '', ofLatex] = /^\s*(\$\$?)([\s\S]+)\1\s*$/.exec(latex ?? '') ?? [];
    const tex = (inline ?? oldInline ?? block ?? oldBlock ?? ofLatex ?? latex ?? '').trim();
    // A `[latex]` may hold a whole paragraph with formulas in it: that is no formula, and stays as it is.
    if (tex === '' || (latex !== undefined && tex.includes('$'))) return [];
    const isBlock = (block ?? oldBlock) !== undefined || (latex !== undefined && dollars !== '$');
    return [{ tex, isBlock, source, start: index }];
  });
}
