/** What exams and cramming take and give. All of it is FlashCase's own. */
import { id, idText, list, nullable, object, real, type Schema, text, time, truth, whole, withDefault } from './json-schema.ts';
import { cardSides, MAX_ROWS } from './schemas.ts';

export const examPath = object({ exam_id: idText() });

const share = (limits: { minimum?: number; maximum?: number; description?: string } = {}): Schema<number> => ({
  ...real(),
  ...limits,
});
const name = text({ minLength: 1, maxLength: 100 });
const date = text({ maxLength: 10, description: 'The day of the exam: 2026-12-10.' });
const more = {
  deck_ids: list(id()),
  tags: list(text({ maxLength: 100 })),
  target_recall: share({ minimum: 0.5, maximum: 0.99, description: 'The share of the cards to be known on the day.' }),
  minutes_per_day: whole({ minimum: 1, maximum: 480 }),
};
export const examPlanAsked = object({ date }, { name, ...more });
export const examCreate = object({ name, date }, more);
export const examChange = object({}, { name, date, ...more, is_ended: truth() });

const kept = {
  target_recall: share(),
  minutes_per_day: whole(),
};
export const exam = object({
  id: id(),
  name: text(),
  date,
  days_left: whole({ description: 'Study days until then; below 0 afterwards.' }),
  is_running: { ...truth(), description: 'It decides what is asked.' } as Schema<boolean>,
  is_ended: truth(),
  deck_ids: list(id()),
  tags: list(text()),
  ...kept,
});
export const exams = list(exam);

const day = () => text({ description: 'A study day: 2026-11-26.' });
const expected = {
  untouched: share({ description: 'Expected recall on the day without any more study, 0 to 1.' }),
  usual: share({ description: 'Studied as without an exam, within the limits of the settings.' }),
  planned: share({ description: 'Studied as planned.' }),
};
export const examPlan = object({
  today: day(),
  date: day(),
  days_left: whole(),
  cards: whole(),
  new_cards: whole(),
  seconds_per_new_card: real(),
  seconds_per_card: real(),
  has_own_pace: { ...truth(), description: 'Both seconds are the student’s own, not a guess.' } as Schema<boolean>,
  ...kept,
  expected: object(expected),
  is_reached: truth(),
  minutes_needed: nullable(
    whole({ description: 'The fewest minutes a day, in fives, that reach the target; null when 480 do not.' }),
  ),
  decks: list(object({ deck_id: id(), name: text(), cards: whole(), ...expected })),
  days: list(object({ day: day(), new_cards: whole(), reviews: whole(), minutes: real() })),
  usual_minutes: { ...real(), description: 'A day on average, studied as without an exam.' } as Schema<number>,
});

export const cramQuery = object(
  { limit: withDefault(whole({ minimum: 0, description: `Cards at most, never more than ${MAX_ROWS}.` }), 50) },
  { deck_id: idText({ description: 'This or an exam.' }), exam_id: idText() },
);
export const cramQueue = object({
  total: whole({ description: 'Cards that could be crammed; the answer has the weakest.' }),
  cards: list(
    object({
      id: id(),
      deck_id: id(),
      deck_name: text(),
      tags: list(text()),
      ...cardSides,
      recall: nullable(share({ description: 'The probability that it is known now; null for a card never studied.' })),
    }),
  ),
});
export const cram = object(
  { grade: whole({ minimum: 1, maximum: 4, description: '1 Again, 2 Hard, 3 Good, 4 Easy.' }) },
  {
    answered_at: text({ maxLength: 64, description: 'When it was answered, if not now: ISO 8601.' }),
    duration_ms: whole({ minimum: 0 }),
  },
);
export const cramAnswer = object({ card_id: id(), grade: whole(), due_date: nullable(time()) });
