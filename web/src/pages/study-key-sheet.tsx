import { useEffect, useId, useRef } from 'react';
import { t } from '../languages/t.ts';
import { isOn, KEY_ACTIONS, type KeySettings, keysOf, shownKey } from '../lib/study-keys.ts';

/** The student's own keys, by ? or from the menu. */
export function StudyKeySheet({ settings, onClose }: { settings: KeySettings; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const shown = KEY_ACTIONS.filter(({ action }) => isOn(settings, action));
  const rows: readonly (readonly [name: string, keys: string])[] = [
    [t('Show the answer'), t('Space, Enter')],
    ...(settings.doesSpaceRate ? [[t('Good'), t('Space, Enter')] as const] : []),
    ...shown.map(({ action, name }) => [t(name), keysOf(settings, action).map(shownKey).join(', ')] as const),
    [t('Take back'), t('Ctrl+Z')],
  ];
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={title} onClose={onClose}>
      <h2 id={title}>{t('Keys while studying')}</h2>
      <dl className="facts">
        {rows.map(([name, keys]) => (
          <div key={`${name} ${keys}`} className="facts__row">
            <dt>{name}</dt>
            <dd>
              <kbd>{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
      <p className="soft">{t('Choose your own under Account.')}</p>
      <button type="button" className="button" onClick={() => dialog.current?.close()}>
        {t('Close')}
      </button>
    </dialog>
  );
}
