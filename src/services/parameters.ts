import { clipParameters } from 'ts-fsrs';
import type { Session } from '../db/database.ts';
import { recordOperation } from '../db/stores/operations.ts';
import { repairCardState } from '../db/stores/replayed-state.ts';
import { loggedReviewOf } from '../db/stores/standing.ts';
import { type CardState, listCardLog, saveMemory } from '../db/stores/study.ts';
import { holdMemories, listAnsweredSince, listLogs, listStates } from '../db/stores/study-recompute.ts';
import { listStudySettings } from '../db/stores/study-settings.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import {
  type Calibration,
  type CardOutcomes,
  calibrationOf,
  outcomesOf,
  predictByFsrs,
  predictBySm2,
  splitByTime,
} from '../study/calibration.ts';
import { DEFAULT_WEIGHTS } from '../study/fsrs.ts';
import { type History, replay, standingBy } from '../study/replay.ts';
import type { StudySettings } from '../study/settings.ts';
import type { Memory } from '../study/standing.ts';
import { beyondRows } from './operations.ts';
import { hasOptimiser, optimiseApart } from './optimise-apart.ts';
import { changedSettings, keptStudySettings, studySettings } from './study-settings.ts';

/** Runs one unit of work that reads. */
export type Read = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

/** Predicted answers from which on parameters of one's own are worth looking for. */
export const FEWEST_ANSWERS = 400;
/** The share of the newest answers that judges what was learned from the others. */
const HELD_OUT = 0.2;
/** Cards read in one unit of work. */
const BATCH = 500;

/** The histories of all cards a user has answered, in batches. */
async function* histories(read: Read, userId: bigint): AsyncGenerator<{ state: CardState; history: History }> {
  for (let after: bigint | undefined; ; ) {
    const batch = await read(async (session) => {
      const states = await listStates(session, { userId, after }, BATCH);
      const last = states.length < BATCH ? undefined : states.at(-1)?.card_id;
      const logs = Map.groupBy(await listLogs(session, { userId, after, last }), (row) => row.card_id);
      const versions = await listStudySettings(session, userId);
      return { states, last, logs, versions };
    });
    for (const state of batch.states) {
      const log = (batch.logs.get(state.card_id) ?? []).map(loggedReviewOf);
      yield { state, history: replay(state.card_id, log, (version) => batch.versions.get(version)) };
    }
    if (batch.last === undefined) return;
    after = batch.last;
  }
}

async function outcomesOfUser(read: Read, userId: bigint, settings: StudySettings): Promise<CardOutcomes[]> {
  const cards: CardOutcomes[] = [];
  for await (const { history } of histories(read, userId)) {
    const outcomes = outcomesOf(history, settings);
    if (outcomes !== undefined) cards.push(outcomes);
  }
  return cards;
}

const byFsrs = (cards: readonly CardOutcomes[], weights: readonly number[] | undefined, from = Number.NEGATIVE_INFINITY) =>
  calibrationOf(cards.flatMap((card) => predictByFsrs(card, weights)).filter(({ at }) => at >= from));

/** How well predictions fit a user's answers. */
export interface CalibrationAnswer {
  readonly answers: number;
  readonly log_loss: number;
  readonly rmse_bins: number;
}

const told = ({ answers, logLoss, rmseBins }: Calibration): CalibrationAnswer => ({
  answers,
  log_loss: Math.round(logLoss * 1e4) / 1e4,
  rmse_bins: Math.round(rmseBins * 1e4) / 1e4,
});

export interface UserCalibration {
  /** Cards whose answers can be predicted from. */
  readonly cards: number;
  /** By one's parameters; NULL while no answer came on a later day than the one before. */
  readonly own: CalibrationAnswer | null;
  readonly published: CalibrationAnswer | null;
  readonly sm2: CalibrationAnswer | null;
}

/** How well the parameters of a user, the published ones and SM-2 predict the user's own answers. */
export async function calibrationOfUser(read: Read, userId: bigint): Promise<UserCalibration> {
  const settings = await read((session) => studySettings(session, userId));
  const cards = await outcomesOfUser(read, userId, settings);
  const own = byFsrs(cards, settings.weights);
  const published = byFsrs(cards, undefined);
  const sm2 = calibrationOf(cards.flatMap(predictBySm2));
  return {
    cards: cards.length,
    own: own ? told(own) : null,
    published: published ? told(published) : null,
    sm2: sm2 ? told(sm2) : null,
  };
}

/** Parameters in force, and whether better ones can be looked for. */
export interface ParametersAnswer {
  /** NULL for the published ones. */
  readonly weights: readonly number[] | null;
  readonly has_optimiser: boolean;
}

export async function getParameters(read: Read, user: User): Promise<ParametersAnswer> {
  const { weights } = await read((session) => studySettings(session, user.id));
  return { weights: weights ?? null, has_optimiser: await hasOptimiser() };
}

/** What a fit found. Both figures are of the newest answers, which neither was fitted to. */
export interface Fit {
  /** Answers that were learned from, and those held out. */
  readonly learned: number;
  readonly held_out: number;
  readonly before: CalibrationAnswer | null;
  readonly after: CalibrationAnswer | null;
  /** Better than those in force; NULL where there are none. */
  readonly weights: readonly number[] | null;
}

