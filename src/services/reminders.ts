import { createHash } from 'node:crypto';
import type { Database, Session } from '../db/database.ts';
import { randomToken } from '../db/random.ts';
import {
  countDue,
  type DueReminder,
  endReminders,
  findReminder,
  holdReminder,
  keepReminder,
  letRemind,
  type Reminder,
  stopReminder,
  takeReminder,
  updateReminder,
  usersToRemind,
} from '../db/stores/reminders.ts';
import { countAnswers } from '../db/stores/study-queue.ts';
import { findUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Timestamp } from '../schema/index.ts';
import { catchUpOn, type StudySettings } from '../study/settings.ts';
import { startOfStudyDay, studyDay } from '../study/study-day.ts';
import { fateOf, type Mail, type SendMail } from './mail.ts';
import { isOfTheDatabase } from './of-the-database.ts';
import { isMailedToday, nextReminder } from './reminder-times.ts';
import { studySettings } from './study-settings.ts';

/** Later than this, as after a night in which the server was off, a reminder says nothing any more: the next one does. */
const LATEST_SECONDS = 2 * 3600;
/** A mail that the mail server did not take is tried again after so long, and so often. */
const RETRY_SECONDS = 15 * 60;
const MOST_TRIES = 4;
/** People at a time. */
const BATCH = 100;
/** Where the mail server cannot be reached for so many people in a row, it is for nobody; one alone may be their own address's trouble. */
const UNREACHED = 2;

function minuteOf(time: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  if (hours === undefined)
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `${JSON.stringify(time.slice(0, 20))} is no time of day`,
      hint: 'Hours and minutes, as 19:30.',
      details: { field: 'time' },
    });
  return Number(hours) * 60 + Number(minutes);
}
const timeOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

export interface ReminderAnswer {
  /** `19:30`, on the clock of the user's time zone. */
  readonly time: string | null;
  readonly next_at: Timestamp | null;
}

const answerOf = (kept: Reminder | undefined): ReminderAnswer =>
  kept === undefined || kept.next_at === null
    ? { time: null, next_at: null }
    : { time: timeOf(kept.minute_of_day), next_at: kept.next_at };

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** When a user is reminded. */
export const getReminder = async (session: Session, user: User): Promise<ReminderAnswer> =>
  answerOf(await findReminder(session, user.id));

/**
 * Reminds a user every day at a time, where cards are due then. Nobody has proved that the address is theirs: so it gets one mail a day at most, whatever is
 * set how often, and none any more once somebody there has ended them by the link of a mail.
 * @param time `HH:MM`; throws `FC_INPUT_INVALID` for anything else, `FC_CONFLICT` for an address that wants none
 */
export async function setReminder(session: Session, user: User, time: string): Promise<ReminderAnswer> {
  const minute_of_day = minuteOf(time);
  const address_hash = hashOf(user.email);
  const before = await takeReminder(session, address_hash);
  if (before !== undefined && before.ended_at !== null)
    throw new FlashcaseError('FC_CONFLICT', {
      what: 'The reminders to your address were ended by the link of a mail',
      why: 'Only whoever gets the mail of this address can have them again.',
      hint: 'Ask for a new password by mail where one signs in, and use the link that comes; then set the reminder.',
    });
  const { timeZone } = await studySettings(session, user.id);
  const next_at = nextReminder(session.clock.now(), before?.mailed_at ?? null, minute_of_day, timeZone);
  const kept = { address_hash, user_id: user.id, minute_of_day, next_at, off_token: randomToken(24) };
  return answerOf(await keepReminder(session, kept));
}

/** Reminds a user no more. */
export async function dropReminder(session: Session, user: User): Promise<void> {
  await stopReminder(session, user.id);
}

/** The same by the link of a mail, for good. What it belongs to is not told, and neither is whether it did. */
export async function dropReminderByToken(database: Database, token: string): Promise<void> {
  await database.write((session) => endReminders(session, token));
}

/** Of a user who has proved to get the mail of their address: reminders that were ended there can be set again. */
export async function letRemindAgain(session: Session, user: User): Promise<void> {
  await letRemind(session, hashOf(user.email));
}

export interface Reminded {
  readonly sent: number;
  /** Not taken by the mail server, or of somebody whose reminder could not be made. */
  readonly failed: number;
}

/**
 * Mails whoever wanted to be reminded by now and has cards due. Each mail is settled before it is sent, in a unit of work of its own: a
 * server that is killed in between sends none that day rather than two, and servers beside each other send one. What can be wrong with one person stops
 * nobody else's; where the mail server cannot be reached, the next run tries all again.
 */
export async function sendReminders(
  database: Database,
  send: SendMail,
  site: string,
  { signal, onFailure }: { signal?: AbortSignal; onFailure?: (error: unknown) => void } = {},
): Promise<Reminded> {
  let sent = 0;
  let failed = 0;
  let unreached = 0;
  for (;;) {
    const users = await database.read((session) => usersToRemind(session, session.clock.now(), BATCH));
    let taken = 0;
    for (const userId of users) {
      if (signal?.aborted === true) return { sent, failed };
      let settled: Settled | undefined;
      try {
        settled = await database.write((session) => settle(session, userId, site), userId);
      } catch (error) {
        if (isOfTheDatabase(error)) throw error;
        failed++;
        onFailure?.(error);
        await database.write((session) => putOff(session, userId), userId);
        taken++;
        continue;
      }
      if (settled !== undefined) taken++;
      const mail = settled?.mail;
      if (settled === undefined || mail === undefined) continue;
      try {
        await send(mail);
        sent++;
        unreached = 0;
      } catch (error) {
        failed++;
        onFailure?.(error);
        const undone = settled;
        unreached = fateOf(error) === 'unreached' ? unreached + 1 : 0;
        await database.write((session) => takeBack(session, userId, undone, error), userId);
        if (unreached === UNREACHED) return { sent, failed };
      }
    }
    // Those that are left are another server's, or wait for the mail server.
    if (users.length < BATCH || taken === 0 || unreached > 0) return { sent, failed };
  }
}

