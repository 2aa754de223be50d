import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { api, dataOf } from '../api/client.ts';
import { queries } from '../api/query-client.ts';
import { reminder } from '../api/reminder.ts';
import { t } from '../languages/t.ts';
import { FormFailure } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { useSubmit } from '../ui/use-submit.ts';

/** Behind the link of a mail. One click ends the reminders; opening the page does not: programs look at every link of a mail. */
export default function ReminderOffPage() {
  const [token] = useState(() => window.location.hash.slice(1));
  const [isOff, setOff] = useState(false);
  // Taken out of the address, so that it stays in no history.
  useEffect(() => {
    if (token !== '') window.history.replaceState(window.history.state, '', window.location.pathname);
  }, [token]);
  const form = useSubmit({
    async send() {
      await dataOf(api.POST('/api/v1/study/reminder/off', { params: { query: { token } } }));
      setOff(true);
      void queries.invalidateQueries({ queryKey: reminder.queryKey });
    },
  });
  return (
    <Page title={t('Reminders')} className="page--door">
      <h1>{t('Reminders')}</h1>
      {token === '' ? (
        <p className="lead">{t('The link is not whole. Sign in: under Account you can end the reminders too.')}</p>
      ) : isOff ? (
        <p className="lead" role="status">
          {t(
            'You get no more reminders. To have them again, ask for a new password by mail first: that shows the address is yours.',
          )}
        </p>
      ) : (
        <form className="form" onSubmit={form.onSubmit} noValidate>
          <p className="lead">{t('Do you want no more mails that say what is due?')}</p>
          <FormFailure message={form.failure} />
          <button type="submit" className="button button--primary button--wide" aria-disabled={form.isSending}>
            {t('Remind me no more')}
          </button>
        </form>
      )}
      <p className="aside">
        <Link href="/">{t('Your decks')}</Link>
      </p>
    </Page>
  );
}
