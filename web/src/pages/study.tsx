import { useQuery } from '@tanstack/react-query';
import { type MouseEvent, useEffect, useEffectEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../api/client.ts';
import { addReview, nextPreviews, undoReview } from '../api/outbox.ts';
import { deckById, studyRound } from '../api/queries.ts';
import type { Deck, Preview, StudyQueue } from '../api/types.ts';
import { intervalInWords, shortInterval } from '../lib/interval-text.ts';
import { useStore } from '../lib/store.ts';
import {
  answerRound,
  beginRound,
  type Counts,
  type Grade,
  leftIn,
  type Round as RoundState,
  type Turn,
} from '../lib/study-round.ts';
import { lengthOf } from '../lib/text.ts';
import { CardFace } from '../ui/card-face.tsx';
import { LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { TypedAnswer, TypedField } from '../ui/typed-answer.tsx';
import { NotFoundPage } from './not-found.tsx';
import { StudyEnd } from './study-end.tsx';

export const GRADE_NAMES: Readonly<Record<Grade, string>> = { 1: 'Again', 2: 'Hard', 3: 'Good', 4: 'Easy' };
const GRADES: readonly Grade[] = [1, 2, 3, 4];
const AGAIN = 1;
const GOOD = 3;

/** A second Space or tap right after the first must not grade an answer nobody has read, nor show one. */
const GUARD_MS = 200;
/** Answers that can be taken back, newest first. */
const MOST_UNDONE = 30;

/** Where the round was before an answer, and the answer's key; none for practice. */
interface Undoable {
  readonly round: RoundState;
  readonly turn: Turn;
  readonly key: string | undefined;
}

interface Progress {
  readonly round: RoundState;
  readonly isRevealed: boolean;
  /** Rises with each change of the card: a card that comes back is a new turn. */
  readonly position: number;
  readonly undoable: readonly Undoable[];
  /** For the live region. */
  readonly news: string;
}

export function StudyPage({ id }: { id: string }) {
  const [round, setRound] = useState(0);
  const deck = useQuery(deckById(id));
  const queue = useQuery(studyRound(id, round));
  const error = deck.error ?? queue.error;
  if (error instanceof ApiError && error.status === 404) return <NotFoundPage what="deck" />;
  const isReady = deck.data !== undefined && queue.data !== undefined;
  return (
    <Page title={deck.data === undefined ? 'Study' : `Study ${deck.data.name}`} className="page--study">
      {isReady ? (
        <Round key={round} deck={deck.data} queue={queue.data} onNextRound={() => setRound(round + 1)} />
      ) : error !== null ? (
        <LoadFailure
          what="The cards"
          error={error}
          onRetry={() => {
            void deck.refetch();
            void queue.refetch();
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

function digitOf(event: KeyboardEvent): Grade | undefined {
  // By the key's place first: on a French keyboard the unshifted 1 types "&".
  const digit = /^(?:Digit|Numpad)([1-4])$/.exec(event.code)?.[1] ?? /^[1-4]$/.exec(event.key)?.[0];
  return digit === undefined ? undefined : (Number(digit) as Grade);
}

/** Z, U, and Ctrl+Z as everywhere. */
function isUndoKey({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  if (altKey || shiftKey) return false;
  const letter = key.toLowerCase();
  return ctrlKey || metaKey ? letter === 'z' : letter === 'z' || letter === 'u';
}

const countsInWords = ({ new: fresh, learning, due }: Counts) => `${fresh} new, ${learning} learning, ${due} due left.`;

function Round({ deck, queue, onNextRound }: { deck: Deck; queue: StudyQueue; onNextRound: () => void }) {
  const [progress, setProgress] = useState<Progress>(() => ({
    round: beginRound(queue, Date.now()),
    isRevealed: false,
    position: 0,
    undoable: [],
    news: '',
  }));
  const { round, isRevealed, position, undoable, news } = progress;
  const turn = round.current;
  const told = useStore(nextPreviews);
  const changedAt = useRef(Number.NEGATIVE_INFINITY);
  const shownAt = useRef(performance.now());
  const question = useRef<HTMLHeadingElement>(null);
  const answerHeading = useRef<HTMLHeadingElement>(null);
  const typedField = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  // A card that has come back waits for the server's word on what its grades do now; without a connection it does without.
  const previews = turn?.answeredBy === undefined ? turn?.card.previews : told.get(turn.answeredBy);
  const answered = GRADES.reduce((sum, grade) => sum + round.given[grade], 0);

  const isTooSoon = () => performance.now() - changedAt.current < GUARD_MS;

  function reveal(): void {
    if (turn === undefined || isRevealed) return;
    changedAt.current = performance.now();
    setProgress({ ...progress, isRevealed: true });
  }

  function grade(given: Grade): void {
    if (turn === undefined || !isRevealed || isTooSoon()) return;
    changedAt.current = performance.now();
    const durationMs = Math.round(performance.now() - shownAt.current);
    const key = turn.isRepeat ? undefined : addReview({ cardId: turn.card.id, deckId: deck.id, grade: given, durationMs });
    const preview = previews?.find((one) => one.grade === given);
    const after = answerRound(round, given, preview, key, Date.now());
    const name = turn.isRepeat && given !== AGAIN ? 'Got it' : GRADE_NAMES[given];
    setTyped('');
    setProgress({
      round: after,
      isRevealed: false,
      position: position + 1,
      undoable: [{ round, turn, key }, ...undoable].slice(0, MOST_UNDONE),
      news: `${name}. ${countsInWords(after.counts)}`,
    });
  }

  function undo(): void {
    const [last, ...earlier] = undoable;
    if (last === undefined || isTooSoon()) return;
    changedAt.current = performance.now();
    if (last.key !== undefined) undoReview({ cardId: last.turn.card.id, deckId: deck.id, key: last.key });
    setTyped('');
    setProgress({
      round: last.round,
      isRevealed: true,
      position: position + 1,
      undoable: earlier,
      news: `Taken back. ${countsInWords(last.round.counts)}`,
    });
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
    if (event.repeat || event.isComposing || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (isTyping(target)) return;
    if (isUndoKey(event) && undoable.length > 0) {
      event.preventDefault();
      undo();
      return;
    }
    if (turn === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
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
    grade(turn.isRepeat && digit > AGAIN ? GOOD : digit);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);

  // The card that comes is where reading goes on, by eye and by screen reader. Named by its place: a card that is back is a new turn.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new position is the event, its value is not needed.
  useEffect(() => {
    window.scrollTo(0, 0);
    shownAt.current = performance.now();
    (isRevealed ? answerHeading.current : (typedField.current ?? question.current))?.focus({ preventScroll: true });
  }, [position]);
  useEffect(() => {
    if (isRevealed) answerHeading.current?.focus();
  }, [isRevealed]);

  const undoButton = undoable.length > 0 && (
    <button type="button" className="button button--small" aria-keyshortcuts="Z" onClick={undo}>
      Undo <kbd>Z</kbd>
    </button>
  );
  if (turn === undefined) {
    return <StudyEnd deck={deck} given={round.given} soonest={soonestOf(round)} undo={undoButton} onNextRound={onNextRound} />;
  }
  return (
    <>
      <div className="study-head">
        <h1 className="study-head__deck">
          <span className="visually-hidden">Study </span>
          {deck.name}
        </h1>
        <div className="study-head__tools">
          {undoButton}
          <Link href={`/decks/${deck.id}`} className="button button--small">
            Stop
          </Link>
        </div>
        <Counted counts={round.counts} current={turn.queue} />
        <progress
          className="study-head__bar"
          value={answered}
          max={Math.max(1, answered + leftIn(round))}
          aria-label="Answered"
        />
      </div>
      {/* The button below does the same for keyboards and screen readers; the card is a larger target for thumbs. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above. */}
      <div className={isRevealed ? 'study-card' : 'study-card study-card--closed'} onClick={tapCard} data-start>
        <h2 className="study-card__label" ref={question} tabIndex={-1}>
          {turn.isRepeat ? 'Question, once more' : 'Question'}
        </h2>
        <CardFace text={turn.card.front} html={turn.card.front_html} className={sizeOf(turn.card.front)} />
        {turn.card.answer !== null && !isRevealed && (
          <TypedField fieldRef={typedField} value={typed} onChange={setTyped} onReveal={tapReveal} />
        )}
        {isRevealed && (
          <div className="study-card__answer">
            <h2 className="study-card__label" ref={answerHeading} tabIndex={-1}>
              Answer
            </h2>
            {turn.card.answer !== null && <TypedAnswer typed={typed} asked={turn.card.answer} />}
            <CardFace text={turn.card.back} html={turn.card.back_html} className={sizeOf(turn.card.back)} />
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
            <GradeButton grade={AGAIN} name="Again" onGrade={grade} />
            <GradeButton grade={GOOD} name="Got it" isDefault onGrade={grade} />
          </div>
        )}
        {isRevealed && !turn.isRepeat && (
          <div className="grades">
            {GRADES.map((one) => (
              <GradeButton
                key={one}
                grade={one}
                name={GRADE_NAMES[one]}
                preview={previews?.find((preview) => preview.grade === one)}
                isDefault={one === GOOD}
                onGrade={grade}
              />
            ))}
          </div>
        )}
        {turn.isRepeat && <p className="study-bar__note">Practice: your first answer is saved, this one does not count.</p>}
      </div>
    </>
  );
}

const soonestOf = ({ learning }: RoundState): number | undefined => learning.map(({ dueAt }) => dueAt).sort((a, b) => a - b)[0];

const QUEUES = ['new', 'learning', 'due'] as const;

/** The three counts in words; the one the card stands in is underlined. */
function Counted({ counts, current }: { counts: Counts; current: Turn['queue'] }) {
  return (
    <p className="study-head__counts">
      {QUEUES.map((queue) => (
        <span key={queue} className={`count count--${queue}${queue === current ? ' count--current' : ''}`}>
          <span className="number">{counts[queue]}</span> {queue}
        </span>
      ))}
    </p>
  );
}

interface GradeButtonProps {
  readonly grade: Grade;
  readonly name: string;
  readonly preview?: Preview | undefined;
  readonly isDefault?: boolean;
  onGrade(grade: Grade): void;
}

function GradeButton({ grade, name, preview, isDefault = false, onGrade }: GradeButtonProps) {
  const kind = GRADE_NAMES[grade].toLowerCase();
  return (
    <button
      type="button"
      className={`grade grade--${kind}${isDefault ? ' grade--default' : ''}`}
      aria-keyshortcuts={String(grade)}
      onClick={() => onGrade(grade)}
    >
      <span className="visually-hidden">
        {preview === undefined ? name : `${name}, next in ${intervalInWords(preview.interval, preview.seconds)}`}
      </span>
      <span aria-hidden="true">{name}</span>
      {preview !== undefined && (
        <span className="grade__next" aria-hidden="true">
          {shortInterval(preview.interval, preview.seconds)}
        </span>
      )}
      <span className="grade__key" aria-hidden="true">
        <kbd>{grade}</kbd>
      </span>
    </button>
  );
}

/** A name or a date stands large; a paragraph is set for reading. */
function sizeOf(text: string): string {
  return lengthOf(text) <= 120 ? 'card-text--large' : 'card-text--reading';
}
