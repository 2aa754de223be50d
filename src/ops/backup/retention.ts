import type { Retention } from '../../db/settings.ts';
import type { Timestamp } from '../../schema/index.ts';
import { isAhead, type Listed } from './backup-folder.ts';
import type { Manifest } from './manifest.ts';
import { lastVerdicts, type Recorded } from './record.ts';

/** What becomes of a backup. */
export interface Fate {
  readonly name: string;
  readonly isKept: boolean;
  /** `newest`, `day`, `week`, `month`, `recent`, `log`, `damaged`, `dated in the future`, `not vouched for`, or why it may go. */
  readonly why: string;
}

/** The Monday of a day, which names its week. */
function weekOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}

/** The last of each of the last days, weeks and months that have one. @param items the newest first @returns why each of them stays */
export function lastOfPeriods(
  items: readonly { readonly name: string; readonly madeAt: string }[],
  { days, weeks, months }: Retention,
): Map<string, string> {
  const why = new Map<string, string>();
  const keepLast = (count: number, reason: string, periodOf: (day: string) => string): void => {
    const periods = new Set<string>();
    for (const { name, madeAt } of items) {
      const period = periodOf(madeAt.slice(0, 10));
      if (periods.has(period)) continue;
      periods.add(period);
      if (periods.size <= count && !why.has(name)) why.set(name, reason);
    }
  };
  keepLast(days, 'day', (day) => day);
  keepLast(weeks, 'week', weekOf);
  keepLast(months, 'month', (day) => day.slice(0, 7));
  return why;
}

/**
 * Says which backups are past their time. Of each of the last days, weeks and months that have one, the last is kept; so is whatever was made in the last 24 hours, the first of each change
 * log within the last days, without which its moments could not be restored, and the newest one that was found whole, whatever the rest says. One that was found damaged, is dated in the future, or has no seal of the key that is set counts for nothing, and is left for a person to
 * look at: somebody who put it there would have real ones removed in its stead. @param isTrusted whether the key, where there is one, vouches for a backup
 */
export function fatesOf(
  backups: readonly Listed[],
  entries: readonly Recorded[],
  retention: Retention,
  now: Timestamp,
  isTrusted: (manifest: Manifest) => boolean = () => true,
): Fate[] {
  const verdicts = lastVerdicts(entries);
  const isDamaged = ({ name, manifest }: Listed): boolean => manifest === undefined || verdicts.get(name)?.isGood === false;
  const isFromAhead = ({ manifest }: Listed): boolean => manifest !== undefined && isAhead(manifest.madeAt, now);
  const setAside = (one: Listed): string | undefined => {
    if (isDamaged(one)) return 'damaged';
    if (isFromAhead(one)) return 'dated in the future';
    return one.manifest === undefined || isTrusted(one.manifest) ? undefined : 'not vouched for';
  };
  const aside = new Map(backups.map((one) => [one.name, setAside(one)]));
  const whole = backups.filter(({ name }) => aside.get(name) === undefined);
  const why = new Map<string, string>();
  const keep = (name: string, reason: string): void => {
    if (!why.has(name)) why.set(name, reason);
  };
  const proved = whole.find(({ name }) => verdicts.get(name)?.isGood === true) ?? whole[0];
  if (proved !== undefined) keep(proved.name, 'newest');
  const dated = whole.map(({ name, manifest }) => ({ name, madeAt: manifest?.madeAt ?? '' }));
  for (const [name, reason] of lastOfPeriods(dated, retention)) keep(name, reason);
  const begun = now.plusDays(-Math.max(1, retention.days)).text;
  const chains = new Set<string>();
  for (const { name, manifest } of whole.toReversed()) {
    if (manifest?.log === undefined || manifest.madeAt < begun || chains.has(manifest.log.chain)) continue;
    chains.add(manifest.log.chain);
    keep(name, 'log');
  }
  const dayAgo = now.plusDays(-1).text;
  return backups.map((one) => {
    const kept = aside.get(one.name);
    if (kept !== undefined) return { name: one.name, isKept: true, why: kept };
    const reason = why.get(one.name) ?? ((one.manifest?.madeAt ?? '') > dayAgo ? 'recent' : undefined);
    return { name: one.name, isKept: reason !== undefined, why: reason ?? 'past its time' };
  });
}
