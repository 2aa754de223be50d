import { type ReactNode, useEffect } from 'react';

interface PageProps {
  /** In the browser's title bar; the page's own heading stands in `children`. */
  readonly title: string;
  readonly children: ReactNode;
  readonly className?: string;
}

export function Page({ title, children, className = '' }: PageProps) {
  useEffect(() => {
    document.title = title === 'FlashCase' ? title : `${title} – FlashCase`;
  }, [title]);
  return (
    <main id="main" className={`page ${className}`} tabIndex={-1}>
      {children}
    </main>
  );
}
