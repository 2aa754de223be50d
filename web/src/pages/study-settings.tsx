import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useId, useState } from 'react';
import { api, dataOf } from '../api/client.ts';
import { studySettings } from '../api/queries.ts';
import { queries } from '../api/query-client.ts';
import type { StudySettings } from '../api/types.ts';
import { msg, rich, t } from '../languages/t.ts';
import { weekdayName } from '../lib/days.ts';
import { inPercent } from '../lib/text.ts';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Choice, TextField, translated } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';

const SCHEDULERS = [
  {
    value: 'fsrs-6',
    label: msg('FSRS'),
    hint: msg('Learns how well you remember each card, and asks just before you would forget it.'),
  },
  { value: 'sm2', label: msg('SM-2'), hint: msg('The classic: each right answer multiplies the days until the next one.') },
] as const;

/** Loaded when somebody looks: nobody needs it to study. */
const Parameters = lazy(() => import('./parameters.tsx'));
const WorkloadView = lazy(() => import('./workload.tsx'));

/** From Monday on. */
const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6] as const;
const LOADS: readonly (readonly [value: string, name: string])[] = [
  ['100', msg('as usual')],
  ['50', msg('half')],
  ['0', msg('none if possible')],
];

const BUTTONS = [
  { isTwo: false, label: msg('Four'), hint: msg('Again, Hard, Good, Easy.') },
  {
    isTwo: true,
    label: msg('Two'),
    hint: msg('Forgot and Got it: less to decide, and nearly as good. They count as Again and Good.'),
  },
] as const;

const whole = (text: string): number | undefined => (/^\d{1,5}$/.test(text.trim()) ? Number(text) : undefined);
const AS_NUMBER = msg('A whole number, please.');
const stepsProblem = (text: string): string | undefined =>
  /^\s*(\d{1,4}[mh]\s*(\s|$))*$/.test(text) ? undefined : t('Minutes (m) and hours (h), please, as 1m 10m.');

/** How one studies, in plain words. */
export function StudySettingsForm() {
  const settings = useQuery(studySettings);
  if (settings.data !== undefined) return <Form settings={settings.data} />;
  if (settings.error !== null) {
    return <LoadFailure what={t('Your settings')} error={settings.error} onRetry={() => void settings.refetch()} />;
  }
  return <Loading what={t('Loading your settings')} />;
}

