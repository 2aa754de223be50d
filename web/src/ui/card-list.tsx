import { t } from '../languages/t.ts';
import { CardFace } from './card-face.tsx';

interface ShownCard {
  readonly id: number;
  readonly front: string;
  readonly back: string;
  readonly front_html: string | null;
  readonly back_html: string | null;
  readonly answer: string | null;
}

/** Cards as they will be studied, question over answer. */
export function CardList({ cards }: { cards: readonly ShownCard[] }) {
  return (
    <ul className="note-preview__cards">
      {cards.map((card) => (
        <li key={card.id} className="panel">
          <CardFace cardId={card.id} text={card.front} html={card.front_html} className="card-row__front" />
          {card.answer !== null && <p className="soft">{t('The answer is typed.')}</p>}
          <div className="note-preview__back">
            <CardFace cardId={card.id} text={card.back} html={card.back_html} className="card-row__back" />
          </div>
        </li>
      ))}
    </ul>
  );
}
