import { msg, t } from '../languages/t.ts';
import { type Reading, reading, setReading } from '../lib/reading.ts';
import { useStore } from '../lib/store.ts';
import { CardText } from '../ui/feedback.tsx';

const SIZES: readonly { readonly value: Reading['size']; readonly label: string }[] = [
  { value: 'normal', label: msg('Normal') },
  { value: 'large', label: msg('Large') },
  { value: 'larger', label: msg('Larger') },
];

const FACES: readonly { readonly value: Reading['face']; readonly label: string; readonly hint: string }[] = [
  { value: 'serif', label: msg('As in a book'), hint: msg('With serifs.') },
  { value: 'sans', label: msg('Plain'), hint: msg('Without serifs, as the rest of the page.') },
  {
    value: 'wide',
    label: msg('Wide'),
    hint: msg(
      'Plain, with room between letters, words and lines: easier for many people with dyslexia. OpenDyslexic or Atkinson Hyperlegible is used where this device has it.',
    ),
  },
];

/** How the text of cards is set, tried out on one. */
export function ReadingChoices() {
  const chosen = useStore(reading);
  return (
    <div className="form">
      <fieldset className="choices">
        <legend className="field__label">{t('Size')}</legend>
        {SIZES.map(({ value, label }) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name="text-size"
              value={value}
              checked={chosen.size === value}
              onChange={() => setReading({ ...chosen, size: value })}
            />
            {t(label)}
          </label>
        ))}
      </fieldset>
      <fieldset className="choices">
        <legend className="field__label">{t('Typeface')}</legend>
        {FACES.map(({ value, label, hint }) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name="typeface"
              value={value}
              checked={chosen.face === value}
              onChange={() => setReading({ ...chosen, face: value })}
            />
            <span>
              {t(label)}
              <span className="choice__hint">{t(hint)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <div className="reading-sample">
        <CardText
          lang="en"
          text="A tortfeasor takes his victim as he finds him: the eggshell skull rule."
          className="card-text--reading"
        />
      </div>
      <p className="soft">{t('Kept in this browser: other devices have their own.')}</p>
    </div>
  );
}
