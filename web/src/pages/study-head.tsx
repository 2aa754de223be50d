import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Deck } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { type Counts, leftIn, type Round, type Turn } from '../lib/study-round.ts';

interface StudyHeadProps {
  readonly deck: Deck;
  /** Decks below it whose cards are asked, too. */
  readonly below: number;
  readonly round: Round;
  readonly turn: Turn;
  /** How many answers were given. */
  readonly answered: number;
  readonly secondsPerCard: number | null;
  /** What can be done besides answering. */
  readonly tools: ReactNode;
}

/** Above the card: whose deck, what is left, and what else can be done. */
export function StudyHead({ deck, below, round, turn, answered, secondsPerCard, tools }: StudyHeadProps) {
  return (
    <div className="study-head">
      <h1 className="study-head__deck">
        <span className="visually-hidden">{t('Study')} </span>
        {deck.name}
        {below > 0 && <span className="study-head__below"> {t('with {below, number} below', { below })}</span>}
      </h1>
      <div className="study-head__tools">
        {tools}
        <Link href={`/decks/${deck.id}`} className="button button--small">
          {t('Stop')}
        </Link>
      </div>
      <Counted counts={round.counts} current={turn.queue} />
      {secondsPerCard !== null && <p className="study-head__left">{timeLeft(leftIn(round) * secondsPerCard)}</p>}
      <progress
        className="study-head__bar"
        value={answered}
        max={Math.max(1, answered + leftIn(round))}
        aria-label={t('Answered')}
      />
    </div>
  );
}

const QUEUES = ['new', 'learning', 'due'] as const;
const NAMES = { new: msg('new'), learning: msg('learning'), due: msg('due') } as const;

/** The three counts in words; the one the card stands in is underlined. */
function Counted({ counts, current }: { counts: Counts; current: Turn['queue'] }) {
  return (
    <p className="study-head__counts">
      {QUEUES.map((queue) => (
        <span key={queue} className={`count count--${queue}${queue === current ? ' count--current' : ''}`}>
          <span className="number">{counts[queue]}</span> {t(NAMES[queue])}
        </span>
      ))}
    </p>
  );
}

/** In whole minutes: nobody's pace is known better. */
function timeLeft(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 1 ? t('Less than a minute left') : t('About {minutes} min left', { minutes });
}
