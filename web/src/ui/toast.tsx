import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { canTakeBack, showLastChange, takeLastBack, toast } from '../api/changes.ts';
import { t } from '../languages/t.ts';
import { isTyping } from '../lib/keys.ts';
import { useStore } from '../lib/store.ts';

const SHOWN_MS = 60_000;

/** Says what was just changed, and takes it back: by its button, or by Ctrl+Z anywhere but in a text. */
export function Toast() {
  const shown = useStore(toast);
  const [path] = useLocation();
  // Studying has an Undo of its own, for answers and marks in their order.
  const isStudying = /^\/decks\/\d+\/study$/.test(path);
  useEffect(() => {
    showLastChange();
    return () => toast.set(undefined);
  }, []);
  useEffect(() => {
    if (shown === undefined || shown.isBusy) return;
    const timer = setTimeout(() => toast.set(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  useEffect(() => {
    if (isStudying) return;
    const listener = (event: KeyboardEvent) => {
      const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'z';
      if (!isUndo || event.repeat || event.defaultPrevented || isTyping(event.target) || !canTakeBack()) return;
      event.preventDefault();
      void takeLastBack();
    };
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, [isStudying]);
  return (
    <div className="toast" role="status">
      {shown !== undefined && !isStudying && (
        <div className="toast__box">
          <span>{shown.text}</span>
          {shown.canUndo && (
            <button
              type="button"
              className="button button--small"
              aria-disabled={shown.isBusy}
              aria-keyshortcuts="Control+Z"
              onClick={() => void takeLastBack()}
            >
              {t('Undo')}
            </button>
          )}
          <button type="button" className="button button--small" onClick={() => toast.set(undefined)}>
            {t('Close')}
          </button>
        </div>
      )}
    </div>
  );
}
