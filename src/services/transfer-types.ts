import type { NoteType as PackagedType } from '../formats/collection.ts';
import { htmlOfText } from '../notes/html.ts';
import { builtInType, builtInTypes, type CardTemplate, type NoteType } from '../notes/note-types.ts';
import { clozeFields, parseTemplate } from '../notes/template.ts';
import { isOcclusionType, occlusionType } from './occlusion-type.ts';

const CSS = '.card { font-family: serif; font-size: 20px; text-align: left; }\n.cloze { font-weight: bold; color: blue; }';
const LINE = '<hr id=answer>';
/** What stands above the answer where the question is repeated: a card of FlashCase has a side for that. */
const REPEATED = `{{FrontSide}}\n\n${LINE}\n\n`;

/** A template's own words as HTML. */
const htmlOf = (template: string, syntax: NoteType['syntax']): string => (syntax === 'html' ? template : htmlOfText(template));

function packagedAnswer({ front, back }: CardTemplate, type: NoteType): string {
  const answer = htmlOf(back, type.syntax);
  if (type.kind === 'cloze' || /\{\{\s*FrontSide\s*\}\}/.test(answer)) return answer;
  // A box to type in would stand there twice: other programs compare what was typed where the answer is.
  const typed = /\{\{type:([^{}]+)\}\}/.exec(front)?.[1];
  if (typed === undefined) return `${REPEATED}${answer}`;
  const question = htmlOf(front.replaceAll(/\{\{type:[^{}]+\}\}/g, ''), type.syntax);
  return `${question}\n\n${LINE}\n\n${answer.replace(`{{${typed}}}`, `{{type:${typed}}}`)}`;
}

/** A note type as packages carry it: HTML templates, the question repeated above the answer. */
export function packagedType(type: NoteType, key: number, css: string | null): PackagedType {
  if (type.kind === 'occlusion') return occlusionType(type, key);
  return {
    type: 'note-type',
    key,
    name: type.key === 'own' ? type.name : `FlashCase ${type.name}`,
    form: type.kind === 'cloze' ? 'cloze' : 'standard',
    fields: type.fields,
    templates: type.templates.map((template) => ({
      name: template.name,
      question: htmlOf(template.front, type.syntax),
      answer: packagedAnswer(template, type),
    })),
    css: css ?? (type.key === 'own' ? '' : CSS),
    sortField: 0,
    ...(type.key === 'own' ? {} : { builtIn: type.key }),
  };
}

/** Templates compared without what cannot be seen. */
const plain = (template: string): string =>
  template
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/<hr\s+id\s*=\s*["']?answer["']?\s*\/?>/gi, LINE)
    .replaceAll(/\s*(<br\s*\/?>|\n)\s*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?(\{\{|\}\}|<hr id=answer>) ?/g, '$1')
    .trim();

/** The answer without the question above its line. */
function withoutQuestion(answer: string, question: string): string {
  const match = /^([\s\S]*?)<hr\s+id\s*=\s*["']?answer["']?\s*\/?>\s*/i.exec(answer);
  const above = match === null ? undefined : plain(match[1] as string);
  const untyped = plain(question.replaceAll(/\{\{type:[^{}]+\}\}/g, ''));
  if (match !== null && (above === '{{FrontSide}}' || above === plain(question) || above === untyped))
    return answer.slice(match[0].length);
  return answer.replace(/^\s*\{\{FrontSide\}\}\s*(?:<br\s*\/?>\s*)*/, '');
}

/** A type of FlashCase's own that another program's type is, and which of its fields each field becomes. */
export interface KnownType {
  readonly type: string;
  readonly fields: readonly string[];
}

const sameAs = (one: PackagedType, other: PackagedType): boolean =>
  one.form === other.form &&
  one.fields.join('\0') === other.fields.join('\0') &&
  one.templates.length === other.templates.length &&
  one.templates.every(({ question, answer }, index) => {
    const wanted = other.templates[index];
    return question === wanted?.question && answer === wanted.answer;
  });

/** FlashCase's own type that a packaged one is; `undefined` where it is somebody's own. */
export function knownType(given: PackagedType): KnownType | undefined {
  const named = given.builtIn === undefined ? undefined : builtInType(given.builtIn);
  if (named !== undefined && given.fields.join('\0') === named.fields.join('\0'))
    return { type: named.key, fields: named.fields };
  if (isOcclusionType(given)) return { type: 'image_occlusion', fields: builtInTypes.image_occlusion.fields };
  const own = Object.values<NoteType>(builtInTypes).find((type) => sameAs(given, packagedType(type, 0, null)));
  if (own !== undefined) return { type: own.key, fields: own.fields };
  const [first = '', second = ''] = given.fields;
  const templates = given.templates.map(
    ({ question, answer }) => `${plain(question)} ▸ ${plain(withoutQuestion(answer, question))}`,
  );
  const is = (...wanted: string[]): boolean =>
    wanted.length === templates.length && wanted.every((text, index) => text === templates[index]);
  if (given.form === 'cloze') {
    const text = `{{cloze:${first}}} ▸ {{cloze:${first}}}`;
    if (given.fields.length === 1 && is(text)) return { type: 'cloze', fields: ['Text'] };
    if (given.fields.length === 2 && (is(`${text}{{${second}}}`) || is(text)))
      return { type: 'cloze', fields: ['Text', 'Extra'] };
    return undefined;
  }
  if (given.fields.length !== 2) return undefined;
  const fields = ['Front', 'Back'];
  const forward = `{{${first}}} ▸ {{${second}}}`;
  if (is(forward)) return { type: 'basic', fields };
  if (is(forward, `{{${second}}} ▸ {{${first}}}`)) return { type: 'basic_reversed', fields };
  if (is(`{{${first}}}{{type:${second}}} ▸ {{type:${second}}}`)) return { type: 'typed', fields };
  if (is(`{{${first}}}{{type:${second}}} ▸ {{${second}}}`)) return { type: 'typed', fields };
  return undefined;
}

/** Scripts and styles of a template never run; without them it is what is shown. */
const shown = (template: string): string => template.replaceAll(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, '').trim();

/** Somebody's own type as FlashCase keeps it: without scripts, and without the question in the answer. */
export function ownType(given: PackagedType): NoteType {
  const isCloze = given.form === 'cloze';
  // Cards of a cloze type are told apart by their gaps: it has one template.
  const templates = isCloze ? given.templates.slice(0, 1) : given.templates;
  return {
    key: 'own',
    name: given.name.trim() === '' ? 'Imported' : [...given.name].slice(0, 200).join(''),
    kind: isCloze && clozeFields(parseTemplate(given.templates[0]?.question ?? '').nodes).length > 0 ? 'cloze' : 'standard',
    syntax: 'html',
    fields: given.fields,
    templates: templates.map(({ name, question, answer }) => ({
      name,
      front: shown(question),
      back: shown(isCloze ? answer : withoutQuestion(answer, question)),
    })),
  };
}
