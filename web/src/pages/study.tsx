import { useQuery } from '@tanstack/react-query';
import { type MouseEvent, useEffect, useEffectEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { ApiError, answerOf, api } from '../api/client.ts';
import { addReview, leech, nextPreviews, ownerOfOutbox } from '../api/outbox.ts';
import { deckById, studyRound, studySettings } from '../api/queries.ts';
import { follow, isSentSoon, keepWays, readWays, type Way, whenSent } from '../api/study-undo.ts';
import type { Deck, Preview, StudyQueue } from '../api/types.ts';
import { intervalInWords, shortInterval } from '../lib/interval-text.ts';
import { isTyping } from '../lib/keys.ts';
import { useStore } from '../lib/store.ts';
import { digitOf, isUndoKey, readStudyKeys } from '../lib/study-keys.ts';
import {
  answerRound,
  beginRound,
  type Counts,
  type Grade,
  leftIn,
  type Round as RoundState,
  setAside,
  type Turn,
  withFlag,
  without,
} from '../lib/study-round.ts';
import { lengthOf } from '../lib/text.ts';
import { CardFace } from '../ui/card-face.tsx';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { TypedAnswer, TypedField } from '../ui/typed-answer.tsx';
import { NotFoundPage } from './not-found.tsx';
import { StudyEnd } from './study-end.tsx';
import { LeechNotice, type Mark, Marks, markInWords, markOfKey } from './study-marks.tsx';

export const GRADE_NAMES: Readonly<Record<Grade, string>> = { 1: 'Again', 2: 'Hard', 3: 'Good', 4: 'Easy' };
const GRADES: readonly Grade[] = [1, 2, 3, 4];
const AGAIN = 1;
const GOOD = 3;

/** A second Space or tap right after the first must not grade an answer nobody has read, nor show one. */
const GUARD_MS = 200;
/** How long F waits for the number of the flag. */
const FLAG_MS = 2000;
const TAKEN_BACK_LATER =
  'Not taken back yet: no answer from the server. It is sent again by itself; the card then comes after the one in front of you.';
/** Answers and marks that can be taken back, newest first. */
const MOST_UNDONE = 30;

/** How something is taken back, and where the round was before; not known any more after a reload. Practice has no way: nothing was saved. */
interface Undoable {
  readonly way: Way | undefined;
  readonly before?: { readonly round: RoundState; readonly isRevealed: boolean };
}

interface Progress {
  readonly round: RoundState;
  readonly isRevealed: boolean;
  /** Rises with each change of the card: a card that comes back is a new turn. */
  readonly position: number;
  readonly undoable: readonly Undoable[];
  /** For the live region. */
  readonly news: string;
  /** Why something was not done. */
  readonly failure: string | undefined;
}

export function StudyPage({ id }: { id: string }) {
  const [{ round, first }, setRound] = useState<{ round: number; first: number | undefined }>({ round: 0, first: undefined });
  const deck = useQuery(deckById(id));
  const queue = useQuery(studyRound(id, round));
  const settings = useQuery(studySettings);
  const error = deck.error ?? queue.error;
  if (error instanceof ApiError && error.status === 404) return <NotFoundPage what="deck" />;
  const isReady = deck.data !== undefined && queue.data !== undefined && !settings.isPending;
  return (
    <Page title={deck.data === undefined ? 'Study' : `Study ${deck.data.name}`} className="page--study">
      {isReady ? (
        <Round
          key={round}
          deck={deck.data}
          queue={queue.data}
          first={first}
          hasTwoButtons={settings.data?.has_two_buttons === true}
          onNextRound={(card) => setRound((last) => ({ round: last.round + 1, first: card }))}
        />
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

const countsInWords = ({ new: fresh, learning, due }: Counts) => `${fresh} new, ${learning} learning, ${due} due left.`;

interface RoundProps {
  readonly deck: Deck;
  readonly queue: StudyQueue;
  /** The card that was just taken back. */
  readonly first: number | undefined;
  readonly hasTwoButtons: boolean;
  onNextRound(first?: number): void;
}

function Round({ deck, queue, first, hasTwoButtons, onNextRound }: RoundProps) {
  const [progress, setProgress] = useState<Progress>(() => ({
    round: beginRound(queue, Date.now(), first),
    isRevealed: false,
    position: 0,
    undoable: readWays(deck.id).map((way) => ({ way })),
    news: '',
    failure: undefined,
  }));
  const { round, isRevealed, position, undoable, news, failure } = progress;
  /** Waits for the server: what is done meanwhile would be overtaken by its answer. */
  const [isBusy, setBusy] = useState(false);
  /** A card that was taken back late: it comes after the one in front of its reader. */
  const [late, setLate] = useState<number>();
  const [keys] = useState(() => readStudyKeys(ownerOfOutbox()));
  const flagsAt = useRef(Number.NEGATIVE_INFINITY);
  const toldLeech = useStore(leech);
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
  const leechFront = queue.cards.find(({ id }) => id === toldLeech?.cardId)?.front;
  const answered = GRADES.reduce((sum, grade) => sum + round.given[grade], 0);

  const isTwo = hasTwoButtons || turn?.isRepeat === true;
  const twoNames = [turn?.isRepeat === true ? 'Again' : 'Forgot', 'Got it'] as const;
  const isTooSoon = () => performance.now() - changedAt.current < GUARD_MS;

  /** What can be taken back, the newest first; kept in this tab over a reload. */
  function remember(last: Undoable, earlier: readonly Undoable[] = undoable): readonly Undoable[] {
    const all = [last, ...earlier].slice(0, MOST_UNDONE);
    keepWays(
      deck.id,
      all.flatMap(({ way }) => (way === undefined ? [] : [way])),
    );
    return all;
  }

  function reveal(): void {
    if (turn === undefined || isRevealed || isBusy) return;
    changedAt.current = performance.now();
    setProgress({ ...progress, isRevealed: true });
  }

  function grade(given: Grade): void {
    if (turn === undefined || !isRevealed || isTooSoon() || isBusy) return;
    changedAt.current = performance.now();
    const durationMs = Math.round(performance.now() - shownAt.current);
    const key = turn.isRepeat ? undefined : addReview({ cardId: turn.card.id, deckId: deck.id, grade: given, durationMs });
    const preview = previews?.find((one) => one.grade === given);
    const after = answerRound(round, given, preview, key, Date.now());
    const name = isTwo ? (given === AGAIN ? twoNames[0] : twoNames[1]) : GRADE_NAMES[given];
    const way = key === undefined ? undefined : ({ kind: 'answer', cardId: turn.card.id, key } as const);
    setTyped('');
    setProgress({
      round: after,
      isRevealed: false,
      position: position + 1,
      undoable: remember({ way, before: { round, isRevealed: true } }),
      news: `${name}. ${countsInWords(after.counts)}`,
      failure: undefined,
    });
    if (late !== undefined) onNextRound(late);
  }

  /** Marks a card, at the server first: a mark is no answer, it can wait for a connection in its student's hands. */
  async function mark(cardId: number, given: Mark): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    try {
      const params = { path: { card_id: String(cardId) } };
      const { response } = await answerOf(api.PUT('/api/v1/study/marks/{card_id}', { params, body: given }));
      const operation = response.headers.get('X-Operation');
      if (toldLeech?.cardId === cardId) leech.set(undefined);
      const isCurrent = turn?.card.id === cardId;
      const leaves = isCurrent && given.flag === undefined;
      changedAt.current = performance.now();
      if (leaves) setTyped('');
      const after = leaves ? setAside(round, Date.now()) : afterMark(round, cardId, given);
      setProgress({
        ...progress,
        round: after,
        isRevealed: isRevealed && !leaves,
        position: leaves ? position + 1 : position,
        // A mark that was so already changed nothing.
        undoable:
          operation === null
            ? undoable
            : remember({ way: { kind: 'mark', cardId, key: operation }, before: { round, isRevealed } }),
        news: `${markInWords(given)} ${leaves ? countsInWords(after.counts) : ''}`,
        failure: undefined,
      });
      if (leaves && late !== undefined) onNextRound(late);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProgress({ ...progress, failure: error.message });
    } finally {
      setBusy(false);
    }
  }

  async function undo(): Promise<void> {
    const [last, ...earlier] = undoable;
    if (last === undefined || isTooSoon() || isBusy) return;
    const { way, before } = last;
    changedAt.current = performance.now();
    const left = () => {
      keepWays(
        deck.id,
        earlier.flatMap((one) => (one.way === undefined ? [] : [one.way])),
      );
      return earlier;
    };
    let sent: string | undefined;
    try {
      // An answer is taken back at once, with or without a connection.
      if (way?.kind === 'mark') setBusy(true);
      const done = way === undefined ? undefined : follow(deck.id, way);
      if (way?.kind === 'mark' || before === undefined) sent = await done;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProgress({ ...progress, undoable: error.isTransient ? undoable : left(), failure: error.message });
      return;
    } finally {
      setBusy(false);
    }
    setTyped('');
    if (toldLeech !== undefined && toldLeech.cardId === way?.cardId) leech.set(undefined);
    if (before === undefined) {
      // From before a reload: the server says where that card stands now.
      left();
      setBusy(true);
      setProgress({ ...progress, undoable: earlier, news: 'Taking it back.', failure: undefined });
      if (sent === undefined || (await isSentSoon(sent))) return onNextRound(way?.cardId);
      setBusy(false);
      setProgress((now) => ({ ...now, news: '', failure: TAKEN_BACK_LATER }));
      await whenSent(sent);
      setProgress((now) => (now.failure === TAKEN_BACK_LATER ? { ...now, failure: undefined, news: 'Taken back.' } : now));
      setLate(way?.cardId);
      return;
    }
    setProgress({
      round: before.round,
      isRevealed: before.isRevealed,
      position: position + 1,
      undoable: left(),
      news: `Taken back. ${countsInWords(before.round.counts)}`,
      failure: undefined,
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
    if (isUndoKey(event, keys) && undoable.length > 0) {
      event.preventDefault();
      void undo();
      return;
    }
    const marked = turn === undefined || keys !== 'all' ? undefined : markOfKey(event);
    if (turn !== undefined && marked !== undefined) {
      event.preventDefault();
      void mark(turn.card.id, marked);
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
    // F, and within two seconds the number of the flag.
    if (keys === 'all' && event.key.toLowerCase() === 'f') {
      flagsAt.current = performance.now();
      setProgress({ ...progress, news: 'Flag: 1 to 7, 0 for none.' });
      return;
    }
    const flag = /^[0-7]$/.exec(event.key)?.[0];
    if (flag !== undefined && performance.now() - flagsAt.current < FLAG_MS) {
      event.preventDefault();
      flagsAt.current = Number.NEGATIVE_INFINITY;
      void mark(turn.card.id, { flag: Number(flag) });
      return;
    }
    const digit = keys === 'none' ? undefined : digitOf(event);
    if (digit === undefined || !isRevealed) return;
    event.preventDefault();
    grade(isTwo && digit > AGAIN ? GOOD : digit);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);

  // With no card in front there is nothing to wait for.
  const onLate = useEffectEvent(() => {
    if (late !== undefined && turn === undefined) onNextRound(late);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was taken back late is the event, its value is read by the handler.
  useEffect(() => onLate(), [late]);

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
    <button
      type="button"
      className="button button--small"
      aria-keyshortcuts={keys === 'all' ? 'Z' : 'Control+Z'}
      aria-disabled={isBusy}
      onClick={() => void undo()}
    >
      Undo <kbd>{keys === 'all' ? 'Z' : 'Ctrl+Z'}</kbd>
    </button>
  );
  if (turn === undefined) {
    return (
      <StudyEnd deck={deck} given={round.given} soonest={soonestOf(round)} undo={undoButton} onNextRound={() => onNextRound()} />
    );
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
          <Marks
            key={position}
            card={turn.card}
            isBusy={isBusy}
            hasKeys={keys === 'all'}
            onMark={(given) => void mark(turn.card.id, given)}
            onClose={() => (isRevealed ? answerHeading : question).current?.focus({ preventScroll: true })}
          />
          <Link href={`/decks/${deck.id}`} className="button button--small">
            Stop
          </Link>
        </div>
        <Counted counts={round.counts} current={turn.queue} />
        {queue.seconds_per_card !== null && (
          <p className="study-head__left">{timeLeft(leftIn(round) * queue.seconds_per_card)}</p>
        )}
        <progress
          className="study-head__bar"
          value={answered}
          max={Math.max(1, answered + leftIn(round))}
          aria-label="Answered"
        />
      </div>
      <FormFailure message={failure} />
      {toldLeech !== undefined && leechFront !== undefined && (
        <LeechNotice
          lapses={toldLeech.lapses}
          front={leechFront}
          isBusy={isBusy}
          onSuspend={() => void mark(toldLeech.cardId, { is_suspended: true })}
          onSeen={() => leech.set(undefined)}
        />
      )}
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
      <div className="study-bar" aria-busy={isBusy}>
        {!isRevealed && (
          <button type="button" className="button button--primary study-bar__reveal" onClick={tapReveal}>
            Show answer <kbd>Space</kbd>
          </button>
        )}
        {isRevealed && isTwo && (
          <div className="grades grades--repeat">
            {([AGAIN, GOOD] as const).map((one, index) => (
              <GradeButton
                key={one}
                grade={one}
                digit={keys === 'none' ? undefined : index + 1}
                name={twoNames[index] as string}
                preview={turn.isRepeat ? undefined : previews?.find((preview) => preview.grade === one)}
                isDefault={one === GOOD}
                onGrade={grade}
              />
            ))}
          </div>
        )}
        {isRevealed && !isTwo && (
          <div className="grades">
            {GRADES.map((one) => (
              <GradeButton
                key={one}
                grade={one}
                digit={keys === 'none' ? undefined : one}
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

/** The round after a mark that leaves the card in front of the reader where it is. */
function afterMark(round: RoundState, cardId: number, { flag }: Mark): RoundState {
  if (flag === undefined) return without(round, cardId);
  return round.current?.card.id === cardId ? withFlag(round, flag) : round;
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
  /** Its key, if any. */
  readonly digit: number | undefined;
  readonly name: string;
  readonly preview?: Preview | undefined;
  readonly isDefault?: boolean;
  onGrade(grade: Grade): void;
}

function GradeButton({ grade, digit, name, preview, isDefault = false, onGrade }: GradeButtonProps) {
  const kind = GRADE_NAMES[grade].toLowerCase();
  return (
    <button
      type="button"
      className={`grade grade--${kind}${isDefault ? ' grade--default' : ''}`}
      aria-keyshortcuts={digit === undefined ? undefined : String(digit)}
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
      {digit !== undefined && (
        <span className="grade__key" aria-hidden="true">
          <kbd>{digit}</kbd>
        </span>
      )}
    </button>
  );
}

/** In whole minutes: nobody's pace is known better. */
function timeLeft(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 1 ? 'Less than a minute left' : `About ${minutes} min left`;
}

/** A name or a date stands large; a paragraph is set for reading. */
function sizeOf(text: string): string {
  return lengthOf(text) <= 120 ? 'card-text--large' : 'card-text--reading';
}
