import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useSearchParams } from 'wouter';
import { deckList } from '../api/queries.ts';
import { type StatsRange, statsOf } from '../api/stats.ts';
import type { Stats } from '../api/types.ts';
import { msg, rich, t } from '../languages/t.ts';
import { fromNumber, monthAndYear, shortDay, toNumber } from '../lib/days.ts';
import { daysFromTo } from '../lib/interval-text.ts';
import { number, percent } from '../lib/text.ts';
import { type Bar, BarChart, DataTable, Panel } from '../ui/chart.tsx';
import { Empty, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { Calendar } from './stats-calendar.tsx';
import { MemoryPanels } from './stats-memory.tsx';
import '../styles/stats.css';

const RANGES = { month: msg('30 days'), quarter: msg('90 days'), year: msg('a year'), all: msg('all time') } as const;
const isRange = (text: string | null): text is StatsRange => text !== null && text in RANGES;

/** A tenth of a percent, where there is anything to say. */
const share = (part: number | null): string => (part === null ? '–' : percent(part, 1));

export default function StatisticsPage() {
  const [params, setParams] = useSearchParams();
  const deck = params.get('deck') ?? undefined;
  const asked = params.get('range');
  const range = isRange(asked) ? asked : 'quarter';
  const heading = useRef<HTMLHeadingElement>(null);
  // This page is loaded when it is first wanted; reading starts at its heading then, too.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);

  const choose = (name: string, value: string) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === '') after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true },
    );

  return (
    <Page title={t('Statistics')}>
      <h1 ref={heading} tabIndex={-1} data-start>
        {t('Statistics')}
      </h1>
      <div className="stats__choices">
        <DeckChoice deck={deck} onChoose={(id) => choose('deck', id)} />
        <div className="field">
          <label className="field__label" htmlFor="stats-range">
            {t('Time, where a table goes back')}
          </label>
          <select
            id="stats-range"
            className="field__input"
            value={range}
            onChange={(event) => choose('range', event.target.value)}
          >
            {Object.entries(RANGES).map(([name, text]) => (
              <option key={name} value={name}>
                {t(text)}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Panels key={deck ?? ''} deck={deck} range={range} />
    </Page>
  );
}

function DeckChoice({ deck, onChoose }: { deck: string | undefined; onChoose: (id: string) => void }) {
  const own = useInfiniteQuery(deckList(''));
  const decks = own.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="field">
      <label className="field__label" htmlFor="stats-deck">
        {t('Decks')}
      </label>
      <select id="stats-deck" className="field__input" value={deck ?? ''} onChange={(event) => onChoose(event.target.value)}>
        <option value="">{t('All decks')}</option>
        {deck !== undefined && !decks.some(({ id }) => String(id) === deck) && <option value={deck}>{t('This deck')}</option>}
        {decks.map(({ id, name }) => (
          <option key={id} value={String(id)}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

interface Asked {
  readonly deck: string | undefined;
  readonly range: StatsRange;
}

function Panels({ deck, range }: Asked) {
  const today = useQuery(statsOf.today(deck));
  const year = useQuery(statsOf.days(deck, 'year'));
  if (today.data === undefined || year.data === undefined) {
    const error = today.error ?? year.error;
    if (error === null) return <Loading what={t('Loading statistics')} />;
    const retry = () => void Promise.all([today.refetch(), year.refetch()]);
    return <LoadFailure what={t('The statistics')} error={error} onRetry={retry} />;
  }
  const hasStudied = today.data.streak.longest > 0;
  return (
    <>
      <TodayPanel today={today.data} deck={deck} />
      {hasStudied ? (
        <>
          <CalendarPanel days={year.data} deck={deck} />
          <ForecastPanel deck={deck} />
          <DaysPanels deck={deck} range={range} />
          <RetentionPanel deck={deck} />
          <HoursPanel deck={deck} range={range} />
          <ButtonsPanel deck={deck} range={range} />
          <IntervalsPanel deck={deck} />
          <MemoryPanels deck={deck} />
        </>
      ) : (
        <Empty title={t('Nothing to count yet')}>
          <p>
            {rich(
              'After your first review this page shows your days, what is coming, and how much you remember. <a>Choose a deck to study</a>.',
              { a: (text) => <Link href="/">{text}</Link> },
            )}
          </p>
        </Empty>
      )}
    </>
  );
}

function Figure({ name, value, more }: { name: string; value: ReactNode; more?: string | undefined }) {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd>
        {value}
        {more !== undefined && <span className="figure__more">{more}</span>}
      </dd>
    </div>
  );
}

function streakMore({ streak }: Stats['today']): string {
  const parts = [t('longest {n, number}', { n: streak.longest })];
  if (streak.freezes > 0) parts.push(t('{n, plural, one {# freeze} other {# freezes}} left', { n: streak.freezes }));
  if (streak.frozen.length > 0)
    parts.push(t('{n, plural, one {# missed day} other {# missed days}} saved', { n: streak.frozen.length }));
  return parts.join(', ');
}

function TodayPanel({ today, deck }: { today: Stats['today']; deck: string | undefined }) {
  const cards = useQuery(statsOf.cards(deck));
  const known = today.recalled + today.forgotten;
  return (
    <Panel
      title={t('Today')}
      csv={statsOf.today(deck).file}
      lead={t(
        'A streak counts days with at least one review. Every seventh day in a row earns a freeze; a missed day uses one up by itself. At most two are kept.',
      )}
    >
      <dl className="figures">
        <Figure
          name={t('Studied today')}
          value={number(today.reviews)}
          more={
            today.seconds > 0
              ? t('in {value, plural, one {# minute} other {# minutes}}', { value: Math.max(1, Math.round(today.seconds / 60)) })
              : undefined
          }
        />
        <Figure name={t('Still due today')} value={number(today.left)} />
        <Figure
          name={t('Remembered today')}
          value={share(known === 0 ? null : today.recalled / known)}
          more={known === 0 ? undefined : t('of {known, plural, one {# review} other {# reviews}}', { known })}
        />
        <Figure
          name={t('Streak')}
          value={t('{n, plural, one {# day} other {# days}}', { n: today.streak.current })}
          more={streakMore(today)}
        />
      </dl>
      {cards.data !== undefined && (
        <p className="figures__note">
          {t(
            'Your cards: {new, number} new, {learning, number} learning, {young, number} young, {mature, number} mature (21 days and more).',
            { new: cards.data.new, learning: cards.data.learning, young: cards.data.young, mature: cards.data.mature },
          )}
        </p>
      )}
    </Panel>
  );
}

function CalendarPanel({ days, deck }: { days: Stats['days']; deck: string | undefined }) {
  const known = new Map(days.days.map((row) => [row.day, row]));
  return (
    <Panel
      title={t('Calendar')}
      csv={statsOf.days(deck, 'year').file}
      lead={t('The last year, a week a column. With the arrow keys you go from day to day.')}
      table={
        <DataTable
          caption={t('Reviews by day, newest first')}
          head={[t('Day'), t('Reviews')]}
          rows={days.days
            .filter((row) => row.reviews > 0)
            .toReversed()
            .map((row) => [shortDay(row.day), row.reviews])}
        />
      }
    >
      <Calendar days={known} today={days.to} />
    </Panel>
  );
}

/** What a panel shows until its answer is there. */
function Waiting({ title, query, csv }: { title: string; query: { error: Error | null; refetch: () => unknown }; csv: string }) {
  return (
    <Panel title={title} csv={csv}>
      {query.error === null ? (
        <Loading what={t('Loading')} />
      ) : (
        <LoadFailure what={title} error={query.error} onRetry={() => void query.refetch()} />
      )}
    </Panel>
  );
}

function ForecastPanel({ deck }: { deck: string | undefined }) {
  const options = statsOf.forecast(deck);
  const query = useQuery(options);
  const title = t('What is coming');
  if (query.data === undefined) return <Waiting title={title} query={query} csv={options.file} />;
  const { backlog, days } = query.data;
  const coming = days.reduce((sum, row) => sum + row.due, 0);
  return (
    <Panel
      title={title}
      csv={options.file}
      lead={`${t('{coming, plural, one {# review falls} other {# reviews fall}} due in the next {days} days.', {
        coming,
        days: days.length,
      })} ${backlog > 0 ? `${t('{backlog, plural, one {# card} other {# cards}} from the days before wait for you.', { backlog })} ` : ''}${t(
        'Cards that you fail, and new ones, come on top.',
      )}`}
      table={
        <DataTable
          caption={t('Cards that fall due, by day')}
          head={[t('Day'), t('Due'), t('In all, with what waits')]}
          rows={days.map((row) => [shortDay(row.day), row.due, row.total])}
        />
      }
    >
      <BarChart
        about={t('Cards that fall due on each of the next {days} days: {coming} in all.', { days: days.length, coming })}
        bars={days.map((row) => ({ label: shortDay(row.day), value: row.due, text: t('{due} due', { due: row.due }) }))}
      />
    </Panel>
  );
}

interface Group {
  readonly label: string;
  readonly reviews: number;
  readonly added: number;
  readonly recalled: number;
  readonly forgotten: number;
}

/** Days of a long time are put together: no screen has room for a thousand bars. */
function groupsOf({ from, to, days }: Stats['days']): { name: string; groups: Group[] } {
  const length = toNumber(to) - toNumber(from) + 1;
  const size = length <= 92 ? 'day' : length <= 800 ? 'week' : 'month';
  const labelOf = (number: number): string => {
    if (size === 'month') return monthAndYear(fromNumber(number));
    // The last week ends today.
    return shortDay(fromNumber(size === 'day' ? number : toNumber(to) - Math.floor((toNumber(to) - number) / 7) * 7 - 6));
  };
  const groups = new Map<string, Group>();
  for (let number = toNumber(from); number <= toNumber(to); number++) {
    const label = labelOf(number);
    if (!groups.has(label)) groups.set(label, { label, reviews: 0, added: 0, recalled: 0, forgotten: 0 });
  }
  for (const row of days) {
    const label = labelOf(toNumber(row.day));
    const sum = groups.get(label);
    if (sum === undefined) continue;
    groups.set(label, {
      label,
      reviews: sum.reviews + row.reviews,
      added: sum.added + row.added,
      recalled: sum.recalled + row.recalled,
      forgotten: sum.forgotten + row.forgotten,
    });
  }
  return { name: size === 'day' ? t('Day') : size === 'week' ? t('Week of') : t('Month'), groups: [...groups.values()] };
}

function DaysPanels({ deck, range }: Asked) {
  const options = statsOf.days(deck, range);
  const query = useQuery(options);
  if (query.data === undefined) return <Waiting title={t('Reviews')} query={query} csv={options.file} />;
  const { name, groups } = groupsOf(query.data);
  const reviews = groups.reduce((sum, group) => sum + group.reviews, 0);
  const added = groups.reduce((sum, group) => sum + group.added, 0);
  const studied = query.data.days.filter((row) => row.reviews > 0).length;
  const bars = (figure: 'reviews' | 'added', told: (n: number) => string): Bar[] =>
    groups.map((group) => ({ label: group.label, value: group[figure], text: told(group[figure]) }));
  const reviewsOf = (n: number): string => t('{n, plural, one {# review} other {# reviews}}', { n: n });
  const cardsOf = (n: number): string => t('{n, plural, one {# card} other {# cards}}', { n: n });
  return (
    <>
      <Panel
        title={t('Reviews')}
        csv={options.file}
        lead={t(
          '{reviews, plural, one {# review} other {# reviews}} on {studied, plural, one {# day} other {# days}} (period: {range}).',
          { reviews, studied, range: t(RANGES[range]) },
        )}
        table={
          <DataTable
            caption={t('Reviews, newest first')}
            head={[name, t('Reviews'), t('Remembered'), t('Forgotten')]}
            rows={groups.toReversed().map((group) => [group.label, group.reviews, group.recalled, group.forgotten])}
          />
        }
      >
        <BarChart
          about={t('Reviews (period: {range}): {reviews, number} in all.', { range: t(RANGES[range]), reviews })}
          bars={bars('reviews', reviewsOf)}
        />
      </Panel>
      <Panel
        title={t('Cards added')}
        csv={options.file}
        lead={t('{added, plural, one {# card} other {# cards}} (period: {range}).', { added, range: t(RANGES[range]) })}
        table={
          <DataTable
            caption={t('Cards added, newest first')}
            head={[name, t('Added')]}
            rows={groups.toReversed().map((group) => [group.label, group.added])}
          />
        }
      >
        <BarChart
          about={t('Cards added (period: {range}): {added, number} in all.', { range: t(RANGES[range]), added })}
          bars={bars('added', cardsOf)}
        />
      </Panel>
    </>
  );
}

const PERIODS = {
  today: msg('Today'),
  yesterday: msg('Yesterday'),
  week: msg('7 days'),
  month: msg('30 days'),
  year: msg('365 days'),
} as const;

function RetentionPanel({ deck }: { deck: string | undefined }) {
  const options = statsOf.retention(deck);
  const query = useQuery(options);
  const title = t('True retention');
  if (query.data === undefined) return <Waiting title={title} query={query} csv={options.file} />;
  const cell = (period: string, maturity: string): string => {
    const row = query.data.find((one) => one.period === period && one.maturity === maturity);
    if (row === undefined || row.rate === null) return '–';
    return t('{rate} of {value, number}', { rate: share(row.rate), value: row.passed + row.failed });
  };
  return (
    <Panel
      title={title}
      csv={options.file}
      lead={t(
        'How much you remembered when a card came back: the first review of each card on each day. Young cards come back within 21 days, mature ones later; new cards are left out.',
      )}
    >
      <DataTable
        caption={t('True retention by time and maturity')}
        head={[t('Period'), t('Young'), t('Mature'), t('All')]}
        rows={Object.entries(PERIODS).map(([period, text]) => [
          t(text),
          ...['young', 'mature', 'all'].map((maturity) => cell(period, maturity)),
        ])}
      />
    </Panel>
  );
}

const hourText = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

function HoursPanel({ deck, range }: Asked) {
  const options = statsOf.hours(deck, range);
  const query = useQuery(options);
  const title = t('Hours of the day');
  if (query.data === undefined) return <Waiting title={title} query={query} csv={options.file} />;
  const hours = query.data;
  return (
    <Panel
      title={title}
      csv={options.file}
      lead={t('How much you remembered at each hour (period: {range}). Few reviews make a share that says little.', {
        range: t(RANGES[range]),
      })}
      table={
        <DataTable
          caption={t('Reviews and remembered by hour')}
          head={[t('Hour'), t('Reviews'), t('Remembered')]}
          rows={hours.map((row) => [hourText(row.hour), row.reviews, share(row.rate)])}
        />
      }
    >
      <BarChart
        about={t('Share remembered by hour of the day.')}
        top={1}
        topText={percent(1)}
        bars={hours.map((row) => ({
          label: hourText(row.hour),
          value: row.rate ?? 0,
          text: t('{rate} of {reviews, plural, one {# review} other {# reviews}}', {
            rate: share(row.rate),
            reviews: row.reviews,
          }),
        }))}
      />
    </Panel>
  );
}

/** Rows of bars with their words: reads as a list. */
function Shares({ groups }: { groups: readonly { readonly name: string; readonly bars: readonly Bar[] }[] }) {
  const highest = Math.max(1, ...groups.flatMap(({ bars }) => bars.map((bar) => bar.value)));
  return (
    <ul className="shares panel">
      {groups.map(({ name, bars }) => (
        <li key={name} className="share">
          {groups.length > 1 && <p className="share__name">{name}</p>}
          {bars.map((bar) => (
            <p key={bar.label} className="share__row">
              <span>{bar.label}</span>
              <span className="share__track" aria-hidden="true">
                <span className="share__bar" style={{ width: `${(bar.value / highest) * 100}%` }} />
              </span>
              <span className="share__value">{bar.text}</span>
            </p>
          ))}
        </li>
      ))}
    </ul>
  );
}

const MATURITIES = {
  new: msg('New cards'),
  learning: msg('Learning'),
  young: msg('Young'),
  mature: msg('Mature'),
} as const;
const BUTTONS = { again: msg('Again'), hard: msg('Hard'), good: msg('Good'), easy: msg('Easy') } as const;

function ButtonsPanel({ deck, range }: Asked) {
  const options = statsOf.buttons(deck, range);
  const query = useQuery(options);
  const title = t('Buttons');
  if (query.data === undefined) return <Waiting title={title} query={query} csv={options.file} />;
  const names = Object.entries(BUTTONS) as [keyof typeof BUTTONS, string][];
  const groups = query.data
    .map((row) => ({ row, all: row.again + row.hard + row.good + row.easy }))
    .filter(({ all }) => all > 0)
    .map(({ row, all }) => ({
      name: t(MATURITIES[row.maturity]),
      bars: names.map(([button, label]) => ({
        label: t(label),
        value: row[button] / all,
        text: `${number(row[button])} (${share(row[button] / all)})`,
      })),
    }));
  return (
    <Panel
      title={title}
      csv={options.file}
      lead={t('How often you pressed each (period: {range}).', { range: t(RANGES[range]) })}
      table={
        <DataTable
          caption={t('Buttons by maturity of the card')}
          head={[t('Cards'), ...Object.values(BUTTONS).map((name) => t(name))]}
          rows={query.data.map((row) => [t(MATURITIES[row.maturity]), row.again, row.hard, row.good, row.easy])}
        />
      }
    >
      {groups.length === 0 ? <p className="soft">{t('No reviews in this time.')}</p> : <Shares groups={groups} />}
    </Panel>
  );
}

function IntervalsPanel({ deck }: { deck: string | undefined }) {
  const options = statsOf.intervals(deck);
  const query = useQuery(options);
  const title = t('Intervals');
  if (query.data === undefined) return <Waiting title={title} query={query} csv={options.file} />;
  const rows = query.data.map((row) => ({ ...row, label: daysFromTo(row.from_days, row.to_days) }));
  const cards = rows.reduce((sum, row) => sum + row.cards, 0);
  return (
    <Panel
      title={title}
      csv={options.file}
      lead={t('How long your {cards, plural, one {# studied card} other {# studied cards}} stay away between reviews.', {
        cards,
      })}
      table={
        <DataTable
          caption={t('Cards by interval')}
          head={[t('Interval'), t('Cards'), t('Share up to here')]}
          rows={rows.map((row) => [row.label, row.cards, share(row.share)])}
        />
      }
    >
      <BarChart
        about={t('Studied cards by interval, from none to years: {cards} in all.', { cards })}
        bars={rows.map((row) => ({
          label: row.label,
          value: row.cards,
          text: t('{n, plural, one {# card} other {# cards}}', { n: row.cards }),
        }))}
      />
    </Panel>
  );
}
