import type { Session } from '../db/database.ts';
import { hasStudied } from '../db/stores/study.ts';
import {
  findStudySettings,
  insertStudySettings,
  keepFirstStudySettings,
  listStudySettings,
} from '../db/stores/study-settings.ts';
import type { User } from '../db/stores/users.ts';
import { checkWeekdayLoads, type WeekdayLoads } from '../study/load-balance.ts';
import {
  type CatchUp,
  catchUpOn,
  checkTimeZone,
  DEFAULT_SETTINGS,
  parseSteps,
  printSteps,
  type StudySettings,
} from '../study/settings.ts';
import type { SchedulerName } from '../study/standing.ts';
import { dayText } from '../study/study-calendar.ts';
import { studyDay } from '../study/study-day.ts';
import { moveReminder } from './reminder-times.ts';

export { listStudySettings };

/**
 * How a user studies: their newest settings. Who never had any gets FSRS-6, unless there are answers of SM-2 already, as after an
 * adoption: nobody's schedule changes hands unasked.
 */
export async function studySettings(session: Session, userId: bigint): Promise<StudySettings> {
  const kept = await findStudySettings(session, userId);
  if (kept !== undefined) return kept;
  return { ...DEFAULT_SETTINGS, scheduler: (await hasStudied(session, userId)) ? 'sm2' : DEFAULT_SETTINGS.scheduler };
}

/** The same for an answer, whose row of the log names the version: the first settings of a user are kept with their first answer. */
export async function keptStudySettings(session: Session, userId: bigint): Promise<StudySettings> {
  const settings = await studySettings(session, userId);
  if (settings.version > 0) return settings;
  await keepFirstStudySettings(session, userId, { ...settings, version: 1 });
  return (await findStudySettings(session, userId)) as StudySettings;
}

/** What the API tells of settings. */
export interface SettingsAnswer {
  readonly version: number;
  readonly time_zone: string;
  readonly rollover_hour: number;
  readonly scheduler: SchedulerName;
  readonly desired_retention: number;
  readonly learning_steps: string;
  readonly relearning_steps: string;
  readonly new_per_day: number;
  readonly reviews_per_day: number;
  readonly maximum_interval: number;
  readonly has_fuzz: boolean;
  readonly leech_threshold: number;
  readonly suspends_leeches: boolean;
  readonly has_two_buttons: boolean;
  readonly has_load_balance: boolean;
  readonly weekday_loads: WeekdayLoads;
}

export type SettingsChange = { readonly [K in keyof Omit<SettingsAnswer, 'version'>]?: SettingsAnswer[K] | undefined };

/** Settings as the API gives them. */
export const settingsAnswer = (settings: StudySettings): SettingsAnswer => ({
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
  leech_threshold: settings.leechThreshold,
  suspends_leeches: settings.suspendsLeeches,
  has_two_buttons: settings.hasTwoButtons,
  has_load_balance: settings.hasLoadBalance,
  weekday_loads: settings.weekdayLoads,
});

/** The settings in force. */
export async function getStudySettings(session: Session, user: User): Promise<SettingsToday> {
  return settingsToday(session, await studySettings(session, user.id));
}

/** A plan to catch up, as the API gives it. */
export interface CatchUpPlan {
  readonly from: string;
  readonly until: string;
  readonly reviews_per_day: number;
}

export const planAnswer = ({ from, until, perDay }: CatchUp): CatchUpPlan => ({
  from: dayText(from),
  until: dayText(until),
  reviews_per_day: perDay,
});

/** Settings with the plan that is in force today. */
export type SettingsToday = SettingsAnswer & { readonly catch_up: CatchUpPlan | null };

function settingsToday(session: Session, settings: StudySettings): SettingsToday {
  const plan = catchUpOn(settings, studyDay(session.clock.now(), settings));
  return { ...settingsAnswer(settings), catch_up: plan === undefined ? null : planAnswer(plan) };
}

/** Keeps a new version with these changes; nothing when nothing differs. No card's date moves: they count from its next answer on. */
export async function changeStudySettings(session: Session, user: User, change: SettingsChange): Promise<SettingsToday> {
  const before = await studySettings(session, user.id);
  const after: StudySettings = {
    ...before,
    timeZone: change.time_zone === undefined ? before.timeZone : checkTimeZone(change.time_zone),
    rolloverHour: change.rollover_hour ?? before.rolloverHour,
    scheduler: change.scheduler ?? before.scheduler,
    desiredRetention: change.desired_retention ?? before.desiredRetention,
    learningSteps:
      change.learning_steps === undefined ? before.learningSteps : parseSteps(change.learning_steps, 'learning_steps'),
    relearningSteps:
      change.relearning_steps === undefined ? before.relearningSteps : parseSteps(change.relearning_steps, 'relearning_steps'),
    newPerDay: change.new_per_day ?? before.newPerDay,
    reviewsPerDay: change.reviews_per_day ?? before.reviewsPerDay,
    maximumInterval: change.maximum_interval ?? before.maximumInterval,
    hasFuzz: change.has_fuzz ?? before.hasFuzz,
    leechThreshold: change.leech_threshold ?? before.leechThreshold,
    suspendsLeeches: change.suspends_leeches ?? before.suspendsLeeches,
    hasTwoButtons: change.has_two_buttons ?? before.hasTwoButtons,
    hasLoadBalance: change.has_load_balance ?? before.hasLoadBalance,
    weekdayLoads: change.weekday_loads === undefined ? before.weekdayLoads : checkWeekdayLoads(change.weekday_loads),
  };
  if (JSON.stringify(settingsAnswer(after)) === JSON.stringify(settingsAnswer(before))) return settingsToday(session, before);
  return settingsToday(session, await changedSettings(session, user, after));
}

/** Keeps a new version of the settings in force with these changes. */
export async function changedSettings(session: Session, user: User, change: Partial<StudySettings>): Promise<StudySettings> {
  const before = await studySettings(session, user.id);
  const kept = { ...before, ...change, version: before.version + 1 };
  await insertStudySettings(session, user.id, kept);
  if (kept.timeZone !== before.timeZone) await moveReminder(session, user.id, kept.timeZone);
  return kept;
}
