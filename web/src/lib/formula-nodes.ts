import { type FormulaText, formulasIn } from './formula-text.ts';

/** What a formula may run over: text, the line breaks an editor made of its lines, and a gap inside of it. */
const textOf = (node: Node): string | undefined => {
  if (node.nodeType === Node.TEXT_NODE) return node.nodeValue ?? '';
  if (!(node instanceof Element)) return undefined;
  if (node.localName === 'br') return '\n';
  return node.localName === 'span' ? (node.textContent ?? '') : undefined;
};

/** Siblings, with the formulas among them in place of the nodes and parts of texts that they are written in. */
export function withFormulas(nodes: readonly Node[]): (Node | string | FormulaText)[] {
  const found: (Node | string | FormulaText)[] = [];
  let run: { node: Node; start: number; end: number }[] = [];
  let text = '';
  const close = () => {
    let from = 0;
    /** What stands between two formulas: a part of a text, anything else whole. */
    const upTo = (to: number) => {
      for (const { node, start, end } of run)
        if (end > from && start < to)
          found.push(node.nodeType === Node.TEXT_NODE ? text.slice(Math.max(from, start), Math.min(to, end)) : node);
      from = to;
    };
    for (const formula of formulasIn(text)) {
      const end = formula.start + formula.source.length;
      // An element that only a part of a formula stands in, or all of it, is left whole: what is in it is looked at by itself.
      const isCut = run.some(
        (one) =>
          one.node.nodeType !== Node.TEXT_NODE &&
          one.start < end &&
          one.end > formula.start &&
          (one.start < formula.start || one.end > end || (one.start === formula.start && one.end === end)),
      );
      if (isCut) continue;
      upTo(formula.start);
      found.push(formula);
      from = end;
    }
    upTo(text.length);
    run = [];
    text = '';
  };
  for (const node of nodes) {
    const said = textOf(node);
    if (said === undefined || said === '') {
      close();
      found.push(node);
    } else {
      run.push({ node, start: text.length, end: text.length + said.length });
      text += said;
    }
  }
  close();
  return found;
}
