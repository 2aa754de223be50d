import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../api/client.ts';
import { editCards } from '../api/edit.ts';
import { cardById, cardHistory } from '../api/stats.ts';
import type { CardHistory, CardsEdit } from '../api/types.ts';
import { msg, serverText, t } from '../languages/t.ts';
import { shortDay } from '../lib/days.ts';
import { day, decimal } from '../lib/text.ts';
import { DataTable, Panel } from '../ui/chart.tsx';
import { CardText, Empty, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { NotFoundPage } from './not-found.tsx';
import { PlaceForm } from './place-form.tsx';
import '../styles/stats.css';

const days = (n: number): string => t('{n, plural, one {# day} other {# days}}', { n: n });
const tenths = (value: number | null): string => (value === null ? '–' : decimal(value, 1));

const BUTTONS = { again: msg('Again'), hard: msg('Hard'), good: msg('Good'), easy: msg('Easy') } as const;

export default function CardHistoryPage({ id }: { id: string }) {
  const card = useQuery(cardById(id));
  const history = useQuery(cardHistory(id));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const error = card.error ?? history.error;
  if (error instanceof ApiError && error.status === 404) return <NotFoundPage kind="card" />;
  return (
    <Page title={t('History of a card')}>
      {card.data !== undefined && (
        <p className="back">
          <Link href={`/decks/${card.data.deck_id}`}>{t('← Cards of the deck')}</Link>
        </p>
      )}
      <h1 ref={heading} tabIndex={-1} data-start>
        {t('History of a card')}
      </h1>
      {card.data !== undefined && history.data !== undefined ? (
        <>
          <CardText text={card.data.front} className="lead" />
          <History id={id} history={history.data} />
        </>
      ) : error !== null ? (
        <LoadFailure
          what={t('The history')}
          error={error}
          onRetry={() => void Promise.all([card.refetch(), history.refetch()])}
        />
      ) : (
        <Loading what={t('Loading the history')} />
      )}
    </Page>
  );
}

/** Another date than the one that was reckoned, by the student's own will. */
function OwnDate({ id }: { id: number }) {
  const client = useQueryClient();
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  async function place(edit: CardsEdit, told: string): Promise<void> {
    if (isBusy) return;
    setIsBusy(true);
    setFailure(undefined);
    try {
      await editCards(
        [id],
        edit,
        (n) => t(told, { n }),
        () => undefined,
      );
      await client.invalidateQueries();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
    } finally {
      setIsBusy(false);
    }
  }
  return (
    <details className="why__change">
      <summary>{t('Change the date')}</summary>
      <PlaceForm isBusy={isBusy} onPlace={(edit, told) => void place(edit, told)} />
      <FormFailure message={failure} />
    </details>
  );
}

function History({ id, history }: { id: string; history: CardHistory }) {
  const { due_date, why, reviews } = history;
  const hasMemory = reviews.some((review) => review.stability !== null);
  const hasTime = reviews.some((review) => review.seconds !== null);
  return (
    <>
      <section className="section" aria-labelledby="why">
        <h2 id="why">
          {due_date === null ? t('Not studied yet') : t('Due on {duedate}: why this date', { duedate: day(due_date) })}
        </h2>
        <div className="why">
          {why.map((sentence) => (
            <p key={sentence}>{serverText(sentence)}</p>
          ))}
        </div>
        <OwnDate id={Number(id)} />
      </section>
      {reviews.length === 0 ? (
        <Empty title={t('No reviews yet')}>
          <p>{t('Each answer you give to this card will be listed here.')}</p>
        </Empty>
      ) : (
        <Panel
          title={t('{n, plural, one {# review} other {# reviews}}', { n: reviews.length })}
          csv={cardHistory(id).file}
          lead={t('Newest first.')}
        >
          <DataTable
            caption={t('Reviews of this card, newest first')}
            head={[
              t('Review'),
              t('Answer'),
              t('Interval before'),
              t('Interval after'),
              t('Ease'),
              ...(hasMemory ? [t('Stability'), t('Difficulty')] : []),
              ...(hasTime ? [t('Seconds')] : []),
            ]}
            rows={reviews.map((review, index) => [
              `${reviews.length - index}. ${shortDay(review.day)}`,
              review.button === null ? t('not known') : t(BUTTONS[review.button]),
              review.interval_before === null ? t('new') : days(review.interval_before),
              days(review.interval),
              decimal(review.ease_factor, 2),
              ...(hasMemory ? [tenths(review.stability), tenths(review.difficulty)] : []),
              ...(hasTime ? [tenths(review.seconds)] : []),
            ])}
          />
        </Panel>
      )}
    </>
  );
}
