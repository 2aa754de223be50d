import { useEffect, useEffectEvent, useRef } from 'react';
import { isTyping } from '../lib/keys.ts';
import { digitOf, isUndoKey, type StudyKeys } from '../lib/study-keys.ts';
import { AGAIN, GOOD } from './study-grades.tsx';
import { markOfKey } from './study-marks.tsx';
import type { StudyRound } from './use-study-round.ts';

/** How long F waits for the number of the flag. */
const FLAG_MS = 2000;

/** What keys do while studying. Not while something is typed, nor what a focused button or link does itself. */
export function useStudyKeys(study: StudyRound, keys: StudyKeys): void {
  const flagsAt = useRef(Number.NEGATIVE_INFINITY);
  const turn = study.round.current;
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.repeat || event.isComposing || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (isTyping(target)) return;
    if (isUndoKey(event, keys) && study.canUndo) {
      event.preventDefault();
      void study.undo();
      return;
    }
    const marked = turn === undefined || keys !== 'all' ? undefined : markOfKey(event);
    if (turn !== undefined && marked !== undefined) {
      event.preventDefault();
      void study.mark(turn.card.id, marked);
      return;
    }
    if (turn === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === ' ' || event.key === 'Enter') {
      // A focused button or link does what it says.
      if (target.closest('a, button, summary') !== null) return;
      event.preventDefault();
      if (study.isRevealed && !study.isKeeping()) void study.grade(GOOD);
      else study.reveal();
      return;
    }
    // F, and within two seconds the number of the flag.
    if (keys === 'all' && event.key.toLowerCase() === 'f') {
      flagsAt.current = performance.now();
      study.say('Flag: 1 to 7, 0 for none.');
      return;
    }
    const flag = /^[0-7]$/.exec(event.key)?.[0];
    if (flag !== undefined && performance.now() - flagsAt.current < FLAG_MS) {
      event.preventDefault();
      flagsAt.current = Number.NEGATIVE_INFINITY;
      void study.mark(turn.card.id, { flag: Number(flag) });
      return;
    }
    const digit = keys === 'none' ? undefined : digitOf(event);
    if (digit === undefined || !study.isRevealed) return;
    event.preventDefault();
    void study.grade(study.isTwo && digit > AGAIN ? GOOD : digit);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
}
