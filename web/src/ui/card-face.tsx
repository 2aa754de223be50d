import { useMemo } from 'react';
import { nodesOfHtml } from '../lib/safe-html.tsx';
import { CardText } from './feedback.tsx';

interface CardFaceProps {
  readonly text: string;
  readonly html?: string | null;
  readonly className?: string;
  /** The card it is of: its pictures are asked for with it. */
  readonly cardId?: number | undefined;
}

/** One side of a card: its HTML where it has some, else its text as it was typed. */
export function CardFace({ text, html, className = '', cardId }: CardFaceProps) {
  const nodes = useMemo(() => (html == null ? undefined : nodesOfHtml(html, cardId)), [html, cardId]);
  if (nodes === undefined) return <CardText text={text} className={className} />;
  return (
    <div className={`card-text card-html ${className}`} dir="auto">
      {nodes}
    </div>
  );
}
