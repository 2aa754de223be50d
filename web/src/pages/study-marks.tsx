import { useRef } from 'react';
import type { StudyCard } from '../api/types.ts';

const FLAGS = [1, 2, 3, 4, 5, 6, 7] as const;

/** What a student marks on the card in front of them. */
export interface Mark {
  readonly is_suspended?: boolean;
  readonly is_buried?: boolean;
  readonly flag?: number;
}

interface MarksProps {
  readonly card: StudyCard;
  readonly isBusy: boolean;
  /** Keys of one character are on. */
  readonly hasKeys: boolean;
  onMark(mark: Mark): void;
  /** Closed again: where the keys of the card are. */
  onClose(): void;
}

/** What can be done with a card besides answering it. */
export function Marks({ card, isBusy, hasKeys, onMark, onClose }: MarksProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  function close(): void {
    if (menu.current !== null) menu.current.open = false;
    onClose();
  }
  function choose(mark: Mark): void {
    if (isBusy) return;
    close();
    onMark(mark);
  }
  return (
    <details
      className="marks"
      ref={menu}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
    >
      <summary className="button button--small">
        More{card.flag > 0 && <span className="marks__flag"> · flag {card.flag}</span>}
      </summary>
      <div className="marks__menu">
        <button
          type="button"
          className="button button--quiet"
          aria-disabled={isBusy}
          aria-keyshortcuts={hasKeys ? '-' : undefined}
          onClick={() => choose({ is_buried: true })}
        >
          Bury until tomorrow {hasKeys && <kbd>-</kbd>}
        </button>
        <button
          type="button"
          className="button button--quiet"
          aria-disabled={isBusy}
          aria-keyshortcuts={hasKeys ? '@' : undefined}
          onClick={() => choose({ is_suspended: true })}
        >
          Suspend: ask no more {hasKeys && <kbd>@</kbd>}
        </button>
        <fieldset className="marks__flags">
          <legend className="field__label">
            Flag{' '}
            {hasKeys && (
              <span className="keys">
                <kbd>F</kbd> and a number
              </span>
            )}
          </legend>
          {[0, ...FLAGS].map((flag) => (
            <button
              key={flag}
              type="button"
              className="button button--small"
              aria-disabled={isBusy}
              aria-pressed={card.flag === flag}
              onClick={() => choose({ flag })}
            >
              <span className="visually-hidden">{flag === 0 ? 'No flag' : `Flag ${flag}`}</span>
              <span aria-hidden="true">{flag}</span>
            </button>
          ))}
        </fieldset>
      </div>
    </details>
  );
}

/** What was done, for the live region. */
export function markInWords({ is_suspended, is_buried, flag }: Mark): string {
  if (is_suspended === true) return 'Suspended.';
  if (is_buried === true) return 'Buried until tomorrow.';
  return flag === 0 ? 'Flag taken away.' : `Flag ${flag}.`;
}

/** The mark of a key: - buries, @ suspends. */
export function markOfKey(event: KeyboardEvent): Mark | undefined {
  // On many keyboards @ needs AltGr, which counts as Ctrl and Alt.
  if (event.key === '@' && (event.getModifierState('AltGraph') || (!event.ctrlKey && !event.altKey)))
    return { is_suspended: true };
  if (event.key === '-' && !event.ctrlKey && !event.metaKey && !event.altKey) return { is_buried: true };
  return undefined;
}

/** What is said of a card that is forgotten again and again. */
export function LeechNotice({
  lapses,
  front,
  isBusy,
  onSuspend,
  onSeen,
}: {
  lapses: number;
  front: string;
  isBusy: boolean;
  onSuspend: () => void;
  onSeen: () => void;
}) {
  return (
    <div className="notice" role="status">
      <p>
        You have forgotten “{front.length > 60 ? `${front.slice(0, 60)} …` : front}” {lapses} times. Splitting or rewording such a
        card helps most.
      </p>
      <div className="actions">
        <button type="button" className="button button--small" aria-disabled={isBusy} onClick={onSuspend}>
          Suspend it
        </button>
        <button type="button" className="button button--small" onClick={onSeen}>
          Seen
        </button>
      </div>
    </div>
  );
}
