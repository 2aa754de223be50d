import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { ApiError, answerOf, api } from '../api/client.ts';
import { addReview, answerTime, leech, ofOwner, ownerOfOutbox } from '../api/outbox.ts';
import { follow, isSentSoon, keepWays, readWays, type Way, whenSent } from '../api/study-undo.ts';
import type { Deck, Preview, RoundQueue, StudyCard } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { useStore } from '../lib/store.ts';
import {
  answerRound,
  beginRound,
  type Counts,
  type Grade,
  type Round as RoundState,
  setAside,
  withFlag,
  without,
} from '../lib/study-round.ts';
import { forgetCard } from '../offline/kept-day.ts';
import { afterAnswer, loadAfter, loadOf, previewsAt, settingsOf } from '../offline/schedule.ts';
import { serverNow } from '../offline/server-clock.ts';
import { nameOfGrade } from './study-grades.tsx';
import { type Mark, markInWords } from './study-marks.tsx';

/** A second Space or tap right after the first must not grade an answer nobody has read, nor show one. */
const GUARD_MS = 200;
const TAKEN_BACK_LATER = msg(
  'Not taken back yet: no answer from the server. It is sent again by itself; the card then comes after the one in front of you.',
);
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

const countsInWords = ({ new: fresh, learning, due }: Counts) =>
  t('{fresh} new, {learning} learning, {due} due left.', { fresh, learning, due });

interface RoundOptions {
  readonly deck: Deck;
  readonly queue: RoundQueue;
  /** The card that was just taken back. */
  readonly first: number | undefined;
  readonly hasTwoButtons: boolean;
  onNextRound(first?: number): void;
}

/** One round of studying: where it stands, and what can be done. */
export interface StudyRound {
  readonly round: RoundState;
  readonly isRevealed: boolean;
  /** Rises with each change of the card: a card that comes back is a new turn. */
  readonly position: number;
  readonly canUndo: boolean;
  /** An answer is on its way to the disk: the card in front has been answered. */
  isKeeping(): boolean;
  /** For the live region. */
  readonly news: string;
  /** Why something was not done. */
  readonly failure: string | undefined;
  /** Waits for the server: what is done meanwhile would be overtaken by its answer. */
  readonly isBusy: boolean;
  readonly isTwo: boolean;
  readonly previews: readonly Preview[] | undefined;
  readonly typed: string;
  type(text: string): void;
  reveal(): void;
  /** The same by a tap: the button to show the answer appears where the grade was tapped, a double tap must not go through. */
  tapReveal(): void;
  grade(given: Grade): Promise<void>;
  mark(cardId: number, given: Mark): Promise<void>;
  undo(): Promise<void>;
  /** Told in the live region. */
  say(news: string): void;
}