function Form({ settings }: { settings: StudySettings }) {
  const [values, setValues] = useState({
    scheduler: settings.scheduler,
    has_two_buttons: settings.has_two_buttons,
    retention: String(Math.round(settings.desired_retention * 100)),
    new_per_day: String(settings.new_per_day),
    reviews_per_day: String(settings.reviews_per_day),
    learning_steps: settings.learning_steps,
    relearning_steps: settings.relearning_steps,
    has_load_balance: settings.has_load_balance,
    weekday_loads: settings.weekday_loads.map(String),
  });
  const [isSaved, setSaved] = useState(false);
  const change = (part: Partial<typeof values>) => {
    setSaved(false);
    setValues({ ...values, ...part });
  };
  const retentionId = useId();
  const { isSending, failure, problems, onSubmit } = useSubmit({
    check: () => ({
      new_per_day: whole(values.new_per_day) === undefined ? t(AS_NUMBER) : undefined,
      reviews_per_day: whole(values.reviews_per_day) === undefined ? t(AS_NUMBER) : undefined,
      learning_steps: stepsProblem(values.learning_steps),
      relearning_steps: stepsProblem(values.relearning_steps),
    }),
    async send() {
      const kept = await dataOf(
        api.PUT('/api/v1/study/settings', {
          body: {
            scheduler: values.scheduler,
            has_two_buttons: values.has_two_buttons,
            desired_retention: Number(values.retention) / 100,
            new_per_day: Number(values.new_per_day),
            reviews_per_day: Number(values.reviews_per_day),
            learning_steps: values.learning_steps,
            relearning_steps: values.relearning_steps,
            has_load_balance: values.has_load_balance,
            weekday_loads: values.weekday_loads.map(Number),
          },
        }),
      );
      queries.setQueryData(studySettings.queryKey, kept);
      void queries.invalidateQueries({ queryKey: ['study-settings', 'workload'] });
      setSaved(true);
    },
  });
  const isFsrs = values.scheduler === 'fsrs-6';
  return (
    <form className="form" onSubmit={onSubmit} noValidate aria-label={t('Studying')}>
      <fieldset className="choices">
        <legend className="field__label">{t('Who decides when a card comes back')}</legend>
        {SCHEDULERS.map(({ value, label, hint }) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name="scheduler"
              value={value}
              checked={values.scheduler === value}
              onChange={() => change({ scheduler: value })}
            />
            <span>
              {t(label)}
              <span className="choice__hint">{t(hint)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <p className="soft">{t('A change moves no date: it counts from your next answer to each card.')}</p>
      {isFsrs && (
        <div className="field">
          <label className="field__label" htmlFor={retentionId}>
            {t('Remember {retention} % of the cards when they come back', { retention: values.retention })}
          </label>
          <input
            id={retentionId}
            type="range"
            className="slider"
            min="70"
            max="97"
            value={values.retention}
            aria-valuetext={t('{n} percent', { n: values.retention })}
            onChange={(event) => change({ retention: event.target.value })}
          />
          <p className="field__hint">{t('More means more reviews: 95 % asks each card more than twice as often as 90 %.')}</p>
          <WhenOpen summary={t('What that takes over a year')}>
            <WorkloadView chosen={Number(values.retention)} />
          </WhenOpen>
          <WhenOpen summary={t('Parameters of your own')}>
            <Parameters />
          </WhenOpen>
        </div>
      )}
      {isFsrs && (
        <fieldset className="choices">
          <legend className="field__label">{t('Even days')}</legend>
          {settings.has_fuzz ? (
            <>
              <label className="choice">
                <input
                  type="checkbox"
                  checked={values.has_load_balance}
                  onChange={(event) => change({ has_load_balance: event.target.checked })}
                />
                <span>
                  {rich(
                    'Spread the reviews evenly<span>A card may come back a few days earlier or later; days with fewer cards are chosen first.</span>',
                    { span: (text) => <span className="choice__hint">{text}</span> },
                  )}
                </span>
              </label>
              <details>
                <summary>{t('Easy days')}</summary>
                <p className="field__hint">
                  {t('How many reviews each weekday takes. Cards that come back within three days cannot be moved to another.')}
                </p>
                <div className="form__row">
                  {WEEKDAYS.map((at) => (
                    <Choice
                      key={at}
                      label={weekdayName(at, 'long')}
                      value={values.weekday_loads[at] as string}
                      options={loadsWith(values.weekday_loads[at] as string)}
                      onChange={(load) => change({ weekday_loads: values.weekday_loads.with(at, load) })}
                    />
                  ))}
                </div>
              </details>
            </>
          ) : (
            <p className="field__hint">
              {t('Your days are not moved by chance (has_fuzz is off), so they cannot be evened out.')}
            </p>
          )}
        </fieldset>
      )}
      <fieldset className="choices">
        <legend className="field__label">{t('Buttons while studying')}</legend>
        {BUTTONS.map(({ isTwo, label, hint }) => (
          <label key={label} className="choice">
            <input
              type="radio"
              name="has_two_buttons"
              checked={values.has_two_buttons === isTwo}
              onChange={() => change({ has_two_buttons: isTwo })}
            />
            <span>
              {t(label)}
              <span className="choice__hint">{t(hint)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <TextField
        label={t('New cards a day')}
        name="new_per_day"
        value={values.new_per_day}
        onChange={(new_per_day) => change({ new_per_day })}
        hint={t('All decks together.')}
        problem={problems.new_per_day}
        input={{ inputMode: 'numeric' }}
      />
      <TextField
        label={t('Reviews a day, at most')}
        name="reviews_per_day"
        value={values.reviews_per_day}
        onChange={(reviews_per_day) => change({ reviews_per_day })}
        hint={t('What is left over waits for tomorrow.')}
        problem={problems.reviews_per_day}
        input={{ inputMode: 'numeric' }}
      />
      {isFsrs && (
        <>
          <TextField
            label={t('Steps of a new card')}
            name="learning_steps"
            value={values.learning_steps}
            onChange={(learning_steps) => change({ learning_steps })}
            hint={t('Minutes (m) and hours (h) until it is asked again on its first day: 1m 10m. Empty for none.')}
            problem={problems.learning_steps}
          />
          <TextField
            label={t('Steps of a forgotten card')}
            name="relearning_steps"
            value={values.relearning_steps}
            onChange={(relearning_steps) => change({ relearning_steps })}
            hint={t('The same after Again.')}
            problem={problems.relearning_steps}
          />
        </>
      )}
      <p className="soft">
        {t('Your days follow the clock of your browser ({timezone}) and begin at {rolloverhour}:00.', {
          timezone: settings.time_zone,
          rolloverhour: settings.rollover_hour,
        })}
      </p>
      <FormFailure message={failure} />
      <div className="actions">
        <button type="submit" className="button button--primary" aria-disabled={isSending}>
          {t('Save')}
        </button>
        <p role="status" className="soft">
          {isSaved ? t('Saved.') : ''}
        </p>
      </div>
    </form>
  );
}

/** A share that was set elsewhere is offered, too. */
const loadsWith = (load: string) =>
  LOADS.some(([value]) => value === load) ? translated(LOADS) : [...translated(LOADS), [load, inPercent(Number(load))] as const];

/** What few want to know, loaded once they do. */
function WhenOpen({ summary, children }: { readonly summary: string; readonly children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && <Suspense fallback={<Loading what={t('Opening')} />}>{children}</Suspense>}
    </details>
  );
}
