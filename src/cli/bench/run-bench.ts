import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { systemClock } from '../../db/clock.ts';
import { randomBytes } from '../../db/random.ts';
import type { Settings } from '../../db/settings.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { MoveEvents } from '../../move/move-events.ts';
import type { Rules } from '../../move/plan/rules.ts';
import { processName } from '../../move/switch/recover.ts';
import { ACTIONS } from '../../ops/bench/actions.ts';
import type { BenchResult, MeasuredSide } from '../../ops/bench/bench-result.ts';
import type { Mix } from '../../ops/bench/mix.ts';
import { type Basis, verdictOf } from '../../ops/bench/verdict.ts';
import { ownVersion } from '../version.ts';
import { makeCopies } from './make-copies.ts';
import { measure } from './measure.ts';
import { makeScratch, type Scratch } from './scratch.ts';
import { refuseInstallation, type SidePair } from './sides.ts';

export interface BenchOptions {
  readonly settings: Settings;
  readonly sides: SidePair;
  readonly model: { readonly users?: number; readonly reviewsPerUser?: number };
  readonly seed: number;
  readonly clients: readonly number[];
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly rounds: number;
  readonly mix: Mix;
  readonly basis: Omit<Basis, 'answerShare'>;
  readonly rules: Rules | undefined;
  readonly rulesFile: string;
  readonly events: MoveEvents;
  readonly signal: AbortSignal;
  /** Told when what was made cannot be removed: what that is and where, and how it goes. */
  readonly onLeft: (left: FlashcaseError) => void;
}

/**
 * Compares two databases for this installation: makes a copy on each side, loads both in turn, and judges. What serves is only read; everything that was made
 * is removed, also after an error or an abort, and what a killed comparison left before. What was measured stays true where that fails.
 */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const { settings, sides, seed, mix, events, signal } = options;
  const [loadBefore = 0] = loadavg();
  await refuseInstallation(sides.there);
  // The side one would leave first: SQLite, or, between servers, the one that serves.
  const ordered = sides.there.engine === 'sqlite' ? ([sides.there, sides.here] as const) : ([sides.here, sides.there] as const);
  const newId = (): string => randomBytes(6).toString('hex');
  const scratch = await makeScratch({
    folder: sides.folder,
    serverUrls: ordered.flatMap((side) => (side.engine === 'postgres' ? [side.url] : [])),
    by: processName(process.pid),
    newId,
  });
  try {
    const students = Math.max(...options.clients);
    const copies = await makeCopies(scratch, { ...options, sides: ordered, students, newId });
    const measured = await measure(
      [
        [ordered[0], copies.urls[0]],
        [ordered[1], copies.urls[1]],
      ],
      {
        settings,
        folder: scratch.folder,
        students: copies.students,
        mix,
        clients: options.clients,
        rounds: options.rounds,
        measureMs: options.seconds * 1000,
        warmUpMs: options.warmUpSeconds * 1000,
        seed,
        signal,
        onRun: (side, clients, round) =>
          events.phase(
            'load',
            `${side}, ${clients} ${clients === 1 ? 'client' : 'clients'}, round ${round} of ${options.rounds}`,
          ),
      },
    );
    return judged(options, measured, copies.data, loadBefore);
  } finally {
    await scratch.remove().catch((error: unknown) => options.onLeft(leftOf(scratch, error)));
  }
}

const leftOf = ({ folder, databaseUrls }: Scratch, error: unknown): FlashcaseError =>
  new FlashcaseError('FC_DB_FAILED', {
    what: 'What the comparison made could not be removed.',
    where: [folder, ...[...databaseUrls.values()].map(locationOf)].join(', '),
    why: (error instanceof FlashcaseError ? error.why : undefined) ?? (error as Error).message,
    hint: 'The next comparison with the same server removes it, by the record in the folder; or drop the database and remove the folder by hand.',
    cause: error,
  });

function judged(
  options: BenchOptions,
  sides: [MeasuredSide, MeasuredSide],
  data: BenchResult['data'],
  loadBefore: number,
): BenchResult {
  const { mix, seed, clients, seconds, warmUpSeconds, rounds } = options;
  const all = ACTIONS.reduce((sum, action) => sum + mix.shares[action], 0);
  const basis = { ...options.basis, answerShare: mix.shares.answer / all };
  return {
    at: systemClock().now().text,
    seed,
    machine: {
      cpu: cpus()[0]?.model ?? 'not known',
      cores: cpus().length,
      memoryBytes: totalmem(),
      system: `${platform()} ${arch()} ${release()}`,
      loadBefore,
    },
    software: { flashcase: ownVersion(), node: process.versions.node },
    data,
    mix,
    plan: { clients, seconds, warmUpSeconds, rounds },
    basis,
    sides,
    verdict: verdictOf(sides[0], sides[1], basis),
    isCountEqual: sides.every(({ sent, counted }) => ACTIONS.every((action) => sent[action] === counted[action])),
  };
}