/** Keeps one round of studying, and sends what is done in it. */
export function useStudyRound({ deck, queue, first, hasTwoButtons, onNextRound }: RoundOptions): StudyRound {
  const [progress, setProgress] = useState<Progress>(() => ({
    round: beginRound(queue, serverNow(), first),
    isRevealed: false,
    position: 0,
    undoable: readWays(deck.id).map((way) => ({ way })),
    news: '',
    failure: undefined,
  }));
  const { round, isRevealed, position, undoable, news, failure } = progress;
  const [isBusy, setBusy] = useState(false);
  /** A card that was taken back late: it comes after the one in front of its reader. */
  const [late, setLate] = useState<number>();
  const [typed, setTyped] = useState('');
  const toldLeech = useStore(leech);
  const turn = round.current;
  const changedAt = useRef(Number.NEGATIVE_INFINITY);
  const shownAt = useRef(performance.now());
  const settings = useMemo(() => settingsOf(queue), [queue]);
  /** What this round has given counts for the days of the cards that follow. */
  const load = useRef(loadOf(queue));
  // Found when the card is shown: what a button says is what its answer gives, on this day.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn begins with its position.
  const previews = useMemo(
    () => (turn === undefined ? undefined : foresee(() => previewsAt(turn.card, settings, serverNow(), load.current))),
    [turn, settings, position],
  );
  const isTwo = hasTwoButtons || turn?.isRepeat === true;
  /** From an answer until the next card is there: the one in front must not be answered twice. */
  const isKeeping = useRef(false);
  /** Asked for meanwhile: the answer of the card that comes. */
  const wantsNext = useRef(false);
  const isTooSoon = () => performance.now() - changedAt.current < GUARD_MS;

  /** Below a deck there are others: what is kept of a card is kept with its own. */
  const deckOf = (cardId: number): number => queue.cards.find(({ id }) => id === cardId)?.deck_id ?? deck.id;

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
    if (isKeeping.current) wantsNext.current = true;
    if (turn === undefined || isRevealed || isBusy) return;
    changedAt.current = performance.now();
    setProgress({ ...progress, isRevealed: true });
  }

  async function grade(given: Grade): Promise<void> {
    if (turn === undefined || !isRevealed || isTooSoon() || isBusy || isKeeping.current) return;
    changedAt.current = performance.now();
    const durationMs = Math.round(performance.now() - shownAt.current);
    const { card, isRepeat } = turn;
    let key: string | undefined;
    let after: StudyCard | undefined;
    if (!isRepeat) {
      const at = answerTime();
      const promised = previews?.find((preview) => preview.grade === given)?.interval;
      after = foresee(() => afterAnswer(card, given, settings, at, promised));
      isKeeping.current = true;
      try {
        // The next card comes when this answer is kept: what its student has seen to be done is done.
        const interval = load.current === undefined ? undefined : after?.interval;
        const promise = interval === undefined || interval === 0 ? {} : { interval };
        const review = { cardId: card.id, deckId: card.deck_id, grade: given, durationMs, at, ...promise };
        key = await addReview(review, after && { before: card, after });
        if (after !== undefined) load.current = loadAfter(load.current, after, settings);
      } catch (error) {
        isKeeping.current = false;
        throw error;
      }
    }
    // From here on a second tap would hit what has come.
    changedAt.current = performance.now();
    const answered = answerRound(round, given, after, serverNow());
    const name = nameOfGrade(given, isTwo, isRepeat);
    const way = key === undefined ? undefined : ({ kind: 'answer', cardId: card.id, deckId: card.deck_id, key } as const);
    setTyped('');
    setProgress({
      round: answered,
      isRevealed: false,
      position: position + 1,
      undoable: remember({ way, before: { round, isRevealed: true } }),
      news: `${name}. ${countsInWords(answered.counts)}`,
      failure: undefined,
    });
    if (late !== undefined) onNextRound(late);
  }

  /** Marks a card, at the server first: a mark is no answer, it can wait for a connection in its student's hands. */
  async function mark(cardId: number, given: Mark): Promise<void> {
    if (isBusy || isKeeping.current) return;
    setBusy(true);
    try {
      const params = { path: { card_id: String(cardId) }, ...ofOwner() };
      const { response } = await answerOf(api.PUT('/api/v1/study/marks/{card_id}', { params, body: given }));
      const operation = response.headers.get('X-Operation');
      if (toldLeech?.cardId === cardId) leech.set(undefined);
      const userId = ownerOfOutbox();
      if (given.flag === undefined && userId !== undefined) await forgetCard(userId, deckOf(cardId), cardId);
      const isCurrent = turn?.card.id === cardId;
      const leaves = isCurrent && given.flag === undefined;
      changedAt.current = performance.now();
      if (leaves) setTyped('');
      const after = leaves ? setAside(round, serverNow()) : afterMark(round, cardId, given);
      setProgress({
        ...progress,
        round: after,
        isRevealed: isRevealed && !leaves,
        position: leaves ? position + 1 : position,
        // A mark that was so already changed nothing.
        undoable:
          operation === null
            ? undoable
            : remember({ way: { kind: 'mark', cardId, deckId: deckOf(cardId), key: operation }, before: { round, isRevealed } }),
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
    if (last === undefined || isTooSoon() || isBusy || isKeeping.current) return;
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
      isKeeping.current = true;
      sent = way === undefined ? undefined : await follow(way);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProgress({ ...progress, undoable: error.isTransient ? undoable : left(), failure: error.message });
      return;
    } finally {
      isKeeping.current = false;
      setBusy(false);
    }
    setTyped('');
    if (toldLeech !== undefined && toldLeech.cardId === way?.cardId) leech.set(undefined);
    if (before === undefined) {
      // From before a reload: the server says where that card stands now.
      left();
      setBusy(true);
      setProgress({ ...progress, undoable: earlier, news: t('Taking it back.'), failure: undefined });
      // What is kept here has the card as it was.
      if (sent === undefined || queue.isKept || (await isSentSoon(sent))) return onNextRound(way?.cardId);
      setBusy(false);
      const later = t(TAKEN_BACK_LATER);
      setProgress((now) => ({ ...now, news: '', failure: later }));
      await whenSent(sent);
      setProgress((now) => (now.failure === later ? { ...now, failure: undefined, news: t('Taken back.') } : now));
      setLate(way?.cardId);
      return;
    }
    setProgress({
      round: before.round,
      isRevealed: before.isRevealed,
      position: position + 1,
      undoable: left(),
      news: t('Taken back. {counts}', { counts: countsInWords(before.round.counts) }),
      failure: undefined,
    });
  }

  // With no card in front there is nothing to wait for.
  const onLate = useEffectEvent(() => {
    if (late !== undefined && turn === undefined) onNextRound(late);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was taken back late is the event, its value is read by the handler.
  useEffect(() => onLate(), [late]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new position is the event, its value is not needed.
  useEffect(() => {
    shownAt.current = performance.now();
    isKeeping.current = false;
    if (!wantsNext.current) return;
    wantsNext.current = false;
    setProgress((now) => ({ ...now, isRevealed: now.round.current !== undefined }));
  }, [position]);

  return {
    round,
    isRevealed,
    position,
    canUndo: undoable.length > 0,
    isKeeping: () => isKeeping.current,
    news,
    failure,
    isBusy,
    isTwo,
    previews,
    typed,
    type: setTyped,
    reveal,
    tapReveal() {
      if (!isTooSoon()) reveal();
    },
    grade,
    mark,
    undo,
    say: (told) => setProgress({ ...progress, news: told }),
  };
}

/** What a browser cannot foresee, as in a time zone that it does not know, its server still can: the answer itself never waits for it. */
function foresee<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    console.warn('What this answer leads to is left to the server.', error);
    return undefined;
  }
}

/** The round after a mark that leaves the card in front of the reader where it is. */
function afterMark(round: RoundState, cardId: number, { flag }: Mark): RoundState {
  if (flag === undefined) return without(round, cardId);
  return round.current?.card.id === cardId ? withFlag(round, flag) : round;
}
