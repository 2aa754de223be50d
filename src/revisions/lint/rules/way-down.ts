import { diff } from '../../diff.ts';
import { inWords } from '../../in-words.ts';
import { NO_RENAMES } from '../../renames.ts';
import { replaySteps } from '../../state.ts';
import { rule } from '../rule.ts';
import { safeWay } from '../safe-way.ts';

export const wayDownRules = [
  rule({
    id: 'down-leads-elsewhere',
    engines: ['sqlite', 'postgres'],
    why: 'After downgrade the ledger says that the revision was never applied: the schema must be the one before it.',
    isUpOnly: true,
    *check(scene) {
      const { revision, before, after } = scene;
      if (typeof revision.downgrade === 'string') return;
      const back = replaySteps(after, revision, revision.downgrade);
      const left = diff(back, before, NO_RENAMES);
      if (left.length > 0)
        yield {
          level: 'error',
          what: `The way down does not lead back; what is missing: ${inWords(left, back).join('; ')}.`,
          rewrite: safeWay(
            { about: 'what it has, and what is missing', downgrade: [...revision.downgrade, ...left] },
            { about: 'or why there is no way back', downgrade: 'The sentence that says so.' },
          ),
        };
    },
  }),
] as const;
