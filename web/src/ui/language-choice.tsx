import { useState } from 'react';
import { LANGUAGES, setLanguage, spoken } from '../languages/language.ts';
import { t } from '../languages/t.ts';
import { useStore } from '../lib/store.ts';
import { FormFailure } from './feedback.tsx';

/** Each language is named in itself, and says so: a screen reader must read it as such. */
export function LanguageChoice() {
  const { language } = useStore(spoken);
  // What was chosen shows at once, while its texts are still on their way.
  const [coming, setComing] = useState(language);
  const [isLost, setLost] = useState(false);
  return (
    <>
      <fieldset className="choices" aria-label={t('Language')}>
        {LANGUAGES.map(({ value, name }) => (
          <label key={value} className="choice" lang={value}>
            <input
              type="radio"
              name="language"
              value={value}
              checked={coming === value}
              onChange={() => {
                setLost(false);
                setComing(value);
                setLanguage(value).catch(() => {
                  setLost(true);
                  setComing(spoken.get().language);
                });
              }}
            />
            {name}
          </label>
        ))}
      </fieldset>
      <FormFailure
        message={isLost ? t('This language could not be loaded. Check your connection, then try again.') : undefined}
      />
    </>
  );
}
