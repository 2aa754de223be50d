import { fileNameOf } from '../pending.ts';
import type { Revision } from '../revision.ts';
import type { Finding } from './finding.ts';
import type { Rule } from './rule.ts';

const REASON_WORDS = 3;

/**
 * What is wrong with a revision's `ignores`: a rule that does not exist, one that said nothing here, a reason that is none. These
 * findings cannot be ignored. A rule that did not run (it counts rows, and no database was asked) is not known to be silent.
 */
export function refuseBadIgnores(
  revision: Revision,
  rules: readonly Pick<Rule, 'id'>[],
  ran: ReadonlySet<string>,
  fired: ReadonlySet<string>,
): Finding[] {
  const say = (rule: string, what: string, why: string): Finding => ({
    rule,
    level: 'error',
    revision: revision.id,
    file: fileNameOf(revision),
    direction: 'up',
    engines: ['sqlite', 'postgres'],
    what,
    why,
  });
  return Object.entries(revision.ignores ?? {}).flatMap(([id, reason]) => {
    if (!rules.some((rule) => rule.id === id))
      return [say('unknown-ignore', `There is no rule ${id}.`, 'A mistyped name ignores nothing.')];
    const words = reason.split(/\s+/).filter((word) => /\w{2,}/.test(word));
    if (words.length < REASON_WORDS)
      return [
        say(
          'ignore-without-reason',
          `${id} is ignored because "${reason}".`,
          'Whoever reads it next must be able to judge it: say in a few words why it is safe here.',
        ),
      ];
    if (ran.has(id) && !fired.has(id))
      return [
        say('unused-ignore', `${id} says nothing here.`, 'An ignore that is no longer needed would hide the next problem.'),
      ];
    return [];
  });
}
