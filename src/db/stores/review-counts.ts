import { type RawBuilder, sql } from 'kysely';
import type { Connection, Engine } from '../../engine/engine.ts';
import type { flashcase } from '../../schema/flashcase.ts';
import { type RowOf, type SqlText, sqlFor, Timestamp } from '../../schema/index.ts';
import {
  BUTTONS,
  LONG_GAP,
  MATURE_DAYS,
  MATURITIES,
  type Maturity,
  OUTCOMES,
  type Outcome,
  type OutcomeName,
} from '../../study/outcome.ts';
import type { MemoryReviews } from '../../study/stats.ts';
import { QUARTER_SECONDS, type WallShift } from '../../study/study-calendar.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';
import { addMany } from './bulk-rows.ts';
import { holdReviews } from './deck-stats.ts';
import { isInEffect, isTakenBack, NO_REVIEWS, place } from './in-effect.ts';

/** Quarter hours added while the database divides, which rounds towards zero: times before 1970 would end up in the next one. */
const LIFT = 70_000_000;

/** When a quarter hour begins. */
export const timeOfQuarter = (quarter: number): Timestamp => Timestamp.fromMicros(BigInt(quarter * QUARTER_SECONDS) * 1_000_000n);

/** The UTC quarter hour of a stored time. The fraction is cut off first: both engines would round it, into the next quarter hour. */
export const quarterOfColumn = (column: string): SqlText => ({
  sqlite: `((unixepoch(substr(${column}, 1, 19)) + ${LIFT * QUARTER_SECONDS}) / ${QUARTER_SECONDS} - ${LIFT})`,
  postgres: `CAST((CAST(floor(extract(epoch FROM ${column})) AS bigint) + ${LIFT * QUARTER_SECONDS}) / ${QUARTER_SECONDS} - ${LIFT} AS integer)`,
});

/** `buttonOf` and the time spent (study/outcome.ts) in SQL. */
const BUTTON =
  'CASE WHEN study_log.last_rating < 3 THEN 1 WHEN study_log.last_rating <= 5 THEN study_log.last_rating - 1 ELSE 0 END';
const SPENT_MS = 'coalesce(study_log.duration_ms, 0)';

const COLUMNS = `user_id, quarter_hour, deck_id, gap_quarters, ${OUTCOMES.join(', ')}, spent_ms`;

/** What the log of one user says that `review_counts` must hold. The user's id is the only parameter. */
function countedLog(engine: Engine['name']): string {
  const sums = OUTCOMES.map((name) => `CAST(sum(CASE WHEN outcome = '${name}' THEN 1 ELSE 0 END) AS integer) AS ${name}`);
  const buttons = BUTTONS.map((name, index) => `WHEN button = ${index + 1} THEN '_${name}'`);
  return `SELECT user_id, quarter_hour, deck_id, gap_quarters, ${sums.join(', ')}, CAST(sum(ms) AS bigint) AS spent_ms
  FROM (
    SELECT user_id, quarter_hour, deck_id, ms,
      CASE WHEN button = 0 OR before_quarter IS NULL OR before_days < 1 OR quarter_hour - before_quarter > ${LONG_GAP} THEN ${LONG_GAP}
        ELSE quarter_hour - before_quarter END AS gap_quarters,
      CASE WHEN button = 0 THEN 'unrated'
        ELSE CASE WHEN before_days IS NULL THEN 'new' WHEN before_days < 1 THEN 'learning' WHEN before_days < ${MATURE_DAYS} THEN 'young' ELSE 'mature' END
          || CASE ${buttons.join(' ')} END
      END AS outcome
    FROM (
      SELECT user_id, deck_id, quarter_hour, button, ms, kind,
        lag(CASE WHEN is_reset THEN NULL ELSE quarter_hour END) OVER of_card AS before_quarter,
        lag(CASE WHEN is_reset THEN NULL ELSE days END) OVER of_card AS before_days
      FROM (
        SELECT study_log.user_id, card.deck_id, study_log.card_id, study_log.reviewed_at, study_log.id, study_log."interval" AS days,
          ${sqlFor(quarterOfColumn('study_log.reviewed_at'), engine)} AS quarter_hour, ${BUTTON} AS button, ${SPENT_MS} AS ms, coalesce(study_log.kind, '') AS kind,
          coalesce(study_log.kind = 'manual' AND study_log.phase = 'new', FALSE) AS is_reset
        FROM study_log JOIN card ON card.id = study_log.card_id
        WHERE study_log.user_id = ${place(engine)} AND coalesce(study_log.kind, '') NOT IN ('undo', 'cram')
          AND NOT (coalesce(study_log.kind, '') = 'manual' AND study_log.elapsed_days IS NOT NULL)
          AND NOT (${isTakenBack(engine)})
      ) AS logged
      WINDOW of_card AS (PARTITION BY card_id ORDER BY reviewed_at, id)
    ) AS told
    WHERE kind <> 'manual'
  ) AS one
  GROUP BY user_id, quarter_hour, deck_id, gap_quarters`;
}

