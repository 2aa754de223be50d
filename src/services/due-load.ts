import type { Session } from '../db/database.ts';
import { countDue } from '../db/stores/card-stats.ts';
import { BALANCED_DAYS, type DueLoad } from '../study/load-balance.ts';
import { isBalanced, type StudySettings } from '../study/settings.ts';
import { studyCalendar } from '../study/study-calendar.ts';
import { startOfStudyDay, studyDay } from '../study/study-day.ts';

/** What is due on each of the coming study days, of all decks, for a student whose days are levelled; nothing is read for others. */
export async function dueLoad(session: Session, userId: bigint, settings: StudySettings): Promise<DueLoad | undefined> {
  if (!isBalanced(settings)) return undefined;
  const firstDay = studyDay(session.clock.now(), settings) + 1;
  const calendar = studyCalendar(settings.timeZone, settings.rolloverHour);
  const cards = new Array<number>(BALANCED_DAYS).fill(0);
  const from = startOfStudyDay(firstDay, settings);
  const before = startOfStudyDay(firstDay + BALANCED_DAYS, settings);
  for (const { quarter, cards: due } of await countDue(session, { userId, deckId: undefined }, before, from)) {
    const at = calendar.dayOf(quarter) - firstDay;
    if (at in cards) (cards[at] as number) += due;
  }
  return { firstDay, cards };
}
