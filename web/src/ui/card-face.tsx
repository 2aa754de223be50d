import { useMemo } from 'react';
import { nodesOfHtml } from '../lib/safe-html.tsx';
import { CardText } from './feedback.tsx';

/** One side of a card: its HTML where it has some, else its text as it was typed. */
export function CardFace({ text, html, className = '' }: { text: string; html?: string | null; className?: string }) {
  const nodes = useMemo(() => (html == null ? undefined : nodesOfHtml(html)), [html]);
  if (nodes === undefined) return <CardText text={text} className={className} />;
  return (
    <div className={`card-text card-html ${className}`} dir="auto">
      {nodes}
    </div>
  );
}
