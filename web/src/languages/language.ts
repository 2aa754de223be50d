import english from 'virtual:messages/en';
import type { CompiledMessage } from 'icu-minify/format';
import { lasting } from '../lib/storage.ts';
import { createStore } from '../lib/store.ts';

export type Language = 'en' | 'de' | 'fr';
type Catalogue = Readonly<Record<string, CompiledMessage>>;

/** Each under its own name: who cannot read the page must find theirs. */
export const LANGUAGES: readonly { readonly value: Language; readonly name: string }[] = [
  { value: 'en', name: 'English' },
  { value: 'de', name: 'Deutsch' },
  { value: 'fr', name: 'Français' },
];

const KEY = 'flashcase.language';
const catalogues: Record<Language, () => Promise<Catalogue>> = {
  en: () => Promise.resolve(english),
  de: async () => (await import('virtual:messages/de')).default,
  fr: async () => (await import('virtual:messages/fr')).default,
};

const known = (tag: string | null): Language | undefined =>
  LANGUAGES.find(({ value }) => value === tag?.toLowerCase().split('-')[0])?.value;

/** What was chosen in this browser; else the first of its reader's languages that the page speaks. */
const wanted = (): Language =>
  known(lasting.read(KEY)) ?? navigator.languages.map(known).find((language) => language !== undefined) ?? 'en';

interface Spoken {
  readonly language: Language;
  readonly messages: Catalogue;
  /** What the server says, in this language (from-server.ts). */
  ofServer(text: string, code?: string): string;
}
/** The server speaks English. */
const asItIs = (text: string): string => text;
/** Language and texts change together: no page is half in one and half in another. */
export const spoken = createStore<Spoken>({ language: 'en', messages: english, ofServer: asItIs });

/** For Intl: as the reader writes the language (de-CH, en-GB), when the browser says so. */
export const locale = (): string => {
  const { language } = spoken.get();
  return navigator.languages.find((tag) => known(tag) === language) ?? language;
};

type ServerTexts = () => Promise<{ readonly fromServer: Spoken['ofServer'] }>;
/** Given by the page: those texts are read by `t`, which is read from here. */
let serverTexts: ServerTexts = () => Promise.resolve({ fromServer: asItIs });

let asked = 0;
/** Gives whether the language is spoken now: false when another one was asked for while this one was loading. */
async function speak(language: Language): Promise<boolean> {
  const mine = ++asked;
  let messages: Catalogue;
  let ofServer: Spoken['ofServer'];
  try {
    const server = language === 'en' ? { fromServer: asItIs } : serverTexts();
    [messages, { fromServer: ofServer }] = await Promise.all([catalogues[language](), server]);
  } catch (error) {
    // Nobody waits any more for what did not come.
    if (mine !== asked) return false;
    throw error;
  }
  if (mine !== asked) return false;
  document.documentElement.lang = language;
  spoken.set({ language, messages, ofServer });
  return true;
}

/**
 * Before the first paint. A language that cannot be loaded must not keep the page from opening: it is then in English.
 * @param texts loads what the server's sentences are in other languages
 */
export async function startLanguage(texts: ServerTexts): Promise<void> {
  serverTexts = texts;
  const language = wanted();
  if (language !== 'en') await speak(language).catch(() => false);
}

/**
 * Kept in this browser, as the theme is. Fails, and changes nothing, when the texts cannot be loaded; of two that are chosen one after the
 * other the second counts, whichever comes first.
 */
export async function setLanguage(language: Language): Promise<void> {
  if (await speak(language)) lasting.write(KEY, language);
}
