import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, dataOf } from '../api/client.ts';
import { queries } from '../api/query-client.ts';
import { reminder } from '../api/reminder.ts';
import { t } from '../languages/t.ts';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { TextField } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';

/** What a student who never was reminded sees first: after the lectures. */
const EVENING = '19:00';

/** When one is reminded by mail of what is due. */
export function ReminderChoice() {
  const kept = useQuery(reminder);
  if (kept.isError) return <LoadFailure what={t('The reminder')} error={kept.error} onRetry={() => void kept.refetch()} />;
  if (kept.data === undefined) return <Loading what={t('Opening the reminder')} />;
  if (!kept.data.mails) return <p className="soft">{t('This server sends no mail: who runs it can set that up.')}</p>;
  return <ReminderForm time={kept.data.time} />;
}

function ReminderForm({ time }: { time: string | null }) {
  const [wanted, setWanted] = useState(time ?? EVENING);
  /** What was done last: said again when the same is done again. */
  const [done, setDone] = useState<'set' | 'stopped'>();
  const status = useRef<HTMLParagraphElement>(null);
  // The button that was pressed is gone.
  useEffect(() => {
    if (done === 'stopped') status.current?.focus();
  }, [done]);
  const form = useSubmit({
    check: () => ({ time: /^\d\d:\d\d$/.test(wanted) ? undefined : t('Hours and minutes, as 19:30.') }),
    async send() {
      setDone(undefined);
      const set = await dataOf(api.PUT('/api/v1/study/reminder', { body: { time: wanted } }));
      queries.setQueryData(reminder.queryKey, set);
      setDone('set');
    },
  });
  const stop = useSubmit({
    async send() {
      await dataOf(api.DELETE('/api/v1/study/reminder'));
      await queries.invalidateQueries({ queryKey: reminder.queryKey });
      setDone('stopped');
    },
  });
  return (
    <>
      <form className="form" onSubmit={form.onSubmit} noValidate aria-label={t('Reminder')}>
        <p className="soft">{t('A mail a day, only if cards are due then. It follows the clock of your time zone.')}</p>
        <TextField
          label={t('Time')}
          name="time"
          value={wanted}
          onChange={setWanted}
          problem={form.problems.time}
          input={{ type: 'time', required: true }}
        />
        <FormFailure message={form.failure} />
        <button type="submit" className="button" aria-disabled={form.isSending}>
          {time === null ? t('Remind me') : t('Change the time')}
        </button>
      </form>
      <p role="status" tabIndex={-1} ref={status}>
        {done === 'set' && `${t('Saved.')} `}
        {time !== null ? t('You are reminded at {time}.', { time }) : done === 'stopped' && t('You are reminded no more.')}
      </p>
      {time !== null && (
        <form onSubmit={stop.onSubmit} aria-label={t('No more reminders')}>
          <FormFailure message={stop.failure} />
          <button type="submit" className="button" aria-disabled={stop.isSending}>
            {t('Remind me no more')}
          </button>
        </form>
      )}
    </>
  );
}
