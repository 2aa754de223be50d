import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import compile from 'icu-minify/compile';
import type { Plugin } from 'vite';
import { messagesOf, sources } from './messages.ts';

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
                .filter(({ text }) => /[{<']/.test(text))
                .map(({ text }) => [text, text]),
            )
          : JSON.parse(readFileSync(`${here}src/languages/${language}.json`, 'utf8'));
      if (language !== 'en') this.addWatchFile(`${here}src/languages/${language}.json`);
      const compiled = Object.entries(catalogue).map(([text, translation]) => [text, compile(translation)]);
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(Object.fromEntries(compiled)))});`;
    },
  };
}