/** Counts the reviews of a user anew from the log. Needed after rows came into the log by another way than a review. */
export async function rebuildReviewCounts(connection: Connection, engine: Engine, userId: bigint): Promise<void> {
  const user = place(engine.name);
  await holdReviews(connection, engine, userId);
  await connection.execute(`DELETE FROM review_counts WHERE user_id = ${user}`, [userId]);
  await connection.execute(`INSERT INTO review_counts (${COLUMNS}) ${countedLog(engine.name)}`, [userId]);
}

/** How many rows of a user's counts are not what the log says; 0 where all is well. */
export async function wrongReviewCounts({ connection, engine }: Session, userId: bigint): Promise<number> {
  const query = `WITH wanted AS (${countedLog(engine.name)}),
      stored AS (SELECT ${COLUMNS} FROM review_counts WHERE user_id = ${place(engine.name)})
    SELECT count(*) AS wrong FROM (
      SELECT * FROM (SELECT ${COLUMNS} FROM wanted EXCEPT SELECT ${COLUMNS} FROM stored) AS missing
      UNION ALL SELECT * FROM (SELECT ${COLUMNS} FROM stored EXCEPT SELECT ${COLUMNS} FROM wanted) AS unexpected
    ) AS difference`;
  const [row] = await connection.query(query, [userId]);
  return row?.wrong as number;
}

type CountsRow = RowOf<typeof flashcase.tables.review_counts>;

const NOTHING = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as Record<OutcomeName, number>;

const addCounts = precompiled<CountsRow>('add-review-counts')((kysely, value) =>
  kysely
    .insertInto('review_counts')
    .values({
      user_id: value('user_id'),
      quarter_hour: value('quarter_hour'),
      deck_id: value('deck_id'),
      gap_quarters: value('gap_quarters'),
      ...(Object.fromEntries(OUTCOMES.map((name) => [name, value(name)])) as Record<OutcomeName, number>),
      spent_ms: value('spent_ms'),
    })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'quarter_hour', 'deck_id', 'gap_quarters']).doUpdateSet((eb) => ({
        ...Object.fromEntries(OUTCOMES.map((name) => [name, eb(`review_counts.${name}`, '+', eb.ref(`excluded.${name}`))])),
        spent_ms: eb('review_counts.spent_ms', '+', eb.ref('excluded.spent_ms')),
      })),
    ),
);

/** Counts one review, in the unit of work that wrote it to the log. */
export async function countOutcome(session: Session, userId: bigint, deckId: bigint, outcome: Outcome): Promise<void> {
  const { quarter, name, gap, spentMs } = outcome;
  await addCounts(session, {
    user_id: userId,
    quarter_hour: quarter,
    deck_id: deckId,
    gap_quarters: gap,
    ...NOTHING,
    [name]: 1,
    spent_ms: spentMs,
  });
}

/** Reviews of one user that are counted together: those of a quarter hour in a deck. */
export interface CountedReviews {
  readonly deckId: bigint;
  readonly quarter: number;
  readonly gap: number;
  /** In the order of `OUTCOMES`. */
  readonly outcomes: readonly number[];
  readonly spentMs: number;
}

/** Adds reviews to the counts, in the unit of work that wrote them to the log. */
export function addReviewCounts(session: Session, userId: bigint, counts: readonly CountedReviews[]): Promise<void> {
  return addMany(
    session,
    'review_counts',
    ['user_id', 'quarter_hour', 'deck_id', 'gap_quarters'],
    [...OUTCOMES, 'spent_ms'],
    counts.map(({ deckId, quarter, gap, outcomes, spentMs }) => [userId, quarter, deckId, gap, ...outcomes, BigInt(spentMs)]),
  );
}

/** Removes a user's rows in which nothing is counted any more: each would be a day of study. */
export async function deleteEmptyCounts({ kysely }: Session, userId: bigint): Promise<void> {
  await kysely
    .deleteFrom('review_counts')
    .where('user_id', '=', userId)
    .where((eb) => eb.and(OUTCOMES.map((name) => eb(name, '=', 0))))
    .execute();
}

/**
 * Takes a review out of the counts, in the unit of work that takes it back. A row of nothing would be a day of study. Where it was never
 * counted all are counted anew, from the log as it is now.
 */
