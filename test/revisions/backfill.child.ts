import { systemClock } from '../../src/db/clock.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { backfill } from '../../src/revisions/step.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { first } from './own-schema.ts';

export const ROWS = 20_000;
export const filling: Revision = {
  id: '0002',
  name: 'grams',
  upgrade: [
    backfill({ about: 'fill grams', table: 'parcel', set: { grams: 'length(label)' }, where: 'grams IS NULL', batchRows: 200 }),
  ],
  downgrade: [],
};

/** A process of its own that fills, says when the first batch is committed, and stops when asked to. */
if (import.meta.main) {
  const [, , url = '', directUrl = ''] = process.argv;
  const engine = openEngine({ url, ...(directUrl === '' ? {} : { directUrl }) }, { schema: schema({}) });
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  try {
    await upgrade({
      engine,
      revisions: [first, filling],
      clock: systemClock(),
      signal: stop.signal,
      pace: { rowsPerSecond: 20_000, onBatch: (_, rows) => process.stdout.write(`${rows}\n`) },
    });
    process.exitCode = 3;
  } catch (error) {
    if (!(error instanceof FlashcaseError && error.code === 'FC_REVISION_STOPPED')) throw error;
  } finally {
    await engine.close();
  }
}
