import { realpathSync, statSync } from 'node:fs';
import { removeDatabase } from '../../../engine/sqlite/verified-copy.ts';
import { isExchanged, isThere, planOf, readPlan, removePlan, restoringOf, takeBack } from './exchange-plan.ts';
import { lockOf, takePlace } from './hold-place.ts';

/** The database behind every link. */
export const realFile = (given: string): string => (isThere(given) ? realpathSync(given) : given);

/**
 * Brings a restore that was killed to an end: the name has the database of before or the restored one, and what lies aside is told. Call it before the database is opened. A restore that is under
 * way, at whatever step, is left alone.
 */
export function settleRestore(given: string, say: (line: string) => void): void {
  const file = realFile(given);
  if (![planOf, restoringOf, lockOf].some((nameOf) => isThere(nameOf(file)))) return;
  const lock = takePlace(file);
  if (lock === undefined) {
    say(`a restore of ${file} is under way`);
    return;
  }
  try {
    settleHeld(file, say);
  } finally {
    lock.close();
  }
}

/** The same for who holds the place. */
export function settleHeld(file: string, say: (line: string) => void): void {
  const ready = restoringOf(file);
  const plan = readPlan(file);
  if (plan === undefined) {
    if (!isThere(ready)) return;
    const isNamed = isThere(file) && statSync(file).ino === statSync(ready).ino;
    removeDatabase(ready);
    say(
      isNamed
        ? `a restore into ${file} was cut off after its last step: the file is complete`
        : `a restore was cut off before it changed anything: ${file} is as it was. Run it again`,
    );
    return;
  }
  if (isExchanged(file, plan)) {
    removePlan(file);
    say(
      `the restore of ${plan.backup} was cut off after its last step: ${file} is the restored database; what was there lies at ${plan.aside}`,
    );
    return;
  }
  const kept = takeBack(file);
  say(
    `the restore of ${plan.backup} was cut off: ${file} is the database from before. Run it again: flashcase restore ${plan.backup}`,
  );
  for (const path of kept) say(`${path} lies aside: the database was written after it was put there`);
}
