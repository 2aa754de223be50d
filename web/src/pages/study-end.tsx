import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { outbox } from '../api/outbox.ts';
import { studyCounts } from '../api/queries.ts';
import type { Deck } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { useStore } from '../lib/store.ts';
import type { Grade } from '../lib/study-round.ts';
import { timeOrDay } from '../lib/text.ts';

const NAMES: readonly (readonly [Grade, string])[] = [
  [1, msg('Again')],
  [2, msg('Hard')],
  [3, msg('Good')],
  [4, msg('Easy')],
];

/** The end's heading and what it means. */
function outcome({
  answered,
  isWaiting,
  more,
  isEmpty,
}: {
  answered: number;
  isWaiting: boolean;
  more: number;
  isEmpty: boolean;
}) {
  if (answered > 0) return [t('Round done'), t('You gave {answered, plural, one {# answer} other {# answers}}.', { answered })];
  // A page opened again while answers wait gets none of their cards.
  if (isWaiting) return [t('Your last answers are on their way'), t('The next cards come when they are saved.')];
  if (more > 0) return [t('More cards are due'), t('Your last answers are saved.')];
  if (isEmpty) return [t('Nothing is due'), t('This deck has no cards yet.')];
  return [t('Nothing is due'), t('Each card comes back when its time has come. There is nothing to do here today.')];
}

interface StudyEndProps {
  readonly deck: Deck;
  /** With all decks below it. */
  readonly below: boolean;
  readonly isEmpty: boolean;
  readonly given: Readonly<Record<Grade, number>>;
  /** When a card on the steps of minutes comes back, in this browser's milliseconds. */
  readonly soonest: number | undefined;
  readonly undo: ReactNode;
  onNextRound(): void;
}

/** What was done, what is left of today, and when the next card comes. */
export function StudyEnd({ deck, below, isEmpty, given, soonest, undo, onNextRound }: StudyEndProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { waiting, isDelayed } = useStore(outbox);
  const left = useQuery(studyCounts(String(deck.id), below));
  useEffect(() => heading.current?.focus(), []);
  const answered = NAMES.reduce((sum, [grade]) => sum + given[grade], 0);
  // The server counts an answer once it has it.
  const isWaiting = waiting.length > 0;
  // What is kept here knows the answers that wait.
  const isCounted = !left.isFetching && left.data !== undefined && (left.data.isKept || !isWaiting);
  const more = isCounted ? left.data.counts.new + left.data.counts.due : 0;
  const nextAt = soonest ?? (isCounted && left.data.next_due !== null ? Date.parse(`${left.data.next_due}Z`) : undefined);
  const [title, lead] = outcome({ answered, isWaiting, more, isEmpty });
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
              <dt>{t(name)}</dt>
              <dd className="number">{given[grade]}</dd>
            </div>
          ))}
        </dl>
      )}
      {answered > 0 && (
        <p role="status" className="soft">
          {!isWaiting
            ? t('All answers are saved.')
            : isDelayed
              ? t('{waiting, plural, one {# answer} other {# answers}} kept in this browser, and sent when the server answers.', {
                  waiting: waiting.length,
                })
              : t('Saving {waiting, plural, one {# answer} other {# answers}} …', { waiting: waiting.length })}
        </p>
      )}
      {isCounted && left.data.waiting > 0 && (
        <p className="soft">
          {t('{waiting, plural, one {# more card is} other {# more cards are}} due here and left for the coming days.', {
            waiting: left.data.waiting,
          })}{' '}
          <Link href="/catch-up">{left.data.catch_up === null ? t('Plan how to catch up') : t('See your plan')}</Link>
        </p>
      )}
      {more === 0 && nextAt !== undefined && (
        <p className="soft">{t('The next card comes back {nextAt}.', { nextAt: timeOrDay(nextAt) })}</p>
      )}
      <div className="actions">
        {more > 0 && (
          <button type="button" className="button button--primary" onClick={onNextRound}>
            {t('Study {more, plural, one {# more card} other {# more cards}}', { more })}
          </button>
        )}
        <Link href="/" className={more > 0 ? 'button' : 'button button--primary'}>
          {t('All decks')}
        </Link>
        <Link href={`/decks/${deck.id}`} className="button">
          {t('Cards of this deck')}
        </Link>
        {undo}
      </div>
    </div>
  );
}
