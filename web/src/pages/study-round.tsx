import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { leech, ownerOfOutbox } from '../api/outbox.ts';
import type { Deck, RoundQueue } from '../api/types.ts';
import { rich, t } from '../languages/t.ts';
import { useStore } from '../lib/store.ts';
import { isOn, type KeyAction, keysOf, readKeySettings, shownKey } from '../lib/study-keys.ts';
import type { Round as RoundState } from '../lib/study-round.ts';
import { asShownHere } from '../offline/server-clock.ts';
import { FormFailure } from '../ui/feedback.tsx';
import { StudyCard } from './study-card.tsx';
import { StudyEnd } from './study-end.tsx';
import { AGAIN, GOOD, GRADES, Grades, nameOfGrade } from './study-grades.tsx';
import { StudyHead } from './study-head.tsx';
import { StudyKeySheet } from './study-key-sheet.tsx';
import { LeechNotice, Marks } from './study-marks.tsx';
import { useStudyKeys } from './use-study-keys.ts';
import { useStudyRound } from './use-study-round.ts';

interface RoundProps {
  readonly deck: Deck;
  /** With all decks below it. */
  readonly below: boolean;
  readonly queue: RoundQueue;
  /** The card that was just taken back. */
  readonly first: number | undefined;
  readonly hasTwoButtons: boolean;
  onNextRound(first?: number): void;
}

/** One round: card after card, then what was done. */
export function StudyRound({ deck, below, queue, first, hasTwoButtons, onNextRound }: RoundProps) {
  const study = useStudyRound({ deck, queue, first, hasTwoButtons, onNextRound });
  const { round, isRevealed, position, isBusy } = study;
  const [keys] = useState(() => readKeySettings(ownerOfOutbox()));
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [, navigate] = useLocation();
  const toldLeech = useStore(leech);
  const places = {
    question: useRef<HTMLHeadingElement>(null),
    answer: useRef<HTMLHeadingElement>(null),
    typed: useRef<HTMLInputElement>(null),
  };
  const turn = round.current;
  const keyOf = (action: KeyAction): string | undefined =>
    isOn(keys, action) ? keysOf(keys, action).slice(0, 1).map(shownKey)[0] : undefined;
  useStudyKeys(study, keys, {
    onQuestion() {
      window.scrollTo(0, 0);
      places.question.current?.focus({ preventScroll: true });
    },
    onHistory: () => turn !== undefined && navigate(`/cards/${turn.card.id}/history`),
    onHelp: () => setHelpOpen(true),
  });
  const leechFront = queue.cards.find(({ id }) => id === toldLeech?.cardId)?.front;
  const answered = GRADES.reduce((sum, grade) => sum + round.given[grade], 0);

  // The card that comes is where reading goes on, by eye and by screen reader. Named by its place: a card that is back is a new turn.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new position is the event, its value is not needed.
  useEffect(() => {
    window.scrollTo(0, 0);
    (isRevealed ? places.answer.current : (places.typed.current ?? places.question.current))?.focus({ preventScroll: true });
  }, [position]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: places are refs.
  useEffect(() => {
    if (isRevealed) places.answer.current?.focus();
  }, [isRevealed]);

  const undoButton = study.canUndo && (
    <button
      type="button"
      className="button button--small"
      aria-keyshortcuts={keyOf('undo') ?? 'Control+Z'}
      aria-disabled={isBusy}
      onClick={() => void study.undo()}
    >
      {t('Undo')} <kbd>{keyOf('undo') ?? t('Ctrl+Z')}</kbd>
    </button>
  );
  if (turn === undefined) {
    return (
      <StudyEnd
        deck={deck}
        below={below}
        isEmpty={deck.card_count === 0 && queue.deck_ids.length === 1}
        given={round.given}
        soonest={soonestOf(round)}
        undo={undoButton}
        onNextRound={() => onNextRound()}
      />
    );
  }
  return (
    <>
      <StudyHead
        deck={deck}
        below={queue.deck_ids.length - 1}
        round={round}
        turn={turn}
        answered={answered}
        secondsPerCard={queue.seconds_per_card}
        tools={
          <>
            {undoButton}
            <Marks
              key={position}
              card={turn.card}
              isBusy={isBusy}
              keyOf={keyOf}
              onHelp={() => setHelpOpen(true)}
              onMark={(given) => void study.mark(turn.card.id, given)}
              onClose={() => (isRevealed ? places.answer : places.question).current?.focus({ preventScroll: true })}
            />
          </>
        }
      />
      {isHelpOpen && <StudyKeySheet settings={keys} onClose={() => setHelpOpen(false)} />}
      <FormFailure message={study.failure} />
      {toldLeech !== undefined && leechFront !== undefined && (
        <LeechNotice
          lapses={toldLeech.lapses}
          front={leechFront}
          isBusy={isBusy}
          onSuspend={() => void study.mark(toldLeech.cardId, { is_suspended: true })}
          onSeen={() => leech.set(undefined)}
        />
      )}
      <StudyCard
        turn={turn}
        isRevealed={isRevealed}
        typed={study.typed}
        places={places}
        swipes={
          keys.doesSwipe
            ? { left: nameOfGrade(AGAIN, study.isTwo, turn.isRepeat), right: nameOfGrade(GOOD, study.isTwo, turn.isRepeat) }
            : undefined
        }
        onType={study.type}
        onReveal={study.tapReveal}
        onSwipe={(way) => void study.grade(way === 'left' ? AGAIN : GOOD)}
      />
      <p className="visually-hidden" role="status">
        {study.news}
      </p>
      <div className="study-bar" aria-busy={isBusy}>
        {isRevealed ? (
          <Grades
            turn={turn}
            isTwo={study.isTwo}
            keyOf={keyOf}
            previews={study.previews}
            onGrade={(given) => void study.grade(given)}
          />
        ) : (
          <button type="button" className="button button--primary study-bar__reveal" onClick={study.tapReveal}>
            {rich('Show answer <kbd>Space</kbd>', { kbd: (text) => <kbd>{text}</kbd> })}
          </button>
        )}
        {turn.isRepeat && (
          <p className="study-bar__note">{t('Practice: your first answer is saved, this one does not count.')}</p>
        )}
      </div>
    </>
  );
}

/** In this browser's milliseconds. */
function soonestOf({ learning }: RoundState): number | undefined {
  const soonest = learning.map(({ dueAt }) => dueAt).sort((a, b) => a - b)[0];
  return soonest === undefined ? undefined : asShownHere(soonest);
}
