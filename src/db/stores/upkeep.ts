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

/** Who does the upkeep of a slot: a process of a machine. */
export interface UpkeepClaimant {
  readonly host: string;
  readonly pid: number;
  /** True while a process of this machine lives. */
  readonly isAlive: (pid: number) => boolean;
}

export type UpkeepClaim =
  | { readonly outcome: 'mine'; readonly claimedAt: Timestamp }
  /** It went well. */
  | { readonly outcome: 'already' }
  /** Another process is at it, and is taken over from when it fails or is gone. */
  | { readonly outcome: 'elsewhere'; readonly host: string };

/** What a run tells while it is at it. */
const atIt = (pid: number): string => `At it: process ${pid}.`;
const processOf = (told: string | null): number | undefined => {
  const [, pid] = /^At it: process (\d+)\.$/.exec(told ?? '') ?? [];
  return pid === undefined ? undefined : Number(pid);
};

/** What failed is anybody's; so is what was left by a process that is gone: known of this machine, of another one when it was not heard of for long. */
function isFree(run: UpkeepRun, now: Timestamp, { host, pid, isAlive }: UpkeepClaimant): boolean {
  if (run.ended_at !== null) return run.went_well !== true;
  if (run.claimed_at.isBefore(now.plusSeconds(-GONE_SECONDS))) return true;
  const other = run.host === host ? processOf(run.told) : undefined;
  // A process asks for one thing at a time: a claim by its own number is of one before it, as in a container that was started again.
  return other !== undefined && (other === pid || !isAlive(other));
}

/** Claims the upkeep of a slot for a process of this machine. */
export async function claimUpkeep(session: Session, slot: Timestamp, claimant: UpkeepClaimant): Promise<UpkeepClaim> {
  const now = session.clock.now();
  const claim = { host: claimant.host, claimed_at: now, ended_at: null, went_well: null, told: atIt(claimant.pid) };
  const made = await session.kysely
    .insertInto('upkeep_run')
    .values(checked(flashcase.tables.upkeep_run, { slot_at: slot, ...claim }))
    .onConflict((conflict) => conflict.column('slot_at').doNothing())
    .executeTakeFirst();
  if (Number(made.numInsertedOrUpdatedRows ?? 0) > 0) return { outcome: 'mine', claimedAt: now };
  const run = await session.kysely.selectFrom('upkeep_run').selectAll().where('slot_at', '=', slot).executeTakeFirst();
  if (run?.went_well === true) return { outcome: 'already' };
  if (run === undefined || !isFree(run, now, claimant)) return { outcome: 'elsewhere', host: run?.host ?? 'another server' };
  // Of two that try, one changes the row that both saw.
  const taken = await session.kysely
    .updateTable('upkeep_run')
    .set(claim)
    .where('slot_at', '=', slot)
    .where('claimed_at', '=', run.claimed_at)
    .where('host', '=', run.host)
    .where(({ eb }) => (run.told === null ? eb('told', 'is', null) : eb('told', '=', run.told)))
    .executeTakeFirst();
  return Number(taken.numUpdatedRows) > 0 ? { outcome: 'mine', claimedAt: now } : { outcome: 'elsewhere', host: run.host };
}

/** Says how the upkeep of a slot went, where the claim is this one still. */
export async function endUpkeep(
  session: Session,
  slot: Timestamp,
  claimedAt: Timestamp,
  wentWell: boolean,
  told: string,
): Promise<void> {
  await session.kysely
    .updateTable('upkeep_run')
    .set({ ended_at: session.clock.now(), went_well: wentWell, told })
    .where('slot_at', '=', slot)
    .where('claimed_at', '=', claimedAt)
    .execute();
}

/** Gives a claim back that was not ended: the slot is anybody's at once. */
export async function leaveUpkeep(session: Session, slot: Timestamp, claimedAt: Timestamp): Promise<void> {
  await session.kysely
    .deleteFrom('upkeep_run')
    .where('slot_at', '=', slot)
    .where('claimed_at', '=', claimedAt)
    .where('ended_at', 'is', null)
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
