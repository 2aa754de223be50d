import { useQuery } from '@tanstack/react-query';
import { type Workload, workload } from '../api/look-ahead.ts';
import { monthAndYear } from '../lib/days.ts';
import { count } from '../lib/text.ts';
import { BarChart, DataTable } from '../ui/chart.tsx';
import { Empty, LoadFailure, Loading } from '../ui/feedback.tsx';

type Point = Workload['points'][number];

const first = ({ months }: Point): number => months[0]?.minutes_per_day ?? 0;
const whole = ({ months }: Point): number =>
  months.reduce((sum, month) => sum + month.minutes_per_day, 0) / Math.max(months.length, 1);
const known = ({ months }: Point): number => months.at(-1)?.memorised ?? 0;
const rounded = (minutes: number): number => Math.round(minutes * 10) / 10;
const aDay = (minutes: number): string =>
  minutes > 0 && minutes < 1 ? 'less than a minute' : count(Math.round(minutes), 'minute');
const inPercent = ({ desired_retention: retention }: Pick<Point, 'desired_retention'>): number => Math.round(retention * 100);

/** One line for each fifth percent, and those that are compared. */
const isShown = (percent: number, chosen: number, present: number): boolean =>
  percent % 5 === 0 || percent === chosen || percent === present;

/** What a wanted retention takes and gives over the coming year, beside the one that is set. @param chosen in percent */
export default function WorkloadView({ chosen }: { readonly chosen: number }) {
  const ahead = useQuery(workload);
  if (ahead.data !== undefined) return <Ahead ahead={ahead.data} chosen={chosen} />;
  if (ahead.error !== null) return <LoadFailure what="The year ahead" error={ahead.error} onRetry={() => void ahead.refetch()} />;
  return <Loading what="Simulating a year of studying" />;
}

function Ahead({ ahead, chosen }: { ahead: Workload; chosen: number }) {
  if (ahead.cards === 0) return <Empty title="You have no cards yet: there is nothing to look ahead to." />;
  const present = inPercent(ahead);
  const at = (percent: number) => ahead.points.find((point) => inPercent(point) === percent);
  const point = at(chosen);
  const now = at(present);
  if (point === undefined) return null;
  return (
    <div className="plan">
      <div role="status">
        <p className="lead">
          At {chosen} %: about {aDay(first(point))} a day in the coming month, {aDay(whole(point))} over the year. You would then
          know about {count(known(point), 'card')}; today it is {ahead.memorised.toLocaleString()}.
        </p>
        {now !== undefined && present !== chosen && (
          <p>
            At your {present} %: {aDay(first(now))} a day in the coming month, {aDay(whole(now))} over the year, and about{' '}
            {count(known(now), 'card')} known.
          </p>
        )}
      </div>
      <BarChart
        about={`Minutes a day in each of the coming ${point.months.length} months at ${chosen} percent: ${aDay(first(point))} in the first, ${aDay(point.months.at(-1)?.minutes_per_day ?? 0)} in the last.`}
        bars={point.months.map((month) => ({
          label: monthAndYear(month.ends),
          value: month.minutes_per_day,
          text: `${month.minutes_per_day} minutes a day, ${count(month.memorised, 'card')} known`,
        }))}
      />
      <details className="stats__table">
        <summary>Show as a table: Minutes a day at {chosen} %</summary>
        <DataTable
          caption={`The coming year at ${chosen} percent`}
          head={['30 days until', 'Minutes a day', 'Cards known']}
          rows={point.months.map((month) => [month.ends, month.minutes_per_day, month.memorised])}
        />
      </details>
      <DataTable
        caption="What each retention takes and gives"
        head={['Remember', 'Minutes a day, first month', 'Over the year', 'Cards known in a year']}
        rows={ahead.points
          .filter((one) => isShown(inPercent(one), chosen, present))
          .map((one) => [
            `${inPercent(one)} %${inPercent(one) === present ? ' (yours)' : ''}`,
            first(one),
            rounded(whole(one)),
            known(one),
          ])}
      />
      <p className="soft">
        {count(ahead.cards, 'card')}, {ahead.new_cards.toLocaleString()} of them new, {ahead.new_per_day} begun a day, at most{' '}
        {ahead.reviews_per_day.toLocaleString()} reviews a day.{' '}
        {ahead.has_own_pace ? 'At your own pace' : 'With a guess of your pace until more of your answers are there'}:{' '}
        {Math.round(ahead.seconds_per_card)} seconds a card, {Math.round(ahead.seconds_per_new_card)} for a new one. What a model
        of memory expects, not a promise.
      </p>
    </div>
  );
}
