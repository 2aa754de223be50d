import { registerHooks } from 'node:module';
import { messageCatalogues } from '../../web/message-catalogues.ts';

/** The catalogues as the build makes them, for modules of the page that are tried without a browser. */
export function withCatalogues(): void {
  const kept = new Map<string, string>();
  Object.assign(globalThis, {
    window: {
      localStorage: {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => kept.set(key, value),
      },
    },
    document: { documentElement: {} },
  });
  const { load } = messageCatalogues() as unknown as { load(this: unknown, id: string): string };
  registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith('virtual:messages/')) return next(specifier, context);
      const source = load.call({ addWatchFile: () => undefined }, `\0${specifier}`);
      return { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true };
    },
  });
}

/** A module of the page: its types need a browser's, which tests have not. @param path below web/src */
export const pageModule = <T>(path: string): Promise<T> =>
  import(new URL(`../../web/src/${path}`, import.meta.url).href) as Promise<T>;
