import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

export type UpkeepRun = RowOf<typeof flashcase.tables.upkeep_run>;
export type SizeSample = RowOf<typeof flashcase.tables.size_sample>;

/** A server that claimed upkeep and was not heard of for so long is gone. */
const GONE_SECONDS = 6 * 3600;
/** Runs are kept for so long, and samples. */
const KEEP_RUNS_DAYS = 60;
const KEEP_SAMPLES_DAYS = 400;

/** Claims the upkeep of a slot for this machine. @returns the machine that has it instead, or has done it */
export async function claimUpkeep(session: Session, slot: Timestamp, host: string): Promise<string | undefined> {
  const now = session.clock.now();
  const values = { slot_at: slot, host, claimed_at: now, ended_at: null, went_well: null, told: null };
  const made = await session.kysely
    .insertInto('upkeep_run')
    .values(checked(flashcase.tables.upkeep_run, values))
    .onConflict((conflict) => conflict.column('slot_at').doNothing())
    .executeTakeFirst();
  if (Number(made.numInsertedOrUpdatedRows ?? 0) > 0) return undefined;
  // What failed, or was left by a process that is gone, is done again; of two that try, one changes the row.
  const taken = await session.kysely
    .updateTable('upkeep_run')
    .set({ host, claimed_at: now, ended_at: null, went_well: null, told: null })
    .where('slot_at', '=', slot)
    .where(({ and, or, eb }) =>
      or([eb('went_well', '=', false), and([eb('ended_at', 'is', null), eb('claimed_at', '<', now.plusSeconds(-GONE_SECONDS))])]),
    )
    .executeTakeFirst();
  if (Number(taken.numUpdatedRows) > 0) return undefined;
  const other = await session.kysely.selectFrom('upkeep_run').select('host').where('slot_at', '=', slot).executeTakeFirst();
  return other?.host ?? 'another server';
}

/** Says how the upkeep of a slot went. */
export async function endUpkeep(session: Session, slot: Timestamp, wentWell: boolean, told: string): Promise<void> {
  await session.kysely
    .updateTable('upkeep_run')
    .set({ ended_at: session.clock.now(), went_well: wentWell, told })
    .where('slot_at', '=', slot)
    .execute();
}

/** The last runs, newest first. */
export const lastUpkeep = ({ kysely }: Pick<Session, 'kysely'>, most: number): Promise<UpkeepRun[]> =>
  kysely.selectFrom('upkeep_run').selectAll().orderBy('slot_at', 'desc').limit(most).execute();

/** Notes the sizes of a day down; of one that was noted already nothing changes. What is past its time goes. */
export async function saveSizes(session: Session, samples: readonly SizeSample[]): Promise<void> {
  for (const sample of samples)
    await session.kysely
      .insertInto('size_sample')
      .values(checked(flashcase.tables.size_sample, sample))
      .onConflict((conflict) => conflict.columns(['taken_on', 'engine_name', 'object_kind', 'object_name']).doNothing())
      .execute();
  const now = session.clock.now();
  await session.kysely
    .deleteFrom('size_sample')
    .where('taken_on', '<', now.plusDays(-KEEP_SAMPLES_DAYS).text.slice(0, 10))
    .execute();
  await session.kysely.deleteFrom('upkeep_run').where('slot_at', '<', now.plusDays(-KEEP_RUNS_DAYS)).execute();
}

/** The sizes of all days since one, the oldest first. */
export const sizesSince = ({ kysely }: Pick<Session, 'kysely'>, day: string): Promise<SizeSample[]> =>
  kysely.selectFrom('size_sample').selectAll().where('taken_on', '>=', day).orderBy('taken_on').execute();
