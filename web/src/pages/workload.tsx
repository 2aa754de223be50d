import { useQuery } from '@tanstack/react-query';
import { type Workload, workload } from '../api/look-ahead.ts';
import { t } from '../languages/t.ts';
import { monthAndYear, shortDay } from '../lib/days.ts';
import { inPercent } from '../lib/text.ts';
import { BarChart, DataTable } from '../ui/chart.tsx';
import { Empty, LoadFailure, Loading } from '../ui/feedback.tsx';

type Point = Workload['points'][number];

const first = ({ months }: Point): number => months[0]?.minutes_per_day ?? 0;
const whole = ({ months }: Point): number =>
  months.reduce((sum, month) => sum + month.minutes_per_day, 0) / Math.max(months.length, 1);
const known = ({ months }: Point): number => months.at(-1)?.memorised ?? 0;
const rounded = (minutes: number): number => Math.round(minutes * 10) / 10;
const aDay = (minutes: number): string =>
  minutes > 0 && minutes < 1
    ? t('less than a minute')
    : t('{n, plural, one {# minute} other {# minutes}}', { n: Math.round(minutes) });
const wantedIn = ({ desired_retention: retention }: Pick<Point, 'desired_retention'>): number => Math.round(retention * 100);

/** One line for each fifth percent, and those that are compared. */
const isShown = (percent: number, chosen: number, present: number): boolean =>
  percent % 5 === 0 || percent === chosen || percent === present;

/** What a wanted retention takes and gives over the coming year, beside the one that is set. @param chosen in percent */
export default function WorkloadView({ chosen }: { readonly chosen: number }) {
  const ahead = useQuery(workload);
  if (ahead.data !== undefined) return <Ahead ahead={ahead.data} chosen={chosen} />;
  if (ahead.error !== null)
    return <LoadFailure what={t('The year ahead')} error={ahead.error} onRetry={() => void ahead.refetch()} />;
  return <Loading what={t('Simulating a year of studying')} />;
}

function Ahead({ ahead, chosen }: { ahead: Workload; chosen: number }) {
  if (ahead.cards === 0) return <Empty title={t('You have no cards yet: there is nothing to look ahead to.')} />;
  const present = wantedIn(ahead);
  const at = (percent: number) => ahead.points.find((point) => wantedIn(point) === percent);
  const point = at(chosen);
  const now = at(present);
  if (point === undefined) return null;
  return (
    <div className="plan">
      <div role="status">
        <p className="lead">
          {t(
            'At {chosen} %: about {month} a day in the coming month, {year} over the year. You would then know about {known, plural, one {# card} other {# cards}}; today it is {memorised, number}.',
            { chosen, month: aDay(first(point)), year: aDay(whole(point)), known: known(point), memorised: ahead.memorised },
          )}
        </p>
        {now !== undefined && present !== chosen && (
          <p>
            {t(
              'At your {present} %: {month} a day in the coming month, {year} over the year, and about {known, plural, one {# card} other {# cards}} known.',
              { present, month: aDay(first(now)), year: aDay(whole(now)), known: known(now) },
            )}
          </p>
        )}
      </div>
      <BarChart
        about={t(
          'Minutes a day in each of the coming {length} months at {chosen} percent: {first} in the first, {last} in the last.',
          {
            length: point.months.length,
            chosen,
            first: aDay(first(point)),
            last: aDay(point.months.at(-1)?.minutes_per_day ?? 0),
          },
        )}
        bars={point.months.map((month) => ({
          label: monthAndYear(month.ends),
          value: month.minutes_per_day,
          text: t('{minutes, number} minutes a day, {memorised, plural, one {# card} other {# cards}} known', {
            minutes: month.minutes_per_day,
            memorised: month.memorised,
          }),
        }))}
      />
      <details className="stats__table">
        <summary>{t('Show as a table: Minutes a day at {chosen} %', { chosen })}</summary>
        <DataTable
          caption={t('The coming year at {chosen} percent', { chosen })}
          head={[t('30 days until'), t('Minutes a day'), t('Cards known')]}
          rows={point.months.map((month) => [shortDay(month.ends), month.minutes_per_day, month.memorised])}
        />
      </details>
      <DataTable
        caption={t('What each retention takes and gives')}
        head={[t('Remember'), t('Minutes a day, first month'), t('Over the year'), t('Cards known in a year')]}
        rows={ahead.points
          .filter((one) => isShown(wantedIn(one), chosen, present))
          .map((one) => [
            wantedIn(one) === present ? t('{percent} (yours)', { percent: inPercent(present) }) : inPercent(wantedIn(one)),
            first(one),
            rounded(whole(one)),
            known(one),
          ])}
      />
      <p className="soft">
        {t(
          '{cards, plural, one {# card} other {# cards}}, {fresh, number} of them new, {begun, number} begun a day, at most {most, number} reviews a day.',
          { cards: ahead.cards, fresh: ahead.new_cards, begun: ahead.new_per_day, most: ahead.reviews_per_day },
        )}{' '}
        {ahead.has_own_pace ? t('At your own pace:') : t('With a guess of your pace until more of your answers are there:')}{' '}
        {t('{seconds} seconds a card, {fresh} for a new one.', {
          seconds: Math.round(ahead.seconds_per_card),
          fresh: Math.round(ahead.seconds_per_new_card),
        })}{' '}
        {t('What a model of memory expects, not a promise.')}
      </p>
    </div>
  );
}
