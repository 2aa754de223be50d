import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { beforeEach, describe, it } from 'node:test';

type Messages = Readonly<Record<string, unknown>>;
interface Language {
  setLanguage(language: string): Promise<void>;
  readonly spoken: { get(): { readonly language: string } };
}

/** The catalogues, each there when a test says so. */
const coming = new Map<string, PromiseWithResolvers<Messages>>();
const kept = new Map<string, string>();
let round = 0;

Object.assign(globalThis, {
  comingCatalogue: (language: string) => coming.get(language)?.promise,
  window: {
    localStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    },
  },
  document: { documentElement: {} },
});
registerHooks({
  resolve(specifier, context, next) {
    const language = /^virtual:messages\/(.+)$/.exec(specifier)?.[1];
    if (language === undefined) return next(specifier, context);
    const source = language === 'en' ? 'export default {}' : `export default await comingCatalogue('${language}')`;
    return { url: `data:text/javascript,${encodeURIComponent(`${source} // ${round}`)}`, shortCircuit: true };
  },
});

describe('the language that is chosen', () => {
  let language: Language;
  beforeEach(async () => {
    round += 1;
    kept.clear();
    for (const name of ['de', 'fr']) coming.set(name, Promise.withResolvers());
    language = (await import(new URL(`../../web/src/languages/language.ts?${round}`, import.meta.url).href)) as Language;
  });

  it('is the last one, spoken and kept, whichever texts come first', async () => {
    const first = language.setLanguage('de');
    const second = language.setLanguage('fr');
    coming.get('fr')?.resolve({});
    await second;
    coming.get('de')?.resolve({});
    await first;
    assert.equal(language.spoken.get().language, 'fr');
    assert.deepEqual([...kept.values()], ['fr']);
  });

  it('is not said to be lost for another one that nobody waits for any more', async () => {
    const first = language.setLanguage('de');
    await language.setLanguage('en');
    coming.get('de')?.reject(new Error('no connection'));
    await first;
    assert.equal(language.spoken.get().language, 'en');
    assert.deepEqual([...kept.values()], ['en']);
  });

  it('stays what it was when the texts cannot be loaded', async () => {
    const chosen = language.setLanguage('de');
    coming.get('de')?.reject(new Error('no connection'));
    await assert.rejects(chosen, /no connection/);
    assert.equal(language.spoken.get().language, 'en');
    assert.deepEqual([...kept.values()], []);
  });
});
