import { useQuery } from '@tanstack/react-query';
import { type MouseEvent, useEffect, useEffectEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../api/client.ts';
import { addReview, outbox } from '../api/outbox.ts';
import { deckById, studyRound } from '../api/queries.ts';
import type { Deck, StudyCard } from '../api/types.ts';
import { useStore } from '../lib/store.ts';
import { count, lengthOf } from '../lib/text.ts';
import { CardText, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { NotFoundPage } from './not-found.tsx';

/**
 * The four grades and the SM-2 qualities they stand for; below 3 is a failure. The original's buttons sent 0, 2, 3 and 5: its "Hard"
 * was a failure that threw the card back to one day, and its "Good" lowered the ease every time.
 */
const GRADES = [
  { name: 'Again', quality: 0 },
  { name: 'Hard', quality: 3 },
  { name: 'Good', quality: 4 },
  { name: 'Easy', quality: 5 },
] as const;
const AGAIN = 0;
const GOOD = 2;

/** A second Space or tap right after the first must not grade an answer nobody has read, nor show one. */
const GUARD_MS = 200;

interface Turn {
  readonly card: StudyCard;
  /** A card that was failed in this round and comes back. SM-2 repeats it without counting: the failure is what is saved. */
  readonly isRepeat: boolean;
}

interface Progress {
  readonly turns: readonly Turn[];
  readonly position: number;
  readonly isRevealed: boolean;
  /** How often each grade was given, repeats aside. */
  readonly given: readonly number[];
  /** For the live region. */
  readonly news: string;
}

const begin = (cards: readonly StudyCard[]): Progress => ({
  turns: cards.map((card) => ({ card, isRepeat: false })),
  position: 0,
  isRevealed: false,
  given: GRADES.map(() => 0),
  news: '',
});

function answer(before: Progress, grade: number): Progress {
  const turn = before.turns[before.position] as Turn;
  const turns = grade === AGAIN ? [...before.turns, { card: turn.card, isRepeat: true }] : before.turns;
  const position = before.position + 1;
  const name = turn.isRepeat && grade !== AGAIN ? 'Got it' : GRADES[grade]?.name;
  return {
    turns,
    position,
    isRevealed: false,
    given: turn.isRepeat ? before.given : before.given.map((times, index) => (index === grade ? times + 1 : times)),
    news: `${name}. ${turns.length - position} left.`,
  };
}

export function StudyPage({ id }: { id: string }) {
  const [round, setRound] = useState(0);
  const deck = useQuery(deckById(id));
  const cards = useQuery(studyRound(id, round));
  const error = deck.error ?? cards.error;
  if (error instanceof ApiError && error.status === 404) return <NotFoundPage what="deck" />;
  const isReady = deck.data !== undefined && cards.data !== undefined;
  return (
    <Page title={deck.data === undefined ? 'Study' : `Study ${deck.data.name}`} className="page--study">
      {isReady ? (
        <Round key={round} deck={deck.data} cards={cards.data} onNextRound={() => setRound(round + 1)} />
      ) : error !== null ? (
        <LoadFailure
          what="The cards"
          error={error}
          onRetry={() => {
            void deck.refetch();
            void cards.refetch();
          }}
        />
      ) : (
        <Loading what="Loading cards" />
      )}
    </Page>
  );
}

/** Where keys belong to the text or list under the cursor. */
const isTyping = (target: Element) => target.closest('input, textarea, select, [contenteditable]') !== null;

function digitOf(event: KeyboardEvent): number | undefined {
  // By the key's place first: on a French keyboard the unshifted 1 types "&".
  const digit = /^(?:Digit|Numpad)([1-4])$/.exec(event.code)?.[1] ?? /^[1-4]$/.exec(event.key)?.[0];
  return digit === undefined ? undefined : Number(digit);
}

function Round({ deck, cards, onNextRound }: { deck: Deck; cards: readonly StudyCard[]; onNextRound: () => void }) {
  const [progress, setProgress] = useState(() => begin(cards));
  const { turns, position, isRevealed, given, news } = progress;
  const turn = turns[position];
  const changedAt = useRef(Number.NEGATIVE_INFINITY);
  const question = useRef<HTMLHeadingElement>(null);
  const answerHeading = useRef<HTMLHeadingElement>(null);

  const isTooSoon = () => performance.now() - changedAt.current < GUARD_MS;

  function reveal(): void {
    if (turn === undefined || isRevealed) return;
    changedAt.current = performance.now();
    setProgress({ ...progress, isRevealed: true });
  }

  function grade(index: number): void {
    if (turn === undefined || !isRevealed || isTooSoon()) return;
    changedAt.current = performance.now();
    if (!turn.isRepeat) {
      const quality = GRADES[index]?.quality as number;
      addReview({ cardId: turn.card.id, deckId: deck.id, quality });
    }
    setProgress(answer(progress, index));
  }

  /** The button to show the answer appears where the grade was tapped: a double tap must not go through. */
  function tapReveal(): void {
    if (!isTooSoon()) reveal();
  }

  function tapCard(event: MouseEvent): void {
    // Marking a word of the question to look it up is no wish to see the answer.
    const isMarking = getSelection()?.isCollapsed === false && event.detail > 0;
    if (!isMarking) tapReveal();
  }

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.repeat || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (turn === undefined || isTyping(target)) return;
    if (event.key === ' ' || event.key === 'Enter') {
      // A focused button or link does what it says.
      if (target.closest('a, button, summary') !== null) return;
      event.preventDefault();
      if (isRevealed) grade(GOOD);
      else reveal();
      return;
    }
    const digit = digitOf(event);
    if (digit === undefined || !isRevealed) return;
    event.preventDefault();
    grade(turn.isRepeat && digit > 1 ? GOOD : digit - 1);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);

  // The card that comes is where reading goes on, by eye and by screen reader. Named by its place: a repeat is a new turn.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new position is the event, its value is not needed.
  useEffect(() => {
    window.scrollTo(0, 0);
    question.current?.focus({ preventScroll: true });
  }, [position]);
  useEffect(() => {
    if (isRevealed) answerHeading.current?.focus();
  }, [isRevealed]);

  if (turn === undefined) return <End deck={deck} given={given} onNextRound={onNextRound} />;
  return (
    <>
      <div className="study-head">
        <h1 className="study-head__deck">
          <span className="visually-hidden">Study </span>
          {deck.name}
        </h1>
        <p className="study-head__left">
          <span className="number">{turns.length - position}</span> left
        </p>
        <Link href={`/decks/${deck.id}`} className="button button--small">
          Stop
        </Link>
        <progress className="study-head__bar" value={position} max={turns.length} aria-label="Answered" />
      </div>
      {/* The button below does the same for keyboards and screen readers; the card is a larger target for thumbs. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above. */}
      <div className={isRevealed ? 'study-card' : 'study-card study-card--closed'} onClick={tapCard} data-start>
        <h2 className="study-card__label" ref={question} tabIndex={-1}>
          {turn.isRepeat ? 'Question, once more' : 'Question'}
        </h2>
        <CardText text={turn.card.front} className={sizeOf(turn.card.front)} />
        {isRevealed && (
          <div className="study-card__answer">
            <h2 className="study-card__label" ref={answerHeading} tabIndex={-1}>
              Answer
            </h2>
            <CardText text={turn.card.back} className={sizeOf(turn.card.back)} />
          </div>
        )}
      </div>
      <p className="visually-hidden" role="status">
        {news}
      </p>
      <div className="study-bar">
        {!isRevealed && (
          <button type="button" className="button button--primary study-bar__reveal" onClick={tapReveal}>
            Show answer <kbd>Space</kbd>
          </button>
        )}
        {isRevealed && turn.isRepeat && (
          <div className="grades grades--repeat">
            <Grade index={AGAIN} name="Again" onGrade={grade} />
            <Grade index={GOOD} name="Got it" isDefault onGrade={grade} />
          </div>
        )}
        {isRevealed && !turn.isRepeat && (
          <div className="grades">
            {GRADES.map(({ name }, index) => (
              <Grade key={name} index={index} name={name} isDefault={index === GOOD} onGrade={grade} />
            ))}
          </div>
        )}
        {turn.isRepeat && <p className="study-bar__note">Practice: your first answer is saved, this one does not count.</p>}
      </div>
    </>
  );
}

interface GradeProps {
  readonly index: number;
  readonly name: string;
  readonly isDefault?: boolean;
  onGrade(index: number): void;
}

function Grade({ index, name, isDefault = false, onGrade }: GradeProps) {
  const kind = GRADES[index]?.name.toLowerCase();
  return (
    <button type="button" className={`grade grade--${kind}${isDefault ? ' grade--default' : ''}`} onClick={() => onGrade(index)}>
      {name}
      <kbd>{index + 1}</kbd>
    </button>
  );
}

/** A name or a date stands large; a paragraph is set for reading. */
function sizeOf(text: string): string {
  return lengthOf(text) <= 120 ? 'card-text--large' : 'card-text--reading';
}

/** The end's heading and what it means. */
function outcome({ answered, isWaiting, more, cards }: { answered: number; isWaiting: boolean; more: number; cards: number }) {
  if (answered > 0) return ['Round done', `You answered ${count(answered, 'card')}.`];
  // A page opened again while answers wait gets none of their cards.
  if (isWaiting) return ['Your last answers are on their way', 'The next cards come when they are saved.'];
  if (more > 0) return ['More cards are due', 'Your last answers are saved.'];
  if (cards === 0) return ['Nothing is due', 'This deck has no cards yet.'];
  return ['Nothing is due', 'Each card comes back when its time has come. There is nothing to do here today.'];
}

function End({ deck, given, onNextRound }: { deck: Deck; given: readonly number[]; onNextRound: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { waiting } = useStore(outbox);
  const counts = useQuery(deckById(String(deck.id)));
  useEffect(() => heading.current?.focus(), []);
  const answered = given.reduce((sum, times) => sum + times, 0);
  // The server counts an answer once it has it.
  const isWaiting = waiting.length > 0;
  const isCounted = !isWaiting && !counts.isFetching && counts.isSuccess;
  const more = isCounted ? deck.due_count : 0;
  const [title, lead] = outcome({ answered, isWaiting, more, cards: deck.card_count });
  return (
    <div className="study-end" data-start>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      <p className="lead">{lead}</p>
      {answered > 0 && (
        <dl className="tally">
          {GRADES.map(({ name }, index) => (
            <div key={name} className="tally__item">
              <dt>{name}</dt>
              <dd className="number">{given[index]}</dd>
            </div>
          ))}
        </dl>
      )}
      {answered > 0 && (
        <p role="status" className="soft">
          {!isWaiting ? 'All answers are saved.' : `Saving ${count(waiting.length, 'answer')} …`}
        </p>
      )}
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
      </div>
    </div>
  );
}
