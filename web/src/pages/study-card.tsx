import type { MouseEvent, RefObject } from 'react';
import { t } from '../languages/t.ts';
import type { Turn } from '../lib/study-round.ts';
import { lengthOf } from '../lib/text.ts';
import { CardFace } from '../ui/card-face.tsx';
import { TypedAnswer, TypedField } from '../ui/typed-answer.tsx';
import { type SwipeWay, useSwipe } from './use-swipe.ts';

/** Where reading goes on, by eye and by screen reader. */
export interface StudyPlaces {
  readonly question: RefObject<HTMLHeadingElement | null>;
  readonly answer: RefObject<HTMLHeadingElement | null>;
  readonly typed: RefObject<HTMLInputElement | null>;
}

const WAYS: readonly SwipeWay[] = ['left', 'right'];

interface StudyCardProps {
  readonly turn: Turn;
  readonly isRevealed: boolean;
  readonly typed: string;
  readonly places: StudyPlaces;
  /** What a swipe to the left and one to the right call the answer; absent where answers are not swiped. */
  readonly swipes: Readonly<Record<SwipeWay, string>> | undefined;
  onType(text: string): void;
  onReveal(): void;
  onSwipe(way: SwipeWay): void;
}

/** The card in front of its reader: the question, and below it, once shown, the answer. */
export function StudyCard({ turn, isRevealed, typed, places, swipes, onType, onReveal, onSwipe }: StudyCardProps) {
  const { card } = turn;
  const isSwiped = swipes !== undefined && isRevealed;
  const swipe = useSwipe(isSwiped, onSwipe);
  function tapCard(event: MouseEvent): void {
    // Marking a word of the question to look it up is no wish to see the answer.
    const isMarking = getSelection()?.isCollapsed === false && event.detail > 0;
    if (!isMarking) onReveal();
  }
  return (
    // The button below does the same for keyboards and screen readers; the card is a larger target for thumbs.
    // biome-ignore lint/a11y/noStaticElementInteractions: see above.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above.
    <div
      className={`study-card${isRevealed ? '' : ' study-card--closed'}${isSwiped ? ' study-card--swiped' : ''}`}
      onClick={tapCard}
      ref={swipe.ref}
      {...swipe.touches}
      data-start
    >
      {isSwiped &&
        WAYS.map((way) => (
          <span key={way} className={`swipe swipe--${way}`} aria-hidden="true">
            {swipes[way]}
          </span>
        ))}
      <h2 className="study-card__label" ref={places.question} tabIndex={-1}>
        {turn.isRepeat ? t('Question, once more') : t('Question')}
      </h2>
      <CardFace text={card.front} cardId={card.id} html={card.front_html} className={sizeOf(card.front)} />
      {card.answer !== null && !isRevealed && (
        <TypedField fieldRef={places.typed} value={typed} onChange={onType} onReveal={onReveal} />
      )}
      {isRevealed && (
        <div className="study-card__answer">
          <h2 className="study-card__label" ref={places.answer} tabIndex={-1}>
            {t('Answer')}
          </h2>
          {card.answer !== null && <TypedAnswer typed={typed} asked={card.answer} />}
          <CardFace text={card.back} cardId={card.id} html={card.back_html} className={sizeOf(card.back)} />
        </div>
      )}
    </div>
  );
}

/** A name or a date stands large; a paragraph is set for reading. */
function sizeOf(text: string): string {
  return lengthOf(text) <= 120 ? 'card-text--large' : 'card-text--reading';
}
