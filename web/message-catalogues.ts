import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import compile from 'icu-minify/compile';
import type { Plugin } from 'vite';
import { messagesOf, sources } from './messages.ts';

/** A line must not break before these: typography of the language, which nobody should have to type. */
const UNBROKEN: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  de: [[/ (?=%)/g, '\u00a0']],
  fr: [
    [/ (?=[:;?!»%])/g, '\u00a0'],
    [/« /g, '«\u00a0'],
  ],
};
const unbroken = (language: string, text: string): string =>
  (UNBROKEN[language] ?? []).reduce((so, [where, space]) => so.replaceAll(where, space), text);

const here = fileURLToPath(new URL('.', import.meta.url));
const NAME = /^virtual:messages\/(en|de|fr)$/;

/**
 * `virtual:messages/de`: the texts of a language, compiled, so that the page carries no parser. English stands in the sources; its module
 * has only what must be compiled, that is texts with values, plurals or links in them.
 */
export function messageCatalogues(): Plugin {
  return {
    name: 'message-catalogues',
    resolveId: (id) => (NAME.test(id) ? `\0${id}` : undefined),
    load(id) {
      const language = NAME.exec(id.slice(1))?.[1];
      if (id[0] !== '\0' || language === undefined) return undefined;
      const catalogue: Record<string, string> =
        language === 'en'
          ? Object.fromEntries(
              messagesOf(sources(here).values())
                // Whoever reads English reads what the server says as it says it.
                .filter(({ text, where }) => /[{<']/.test(text) && !where.startsWith('languages/from-server.ts'))
                .map(({ text }) => [text, text]),
            )
          : JSON.parse(readFileSync(`${here}src/languages/${language}.json`, 'utf8'));
      if (language !== 'en') this.addWatchFile(`${here}src/languages/${language}.json`);
      const compiled = Object.entries(catalogue).map(([text, translation]) => [text, compile(unbroken(language, translation))]);
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(Object.fromEntries(compiled)))});`;
    },
  };
}
