import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

/**
 * What a browser does by itself between documents: after a link the new page starts at its top, and screen readers at its heading.
 * Going back leaves the scrolling to the browser. Pages with a starting point of their own mark it with `data-start`.
 */
export function useArrival(): void {
  const [path] = useLocation();
  const last = useRef(path);
  const isBack = useRef(false);

  useEffect(() => {
    const onPop = () => {
      isBack.current = true;
    };
    window.addEventListener('popstate', onPop);
    return () => window.removeEventListener('popstate', onPop);
  }, []);

  useEffect(() => {
    if (last.current === path) return;
    last.current = path;
    if (!isBack.current) window.scrollTo(0, 0);
    isBack.current = false;
    const main = document.getElementById('main');
    if (main === null || main.querySelector('[data-start]') !== null) return;
    const heading = main.querySelector<HTMLElement>('h1');
    heading?.setAttribute('tabindex', '-1');
    (heading ?? main).focus({ preventScroll: true });
  }, [path]);
}
