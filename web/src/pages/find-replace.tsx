import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { type EditScope, previewReplace, replaceAll } from '../api/edit.ts';
import type { LeftItem, ReplaceAsked, ReplaceDone, ReplacePreview } from '../api/types.ts';
import { count } from '../lib/text.ts';
import { FormFailure } from '../ui/feedback.tsx';
import { Choice, TextField } from '../ui/field.tsx';

interface FindReplaceProps {
  readonly scope: EditScope;
  /** The scope in words: "the 3 selected cards". */
  readonly where: string;
  onEnd(): void;
}

const NOTHING: ReplaceAsked = { find: '', replace: '', is_expression: false, matches_case: false, is_whole_words: false };

const CHECKS: readonly (readonly ['is_expression' | 'matches_case' | 'is_whole_words', string])[] = [
  ['matches_case', 'Match case'],
  ['is_whole_words', 'Whole words only'],
  ['is_expression', 'Regular expression'],
];

/** Finds and replaces in the notes of some cards: first shown, then done as one change that can be taken back. */
export function FindReplace({ scope, where, onEnd }: FindReplaceProps) {
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
      <h2 id="find-replace">Find and replace in {where}</h2>
      <form onSubmit={look} noValidate>
        <div className="replace__fields">
          <TextField
            label="Find"
            name="find"
            value={asked.find}
            onChange={(find) => change({ find })}
            problem={problem}
            input={{ autoFocus: true, autoComplete: 'off', spellCheck: false, maxLength: 1000 }}
          />
          <TextField
            label="Replace with"
            name="replace"
            value={asked.replace}
            onChange={(text) => change({ replace: text })}
            hint={asked.is_expression ? '$1 is the first group, $& all that was found, \\n a new line.' : undefined}
            input={{ autoComplete: 'off', spellCheck: false, maxLength: 2000 }}
          />
          <Choice
            label="In the field"
            value={field}
            options={[['', 'All fields'], ...names.map((name) => [name, name] as const)]}
            onChange={setField}
          />
        </div>
        {CHECKS.map(([name, label]) => (
          <label key={name} className="check">
            <input type="checkbox" checked={asked[name]} onChange={(event) => change({ [name]: event.target.checked })} />
            {label}
          </label>
        ))}
        <div className="actions">
          <button type="submit" className="button button--primary" aria-disabled={isBusy || asked.find === ''}>
            {isBusy && shown === undefined ? 'Looking …' : 'Show what would change'}
          </button>
          <button type="button" className="button" onClick={onEnd}>
            Close
          </button>
        </div>
      </form>
      <FormFailure message={failure === undefined || problem !== undefined ? undefined : failure.message} />
      <div role="status" tabIndex={-1} ref={status} className="replace__status">
        {shown !== undefined && (
          <p>
            {shown.items.length === 0
              ? `Nothing would change in ${count(shown.looked_at, 'note')}.`
              : `${count(shown.hits, 'place')} in ${count(shown.items.length, 'note')} would change, of ${shown.looked_at.toLocaleString()}.`}
            {shown.left_count > 0 && ` ${count(shown.left_count, 'note')} would stay as they are: see below.`}
            {shown.not_own > 0 && ` ${count(shown.not_own, 'card')} of others’ decks stay as they are.`}
          </p>
        )}
        {done !== undefined && (
          <p className={done.left_count > 0 ? 'notice notice--danger' : 'notice'}>
            {count(done.hits, 'place')} in {count(done.changed, 'note')} replaced.
            {done.left_count > 0 && ` ${count(done.left_count, 'note')} stayed as they were.`}
          </p>
        )}
      </div>
      {shown !== undefined && shown.items.length > 0 && (
        <>
          <div className="actions">
            <button type="button" className="button button--primary" aria-disabled={isBusy} onClick={() => void replace(shown)}>
              {isBusy ? 'Replacing …' : `Replace in ${count(shown.items.length, 'note')}`}
            </button>
          </div>
          <ul className="replace__changes">
            {shown.changes.map((one) => (
              <li key={`${one.kind} ${one.id}`}>
                {one.fields.map(({ name, stretches }) => (
                  <p key={name}>
                    <span className="soft">
                      {name} · {one.deck_name}
                    </span>
                    <span className="replace__text" dir="auto">
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
              Show more
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
          <span className="visually-hidden">replaced: </span>
          {text}
        </del>
      )}
      {becomes !== '' && (
        <ins>
          <span className="visually-hidden"> with: </span>
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
      <h3>These stay as they are</h3>
      <ul className="replace__left">
        {items.map(({ kind, id, title, reason }) => (
          <li key={`${kind} ${id}`} dir="auto">
            {title === '' ? 'A note' : title}: {reason}
          </li>
        ))}
        {all > items.length && <li>… and {(all - items.length).toLocaleString()} more.</li>}
      </ul>
    </>
  );
}
