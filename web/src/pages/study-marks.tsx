import { useRef } from 'react';
import { Link } from 'wouter';
import type { StudyCard } from '../api/types.ts';
import { rich, t } from '../languages/t.ts';
import type { KeyAction } from '../lib/study-keys.ts';

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
  /** The key of an action as it is written on it; absent where it is off. */
  keyOf(action: KeyAction): string | undefined;
  onHelp(): void;
  onMark(mark: Mark): void;
  /** Closed again: where the keys of the card are. */
  onClose(): void;
}

/** What can be done with a card besides answering it. */
export function Marks({ card, isBusy, keyOf, onHelp, onMark, onClose }: MarksProps) {
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
        {t('More')}
        {card.flag > 0 && <span className="marks__flag"> {t('· flag {flag}', { flag: card.flag })}</span>}
      </summary>
      <div className="marks__menu">
        <button
          type="button"
          className="button button--quiet"
          aria-disabled={isBusy}
          aria-keyshortcuts={keyOf('bury')}
          onClick={() => choose({ is_buried: true })}
        >
          {t('Bury until tomorrow')} {keyOf('bury') !== undefined && <kbd>{keyOf('bury')}</kbd>}
        </button>
        <button
          type="button"
          className="button button--quiet"
          aria-disabled={isBusy}
          aria-keyshortcuts={keyOf('suspend')}
          onClick={() => choose({ is_suspended: true })}
        >
          {t('Suspend: ask no more')} {keyOf('suspend') !== undefined && <kbd>{keyOf('suspend')}</kbd>}
        </button>
        <fieldset className="marks__flags">
          <legend className="field__label">
            {t('Flag')}{' '}
            {keyOf('flag') !== undefined && (
              <span className="keys">
                {rich('<kbd>{key}</kbd> and a number', { key: keyOf('flag') ?? '', kbd: (text) => <kbd>{text}</kbd> })}
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
              <span className="visually-hidden">{flag === 0 ? t('No flag') : t('Flag {flag}', { flag })}</span>
              <span aria-hidden="true">{flag}</span>
            </button>
          ))}
        </fieldset>
        <Link href={`/cards/${card.id}/history`} className="button button--quiet" aria-keyshortcuts={keyOf('history')}>
          {t('History')} {keyOf('history') !== undefined && <kbd>{keyOf('history')}</kbd>}
        </Link>
        <button
          type="button"
          className="button button--quiet"
          aria-keyshortcuts={keyOf('help')}
          onClick={() => {
            close();
            onHelp();
          }}
        >
          {t('Keys')} {keyOf('help') !== undefined && <kbd>{keyOf('help')}</kbd>}
        </button>
      </div>
    </details>
  );
}

/** What was done, for the live region. */
export function markInWords({ is_suspended, is_buried, flag }: Mark): string {
  if (is_suspended === true) return t('Suspended.');
  if (is_buried === true) return t('Buried until tomorrow.');
  return flag === 0 ? t('Flag taken away.') : t('Flag {flag}.', { flag: flag ?? 0 });
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
        {t('You have forgotten “{front}” {lapses} times. Splitting or rewording such a card helps most.', {
          front: front.length > 60 ? `${front.slice(0, 60)} …` : front,
          lapses,
        })}
      </p>
      <div className="actions">
        <button type="button" className="button button--small" aria-disabled={isBusy} onClick={onSuspend}>
          {t('Suspend it')}
        </button>
        <button type="button" className="button button--small" onClick={onSeen}>
          {t('Seen')}
        </button>
      </div>
    </div>
  );
}