interface Settled {
  readonly mail?: Mail;
  /** As it was before. */
  readonly kept: DueReminder;
  readonly nextAt: Timestamp;
}

/** What is to be said to a user whose time has come, and when it is looked again. */
async function settle(session: Session, userId: bigint, site: string): Promise<Settled | undefined> {
  const now = session.clock.now();
  const kept = await holdReminder(session, userId, now);
  if (kept === undefined) return undefined;
  const settings = await studySettings(session, userId);
  const nextAt = nextReminder(now, kept.mailed_at, kept.minute_of_day, settings.timeZone);
  const mail = await mailFor(session, userId, kept, { settings, now, nextAt, site });
  await updateReminder(session, userId, { next_at: nextAt, tries: 0, ...(mail === undefined ? {} : { mailed_at: now }) });
  return { kept, nextAt, ...(mail === undefined ? {} : { mail }) };
}

interface Moment {
  readonly settings: StudySettings;
  readonly now: Timestamp;
  readonly nextAt: Timestamp;
  readonly site: string;
}

async function mailFor(session: Session, userId: bigint, kept: DueReminder, moment: Moment): Promise<Mail | undefined> {
  const { settings, now } = moment;
  const user = await findUser(session, { id: userId });
  if (user === undefined || !user.is_active) return undefined;
  if (kept.next_at.plusSeconds(LATEST_SECONDS).isBefore(now) || isMailedToday(kept.mailed_at, now)) return undefined;
  const { due, learning, decks } = await countDue(session, userId, now);
  const today = studyDay(now, settings);
  const done = await countAnswers(session, userId, startOfStudyDay(today, settings));
  // As the queue does: what was answered today is of the day's limit.
  const left = Math.max(0, (catchUpOn(settings, today)?.perDay ?? settings.reviewsPerDay) - done.due);
  const asked = Math.min(due, left) + learning;
  return asked === 0 ? undefined : mailOf(user, kept, { all: due + learning, asked, decks }, moment);
}

/** Of somebody whose reminder cannot be made, whatever is wrong there: looked at again a day later. */
async function putOff(session: Session, userId: bigint): Promise<void> {
  const now = session.clock.now();
  const kept = await holdReminder(session, userId, now);
  if (kept === undefined) return;
  const tomorrow = kept.next_at.plusDays(1);
  await updateReminder(session, userId, { next_at: now.isBefore(tomorrow) ? tomorrow : now.plusDays(1), tries: 0 });
}

/**
 * The mail server did not take it. Where it could not be reached, as if nothing had been: the next run tries it again. Where it said later, once more in a
 * while. What it refused for good is not sent again, and neither is what it may have taken. All this unless its student has set another time meanwhile.
 */
async function takeBack(session: Session, userId: bigint, { kept, nextAt }: Settled, error: unknown): Promise<void> {
  const fate = fateOf(error);
  if (fate === 'unknown') return;
  const again = fate === 'unreached' ? kept.next_at : session.clock.now().plusSeconds(RETRY_SECONDS);
  const tries = fate === 'unreached' ? kept.tries : kept.tries + 1;
  const isAgain = fate === 'unreached' || (fate === 'later' && tries < MOST_TRIES && again.isBefore(nextAt));
  const mailed = { mailed_at: kept.mailed_at };
  await updateReminder(session, userId, isAgain ? { ...mailed, next_at: again, tries } : mailed, nextAt);
}

const cards = (count: number): string => (count === 1 ? '1 card' : `${count.toLocaleString('en')} cards`);

/**
 * Nothing in it is somebody's own text, not even a name: whoever gets it may be a stranger, whose address somebody gave as theirs.
 */
function mailOf(
  user: User,
  { minute_of_day, off_token }: Reminder,
  { all, asked, decks }: { all: number; asked: number; decks: number },
  { nextAt, site }: Moment,
): Mail {
  const where = decks === 1 ? 'one deck' : `${decks.toLocaleString('en')} decks`;
  return {
    to: user.email,
    subject: `${cards(asked)} to review`,
    text: [
      'Hello,',
      '',
      `${cards(all)} in ${where} ${all === 1 ? 'is' : 'are'} due${asked < all ? `, ${asked.toLocaleString('en')} of them today` : ''}.`,
      '',
      `${site}/`,
      '',
      `You asked to be reminded at ${timeOf(minute_of_day)}. No more of these mails: ${site}/reminder-off#${off_token}`,
      '',
    ].join('\n'),
    unsubscribe: `${site}/api/v1/study/reminder/off?token=${off_token}`,
    // The same when it is sent once more: a mail program that has it already does not show it twice.
    id: `${hashOf(`${off_token} ${nextAt.text}`).slice(0, 32)}@${new URL(site).hostname}`,
  };
}