/** Weights within the published bounds, as the scheduler takes them, so that it bends none of them later. Throws `FC_INPUT_INVALID` unless there are 21. */
export function boundedWeights(weights: readonly number[], relearningSteps: number): number[] {
  if (weights.length !== DEFAULT_WEIGHTS.length) {
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `weights: ${weights.length} are given, FSRS-6 has ${DEFAULT_WEIGHTS.length}`,
      hint: 'Give all of them, or null for the published ones.',
    });
  }
  return clipParameters([...weights], relearningSteps).map((weight) => Math.round(weight * 1e4) / 1e4);
}

/**
 * Looks for parameters that fit a user's answers: fitted to the earlier four fifths, judged by the newest fifth. Changes nothing. Better means
 * that the log loss of what was held out falls. Throws `FC_OPTIMISER`.
 */
export async function fitParameters(read: Read, userId: bigint, signal?: AbortSignal): Promise<Fit> {
  const settings = await read((session) => studySettings(session, userId));
  const cards = await outcomesOfUser(read, userId, settings);
  const { from, earlier } = splitByTime(cards, HELD_OUT);
  const before = byFsrs(cards, settings.weights, from);
  const learned = earlier.reduce((sum, card) => sum + card.filter(({ days }, at) => at > 0 && days > 0).length, 0);
  const fit = { learned, held_out: before?.answers ?? 0, before: before ? told(before) : null };
  if (before === undefined || learned + before.answers < FEWEST_ANSWERS) return { ...fit, after: null, weights: null };
  const steps = settings.relearningSteps.length;
  const weights = boundedWeights(await optimiseApart(earlier, steps, signal), steps);
  const after = byFsrs(cards, weights, from) as Calibration;
  return { ...fit, after: told(after), weights: after.logLoss < before.logLoss ? weights : null };
}

/** The memory of each card under other weights, with the row of the log it rests on. */
export type Memories = ReadonlyMap<bigint, { readonly standingAt: string | undefined; readonly memory: Memory | undefined }>;

/** What each card's memory would be under these weights. Before the unit of work that writes them: thousands of logs take their time. */
export async function memoriesUnder(read: Read, userId: bigint, weights: readonly number[] | undefined): Promise<Memories> {
  const memories = new Map<bigint, { standingAt: string | undefined; memory: Memory | undefined }>();
  for await (const { state, history } of histories(read, userId))
    memories.set(state.card_id, { standingAt: state.standing_at?.text, memory: standingBy(history, { weights }).memory });
  return memories;
}

const sameWeights = (a: readonly number[] | undefined, b: readonly number[] | undefined): boolean =>
  (a ?? DEFAULT_WEIGHTS).join() === (b ?? DEFAULT_WEIGHTS).join();

/**
 * Puts weights in force as a new version of the settings and writes what each card's memory is under them, all in this unit of work; cards that
 * were answered since `memories` were computed are replayed. No card's date moves.
 */
async function applyWeights(
  session: Session,
  user: User,
  weights: readonly number[] | undefined,
  memories: Memories,
): Promise<void> {
  await changedSettings(session, user, { weights });
  const versions = await listStudySettings(session, user.id);
  for (const state of await holdMemories(session, user.id)) {
    const known = memories.get(state.card_id);
    let memory = known?.memory;
    if (known === undefined || known.standingAt !== state.standing_at?.text) {
      const log = (await listCardLog(session, user.id, state.card_id)).map(loggedReviewOf);
      memory = standingBy(
        replay(state.card_id, log, (version) => versions.get(version)),
        { weights },
      ).memory;
    }
    if (memory === undefined || (memory.stability === state.stability && memory.difficulty === state.difficulty)) continue;
    await saveMemory(session, user.id, state.card_id, memory);
  }
}

/** An answer that begins before the parameters change may end after, the first one of its card unseen: its card is looked at once more. */
const SETTLE_SECONDS = 60;

/** Brings cards that were answered while parameters changed to what their logs say under those in force. */
export async function settleWeights(session: Session, user: User): Promise<void> {
  const since = session.clock.now().plusSeconds(-SETTLE_SECONDS);
  for (const cardId of await listAnsweredSince(session, user.id, since)) await repairCardState(session, user.id, cardId);
}

/** What taking parameters back needs. */
export interface ParametersInverse {
  readonly was: readonly number[] | null;
  readonly left: readonly number[] | null;
}

/** Adopts weights; absent for the published ones. Undone by its operation. Throws `FC_CHANGED_MEANWHILE` where others are in force than the ones they were judged against. */
export async function adoptWeights(
  session: Session,
  user: User,
  weights: readonly number[] | undefined,
  memories: Memories,
  judgedAgainst: readonly number[] | undefined,
): Promise<void> {
  const { weights: before } = await keptStudySettings(session, user.id);
  if (!sameWeights(before, judgedAgainst)) throw changedMeanwhile();
  await applyWeights(session, user, weights, memories);
  const inverse: ParametersInverse = { was: before ?? null, left: weights ?? null };
  await recordOperation(session, user.id, 'change_parameters', user.id, beyondRows({ parameters: inverse }));
}

const changedMeanwhile = () =>
  new FlashcaseError('FC_CHANGED_MEANWHILE', {
    what: 'Other parameters were adopted meanwhile',
    hint: 'Look at the parameters in force, and try again.',
  });

/** Puts the parameters of before back, while those that were adopted are in force (`FC_CHANGED_MEANWHILE`). */
export async function putParametersBack(
  session: Session,
  user: User,
  { was, left }: ParametersInverse,
  memories: Memories = new Map(),
): Promise<void> {
  const { weights } = await studySettings(session, user.id);
  if (!sameWeights(weights, left ?? undefined)) throw changedMeanwhile();
  await applyWeights(session, user, was ?? undefined, memories);
}
