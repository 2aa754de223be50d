import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { changed } from '../api/changes.ts';
import { ApiError, api } from '../api/client.ts';
import { type Backlog, backlog } from '../api/look-ahead.ts';
import { t } from '../languages/t.ts';
import { longDay } from '../lib/days.ts';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';

/** What has piled up, and a way out of it that says until when. */
export default function CatchUpPage() {
  const asked = useQuery(backlog);
  return (
    <Page title={t('Catch up')}>
      <h1>{t('Catch up')}</h1>
      {asked.data !== undefined ? (
        <Plans backlog={asked.data} />
      ) : asked.error !== null ? (
        <LoadFailure what={t('What is overdue')} error={asked.error} onRetry={() => void asked.refetch()} />
      ) : (
        <Loading what={t('Counting what is overdue')} />
      )}
    </Page>
  );
}

function useChange() {
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  async function change(work: () => Promise<unknown>): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
      await Promise.all(['study-settings', 'decks'].map((what) => client.invalidateQueries({ queryKey: [what] })));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
    } finally {
      setBusy(false);
    }
  }
  return { isBusy, failure, change };
}

function Plans({ backlog: { overdue, due_today: dueToday, plan, options, ...usual } }: { backlog: Backlog }) {
  const { isBusy, failure, change } = useChange();
  const begin = (option: Backlog['options'][number]) =>
    change(() =>
      changed(
        api.POST('/api/v1/study/catch-up', { body: { days: option.days, reviews_per_day: option.reviews_per_day } }),
        t('Plan begun.'),
      ),
    );
  return (
    <>
      <p className="lead">
        {overdue === 0 ? t('Nothing is overdue.') : t('{overdue, plural, one {# card} other {# cards}} overdue', { overdue })}
        {overdue > 0 && t(', and {dueToday, number} due today.', { dueToday })}
      </p>
      {plan !== null && (
        <section className="section" aria-labelledby="plan">
          <h2 id="plan">{t('Your plan')}</h2>
          <p>
            {t('{reviewsperday, plural, one {# review} other {# reviews}} a day until {until}. New cards wait until then.', {
              reviewsperday: plan.reviews_per_day,
              until: longDay(plan.until),
            })}
          </p>
          {overdue > 0 && (
            <p role="status">
              {plan.expected_until !== null && plan.expected_until <= plan.until
                ? t('On the way: nothing will be overdue after {expecteduntil}.', { expecteduntil: longDay(plan.expected_until) })
                : plan.expected_until === null
                  ? t('Behind the plan: at this pace something is overdue for more than a year. A longer plan below fits better.')
                  : t('Behind the plan: at this pace nothing is overdue any more on {day}. A longer plan below fits better.', {
                      day: longDay(plan.expected_until),
                    })}
            </p>
          )}
          <button
            type="button"
            className="button"
            aria-disabled={isBusy}
            onClick={() => void change(() => changed(api.DELETE('/api/v1/study/catch-up'), t('Plan ended.')))}
          >
            {t('End the plan')}
          </button>
        </section>
      )}
      {options.length > 0 && (
        <section className="section" aria-labelledby="ways">
          <h2 id="ways">{plan === null ? t('Ways to catch up') : t('Other plans')}</h2>
          <p>
            {plan === null && (
              <>
                {usual.usual_until === null
                  ? t(
                      'With your limit of {reviews, plural, one {# review} other {# reviews}} a day and no new cards, something is overdue for more than a year.',
                      { reviews: usual.reviews_per_day },
                    )
                  : t(
                      'With your limit of {reviews, plural, one {# review} other {# reviews}} a day and no new cards, nothing is overdue any more on {day}.',
                      { reviews: usual.reviews_per_day, day: longDay(usual.usual_until) },
                    )}{' '}
              </>
            )}
            {t(
              'A plan asks so many reviews each day and no new cards until its last day. No card’s date moves, and nothing is hidden: what waits stays due and is counted.',
            )}
          </p>
          <ul className="list">
            {options.map((option) => (
              <li key={option.days} className="deck-row">
                <div className="deck-row__main">
                  <p className="deck-row__name">
                    {t('{days} days: {reviewsperday, plural, one {# review} other {# reviews}} a day', {
                      days: option.days,
                      reviewsperday: option.reviews_per_day,
                    })}
                  </p>
                  <p className="deck-row__about">
                    {t('about {value, plural, one {# minute} other {# minutes}} a day, done on {until}', {
                      value: Math.max(1, Math.round(option.minutes_per_day)),
                      until: longDay(option.until),
                    })}
                  </p>
                </div>
                <button
                  type="button"
                  className="button"
                  aria-disabled={isBusy}
                  onClick={() => void begin(option)}
                  aria-label={t('Begin the plan of {days} days', { days: option.days })}
                >
                  {t('Begin')}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <FormFailure message={failure} />
      <p className="section">
        <Link href="/">{t('All decks')}</Link>
      </p>
    </>
  );
}
