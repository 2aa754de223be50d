import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { type EditScope, previewReplace, replaceAll } from '../api/edit.ts';
import type { LeftItem, ReplaceAsked, ReplaceDone, ReplacePreview } from '../api/types.ts';
import { msg, serverText, t } from '../languages/t.ts';
import { FormFailure } from '../ui/feedback.tsx';
import { Choice, TextField } from '../ui/field.tsx';

interface FindReplaceProps {
  readonly scope: EditScope;
  /** With the scope in it: "Find and replace in the 3 selected cards". */
  readonly title: string;
  onEnd(): void;
}

const NOTHING: ReplaceAsked = { find: '', replace: '', is_expression: false, matches_case: false, is_whole_words: false };

const CHECKS: readonly (readonly ['is_expression' | 'matches_case' | 'is_whole_words', string])[] = [
  ['matches_case', msg('Match case')],
  ['is_whole_words', msg('Whole words only')],
  ['is_expression', msg('Regular expression')],
];

/** Finds and replaces in the notes of some cards: first shown, then done as one change that can be taken back. */
export function FindReplace({ scope, title, onEnd }: FindReplaceProps) {
  const client = useQueryClient();
  const [asked, setAsked] = useState(NOTHING);
  const [field, setField] = useState('');
  /** What is shown, with what was asked for it: another question makes it stale. */
  const [preview, setPreview] = useState<{ readonly of: string; readonly answer: ReplacePreview }>();
  const [names, setNames] = useState<readonly string[]>([]);
  const [done, setDone] = useState<ReplaceDone>();
  const [failure, setFailure] = useState<ApiError>();
  const [isBusy, setBusy] = useState(false);
  const status = useRef<HTMLDivElement>(null);
  const whole: ReplaceAsked = { ...asked, ...(field === '' ? {} : { fields: [field] }) };
  const question = JSON.stringify([whole, scope]);
  const shown = preview?.of === question ? preview.answer : undefined;

  async function run(work: () => Promise<void>): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  function change(more: Partial<ReplaceAsked>): void {
    setAsked({ ...asked, ...more });
    setDone(undefined);
  }

  const look = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const answer = await previewReplace(scope, whole);
      setPreview({ of: question, answer });
      setNames(answer.fields.map(({ name }) => name));
      setDone(undefined);
      status.current?.focus();
    });
  };
  const more = (from: ReplacePreview) =>
    run(async () => {
      const { changes, next } = await previewReplace(scope, whole, from.next ?? undefined);
      setPreview({ of: question, answer: { ...from, changes: [...from.changes, ...changes], next } });
    });
  const replace = (from: ReplacePreview) =>
    run(async () => {
      const answer = await replaceAll(whole, from.items);
      setPreview(undefined);
      await client.invalidateQueries({ queryKey: ['cards'] });
      setDone(answer);
      status.current?.focus();
    });

  const problem = failure?.fields.find;
  return (
    <section className="browse__bulk" aria-labelledby="find-replace">
      <h2 id="find-replace">{title}</h2>
      <form onSubmit={look} noValidate>
        <div className="replace__fields">
          <TextField
            label={t('Find')}
            name="find"
            value={asked.find}
            onChange={(find) => change({ find })}
            problem={problem}
            input={{ autoFocus: true, autoComplete: 'off', spellCheck: false, maxLength: 1000 }}
          />
          <TextField
            label={t('Replace with')}
            name="replace"
            value={asked.replace}
            onChange={(text) => change({ replace: text })}
            hint={asked.is_expression ? t('$1 is the first group, $& all that was found, \\n a new line.') : undefined}
            input={{ autoComplete: 'off', spellCheck: false, maxLength: 2000 }}
          />
          <Choice
            label={t('In the field')}
            value={field}
            options={[['', t('All fields')], ...names.map((name) => [name, serverText(name)] as const)]}
            onChange={setField}
          />
        </div>
        {CHECKS.map(([name, label]) => (
          <label key={name} className="check">
            <input type="checkbox" checked={asked[name]} onChange={(event) => change({ [name]: event.target.checked })} />
            {t(label)}
          </label>
        ))}
        <div className="actions">
          <button type="submit" className="button button--primary" aria-disabled={isBusy || asked.find === ''}>
            {isBusy && shown === undefined ? t('Looking …') : t('Show what would change')}
          </button>
          <button type="button" className="button" onClick={onEnd}>
            {t('Close')}
          </button>
        </div>
      </form>
      <FormFailure message={failure === undefined || problem !== undefined ? undefined : failure.message} />
      <div role="status" tabIndex={-1} ref={status} className="replace__status">
        {shown !== undefined && (
          <p>
            {shown.items.length === 0
              ? t('Nothing would change in {lookedat, plural, one {# note} other {# notes}}.', { lookedat: shown.looked_at })
              : t(
                  '{hits, plural, one {# place} other {# places}} in {length, plural, one {# note} other {# notes}} would change, of {lookedat, number}.',
                  { hits: shown.hits, length: shown.items.length, lookedat: shown.looked_at },
                )}
            {shown.left_count > 0 &&
              t(' {leftcount, plural, one {# note} other {# notes}} would stay as they are: see below.', {
                leftcount: shown.left_count,
              })}
            {shown.not_own > 0 &&
              t(' {notown, plural, one {# card} other {# cards}} of others’ decks stay as they are.', { notown: shown.not_own })}
          </p>
        )}
        {done !== undefined && (
          <p className={done.left_count > 0 ? 'notice notice--danger' : 'notice'}>
            {t('{hits, plural, one {# place} other {# places}} in {changed, plural, one {# note} other {# notes}} replaced.', {
              hits: done.hits,
              changed: done.changed,
            })}
            {done.left_count > 0 &&
              t(' {leftcount, plural, one {# note} other {# notes}} stayed as they were.', { leftcount: done.left_count })}
          </p>
        )}
      </div>
      {shown !== undefined && shown.items.length > 0 && (
        <>
          <div className="actions">
            <button type="button" className="button button--primary" aria-disabled={isBusy} onClick={() => void replace(shown)}>
              {isBusy
                ? t('Replacing …')
                : t('Replace in {length, plural, one {# note} other {# notes}}', { length: shown.items.length })}
            </button>
          </div>
          <ul className="replace__changes">
            {shown.changes.map((one) => (
              <li key={`${one.kind} ${one.id}`}>
                {one.fields.map(({ name, stretches }) => (
                  <p key={name}>
                    <span className="soft">
                      {serverText(name)} · {one.deck_name}
                    </span>
                    <span className="replace__text" dir="auto" lang="">
                      {stretches.map(({ text, becomes }, index) => (
                        // biome-ignore lint/suspicious/noArrayIndexKey: the stretches have no names and never move.
                        <Stretch key={index} text={text} becomes={becomes} />
                      ))}
                    </span>
                  </p>
                ))}
              </li>
            ))}
          </ul>
          {shown.next !== null && (
            <button type="button" className="button" aria-disabled={isBusy} onClick={() => void more(shown)}>
              {t('Show more')}
            </button>
          )}
        </>
      )}
      <Left items={done?.left ?? shown?.left ?? []} count={done?.left_count ?? shown?.left_count ?? 0} />
    </section>
  );
}

function Stretch({ text, becomes }: { text: string; becomes: string | null }) {
  if (becomes === null) return text;
  return (
    <>
      {text !== '' && (
        <del>
          <span className="visually-hidden">{t('replaced:')} </span>
          {text}
        </del>
      )}
      {becomes !== '' && (
        <ins>
          <span className="visually-hidden"> {t('with:')} </span>
          {becomes}
        </ins>
      )}
    </>
  );
}

/** Notes that stay as they are, and why. */
function Left({ items, count: all }: { items: readonly LeftItem[]; count: number }) {
  if (items.length === 0) return null;
  return (
    <>
      <h3>{t('These stay as they are')}</h3>
      <ul className="replace__left">
        {items.map(({ kind, id, title, reason }) => (
          <li key={`${kind} ${id}`} dir="auto">
            {title === '' ? t('A note') : title}: {serverText(reason)}
          </li>
        ))}
        {all > items.length && <li>{t('… and {value, number} more.', { value: all - items.length })}</li>}
      </ul>
    </>
  );
}
