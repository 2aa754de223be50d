import { useState } from 'react';
import type { MoveView } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { FormFailure } from '../ui/feedback.tsx';
import { Choice, translated } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { startAction } from './move-actions.ts';

type Options = readonly (readonly [value: string, name: string])[];

const RESTS: Options = [
  ['auto', msg('Twice as long as before the move')],
  ['100ms', msg('Over 100 ms')],
  ['200ms', msg('Over 200 ms')],
  ['500ms', msg('Over 500 ms')],
  ['off', msg('However long: it never rests')],
];
const SHARES: Options = [
  ['off', msg('None')],
  ['1', msg('1 % of them')],
  ['5', msg('5 % of them')],
  ['25', msg('25 % of them')],
  ['100', msg('All of them')],
];

/** What is set for the whole move: `flashcase move throttle` and `flashcase move shadow`. */
export function MoveSettings({ settings, isBusy }: { settings: NonNullable<MoveView['settings']>; isBusy: boolean }) {
  return (
    <section className="section" aria-labelledby="settings">
      <h2 id="settings">{t('Settings')}</h2>
      <div className="move-settings">
        <Setting
          action="throttle"
          label={t('Copying and carrying rest while the slowest 1 % of requests take')}
          options={RESTS}
          now={settings.throttle}
          isBusy={isBusy}
        />
        <Setting
          action="shadow"
          label={t('Reads of users that are asked of both sides, and compared')}
          options={SHARES}
          now={settings.shadow}
          isBusy={isBusy}
        />
      </div>
    </section>
  );
}

interface SettingProps {
  readonly action: 'throttle' | 'shadow';
  readonly label: string;
  readonly options: Options;
  readonly now: string;
  readonly isBusy: boolean;
}

/** Set by a button: a list that acts by itself would act at every arrow key. */
function Setting({ action, label, options, now, isBusy }: SettingProps) {
  const [chosen, setChosen] = useState<string>();
  const form = useSubmit({
    async send() {
      if (chosen === undefined) return;
      await startAction(action, { value: chosen });
      setChosen(undefined);
    },
  });
  const isChanged = chosen !== undefined && chosen !== now;
  // Somebody may have typed another value on the server.
  const all = options.some(([value]) => value === now) ? translated(options) : [...translated(options), [now, now] as const];
  return (
    <form className="move-setting" onSubmit={form.onSubmit}>
      <Choice label={label} value={chosen ?? now} options={all} onChange={setChosen} />
      <button
        type="submit"
        className="button"
        aria-label={t('Set: {label}', { label })}
        aria-disabled={!isChanged || isBusy || form.isSending}
        onClick={(event) => {
          if (!isChanged || isBusy) event.preventDefault();
        }}
      >
        {t('Set')}
      </button>
      <FormFailure message={form.failure} />
    </form>
  );
}
