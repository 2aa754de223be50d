import format, { type FormatOptions } from 'icu-minify/format';
import { Children, type ReactNode } from 'react';
import { dateFormat, numberFormat, pluralRules } from './formats.ts';
import { locale, spoken } from './language.ts';

type Values = Readonly<Record<string, string | number>>;
type Part = (children: ReactNode) => ReactNode;

const formatters: FormatOptions['formatters'] = {
  getDateTimeFormat: dateFormat,
  getNumberFormat: numberFormat,
  getPluralRules: pluralRules,
};

/** Marks a text that `t` says later: texts outside functions would stay in the language of the first paint. */
export const msg = (text: string): string => text;

/** A text in the reader's language; the English one stands in the source. ICU: `{n, plural, one {# card} other {# cards}}`. */
export function t(text: string, values: Values = {}): string {
  return String(format<string>(spoken.get().messages[text] ?? text, locale(), values, { formatters }));
}

/** The same with elements in it: `rich('Read <a>this</a>.', { a: (text) => <a href="/">{text}</a> })`. */
export function rich(text: string, values: Readonly<Record<string, string | number | Part>>): ReactNode {
  const parts = format<ReactNode>(spoken.get().messages[text] ?? text, locale(), { ...values }, { formatters });
  return Array.isArray(parts) ? Children.toArray(parts) : parts;
}

/** What the server says in English, in the reader's language where that is known. @param code the server's name of a refusal */
export const serverText = (text: string, code?: string): string => spoken.get().ofServer(text, code);
