import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { outbox } from '../api/outbox.ts';
import { studyCounts } from '../api/queries.ts';
import type { Deck } from '../api/types.ts';
import { useStore } from '../lib/store.ts';
import type { Grade } from '../lib/study-round.ts';
import { count, timeOrDay } from '../lib/text.ts';

const NAMES: readonly (readonly [Grade, string])[] = [
  [1, 'Again'],
  [2, 'Hard'],
  [3, 'Good'],
  [4, 'Easy'],
];

/** The end's heading and what it means. */
function outcome({ answered, isWaiting, more, cards }: { answered: number; isWaiting: boolean; more: number; cards: number }) {
  if (answered > 0) return ['Round done', `You gave ${count(answered, 'answer')}.`];
  // A page opened again while answers wait gets none of their cards.
  if (isWaiting) return ['Your last answers are on their way', 'The next cards come when they are saved.'];
  if (more > 0) return ['More cards are due', 'Your last answers are saved.'];
  if (cards === 0) return ['Nothing is due', 'This deck has no cards yet.'];
  return ['Nothing is due', 'Each card comes back when its time has come. There is nothing to do here today.'];
}

interface StudyEndProps {
  readonly deck: Deck;
  readonly given: Readonly<Record<Grade, number>>;
  /** When a card on the steps of minutes comes back, in this browser's milliseconds. */
  readonly soonest: number | undefined;
  readonly undo: ReactNode;
  onNextRound(): void;
}

/** What was done, what is left of today, and when the next card comes. */
export function StudyEnd({ deck, given, soonest, undo, onNextRound }: StudyEndProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { waiting, isDelayed } = useStore(outbox);
  const left = useQuery(studyCounts(String(deck.id)));
  useEffect(() => heading.current?.focus(), []);
  const answered = NAMES.reduce((sum, [grade]) => sum + given[grade], 0);
  // The server counts an answer once it has it.
  const isWaiting = waiting.length > 0;
  // What is kept here knows the answers that wait.
  const isCounted = !left.isFetching && left.data !== undefined && (left.data.isKept || !isWaiting);
  const more = isCounted ? left.data.counts.new + left.data.counts.due : 0;
  const nextAt = soonest ?? (isCounted && left.data.next_due !== null ? Date.parse(`${left.data.next_due}Z`) : undefined);
  const [title, lead] = outcome({ answered, isWaiting, more, cards: deck.card_count });
  return (
    <div className="study-end" data-start>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      <p className="lead">{lead}</p>
      {answered > 0 && (
        <dl className="tally">
          {NAMES.map(([grade, name]) => (
            <div key={grade} className="tally__item">
              <dt>{name}</dt>
              <dd className="number">{given[grade]}</dd>
            </div>
          ))}
        </dl>
      )}
      {answered > 0 && (
        <p role="status" className="soft">
          {!isWaiting
            ? 'All answers are saved.'
            : isDelayed
              ? `${count(waiting.length, 'answer')} kept in this browser, and sent when the server answers.`
              : `Saving ${count(waiting.length, 'answer')} …`}
        </p>
      )}
      {isCounted && left.data.waiting > 0 && (
        <p className="soft">
          {count(left.data.waiting, 'more card')} {left.data.waiting === 1 ? 'is' : 'are'} due here and left for the coming days.{' '}
          <Link href="/catch-up">{left.data.catch_up === null ? 'Plan how to catch up' : 'See your plan'}</Link>
        </p>
      )}
      {more === 0 && nextAt !== undefined && <p className="soft">The next card comes back {timeOrDay(nextAt)}.</p>}
      <div className="actions">
        {more > 0 && (
          <button type="button" className="button button--primary" onClick={onNextRound}>
            Study {count(more, 'more card', 'more cards')}
          </button>
        )}
        <Link href="/" className={more > 0 ? 'button' : 'button button--primary'}>
          All decks
        </Link>
        <Link href={`/decks/${deck.id}`} className="button">
          Cards of this deck
        </Link>
        {undo}
      </div>
    </div>
  );
}
