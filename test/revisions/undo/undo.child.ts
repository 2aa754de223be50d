import { systemClock } from '../../../src/db/clock.ts';
import { upgrade } from '../../../src/revisions/run.ts';
import { finish } from '../../../src/revisions/undo/finish.ts';
import { undo } from '../../../src/revisions/undo/undo.ts';
import { history, openAt, undoing } from './parcels.ts';

/**
 * A process of its own that upgrades, undoes or finishes, says each step it has come to, and stops for ever at one of them, to be
 * killed there.
 */
const [, , what = '', stopAt = '', url = '', directUrl = ''] = process.argv;
const place = { url, ...(directUrl === '' ? {} : { directUrl }), drop: async () => {} };
const onStep = async (step: string): Promise<void> => {
  process.stdout.write(`${step}\n`);
  if (step === stopAt) await new Promise((resolve) => setTimeout(resolve, 600_000));
};
if (what === 'undo') await undo(undoing(place, { revision: '0002', revisions: history.slice(0, 2), onStep }));
else {
  const engine = openAt(place);
  let dropped = 0;
  if (what === 'upgrade') await upgrade({ engine, revisions: history, clock: systemClock(), keep: { onStep } });
  else await finish({ engine, clock: systemClock(), onDropped: () => onStep(`dropped ${++dropped}`) });
  await engine.close();
}
process.stdout.write('end\n');