export async function uncountOutcome(
  session: Session,
  userId: bigint,
  deckId: bigint,
  outcome: Outcome,
): Promise<'taken out' | 'counted anew'> {
  const { numUpdatedRows } = await session.kysely
    .updateTable('review_counts')
    .set((eb) => ({ [outcome.name]: eb(outcome.name, '-', 1), spent_ms: eb('spent_ms', '-', outcome.spentMs) }))
    .where('user_id', '=', userId)
    .where('quarter_hour', '=', outcome.quarter)
    .where('deck_id', '=', deckId)
    .where('gap_quarters', '=', outcome.gap)
    .where(outcome.name, '>', 0)
    .executeTakeFirst();
  // A server of before revision 0004 wrote the review, and counted nothing.
  if (numUpdatedRows === 0n) {
    await rebuildReviewCounts(session.connection, session.engine, userId);
    return 'counted anew';
  }
  await session.kysely
    .deleteFrom('review_counts')
    .where('user_id', '=', userId)
    .where('quarter_hour', '=', outcome.quarter)
    .where('deck_id', '=', deckId)
    .where('gap_quarters', '=', outcome.gap)
    .where((eb) => eb.and(OUTCOMES.map((name) => eb(name, '=', 0))))
    .execute();
  return 'taken out';
}

/** Whose reviews are looked at: of one deck or of all, from one quarter hour on and before another. */
export interface CountScope {
  readonly userId: bigint;
  readonly deckId: bigint | undefined;
  readonly from: number;
  readonly before: number;
}

/** Rows of the counts. */
function countsIn({ kysely }: Session, { userId, deckId, from, before }: CountScope) {
  const counts = kysely
    .selectFrom('review_counts')
    .where('user_id', '=', userId)
    .where('quarter_hour', '>=', from)
    .where('quarter_hour', '<', before);
  return deckId === undefined ? counts : counts.where('deck_id', '=', deckId);
}

/** A sum of columns over rows. */
const sumOf = (...names: readonly OutcomeName[]) =>
  sql<number>`sum(${sql.join(
    names.map((name) => sql.ref(name)),
    sql` + `,
  )})`;
const ofMaturity = (maturity: Maturity) => BUTTONS.map((button) => `${maturity}_${button}` as const);
const ofButton = (button: (typeof BUTTONS)[number]) => MATURITIES.map((maturity) => `${maturity}_${button}` as const);
const passedOf = (maturity: Maturity) => ofMaturity(maturity).slice(1);

/** Reviews of young and mature cards, apart by the gap to the review before. */
export async function readMemoryReviews(session: Session, scope: CountScope): Promise<MemoryReviews[]> {
  const rows = await countsIn(session, scope)
    .select([
      'quarter_hour',
      'gap_quarters',
      sumOf(...passedOf('young')).as('young_passed'),
      sumOf('young_again').as('young_failed'),
      sumOf(...passedOf('mature')).as('mature_passed'),
      sumOf('mature_again').as('mature_failed'),
    ])
    .groupBy(['quarter_hour', 'gap_quarters'])
    .execute();
  return rows.map((row) => ({
    quarter: row.quarter_hour,
    gap: row.gap_quarters,
    young: { passed: row.young_passed, failed: row.young_failed },
    mature: { passed: row.mature_passed, failed: row.mature_failed },
  }));
}

/** How often each button was pressed, by how well the cards were known. */
export async function readOutcomes(session: Session, scope: CountScope): Promise<Record<OutcomeName, number>> {
  const [row] = await countsIn(session, scope)
    .select(OUTCOMES.map((name) => sumOf(name).as(`all_${name}`)))
    .execute();
  return Object.fromEntries(OUTCOMES.map((name) => [name, row?.[`all_${name}`] ?? 0])) as Record<OutcomeName, number>;
}

/** Days added while the database divides, which rounds towards zero. */
const LIFT_DAYS = 800_000;

/** The wall clock's quarter hour, in SQL. */
function wallQuarter(shifts: readonly WallShift[]): string {
  const [earliest] = shifts.toReversed();
  const later = shifts.slice(0, -1).map(({ from, ahead }) => `WHEN quarter_hour >= ${from} THEN ${ahead} `);
  const ahead = later.length === 0 ? `${earliest?.ahead ?? 0}` : `CASE ${later.join('')}ELSE ${earliest?.ahead} END`;
  return `(quarter_hour + ${ahead})`;
}

