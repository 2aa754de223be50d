import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { isSaying, messagesOf, placeOf, sources, ts } from '../web/messages.ts';

const LANGUAGES = ['de', 'fr'] as const;
/** Attributes and properties that people read or hear. */
const SAID = new Set(['aria-label', 'alt', 'placeholder', 'title', 'label', 'hint', 'what', 'confirm', 'cancel', 'question']);
/** Names, which no language changes. */
const NAMES = new Set([
  ...['FlashCase', 'English', 'Deutsch', 'Français'],
  // A field as the API names it, and the search language.
  ...['Occlusion', 'duty breach', '"duty of care"', 'duty OR breach'],
]);

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

/** Names of classes, addresses and selectors have spaces too, and no sentence looks like them. */
const isForMachines = (text: string): boolean =>
  /^[a-z0-9\s]*[.#[]?[a-z0-9]+(?:--|__|[-=])[^.!?]*$/.test(text) || /^[/.#[<{]/.test(text);

/** Reads like something for people: a word with a capital letter, or words with a space between them. */
const isSentence = (text: string): boolean =>
  isWords(text) && !isForMachines(text) && (/\p{L}{2}\S*\s+\S*\p{L}/u.test(text) || /^\p{Lu}\p{Ll}/u.test(text.trim()));

/** Where texts are for programs: what a browser, the server or another part of the page is called with. */
const FOR_PROGRAMS = new Set([
  ...['querySelector', 'querySelectorAll', 'closest', 'matches', 'addEventListener', 'removeEventListener', 'postMessage'],
  ...[
    'getAttribute',
    'getModifierState',
    'setAttribute',
    'removeAttribute',
    'get',
    'has',
    'split',
    'includes',
    'startsWith',
    'replace',
    'replaceAll',
    'test',
  ],
  ...['warn', 'error', 'parseFromString', 'execCommand', 'localName', 'fieldKey', 'value', 'toLocaleString'],
]);
const CONSTRUCTORS = new Set(['Set', 'Error', 'RegExp', 'URL', 'BroadcastChannel', 'Map']);
/** Attributes that are no text for people. */
const ATTRIBUTES = new Set([
  'key',
  'className',
  'rel',
  'accept',
  'autoComplete',
  'aria-keyshortcuts',
  'viewBox',
  'height',
  'transform',
]);

const nameOfCall = (node: ts.CallExpression | ts.NewExpression): string =>
  ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText();

/** Whether a text that stands there is for people, as far as its place says. */
function isSaidAt(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isParenthesizedExpression(parent) || ts.isAsExpression(parent) || ts.isSatisfiesExpression(parent))
    return isSaidAt(parent);
  if (ts.isConditionalExpression(parent)) return parent.condition !== node && isSaidAt(parent);
  if (ts.isBinaryExpression(parent)) {
    const { kind } = parent.operatorToken;
    if (kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.BarBarToken) return isSaidAt(parent);
    return kind === ts.SyntaxKind.PlusToken || kind === ts.SyntaxKind.AmpersandAmpersandToken;
  }
  if (isSaying(parent)) return parent.arguments[0] !== node;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent))
    return !FOR_PROGRAMS.has(nameOfCall(parent)) && !CONSTRUCTORS.has(nameOfCall(parent));
  // What says its own language is in that one on every page.
  if (ts.isJsxAttribute(parent) && parent.parent.properties.some(({ name }) => name?.getText() === 'lang')) return false;
  if (ts.isJsxAttribute(parent)) return !ATTRIBUTES.has(parent.name.getText());
  if (ts.isJsxExpression(parent)) return ts.isJsxAttribute(parent.parent) ? !ATTRIBUTES.has(parent.parent.name.getText()) : true;
  if (ts.isPropertyAssignment(parent)) return parent.name !== node && !ATTRIBUTES.has(parent.name.getText());
  if (ts.isArrayLiteralExpression(parent)) {
    const list = parent.parent;
    return ts.isPropertyAccessExpression(list) || ts.isNewExpression(list) ? false : isSaidAt(parent);
  }
  // A list of a constant, an arrow that gives a text, a return, a variable, a part of a template.
  return (
    ts.isVariableDeclaration(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isArrowFunction(parent) ||
    ts.isTemplateSpan(parent) ||
    ts.isSpreadElement(parent)
  );
}

const textsOf = (node: ts.TemplateExpression): string[] =>
  [node.head, ...node.templateSpans.map(({ literal }) => literal)].map(({ text }) => text);

/** Texts that are said without `t`, `rich` or `msg`. */
function bareTexts(file: ts.SourceFile): string[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && isWords(node.text)) found.push(node);
    else if (ts.isStringLiteralLike(node)) {
      const isCertain = isSaidForCertain(node);
      if (isCertain ? isWords(node.text) : isSentence(node.text) && isSaidAt(node)) found.push(node);
    } else if (ts.isTemplateExpression(node)) {
      const isCertain = isSaidForCertain(node);
      if (textsOf(node).some(isWords) && (isCertain || (isSentence(textsOf(node).join('x')) && isSaidAt(node)))) found.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.map((node) => `web/src/${placeOf(node)} is said in English only: ${node.getText().trim().slice(0, 60)}`);
}

/** What people read or hear, whatever it looks like: what stands between tags, and what attributes and properties of known names come to. */
function isSaidForCertain(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isJsxAttribute(parent)) return SAID.has(parent.name.getText());
  if (ts.isPropertyAssignment(parent)) return parent.name !== node && SAID.has(parent.name.getText());
  if (ts.isJsxExpression(parent)) return ts.isJsxAttribute(parent.parent) ? SAID.has(parent.parent.name.getText()) : true;
  if (ts.isParenthesizedExpression(parent)) return isSaidForCertain(parent);
  if (ts.isConditionalExpression(parent)) return parent.condition !== node && isSaidForCertain(parent);
  const isChoice =
    ts.isBinaryExpression(parent) &&
    [ts.SyntaxKind.AmpersandAmpersandToken, ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken].includes(
      parent.operatorToken.kind,
    );
  return isChoice && parent.right === node && isSaidForCertain(parent);
}

/** Numbers and dates in the locale of nobody knows whom: `lib/text.ts` and `lib/days.ts` write them as the reader does. */
function bareNumbers(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name } = node.expression;
      const [locale] = node.arguments;
      const isBare = /^toLocale\w*String$/.test(name.text) && (locale === undefined || locale.getText() === 'undefined');
      if (isBare || name.text === 'toFixed')
        found.push(`web/src/${placeOf(node)} writes a number or a date in no language: ${node.getText().slice(0, 60)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Every text of the page is there in every language, and nothing else; see docs/design/languages.md. */
export function languageProblems(root: string): string[] {
  const files = sources(join(root, 'web'));
  const texts = new Map(messagesOf(files.values()).map(({ text, where }) => [text, `web/src/${where}`]));
  const problems = LANGUAGES.flatMap((language) =>
    catalogueProblems(language, JSON.parse(readFileSync(join(root, `web/src/languages/${language}.json`), 'utf8')), texts),
  );
  for (const file of files.values()) problems.push(...bareTexts(file), ...bareNumbers(file));
  return problems;
}
