import type { Ref } from 'react';
import { msg, t } from '../languages/t.ts';
import { type DiffOptions, typedDiff } from '../lib/typed-diff.ts';

const NAMES = { wrong: msg('not asked: '), missing: msg('missing: ') } as const;

/** What was typed beside what was asked: by mark and by word, not by colour alone. */
export function TypedAnswer({ typed, asked, options = {} }: { typed: string; asked: string; options?: DiffOptions }) {
  const { isRight, parts } = typedDiff(typed, asked, options);
  return (
    <div className="typed-answer">
      <p className="typed-answer__verdict">
        {isRight ? t('Right.') : typed.trim() === '' ? t('Nothing typed.') : t('Not quite:')}
      </p>
      <p className="card-text" dir="auto" lang="">
        {parts.map(({ kind, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts have no names and never move.
          <span key={index} className={`typed-answer__${kind}`}>
            {kind !== 'right' && <span className="visually-hidden">{t(NAMES[kind])}</span>}
            {text}
          </span>
        ))}
      </p>
    </div>
  );
}

interface TypedFieldProps {
  readonly fieldRef: Ref<HTMLInputElement>;
  readonly value: string;
  onChange(value: string): void;
  onReveal(): void;
}

/** Where the answer is typed; Enter shows the card's other side. Keys typed here are no grades. */
export function TypedField({ fieldRef, value, onChange, onReveal }: TypedFieldProps) {
  return (
    // A tap into the field is no wish to see the answer.
    // biome-ignore lint/a11y/useKeyWithClickEvents: it only keeps taps from the card around it.
    <label className="field typed-field" onClick={(event) => event.stopPropagation()}>
      <span className="field__label">{t('Your answer')}</span>
      <input
        ref={fieldRef}
        className="field__input"
        dir="auto"
        lang=""
        value={value}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.nativeEvent.isComposing || event.repeat) return;
          event.preventDefault();
          onReveal();
        }}
      />
    </label>
  );
}
