import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { changed } from '../api/changes.ts';
import { ApiError, api } from '../api/client.ts';
import { type Backlog, backlog } from '../api/look-ahead.ts';
import { longDay } from '../lib/days.ts';
import { count } from '../lib/text.ts';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';

/** What has piled up, and a way out of it that says until when. */
export default function CatchUpPage() {
  const asked = useQuery(backlog);
  return (
    <Page title="Catch up">
      <h1>Catch up</h1>
      {asked.data !== undefined ? (
        <Plans backlog={asked.data} />
      ) : asked.error !== null ? (
        <LoadFailure what="What is overdue" error={asked.error} onRetry={() => void asked.refetch()} />
      ) : (
        <Loading what="Counting what is overdue" />
      )}
    </Page>
  );
}

const until = (day: string | null): string => (day === null ? 'in more than a year' : `on ${longDay(day)}`);

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
        'Plan begun.',
      ),
    );
  return (
    <>
      <p className="lead">
        {overdue === 0 ? 'Nothing is overdue.' : `${count(overdue, 'card')} overdue`}
        {overdue > 0 && `, and ${dueToday.toLocaleString()} due today.`}
      </p>
      {plan !== null && (
        <section className="section" aria-labelledby="plan">
          <h2 id="plan">Your plan</h2>
          <p>
            {count(plan.reviews_per_day, 'review')} a day until {longDay(plan.until)}. New cards wait until then.
          </p>
          {overdue > 0 && (
            <p role="status">
              {plan.expected_until !== null && plan.expected_until <= plan.until
                ? `On the way: nothing will be overdue after ${longDay(plan.expected_until)}.`
                : `Behind the plan: at this pace nothing is overdue any more ${until(plan.expected_until)}. A longer plan below fits better.`}
            </p>
          )}
          <button
            type="button"
            className="button"
            aria-disabled={isBusy}
            onClick={() => void change(() => changed(api.DELETE('/api/v1/study/catch-up'), 'Plan ended.'))}
          >
            End the plan
          </button>
        </section>
      )}
      {options.length > 0 && (
        <section className="section" aria-labelledby="ways">
          <h2 id="ways">{plan === null ? 'Ways to catch up' : 'Other plans'}</h2>
          <p>
            {plan === null && (
              <>
                With your limit of {count(usual.reviews_per_day, 'review')} a day and no new cards, nothing is overdue any more{' '}
                {until(usual.usual_until)}.{' '}
              </>
            )}
            A plan asks so many reviews each day and no new cards until its last day. No card’s date moves, and nothing is hidden:
            what waits stays due and is counted.
          </p>
          <ul className="list">
            {options.map((option) => (
              <li key={option.days} className="deck-row">
                <div className="deck-row__main">
                  <p className="deck-row__name">
                    {option.days} days: {count(option.reviews_per_day, 'review')} a day
                  </p>
                  <p className="deck-row__about">
                    about {count(Math.max(1, Math.round(option.minutes_per_day)), 'minute')} a day, done on{' '}
                    {longDay(option.until)}
                  </p>
                </div>
                <button
                  type="button"
                  className="button"
                  aria-disabled={isBusy}
                  onClick={() => void begin(option)}
                  aria-label={`Begin the plan of ${option.days} days`}
                >
                  Begin
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <FormFailure message={failure} />
      <p className="section">
        <Link href="/">All decks</Link>
      </p>
    </>
  );
}