/** What the database adds up by: study days, or hours on the wall clock. */
export interface WallClock {
  readonly shifts: readonly WallShift[];
  readonly rolloverHours: number;
}
const dayIn = ({ shifts, rolloverHours }: WallClock): RawBuilder<number> =>
  sql.raw(`((${wallQuarter(shifts)} + ${LIFT_DAYS * 96 - rolloverHours * 4}) / 96 - ${LIFT_DAYS})`);
const hourIn = ({ shifts }: WallClock): RawBuilder<number> => sql.raw(`((${wallQuarter(shifts)} + ${LIFT_DAYS * 96}) % 96 / 4)`);

/** The study days with a review, rising. */
export async function readStudiedDays(session: Session, scope: CountScope, clock: WallClock): Promise<number[]> {
  const rows = await countsIn(session, scope).select(dayIn(clock).as('study_day')).distinct().orderBy('study_day').execute();
  return rows.map((row) => row.study_day);
}

/** Users who have another number of reviews in a time than is counted for them. Asks over the reviews of all users. */
export async function usersMiscounted({ kysely }: Session, from: number, before: number): Promise<bigint[]> {
  const logged = kysely
    .selectFrom('study_log')
    .select((eb) => ['user_id', eb.fn.countAll<number>().as('logged')])
    .where('reviewed_at', '>=', timeOfQuarter(from))
    .where('reviewed_at', '<', timeOfQuarter(before))
    .where((eb) => eb.or([eb('kind', 'is', null), eb('kind', 'not in', NO_REVIEWS)]))
    .where(isInEffect)
    .groupBy('user_id');
  const rows = await kysely
    .selectFrom(logged.as('reviewer'))
    .select('reviewer.user_id')
    .where('reviewer.logged', '<>', (eb) =>
      eb.fn.coalesce(
        eb
          .selectFrom('review_counts')
          .select(sumOf(...OUTCOMES).as('counted'))
          .whereRef('review_counts.user_id', '=', 'reviewer.user_id')
          .where('quarter_hour', '>=', from)
          .where('quarter_hour', '<', before),
        sql<number>`0`,
      ),
    )
    .orderBy('reviewer.user_id')
    .execute();
  return rows.map((row) => row.user_id);
}

/** The first quarter hour with a review of a user; `undefined` without any. */
export async function firstQuarter({ kysely }: Session, userId: bigint): Promise<number | undefined> {
  const row = await kysely
    .selectFrom('review_counts')
    .select('quarter_hour')
    .where('user_id', '=', userId)
    .orderBy('quarter_hour')
    .limit(1)
    .executeTakeFirst();
  return row?.quarter_hour;
}

/** What is counted of each study day. Recalled and forgotten are those of young and mature cards. */
export interface DayFigures {
  readonly reviews: number;
  readonly unrated: number;
  readonly again: number;
  readonly hard: number;
  readonly good: number;
  readonly easy: number;
  readonly new: number;
  readonly learning: number;
  readonly young: number;
  readonly mature: number;
  readonly recalled: number;
  readonly forgotten: number;
  readonly spentMs: number;
}

/** Study days with reviews, rising. */
export async function readDays(session: Session, scope: CountScope, clock: WallClock): Promise<(DayFigures & { day: number })[]> {
  const day = dayIn(clock);
  const rows = await countsIn(session, scope)
    .select([
      day.as('study_day'),
      sumOf('unrated').as('no_button'),
      ...BUTTONS.map((button) => sumOf(...ofButton(button)).as(button)),
      ...MATURITIES.map((maturity) => sumOf(...ofMaturity(maturity)).as(maturity)),
      sumOf(...passedOf('young'), ...passedOf('mature')).as('recalled'),
      sumOf('young_again', 'mature_again').as('forgotten'),
      sql<number>`CAST(sum(spent_ms) AS bigint)`.as('ms'),
    ])
    .groupBy(day)
    .orderBy('study_day')
    .execute();
  return rows.map(({ study_day, no_button, ms, ...row }) => ({
    day: study_day,
    reviews: no_button + row.again + row.hard + row.good + row.easy,
    unrated: no_button,
    ...row,
    spentMs: ms,
  }));
}

/** Reviews of young and mature cards by the hour on the wall clock; hours without any are left out. */
export async function readHours(
  session: Session,
  scope: CountScope,
  clock: WallClock,
): Promise<{ hour: number; passed: number; failed: number }[]> {
  const hour = hourIn(clock);
  const rows = await countsIn(session, scope)
    .select([
      hour.as('wall_hour'),
      sumOf(...passedOf('young'), ...passedOf('mature')).as('recalled'),
      sumOf('young_again', 'mature_again').as('forgotten'),
    ])
    .groupBy(hour)
    .execute();
  return rows.map((row) => ({ hour: row.wall_hour, passed: row.recalled, failed: row.forgotten }));
}
