import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf } from '../../schema/index.ts';
import { checkWeekdayLoads, printWeekdayLoads } from '../../study/load-balance.ts';
import { parseSteps, printSteps, type StudySettings } from '../../study/settings.ts';
import type { SchedulerName } from '../../study/standing.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';

type Row = RowOf<typeof flashcase.tables.study_settings>;

const settingsOf = (row: Row): StudySettings => ({
  version: row.version,
  timeZone: row.time_zone,
  rolloverHour: row.rollover_hour,
  scheduler: row.scheduler as SchedulerName,
  desiredRetention: row.desired_retention,
  learningSteps: parseSteps(row.learning_steps, 'learning_steps'),
  relearningSteps: parseSteps(row.relearning_steps, 'relearning_steps'),
  newPerDay: row.new_per_day,
  reviewsPerDay: row.reviews_per_day,
  maximumInterval: row.maximum_interval,
  hasFuzz: row.has_fuzz,
  weights: row.weights === null ? undefined : (JSON.parse(row.weights) as number[]),
  leechThreshold: row.leech_threshold,
  suspendsLeeches: row.suspends_leeches,
  hasTwoButtons: row.has_two_buttons,
  hasLoadBalance: row.has_load_balance,
  weekdayLoads: checkWeekdayLoads(row.weekday_loads.split(' ').map(Number)),
  catchUp:
    row.catch_up_from === null || row.catch_up_until === null || row.catch_up_per_day === null
      ? undefined
      : { from: row.catch_up_from, until: row.catch_up_until, perDay: row.catch_up_per_day },
});

const newest = precompiled<{ userId: bigint }>('study-settings')((kysely, value) =>
  kysely.selectFrom('study_settings').selectAll().where('user_id', '=', value('userId')).orderBy('version', 'desc').limit(1),
);

/** The settings in force; `undefined` for a user who never had any. */
export async function findStudySettings(session: Session, userId: bigint): Promise<StudySettings | undefined> {
  const [row] = await newest(session, { userId });
  return row === undefined ? undefined : settingsOf(row);
}

/** Every version a user ever had, for replaying a log. */
export async function listStudySettings(session: Session, userId: bigint): Promise<ReadonlyMap<number, StudySettings>> {
  const rows = await session.kysely
    .selectFrom('study_settings')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('version')
    .execute();
  return new Map(rows.map((row) => [row.version, settingsOf(row)]));
}

/** Keeps a new version. Throws `FC_DB_CONSTRAINT` when somebody else has just made it. */
export async function insertStudySettings(session: Session, userId: bigint, settings: StudySettings): Promise<void> {
  await insertion(session, userId, settings).execute();
}

/** Keeps a user's first settings, unless another answer of theirs has just kept them: neither may fail. */
export async function keepFirstStudySettings(session: Session, userId: bigint, settings: StudySettings): Promise<void> {
  await insertion(session, userId, settings)
    .onConflict((conflict) => conflict.columns(['user_id', 'version']).doNothing())
    .execute();
}

function insertion(session: Session, userId: bigint, settings: StudySettings) {
  const row: Row = {
    user_id: userId,
    version: settings.version,
    time_zone: settings.timeZone,
    rollover_hour: settings.rolloverHour,
    scheduler: settings.scheduler,
    desired_retention: settings.desiredRetention,
    learning_steps: printSteps(settings.learningSteps),
    relearning_steps: printSteps(settings.relearningSteps),
    new_per_day: settings.newPerDay,
    reviews_per_day: settings.reviewsPerDay,
    maximum_interval: settings.maximumInterval,
    has_fuzz: settings.hasFuzz,
    weights: settings.weights === undefined ? null : JSON.stringify(settings.weights),
    leech_threshold: settings.leechThreshold,
    suspends_leeches: settings.suspendsLeeches,
    has_two_buttons: settings.hasTwoButtons,
    has_load_balance: settings.hasLoadBalance,
    weekday_loads: printWeekdayLoads(settings.weekdayLoads),
    catch_up_from: settings.catchUp?.from ?? null,
    catch_up_until: settings.catchUp?.until ?? null,
    catch_up_per_day: settings.catchUp?.perDay ?? null,
    created_at: session.clock.now(),
  };
  return session.kysely.insertInto('study_settings').values(checked(flashcase.tables.study_settings, row));
}
