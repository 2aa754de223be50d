import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The titles a test file gives its tests and suites. A title made by a template stands for whatever fills its holes. */
function titlesOf(source: string): RegExp[] {
  const calls = source.matchAll(
    /\b(?:test|it|suite|describe)(?:\.\w+)?\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g,
  );
  return [...calls].map(([, single, double, template]) => {
    const parts = (single ?? double ?? template ?? '')
      .replace(/\\(.)/g, '$1')
      .split(template === undefined ? /(?!)/ : /\$\{[^}]*\}/);
    return new RegExp(`^${parts.map((part) => RegExp.escape(part)).join('.+')}$`);
  });
}

/**
 * Every row of docs/promises.md must name its proof: a test file with a title in it (`test/x.test.ts` "title"), or a benchmark file.
 * Returns one sentence a row that does not.
 */
export function promiseProblems(root: string): string[] {
  const page = join(root, 'docs/promises.md');
  if (!existsSync(page)) return [];
  const problems: string[] = [];
  for (const line of readFileSync(page, 'utf8').split('\n')) {
    if (!line.startsWith('| ') || line.startsWith('| Promise') || line.startsWith('|-')) continue;
    const proofs = [...line.matchAll(/`((?:test|bench|web)\/[^`]+)`(?:\s+"([^"]+)")?/g)];
    if (proofs.length === 0) problems.push(`no proof named: ${line}`);
    for (const [, file = '', title] of proofs) {
      if (!existsSync(join(root, file))) problems.push(`${file} does not exist: ${line}`);
      else if (file.startsWith('test/') && title === undefined) problems.push(`no title given for ${file}: ${line}`);
      else if (title !== undefined && !titlesOf(readFileSync(join(root, file), 'utf8')).some((known) => known.test(title)))
        problems.push(`${file} has no test "${title}"`);
    }
  }
  return problems;
}
