import type { Session } from '../db/database.ts';
import { findReminder, updateReminder } from '../db/stores/reminders.ts';
import type { Timestamp } from '../schema/index.ts';
import { nextWallTime } from '../study/study-day.ts';

/** Nobody gets another mail sooner, whatever was set meanwhile. Shorter than a day whose clocks are set forward. */
const APART_SECONDS = 20 * 3600;

/** Whether a mail came so lately that the next is another day's. */
export const isMailedToday = (mailedAt: Timestamp | null, now: Timestamp): boolean =>
  mailedAt !== null && now.isBefore(mailedAt.plusSeconds(APART_SECONDS));

/** When a student is reminded next: at that time of their day, and not twice in one. */
export function nextReminder(now: Timestamp, mailedAt: Timestamp | null, minuteOfDay: number, timeZone: string): Timestamp {
  const after = mailedAt !== null && isMailedToday(mailedAt, now) ? mailedAt.plusSeconds(APART_SECONDS) : now;
  return nextWallTime(after, minuteOfDay, timeZone);
}

/** Who has moved to another time zone is reminded by its clocks. */
export async function moveReminder(session: Session, userId: bigint, timeZone: string): Promise<void> {
  const kept = await findReminder(session, userId);
  if (kept === undefined || kept.next_at === null) return;
  const next_at = nextReminder(session.clock.now(), kept.mailed_at, kept.minute_of_day, timeZone);
  await updateReminder(session, userId, { next_at, tries: 0 }, kept.next_at);
}
