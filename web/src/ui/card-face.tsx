import { useMemo } from 'react';
import { nodesOfHtml, nodesOfText } from '../lib/safe-html.tsx';

interface CardFaceProps {
  readonly text: string;
  readonly html?: string | null;
  readonly className?: string;
  /** The card it is of: its pictures are asked for with it. */
  readonly cardId?: number | undefined;
}

/** One side of a card: its HTML where it has some, else its text as it was typed; formulas drawn. */
export function CardFace({ text, html, className = '', cardId }: CardFaceProps) {
  const nodes = useMemo(() => (html == null ? nodesOfText(text) : nodesOfHtml(html, cardId)), [text, html, cardId]);
  return (
    // Cards are in any language: what reads them aloud must not take them for the page's.
    <div className={`card-text ${html == null ? '' : 'card-html'} ${className}`} dir="auto" lang="">
      {nodes}
    </div>
  );
}
