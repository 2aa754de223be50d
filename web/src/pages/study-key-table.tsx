import { type KeyboardEvent, useState } from 'react';
import { t } from '../languages/t.ts';
import {
  actionOfKey,
  characterOf,
  isOn,
  KEY_ACTIONS,
  type KeyAction,
  type KeySettings,
  keysOf,
  problemOfKey,
  shownKey,
} from '../lib/study-keys.ts';

const nameOf = (action: KeyAction): string => t(KEY_ACTIONS.find((one) => one.action === action)?.name ?? action);

interface StudyKeyTableProps {
  readonly settings: KeySettings;
  onChange(settings: KeySettings): void;
}

/** Every key of one character that does something while studying, each to be chosen anew. */
export function StudyKeyTable({ settings, onChange }: StudyKeyTableProps) {
  const [asking, setAsking] = useState<KeyAction>();
  const [told, setTold] = useState('');

  function press(event: KeyboardEvent, action: KeyAction): void {
    if (asking !== action || event.key === 'Tab' || event.nativeEvent.isComposing) return;
    if (['Shift', 'Control', 'Alt', 'AltGraph', 'Meta'].includes(event.key)) return;
    event.preventDefault();
    if (event.key === 'Escape') {
      end('');
      return;
    }
    const key = /^[^a-z0-9]$/i.test(event.key) ? event.key.toLowerCase() : characterOf(event.nativeEvent);
    const taken = actionOfKey(settings, key);
    const problem =
      problemOfKey(key) ??
      (taken !== undefined && taken !== action
        ? t('{key} is taken: {action}.', { key: shownKey(key), action: nameOf(taken) })
        : undefined);
    if (problem !== undefined) {
      setTold(problem);
      return;
    }
    onChange({ ...settings, own: { ...settings.own, [action]: key } });
    end(`${nameOf(action)}: ${shownKey(key)}.`);
  }
  function end(news: string): void {
    setAsking(undefined);
    setTold(news);
  }

  return (
    <>
      <dl className="facts">
        {KEY_ACTIONS.filter(({ action }) => isOn(settings, action)).map(({ action, name }) => {
          const keys = keysOf(settings, action).map(shownKey).join(', ');
          return (
            <div key={action} className="facts__row">
              <dt>{t(name)}</dt>
              <dd>
                <button
                  type="button"
                  className="button button--small"
                  aria-label={
                    asking === action
                      ? t('{name}: press a key, or Escape', { name: t(name) })
                      : t('{name}: {keys}. Choose another key', { name: t(name), keys })
                  }
                  onClick={() => setAsking(asking === action ? undefined : action)}
                  onKeyDown={(event) => press(event, action)}
                  onBlur={() => setAsking((now) => (now === action ? undefined : now))}
                >
                  {asking === action ? t('Press a key …') : <kbd>{keys}</kbd>}
                </button>
              </dd>
            </div>
          );
        })}
      </dl>
      <p role="status" className="soft">
        {told}
      </p>
      {Object.keys(settings.own).length > 0 && (
        <button
          type="button"
          className="button button--small"
          onClick={() => {
            onChange({ ...settings, own: {} });
            end(t('All keys are as at first.'));
          }}
        >
          {t('All keys as at first')}
        </button>
      )}
    </>
  );
}
