import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { messagesOf, placeOf, sources, ts } from '../web/messages.ts';

const LANGUAGES = ['de', 'fr'] as const;
/** Attributes and properties that people read or hear. */
const SAID = new Set(['aria-label', 'alt', 'placeholder', 'title', 'label', 'hint', 'what', 'confirm', 'cancel', 'question']);
/** Names, which no language changes. */
const NAMES = new Set(['FlashCase', 'English', 'Deutsch', 'Français']);

/** What a translation must keep: its values and its elements. */
function holes(elements: readonly MessageFormatElement[]): string[] {
  return elements.flatMap((element) => {
    if (element.type === TYPE.literal || element.type === TYPE.pound) return [];
    if (element.type === TYPE.tag) return [`<${element.value}>`, ...holes(element.children)];
    if (element.type === TYPE.plural || element.type === TYPE.select)
      return [element.value, ...Object.values(element.options).flatMap(({ value }) => holes(value))];
    return [element.value];
  });
}
const holesOf = (text: string): string => [...new Set(holes(parse(text)))].sort().join(', ');

function catalogueProblems(language: string, catalogue: Readonly<Record<string, string>>, texts: ReadonlyMap<string, string>) {
  const where = `web/src/languages/${language}.json`;
  const problems: string[] = [];
  for (const [text, place] of texts) {
    const translation = catalogue[text];
    if (translation === undefined || translation.trim() === '') problems.push(`${where} lacks “${text}” (${place})`);
    else
      try {
        if (holesOf(text) !== holesOf(translation))
          problems.push(
            `${where}: “${text}” has ${holesOf(text) || 'no values'}, its translation ${holesOf(translation) || 'none'}`,
          );
      } catch (error) {
        problems.push(`${where}: “${text}” or its translation is no ICU message: ${String(error)}`);
      }
  }
  for (const text of Object.keys(catalogue)) if (!texts.has(text)) problems.push(`${where}: no source says “${text}”: remove it`);
  return problems;
}

/** Commands are typed as they are, in every language. */
const isWords = (text: string): boolean => /\p{L}{2}/u.test(text) && !NAMES.has(text.trim()) && !text.startsWith('flashcase ');

/** Literals that would be shown: what an expression may come to, not what a function in it is called with. */
function literalsOf(node: ts.Node): ts.Node[] {
  if (ts.isStringLiteralLike(node)) return isWords(node.text) ? [node] : [];
  if (ts.isTemplateExpression(node))
    return [node.head, ...node.templateSpans.map(({ literal }) => literal)].some(({ text }) => isWords(text)) ? [node] : [];
  if (ts.isConditionalExpression(node)) return [...literalsOf(node.whenTrue), ...literalsOf(node.whenFalse)];
  if (ts.isBinaryExpression(node)) {
    const isChoice = [
      ts.SyntaxKind.AmpersandAmpersandToken,
      ts.SyntaxKind.BarBarToken,
      ts.SyntaxKind.QuestionQuestionToken,
    ].includes(node.operatorToken.kind);
    return isChoice ? literalsOf(node.right) : [];
  }
  if (ts.isParenthesizedExpression(node)) return literalsOf(node.expression);
  if (ts.isJsxExpression(node) && node.expression !== undefined) return literalsOf(node.expression);
  return [];
}

/** Texts that are said without `t`, `rich` or `msg`. */
function bareTexts(file: ts.SourceFile): string[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && isWords(node.text)) found.push(node);
    else if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) found.push(...literalsOf(node));
    else if (ts.isJsxAttribute(node) && SAID.has(node.name.getText()) && node.initializer !== undefined)
      found.push(...literalsOf(node.initializer));
    else if (ts.isPropertyAssignment(node) && SAID.has(node.name.getText())) found.push(...literalsOf(node.initializer));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.map((node) => `web/src/${placeOf(node)} is said in English only: ${node.getText().trim().slice(0, 60)}`);
}

/** Every text of the page is there in every language, and nothing else; see docs/design/languages.md. */
export function languageProblems(root: string): string[] {
  const files = sources(join(root, 'web'));
  const texts = new Map(messagesOf(files.values()).map(({ text, where }) => [text, `web/src/${where}`]));
  const problems = LANGUAGES.flatMap((language) =>
    catalogueProblems(language, JSON.parse(readFileSync(join(root, `web/src/languages/${language}.json`), 'utf8')), texts),
  );
  for (const file of files.values()) problems.push(...bareTexts(file));
  return problems;
}
