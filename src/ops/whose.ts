import type { Database } from '../db/database.ts';
import { formOf } from '../engine/schema-form.ts';
import { FlashcaseError } from '../errors/index.ts';
import { hasLedger } from '../revisions/ledger.ts';
import { flashcase } from '../schema/flashcase.ts';
import { describeDifference, differenceOf } from '../schema/form.ts';
import { recognise } from './adopt/recognise.ts';

/**
 * Tells whose database this is. Throws `FC_SCHEMA_UNKNOWN` with the difference for a stranger's, and `FC_ADOPTION_NEEDED` for the
 * original app's unless the caller takes those too.
 */
export async function refuseUnknown(
  { engine }: Pick<Database, 'engine'>,
  alsoTake?: 'legacy',
): Promise<'empty' | 'ours' | 'legacy'> {
  const form = await engine.dedicated(async (connection) =>
    (await hasLedger(connection, engine)) ? undefined : engine.introspect(connection),
  );
  if (form === undefined) return 'ours';
  if (form.length === 0) return 'empty';
  if (recognise(form) === undefined) {
    const difference = differenceOf(formOf(flashcase, engine), form);
    throw new FlashcaseError('FC_SCHEMA_UNKNOWN', {
      what: 'This database is neither FlashCase’s nor the original app’s.',
      where: engine.location,
      why: `Compared with an empty FlashCase database (- is missing here, + is only here):\n${describeDifference(difference)}`,
      hint: 'Check DATABASE_URL; give FlashCase a database of its own.',
      details: { ...difference },
    });
  }
  if (alsoTake === 'legacy') return 'legacy';
  throw new FlashcaseError('FC_ADOPTION_NEEDED', {
    what: 'This database was made by the original app.',
    where: engine.location,
    hint: 'Run flashcase db adopt.',
  });
}
