import type { Session } from '../db/database.ts';
import { findReminder, updateReminder } from '../db/stores/reminders.ts';
import { nextWallTime } from '../study/study-day.ts';

/** Who has moved to another time zone is reminded by its clocks. */
export async function moveReminder(session: Session, userId: bigint, timeZone: string): Promise<void> {
  const kept = await findReminder(session, userId);
  if (kept === undefined) return;
  await updateReminder(session, userId, {
    next_at: nextWallTime(session.clock.now(), kept.minute_of_day, timeZone),
    tries: 0,
  });
}
