import { withRun } from '../../src/cli/commands/db/run-options.ts';
import { systemClock } from '../../src/db/clock.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { filling } from '../revisions/backfill.child.ts';
import { first } from '../revisions/own-schema.ts';

/** `db upgrade` over a history with a long backfill. */
const [, , url = '', directUrl = '', ...words] = process.argv;
const engine = openEngine({ url, ...(directUrl === '' ? {} : { directUrl }) }, { schema: schema({}) });
try {
  await withRun({ json: words.includes('--json') }, (run) =>
    upgrade({ ...run, pace: { ...run.pace, rowsPerSecond: 5000 }, engine, revisions: [first, filling], clock: systemClock() }),
  );
} catch (error) {
  if (!(error instanceof FlashcaseError)) throw error;
  process.stderr.write(`${error.toText()}\n`);
  process.exitCode = error.exitCode;
} finally {
  await engine.close();
}
