import type { KindOfDamage, SelfTest } from '../../move/verify/self-test/self-test.ts';
import { grouped } from './progress.ts';

/** Places named of each kind that went unseen. */
const NAMED = 5;

function kindLine({ name, planted, unseen }: KindOfDamage): string {
  const places = `${grouped(planted)} place${planted === 1 ? '' : 's'}`;
  if (unseen.length === 0) return `  found   ${name} (${places})`;
  const named = unseen.slice(0, NAMED).map(({ place, by }) => `${place} by ${by}`);
  const more = unseen.length > NAMED ? ` and ${unseen.length - NAMED} more` : '';
  return `  UNSEEN  ${name} (${places}): ${named.join(', ')}${more}`;
}

/** What `move verify --self-test` prints. */
export function selfTestText({ kinds, falseAlarms, rows, isPassed }: SelfTest): string {
  const found = kinds.filter(({ unseen }) => unseen.length === 0).length;
  const places = kinds.reduce((sum, { planted }) => sum + planted, 0);
  return [
    ...kinds.map(kindLine),
    ...falseAlarms.slice(0, NAMED).map((alarm) => `  FALSE ALARM, nothing was planted there: ${alarm}`),
    `${found}/${kinds.length} planted damages found: ${grouped(places)} places, one at a time, by digests and by texts, in a scratch copy with ${grouped(rows)} of your rows.`,
    isPassed
      ? 'Nothing was reported where nothing was planted. The scratch copy is gone; the target was not changed.'
      : 'The comparison cannot be trusted with what is marked above. Do not cut over by it; please report this.',
  ].join('\n');
}
