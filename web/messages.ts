import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The compiler of the page's workspace: the one of the whole project has no interface for programs. */
export { ts };

/** A text of the page for people, as it stands in the source. */
export interface SourceMessage {
  readonly text: string;
  /** `path:line`, below web/src. */
  readonly where: string;
}

/** `t` and `rich` say a text where it is needed; `msg` marks one that is said later by `t`. */
const SAYERS = new Set(['t', 'rich', 'msg']);

const isText = (node: ts.Node): node is ts.StringLiteral | ts.NoSubstitutionTemplateLiteral => ts.isStringLiteralLike(node);

/** The syntax trees of the page's sources, by path below web/src. */
export function sources(web: string): Map<string, ts.SourceFile> {
  const folder = join(web, 'src');
  const paths = globSync('**/*.{ts,tsx}', { cwd: folder }).map((path) => path.replaceAll('\\', '/'));
  return new Map(
    paths
      .filter((path) => !path.endsWith('.d.ts'))
      .sort()
      .map((path) => [path, ts.createSourceFile(path, readFileSync(join(folder, path), 'utf8'), ts.ScriptTarget.Latest, true)]),
  );
}

export const placeOf = (node: ts.Node): string => {
  const file = node.getSourceFile();
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
};

/** A call that says its first argument. */
export const isSaying = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) && ts.isIdentifier(node.expression) && SAYERS.has(node.expression.text);

/** What an expression may come to: both sides of a condition, however deep. */
function outcomesOf(node: ts.Expression | undefined): ts.Expression[] {
  if (node === undefined) return [];
  if (ts.isParenthesizedExpression(node)) return outcomesOf(node.expression);
  return ts.isConditionalExpression(node) ? [...outcomesOf(node.whenTrue), ...outcomesOf(node.whenFalse)] : [node];
}

/** Every text given to `t`, `rich` or `msg`. One put together at run time has no translation, unless `msg` marks its parts. */
export function messagesOf(files: Iterable<ts.SourceFile>): SourceMessage[] {
  const found: SourceMessage[] = [];
  const visit = (node: ts.Node): void => {
    if (isSaying(node))
      for (const text of outcomesOf(node.arguments[0])) if (isText(text)) found.push({ text: text.text, where: placeOf(text) });
    ts.forEachChild(node, visit);
  };
  for (const file of files) visit(file);
  return found;
}
