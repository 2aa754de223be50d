import { useId, useState } from 'react';
import { type Area, MAX_NUMBER, MAX_WORDS, type Outline } from '../../../src/notes/occlusion/shapes.ts';
import { msg, rich, t } from '../languages/t.ts';
import { boxOf } from '../lib/area-mark.tsx';
import { NAMES, withBox, within } from './occlusion-edit.ts';

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  onChange(value: number): void;
}

/** A number that is taken as soon as it is one. */
function NumberField({ label, value, least, most, onChange }: NumberFieldProps) {
  const id = useId();
  const [typed, setTyped] = useState<string>();
  return (
    <span className="occl-field occl-field--number">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="field__input"
        type="number"
        inputMode="numeric"
        min={least}
        max={most}
        value={typed ?? String(value)}
        onChange={(event) => {
          setTyped(event.target.value);
          const number = Number(event.target.value);
          if (event.target.value !== '' && Number.isInteger(number) && number >= least && number <= most) onChange(number);
        }}
        onBlur={() => setTyped(undefined)}
      />
    </span>
  );
}

interface WordsFieldProps {
  readonly label: string;
  readonly value: string;
  onChange(value: string): void;
}

/** Words as they are typed: the field of the note has them without braces and double spaces. */
function WordsField({ label, value, onChange }: WordsFieldProps) {
  const id = useId();
  const [typed, setTyped] = useState<string>();
  return (
    <span className="occl-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="field__input"
        type="text"
        maxLength={MAX_WORDS}
        autoComplete="off"
        value={typed ?? value}
        onChange={(event) => {
          setTyped(event.target.value);
          onChange(event.target.value);
        }}
        onBlur={() => setTyped(undefined)}
      />
    </span>
  );
}

interface AreaListProps {
  readonly areas: readonly Area[];
  readonly selected: number | undefined;
  onSelect(at: number): void;
  onChange(at: number, area: Area, what: string): void;
  onRemove(at: number): void;
}

/** Nothing would be left of it in the field of the note, where a text without words is no text. */
const isNothing = (words: string): boolean => words.replaceAll(/[\s{}\\]+/g, '') === '';

const PLACES = [
  [msg('Left'), 'left'],
  [msg('Top'), 'top'],
  [msg('Width'), 'width'],
  [msg('Height'), 'height'],
] as const;

/** Every area as a line: which card asks for it, what is there, and, of the one that is chosen, its place in numbers. */
export function AreaList({ areas, selected, onSelect, onChange, onRemove }: AreaListProps) {
  return (
    <ol className="occl-list" aria-label={t('Areas')}>
      {areas.map((area, at) => {
        const { outline, number, label } = area;
        const name = `${t(NAMES[outline.kind])} ${at + 1}`;
        const box = boxOf(outline);
        const place = (part: (typeof PLACES)[number][1], percent: number): Outline =>
          withBox(outline, within({ ...box, [part]: percent / 100 }));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: an area is known by its place in the note.
          <li key={at} className={selected === at ? 'occl-item occl-item--chosen' : 'occl-item'}>
            <fieldset>
              <legend className="visually-hidden">{name}</legend>
              <div className="occl-item__line">
                <button
                  type="button"
                  className="button button--small"
                  aria-pressed={selected === at}
                  onClick={() => onSelect(at)}
                >
                  {name}
                </button>
                {outline.kind === 'text' ? (
                  <WordsField
                    label={t('Text')}
                    value={outline.text}
                    onChange={(text) =>
                      onChange(at, { ...area, outline: { ...outline, text: isNothing(text) ? '…' : text } }, 'text')
                    }
                  />
                ) : (
                  <>
                    <NumberField
                      label={t('Card')}
                      value={number}
                      least={1}
                      most={MAX_NUMBER}
                      onChange={(value) => onChange(at, { ...area, number: value }, 'number')}
                    />
                    <WordsField
                      label={t('What is there')}
                      value={label}
                      onChange={(words) => onChange(at, { ...area, label: words }, 'label')}
                    />
                  </>
                )}
                <button type="button" className="button button--small occl-item__remove" onClick={() => onRemove(at)}>
                  {rich('Remove<hidden> {name}</hidden>', {
                    name,
                    hidden: (text) => <span className="visually-hidden">{text}</span>,
                  })}
                </button>
              </div>
              {selected === at && (
                <div className="occl-item__line">
                  {PLACES.filter(([, part]) => outline.kind !== 'text' || part !== 'width').map(([said, part]) => (
                    <NumberField
                      key={part}
                      label={`${t(said)}, %`}
                      value={Math.round(box[part] * 100)}
                      least={part === 'left' || part === 'top' ? 0 : 1}
                      most={100}
                      onChange={(percent) => onChange(at, { ...area, outline: place(part, percent) }, part)}
                    />
                  ))}
                </div>
              )}
            </fieldset>
          </li>
        );
      })}
    </ol>
  );
}
