import { type DiffOptions, typedDiff } from '../lib/typed-diff.ts';

const NAMES = { right: '', wrong: 'not asked: ', missing: 'missing: ' } as const;

/** What was typed beside what was asked: by mark and by word, not by colour alone. */
export function TypedAnswer({ typed, asked, options = {} }: { typed: string; asked: string; options?: DiffOptions }) {
  const { isRight, parts } = typedDiff(typed, asked, options);
  return (
    <div className="typed-answer">
      <p className="typed-answer__verdict">{isRight ? 'Right.' : typed.trim() === '' ? 'Nothing typed.' : 'Not quite:'}</p>
      <p className="card-text" dir="auto">
        {parts.map(({ kind, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts have no names and never move.
          <span key={index} className={`typed-answer__${kind}`}>
            {kind !== 'right' && <span className="visually-hidden">{NAMES[kind]}</span>}
            {text}
          </span>
        ))}
      </p>
    </div>
  );
}
