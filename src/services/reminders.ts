import type { Database, Session } from '../db/database.ts';
import { randomToken } from '../db/random.ts';
import {
  deleteReminder,
  deleteReminderByToken,
  dueByDeck,
  findReminder,
  holdReminder,
  keepReminder,
  type Reminder,
  updateReminder,
  usersToRemind,
} from '../db/stores/reminders.ts';
import { findUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Timestamp } from '../schema/index.ts';
import { catchUpOn } from '../study/settings.ts';
import { nextWallTime, studyDay } from '../study/study-day.ts';
import type { Mail, SendMail } from './mail.ts';
import { studySettings } from './study-settings.ts';

/** Later than this, as after a night in which the server was off, a reminder says nothing any more: the next one does. */
const LATEST_SECONDS = 2 * 3600;
/** A mail that the mail server did not take is tried again after so long, and so often. */
const RETRY_SECONDS = 15 * 60;
const MOST_TRIES = 4;
/** People at a time. */
const BATCH = 100;
/** Decks that are named in a mail. */
const MOST_NAMED = 5;

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

const answerOf = (kept: Reminder | undefined): ReminderAnswer => ({
  time: kept === undefined ? null : timeOf(kept.minute_of_day),
  next_at: kept?.next_at ?? null,
});

/** When a user is reminded. */
export const getReminder = async (session: Session, user: User): Promise<ReminderAnswer> =>
  answerOf(await findReminder(session, user.id));

/** Reminds a user every day at a time, where cards are due then. @param time `HH:MM`; throws `FC_INPUT_INVALID` for anything else */
export async function setReminder(session: Session, user: User, time: string): Promise<ReminderAnswer> {
  const { timeZone } = await studySettings(session, user.id);
  const minute_of_day = minuteOf(time);
  const next_at = nextWallTime(session.clock.now(), minute_of_day, timeZone);
  return answerOf(await keepReminder(session, user.id, { minute_of_day, next_at, off_token: randomToken(24) }));
}

/** Reminds a user no more. */
export async function dropReminder(session: Session, user: User): Promise<void> {
  await deleteReminder(session, user.id);
}

/** The same by the link of a mail. What it belongs to is not told, and neither is whether it did. */
export async function dropReminderByToken(database: Database, token: string): Promise<void> {
  await database.write((session) => deleteReminderByToken(session, token));
}

export interface Reminded {
  readonly sent: number;
  /** Not taken by the mail server; tried again in a quarter of an hour, three times at most. */
  readonly failed: number;
}

/**
 * Mails whoever wanted to be reminded by now and has cards due. Each mail is settled before it is sent, in a unit of work of its own: a
 * server that is killed in between sends none that day rather than two, and servers beside each other send one.
 */
export async function sendReminders(
  database: Database,
  send: SendMail,
  site: string,
  { signal, onFailure }: { signal?: AbortSignal; onFailure?: (error: unknown) => void } = {},
): Promise<Reminded> {
  let sent = 0;
  let failed = 0;
  for (;;) {
    const users = await database.read((session) => usersToRemind(session, session.clock.now(), BATCH));
    let taken = 0;
    for (const userId of users) {
      if (signal?.aborted === true) return { sent, failed };
      const settled = await database.write((session) => settle(session, userId, site));
      if (settled !== undefined) taken++;
      if (settled?.mail === undefined) continue;
      try {
        await send(settled.mail);
        sent++;
      } catch (error) {
        failed++;
        onFailure?.(error);
        await database.write((session) => tryAgain(session, userId, settled));
      }
    }
    // Those that are left are another server's.
    if (users.length < BATCH || taken === 0) return { sent, failed };
  }
}

interface Settled {
  readonly mail?: Mail;
  readonly tries: number;
  readonly nextAt: Timestamp;
}

/** What is to be said to a user whose time has come, and when it is looked again. */
async function settle(session: Session, userId: bigint, site: string): Promise<Settled | undefined> {
  const now = session.clock.now();
  const kept = await holdReminder(session, userId, now);
  if (kept === undefined) return undefined;
  const settings = await studySettings(session, userId);
  const nextAt = nextWallTime(now, kept.minute_of_day, settings.timeZone);
  await updateReminder(session, userId, { next_at: nextAt, tries: 0 });
  const base = { tries: kept.tries, nextAt };
  const user = await findUser(session, { id: userId });
  if (user === undefined || !user.is_active) return base;
  if (kept.next_at.plusSeconds(LATEST_SECONDS).isBefore(now)) return base;
  const decks = await dueByDeck(session, userId, now);
  const all = decks.reduce((sum, { due }) => sum + due, 0);
  if (all === 0) return base;
  const most = catchUpOn(settings, studyDay(now, settings))?.perDay ?? settings.reviewsPerDay;
  return { ...base, mail: mailOf(user, kept, decks, { all, today: Math.min(all, most) }, site) };
}

/** The mail server did not take it: once more, unless its student has set another time meanwhile. */
async function tryAgain(session: Session, userId: bigint, { tries, nextAt }: Settled): Promise<void> {
  if (tries + 1 >= MOST_TRIES) return;
  const kept = await findReminder(session, userId);
  if (kept?.next_at.equals(nextAt) !== true) return;
  const again = session.clock.now().plusSeconds(RETRY_SECONDS);
  if (again.isBefore(nextAt)) await updateReminder(session, userId, { next_at: again, tries: tries + 1 });
}

const cards = (count: number): string => (count === 1 ? '1 card' : `${count.toLocaleString('en')} cards`);

function mailOf(
  user: User,
  { minute_of_day, off_token }: Reminder,
  decks: readonly { name: string; due: number }[],
  { all, today }: { all: number; today: number },
  site: string,
): Mail {
  const named = decks
    .slice(0, MOST_NAMED)
    .map(({ name, due }) => `  ${name.replaceAll(/\s+/g, ' ')}: ${due.toLocaleString('en')}`);
  const more = decks.length - named.length;
  return {
    to: { name: user.username, address: user.email },
    subject: `${cards(today)} to review`,
    text: [
      `Hello ${user.username},`,
      '',
      `${cards(all)} ${all === 1 ? 'is' : 'are'} due${today < all ? `, ${today.toLocaleString('en')} of them today` : ''}:`,
      '',
      ...named,
      ...(more > 0 ? [`  and ${more} more ${more === 1 ? 'deck' : 'decks'}`] : []),
      '',
      `${site}/`,
      '',
      `You asked to be reminded at ${timeOf(minute_of_day)}. No more of these mails: ${site}/reminder-off#${off_token}`,
      '',
    ].join('\n'),
    unsubscribe: `${site}/api/v1/study/reminder/off?token=${off_token}`,
  };
}
