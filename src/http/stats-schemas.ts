/** What the statistics take and give. All of it is FlashCase's own. */
import { RANGE_NAMES, ROLLOVER_HOURS } from '../services/stats.ts';
import { id, idText, list, nullable, object, oneOf, real, text, time, truth, whole, withDefault } from './json-schema.ts';

const where = {
  zone: withDefault(
    text({ maxLength: 64, description: 'IANA name of the time zone whose days are meant: Europe/Berlin.' }),
    'UTC',
  ),
  rollover: withDefault(
    whole({ minimum: 0, maximum: 23, description: 'Hour on the wall clock at which a study day begins.' }),
    ROLLOVER_HOURS,
  ),
};
const deck = { deck_id: idText({ description: 'One deck; all decks when left out.' }) };
const range = withDefault(oneOf(RANGE_NAMES), 'year');

export const question = object(where, deck);
export const rangeQuestion = object({ ...where, range }, deck);
export const forecastQuestion = object({ ...where, days: withDefault(whole({ minimum: 1, maximum: 365 }), 30) }, deck);
export const historyQuestion = object(where);

/** Every table can be had as a file. */
export const csv = text({ description: 'The same table, its header first.' });

const day = () => text({ description: 'A study day: 2026-11-26.' });
const rate = () => nullable({ ...real(), description: 'Share that was known, 0 to 1; null without a review.' });

const figures = {
  reviews: whole(),
  again: whole(),
  hard: whole(),
  good: whole(),
  easy: whole(),
  unrated: whole({ description: 'Reviews of old logs that do not tell the answer.' }),
  new: whole({
    description: 'Reviews of cards by how well they were known before: new, learning, young, mature (21 days and more).',
  }),
  learning: whole(),
  young: whole(),
  mature: whole(),
  recalled: whole({ description: 'Of young and mature cards.' }),
  forgotten: whole(),
  seconds: whole({ description: 'Time spent, where the client said so.' }),
};

export const today = object({
  day: day(),
  ...figures,
  left: whole({ description: 'Studied cards that are due today or before.' }),
  streak: object({
    current: whole(),
    longest: whole(),
    freezes: whole({ description: 'Missed days that will not end it.' }),
    frozen: list(day()),
    has_studied_today: truth(),
  }),
});
export const cards = object({ new: whole(), learning: whole(), young: whole(), mature: whole() });
export const days = object({
  from: day(),
  to: day(),
  days: list(
    object({
      day: day(),
      level: whole({ minimum: 0, maximum: 4, description: 'Place among the days with reviews, by quarters.' }),
      added: whole({ description: 'Cards made.' }),
      ...figures,
    }),
  ),
});
export const retention = list(
  object({
    period: oneOf(['today', 'yesterday', 'week', 'month', 'year']),
    maturity: oneOf(['young', 'mature', 'all']),
    passed: whole(),
    failed: whole(),
    rate: rate(),
  }),
);
export const hours = list(object({ hour: whole(), reviews: whole(), passed: whole(), rate: rate() }));
export const buttons = list(
  object({
    maturity: oneOf(['new', 'learning', 'young', 'mature']),
    again: whole(),
    hard: whole(),
    good: whole(),
    easy: whole(),
  }),
);
export const forecast = object({
  backlog: whole({ description: 'Cards that were due before today.' }),
  days: list(object({ day: day(), due: whole(), total: whole({ description: 'With the backlog and the days before.' }) })),
});
export const intervals = list(
  object({
    from_days: whole(),
    to_days: nullable(whole()),
    cards: whole(),
    share: { ...real(), description: 'Share of cards up to this interval.' },
  }),
);
const shares = list(object({ from: real(), to: real(), cards: whole() }));
export const memory = object({
  cards: whole({ description: 'Studied cards that FSRS has answered.' }),
  unknown: whole({ description: 'Studied cards that it has not: SM-2 keeps no memory.' }),
  known: { ...real(), description: 'Cards that would be remembered today: the sum of their probabilities.' },
  recall: shares,
  stability: list(object({ from_days: whole(), to_days: nullable(whole()), cards: whole() })),
  difficulty: shares,
});
export const history = object({
  card_id: id(),
  due_date: nullable(time()),
  why: list(text()),
  reviews: list(
    object({
      reviewed_at: time(),
      day: day(),
      button: nullable(oneOf(['again', 'hard', 'good', 'easy'])),
      interval_before: nullable(whole()),
      interval: whole(),
      ease_factor: real(),
      due_date: time(),
      stability: nullable(real()),
      difficulty: nullable(real()),
      seconds: nullable(real()),
    }),
  ),
});
