import { type ClipboardEvent, type DragEvent, type InputHTMLAttributes, type ReactNode, type Ref, useId } from 'react';
import { t } from '../languages/t.ts';
import { lengthOf } from '../lib/text.ts';

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  onChange(value: string): void;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  readonly isOptional?: boolean;
  /** Characters the server takes. Counted, never cut off: a pasted text must not lose its end silently. */
  readonly limit?: number;
}

interface TextFieldProps extends FieldProps {
  readonly input?: Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange' | 'name' | 'id'>;
}

interface TextAreaProps extends FieldProps {
  readonly rows?: number;
  readonly isCardText?: boolean;
  readonly areaRef?: Ref<HTMLTextAreaElement>;
  /** Takes files that are pasted or dropped. */
  onFiles?(files: readonly File[]): void;
  onFocus?(): void;
}

function useDescription({ hint, problem, limit, value }: FieldProps) {
  const id = useId();
  const length = limit === undefined ? 0 : lengthOf(value);
  const isNearLimit = limit !== undefined && length > limit * 0.9;
  // What is wrong says more than the hint, and often the same.
  const hasHint = hint !== undefined && problem === undefined;
  const parts = [problem !== undefined && `${id}-problem`, hasHint && `${id}-hint`, isNearLimit && `${id}-count`].filter(
    (part) => part !== false,
  );
  return {
    id,
    describedBy: parts.length > 0 ? parts.join(' ') : undefined,
    notes: (
      <>
        {problem !== undefined && (
          <p className="field__problem" id={`${id}-problem`}>
            {problem}
          </p>
        )}
        {hasHint && (
          <p className="field__hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
        {isNearLimit && (
          <p className={length > limit ? 'field__problem' : 'field__hint'} id={`${id}-count`}>
            {t('{length, number} of {limit, number} characters', { length, limit })}
          </p>
        )}
      </>
    ),
  };
}

function Label({ htmlFor, label, isOptional = false }: { htmlFor: string; label: string; isOptional?: boolean | undefined }) {
  return (
    <label className="field__label" htmlFor={htmlFor}>
      {label}
      {isOptional && <span className="field__optional"> {t('(optional)')}</span>}
    </label>
  );
}

export function TextField(props: TextFieldProps) {
  const { label, name, value, onChange, problem, isOptional, input } = props;
  const { id, describedBy, notes } = useDescription(props);
  return (
    <div className="field">
      <Label htmlFor={id} label={label} isOptional={isOptional} />
      <input
        {...input}
        id={id}
        name={name}
        className="field__input"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={problem !== undefined}
        aria-describedby={describedBy}
      />
      {notes}
    </div>
  );
}

export function TextArea(props: TextAreaProps) {
  const { label, name, value, onChange, problem, isOptional, rows = 3, isCardText = false, areaRef, onFiles, onFocus } = props;
  const take = (event: ClipboardEvent | DragEvent, data: DataTransfer | null): void => {
    if (onFiles === undefined || data === null || data.files.length === 0) return;
    event.preventDefault();
    onFiles([...data.files]);
  };
  const { id, describedBy, notes } = useDescription(props);
  return (
    <div className="field">
      <Label htmlFor={id} label={label} isOptional={isOptional} />
      <textarea
        ref={areaRef}
        id={id}
        name={name}
        className={isCardText ? 'field__input field__input--card' : 'field__input'}
        // Cards are in any language: spelling and voices must not take them for the page's.
        {...(isCardText ? { lang: '' } : {})}
        rows={rows}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onFocus={onFocus}
        // A text that was copied with pictures of itself is a text.
        onPaste={(event) => {
          if (!event.clipboardData.types.includes('text/plain')) take(event, event.clipboardData);
        }}
        onDrop={(event) => take(event, event.dataTransfer)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.nativeEvent.isComposing) {
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }
        }}
        aria-invalid={problem !== undefined}
        aria-describedby={describedBy}
      />
      {notes}
    </div>
  );
}

/** Options of a constant, said in the reader's language. */
export const translated = <Value extends string>(options: readonly (readonly [Value, string])[]): (readonly [Value, string])[] =>
  options.map(([value, name]) => [value, t(name)]);

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, name: string])[];
  onChange(value: string): void;
}

export function Choice({ label, value, options, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div className="field">
      <Label htmlFor={id} label={label} />
      <select id={id} className="field__input" value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** "Too long" or "missing" before the server has to say it. */
export function problemOfText(value: string, limit: number, isNeeded: boolean): string | undefined {
  if (isNeeded && value.trim() === '') return t('This is needed.');
  return lengthOf(value) > limit ? t('At most {limit, number} characters, please.', { limit }) : undefined;
}
