import { useEffect, useId, useRef, useState } from 'react';
import type { MoveStep, MoveView } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { number } from '../lib/text.ts';
import { FormFailure } from '../ui/feedback.tsx';
import { TextField } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { actionName, startAction } from './move-actions.ts';

interface MoveSwitchProps {
  readonly step: MoveStep;
  readonly forecast: MoveView['forecast'];
  onClose(): void;
}

/** Asks before a switch: what will happen, how long the last ones took, and the name of the side that takes over, typed. */
export function MoveSwitch({ step, forecast, onClose }: MoveSwitchProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const [typed, setTyped] = useState('');
  const wanted = step.confirm ?? '';
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const form = useSubmit({
    check: () => ({ confirm: typed.trim() === wanted ? undefined : t('Type {wanted} to confirm.', { wanted }) }),
    async send() {
      await startAction(step.action as string, { confirm: typed.trim() });
      onClose();
    },
  });
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={title} onClose={onClose}>
      <form className="form" onSubmit={form.onSubmit} noValidate>
        <h2 id={title}>{actionName(step.action as string)}?</h2>
        <p lang="en">{step.about}</p>
        {forecast !== null && <Forecast forecast={forecast} />}
        <TextField
          label={t('Type {wanted} to confirm', { wanted })}
          name="confirm"
          value={typed}
          onChange={setTyped}
          problem={form.problems.confirm}
          input={{ autoComplete: 'off', autoCapitalize: 'none', spellCheck: false, required: true }}
        />
        <FormFailure message={form.failure} />
        <div className="actions">
          <button type="submit" className="button button--danger" aria-disabled={form.isSending}>
            {form.isSending ? t('Beginning …') : actionName(step.action as string)}
          </button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {t('Not now')}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Forecast({ forecast: { lines, limitMs, lastPausesMs } }: { forecast: NonNullable<MoveView['forecast']> }) {
  return (
    <>
      <p>{pauses(lastPausesMs)}</p>
      <ol className="forecast">
        {lines.map((line) => (
          <li key={line} lang="en">
            {line}
          </li>
        ))}
      </ol>
      <p className="soft">
        {t(
          'After {limitMs, number} ms, and on any failure before the decision, it gives up by itself, and the side that serves now serves on.',
          { limitMs },
        )}
      </p>
    </>
  );
}

function pauses(lastPausesMs: readonly number[]): string {
  if (lastPausesMs.length === 0) return t('No switch was made yet: a practice shows how long writes would wait.');
  return t(
    'Writes will wait for about as long as in the last {n, plural, one {switch or practice} other {# switches and practices}}: {times}. Reads do not wait.',
    { n: lastPausesMs.length, times: lastPausesMs.map((pause) => `${number(pause)} ms`).join(', ') },
  );
}
