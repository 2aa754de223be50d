import type { FastifyInstance } from 'fastify';
import type { Session } from '../../db/database.ts';
import type { User } from '../../services/accounts.ts';
import { type CardHistory, cardHistory } from '../../services/card-history.ts';
import * as stats from '../../services/stats.ts';
import { sendCsv } from '../csv.ts';
import type { JsonSchema, Schema } from '../json-schema.ts';
import { toId } from '../paging.ts';
import { userRoute } from '../route.ts';
import { cardPath } from '../schemas.ts';
import * as schemas from '../stats-schemas.ts';

type Rows = readonly Readonly<Record<string, string | number | boolean | null>>[];

const figures = (counts: stats.Today['figures']) => ({
  reviews: counts.reviews,
  again: counts.again,
  hard: counts.hard,
  good: counts.good,
  easy: counts.easy,
  unrated: counts.unrated,
  new: counts.new,
  learning: counts.learning,
  young: counts.young,
  mature: counts.mature,
  recalled: counts.recalled,
  forgotten: counts.forgotten,
  seconds: Math.round(counts.spentMs / 1000),
});

const today = ({ day, figures: counts, left, streak }: stats.Today) => ({
  day: stats.dayText(day),
  ...figures(counts),
  left,
  streak: {
    current: streak.current,
    longest: streak.longest,
    freezes: streak.freezes,
    frozen: streak.frozen.map(stats.dayText),
    has_studied_today: streak.hasStudiedToday,
  },
});

const days = ({ from, to, days: rows }: stats.Days) => ({
  from: stats.dayText(from),
  to: stats.dayText(to),
  days: rows.map(({ day, level, added, ...counts }) => ({ day: stats.dayText(day), level, added, ...figures(counts) })),
});

const share = (sum: stats.Passed): number | null => stats.rateOf(sum) ?? null;

const retention = (rows: Awaited<ReturnType<typeof stats.statsRetention>>) =>
  rows.flatMap(({ period, young, mature }) => {
    const all = { passed: young.passed + mature.passed, failed: young.failed + mature.failed };
    return Object.entries({ young, mature, all }).map(([maturity, { passed, failed }]) => ({
      period,
      maturity,
      passed,
      failed,
      rate: share({ passed, failed }),
    }));
  });

const hours = (rows: Awaited<ReturnType<typeof stats.statsHours>>) =>
  rows.map(({ hour, passed, failed }) => ({ hour, reviews: passed + failed, passed, rate: share({ passed, failed }) }));

function forecast({ backlog, days: rows }: Awaited<ReturnType<typeof stats.statsForecast>>) {
  let total = backlog;
  return {
    backlog,
    days: rows.map(({ day, due }) => {
      total += due;
      return { day: stats.dayText(day), due, total };
    }),
  };
}

function intervals(rows: Awaited<ReturnType<typeof stats.statsIntervals>>) {
  const all = rows.reduce((sum, { cards }) => sum + cards, 0);
  let sum = 0;
  return rows.map(({ from, to, cards }) => {
    sum += cards;
    return { from_days: from, to_days: to ?? null, cards, share: all === 0 ? 0 : sum / all };
  });
}

const memory = ({ known, stability, ...rest }: stats.Memories) => ({
  cards: rest.cards,
  unknown: rest.unknown,
  // A tenth of a card says all there is to say.
  known: Math.round(known * 10) / 10,
  recall: rest.recall,
  stability: stability.map(({ from, to, cards }) => ({ from_days: from, to_days: to ?? null, cards })),
  difficulty: rest.difficulty,
});

const BUTTON_NAMES = [null, 'again', 'hard', 'good', 'easy'] as const;

const history = ({ cardId, dueDate, why, reviews }: CardHistory) => ({
  card_id: cardId,
  due_date: dueDate ?? null,
  why,
  reviews: reviews.map((review) => ({
    reviewed_at: review.reviewedAt,
    day: review.day,
    button: BUTTON_NAMES[review.button],
    interval_before: review.intervalBefore ?? null,
    interval: review.interval,
    ease_factor: review.easeFactor,
    due_date: review.dueDate,
    stability: review.stability,
    difficulty: review.difficulty,
    seconds: review.spentMs === null ? null : review.spentMs / 1000,
  })),
});

interface Panel<Question extends stats.StatsQuestion, Answer> {
  readonly name: string;
  readonly summary: string;
  readonly query: Schema<Question>;
  readonly answer: JsonSchema;
  /** The columns of the file. */
  readonly header: readonly string[];
  ask(session: Session, user: User, question: Question): Promise<Answer>;
  /** The rows of the file. */
  rows(answer: Answer): Rows;
}

/** The question with an id that both engines know. */
const asked = <Question extends stats.StatsQuestion>(question: Question): Question =>
  question.deck_id === undefined ? question : { ...question, deck_id: toId(question.deck_id, 'Deck') };

