import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type temml from 'temml';

type Temml = typeof temml;
/** TeX to MathML, loaded with the first formula: most people never see one. */
let reader: Temml | undefined;
const load = async (): Promise<Temml> => {
  const [{ default: loaded }] = await Promise.all([import('temml'), import('temml/dist/Temml-Local.css')]);
  reader = loaded;
  return loaded;
};

/**
 * Macros that a formula may expand. A notation takes a few dozen; Temml's own limit of 1,000 holds up a page with many hostile formulas.
 */
const MOST_EXPANDED = 200;
/** Ems that a formula may ask for, across and up: more is a formula that wants to lie over the page. */
const LARGEST: [number, number] = [30, 15];

/**
 * A formula as MathML: browsers draw it, screen readers read it. Where it cannot be read, or while what reads it is not there, its source
 * stands in its place.
 */
export function Formula({ tex, isBlock, source }: { tex: string; isBlock: boolean; source: string }) {
  const place = useRef<HTMLSpanElement>(null);
  const [read, setRead] = useState(() => reader);
  useEffect(() => {
    if (read !== undefined) return;
    let isLeft = false;
    load().then(
      (loaded) => !isLeft && setRead(() => loaded),
      (error: unknown) => console.warn('Formulas are shown as their source.', error),
    );
    return () => {
      isLeft = true;
    };
  }, [read]);
  useLayoutEffect(() => {
    const at = place.current;
    if (at === null) return;
    at.textContent = source;
    at.removeAttribute('tabindex');
    // Of a mistake that is mended by now.
    at.removeAttribute('title');
    if (read === undefined) return;
    try {
      read.render(tex, at, {
        displayMode: isBlock,
        throwOnError: true,
        trust: false,
        wrap: isBlock ? 'none' : 'tex',
        maxExpand: MOST_EXPANDED,
        maxSize: LARGEST,
      });
      // Wider than the screen, it scrolls by itself, by keys too.
      if (isBlock && at.scrollWidth > at.clientWidth) at.tabIndex = 0;
    } catch (error) {
      at.textContent = source;
      at.title = error instanceof Error ? error.message : String(error);
    }
  }, [read, tex, isBlock, source]);
  return <span ref={place} className={isBlock ? 'formula formula--block' : 'formula'} />;
}
