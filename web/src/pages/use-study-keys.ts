import { useEffect, useEffectEvent, useRef } from 'react';
import { t } from '../languages/t.ts';
import { isTyping } from '../lib/keys.ts';
import { actionOf, gradeOfAction, type KeySettings } from '../lib/study-keys.ts';
import { AGAIN, GOOD } from './study-grades.tsx';
import type { StudyRound } from './use-study-round.ts';

/** How long F waits for the number of the flag. */
const FLAG_MS = 2000;

interface OtherActions {
  /** Back to the question, by eye and by screen reader. */
  onQuestion(): void;
  onHistory(): void;
  onHelp(): void;
}

/** What keys do while studying. Not while something is typed, nor what a focused button or link does itself. */
export function useStudyKeys(study: StudyRound, settings: KeySettings, others: OtherActions): void {
  const flagsAt = useRef(Number.NEGATIVE_INFINITY);
  const turn = study.round.current;

  /** What a key does; false where it does nothing here. */
  function act(event: KeyboardEvent): boolean {
    // F, and within two seconds the number of the flag.
    const flag = /^[0-7]$/.exec(event.key)?.[0];
    if (turn !== undefined && flag !== undefined && performance.now() - flagsAt.current < FLAG_MS) {
      flagsAt.current = Number.NEGATIVE_INFINITY;
      void study.mark(turn.card.id, { flag: Number(flag) });
      return true;
    }
    const action = actionOf(event, settings);
    if (action === undefined) return false;
    if (action === 'undo') {
      if (study.canUndo) void study.undo();
      return study.canUndo;
    }
    if (action === 'help') others.onHelp();
    if (action === 'help') return true;
    if (turn === undefined) return false;
    const grade = gradeOfAction(action);
    if (grade !== undefined) {
      if (study.isRevealed) void study.grade(study.isTwo && grade > AGAIN ? GOOD : grade);
      return study.isRevealed;
    }
    if (action === 'bury') void study.mark(turn.card.id, { is_buried: true });
    if (action === 'suspend') void study.mark(turn.card.id, { is_suspended: true });
    if (action === 'question') others.onQuestion();
    if (action === 'history') others.onHistory();
    if (action === 'flag') {
      flagsAt.current = performance.now();
      study.say(t('Flag: 1 to 7, 0 for none.'));
    }
    return true;
  }

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.repeat || event.isComposing || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (isTyping(target) || target.closest('dialog') !== null) return;
    if (event.key === ' ' || event.key === 'Enter') {
      if (turn === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      // A focused button or link does what it says.
      if (target.closest('a, button, summary') !== null) return;
      event.preventDefault();
      if (!study.isRevealed || study.isKeeping()) study.reveal();
      else if (settings.doesSpaceRate) void study.grade(GOOD);
      return;
    }
    if (act(event)) event.preventDefault();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
}