/** Statistics of the person who asks, as JSON and as a file. */
export async function statsRoutes(app: FastifyInstance): Promise<void> {
  function panel<Question extends stats.StatsQuestion, Answer>(spec: Panel<Question, Answer>): void {
    const { name, summary, query, answer, header, ask, rows } = spec;
    const shared = { method: 'GET', tag: 'stats', query, mode: 'read', scope: 'read', mayLag: true } as const;
    userRoute(app, { ...shared, url: `/stats/${name}`, summary, answer }, ({ session, user, query: question }) =>
      ask(session, user, asked(question)),
    );
    userRoute(
      app,
      {
        ...shared,
        url: `/stats/${name}.csv`,
        summary: `${summary}, as a CSV file`,
        answer: schemas.csv,
        produces: 'text/csv',
      },
      async ({ session, user, query: question, reply }) =>
        sendCsv(reply, `flashcase-${name}`, header, rows(await ask(session, user, asked(question)))),
    );
  }

  const counted = ['reviews', 'again', 'hard', 'good', 'easy', 'unrated', 'new', 'learning', 'young', 'mature'];
  panel({
    name: 'today',
    summary: 'What was done today, what is left, and the streak',
    query: schemas.question,
    answer: schemas.today,
    header: ['figure', 'value'],
    ask: async (session, user, question) => today(await stats.statsToday(session, user, question)),
    rows: ({ streak: { frozen: _, ...streak }, ...flat }) =>
      Object.entries({
        ...flat,
        ...Object.fromEntries(Object.entries(streak).map(([name, value]) => [`streak_${name}`, value])),
      }).map(([figure, value]) => ({ figure, value })),
  });
  panel({
    name: 'days',
    summary: 'Reviews, buttons and added cards by study day; days on which nothing happened are left out',
    query: schemas.rangeQuestion,
    answer: schemas.days,
    header: ['day', 'level', 'added', ...counted, 'recalled', 'forgotten', 'seconds'],
    ask: async (session, user, question) => days(await stats.statsDays(session, user, question)),
    rows: (answer) => answer.days,
  });
  panel({
    name: 'retention',
    summary: 'True retention: the first review of each card on each day, by period and maturity',
    query: schemas.question,
    answer: schemas.retention,
    header: ['period', 'maturity', 'passed', 'failed', 'rate'],
    ask: async (session, user, question) => retention(await stats.statsRetention(session, user, question)),
    rows: (answer) => answer,
  });
  panel({
    name: 'hours',
    summary: 'Reviews of young and mature cards, and how many were known, by hour of the day',
    query: schemas.rangeQuestion,
    answer: schemas.hours,
    header: ['hour', 'reviews', 'passed', 'rate'],
    ask: async (session, user, question) => hours(await stats.statsHours(session, user, question)),
    rows: (answer) => answer,
  });
  panel({
    name: 'buttons',
    summary: 'How often each button was pressed, by maturity of the card',
    query: schemas.rangeQuestion,
    answer: schemas.buttons,
    header: ['maturity', 'again', 'hard', 'good', 'easy'],
    ask: (session, user, question) => stats.statsButtons(session, user, question),
    rows: (answer) => answer.map((row) => ({ ...row })),
  });
  panel({
    name: 'forecast',
    summary: 'Studied cards by the day on which they fall due, and the backlog',
    query: schemas.forecastQuestion,
    answer: schemas.forecast,
    header: ['day', 'due', 'total'],
    ask: async (session, user, question) => forecast(await stats.statsForecast(session, user, question)),
    rows: ({ backlog, days: rows }) => [{ day: 'before', due: backlog, total: backlog }, ...rows],
  });
  panel({
    name: 'cards',
    summary: 'Cards by how well they are known: new, learning, young, mature (21 days and more)',
    query: schemas.question,
    answer: schemas.cards,
    header: ['new', 'learning', 'young', 'mature'],
    ask: (session, user, question) => stats.statsCards(session, user, question),
    rows: (answer) => [answer],
  });
  panel({
    name: 'intervals',
    summary: 'Studied cards by the days between their reviews',
    query: schemas.question,
    answer: schemas.intervals,
    header: ['from_days', 'to_days', 'cards', 'share'],
    ask: async (session, user, question) => intervals(await stats.statsIntervals(session, user, question)),
    rows: (answer) => answer,
  });

  panel({
    name: 'memory',
    summary: 'How well studied cards are known today, how long they last and how hard they are, as FSRS has it',
    query: schemas.question,
    answer: schemas.memory,
    header: ['figure', 'from', 'to', 'cards'],
    ask: async (session, user, question) => memory(await stats.statsMemory(session, user, question)),
    rows: ({ recall, stability, difficulty }) => [
      ...recall.map((row) => ({ figure: 'recall', ...row })),
      ...stability.map(({ from_days, to_days, cards }) => ({ figure: 'stability', from: from_days, to: to_days, cards })),
      ...difficulty.map((row) => ({ figure: 'difficulty', ...row })),
    ],
  });

  const ofCard = {
    method: 'GET',
    tag: 'stats',
    params: cardPath,
    query: schemas.historyQuestion,
    mode: 'read',
    mayLag: true,
  } as const;
  userRoute(
    app,
    {
      ...ofCard,
      url: '/cards/:card_id/history',
      scope: 'read',
      summary: 'All reviews of a card, newest first, and why it is due when it is',
      answer: schemas.history,
    },
    async ({ session, user, params: { card_id }, query }) =>
      history(await cardHistory(session, user, toId(card_id, 'Card'), query)),
  );
  userRoute(
    app,
    {
      ...ofCard,
      url: '/cards/:card_id/history.csv',
      scope: 'read',
      summary: 'All reviews of a card, newest first, as a CSV file',
      answer: schemas.csv,
      produces: 'text/csv',
    },
    async ({ session, user, params: { card_id }, query, reply }) => {
      const { reviews } = history(await cardHistory(session, user, toId(card_id, 'Card'), query));
      const rows = reviews.map((review) => ({
        ...review,
        reviewed_at: review.reviewed_at.toApi(),
        due_date: review.due_date.toApi(),
      }));
      const header = Object.keys(schemas.history.properties?.reviews?.items?.properties ?? {});
      return sendCsv(reply, `flashcase-card-${card_id}`, header, rows);
    },
  );
}
