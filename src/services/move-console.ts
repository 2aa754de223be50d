import { FlashcaseError } from '../errors/index.ts';
import type { Desk } from './desk.ts';

/** What an administrator may start from the page; each is what the command of the same name does. */
export const MOVE_ACTIONS = [
  'pause',
  'resume',
  'throttle',
  'shadow',
  'recover',
  'verify',
  'practice',
  'cutover',
  'rollback',
] as const;
export type MoveAction = (typeof MOVE_ACTIONS)[number];

/** One way on from here. What has no button (what gives a way back away, or needs a password) is typed. */
export interface MoveStep {
  readonly command: string;
  readonly action: MoveAction | null;
  /** What it does, in one sentence. */
  readonly about: string;
  /** What must be typed before it is done; null where nothing must. */
  readonly confirm: string | null;
  /** The likeliest way on comes first; the others may be taken too. */
  readonly isNext: boolean;
}

/** A moment of the move, for a person: newest last. */
export interface MoveMoment {
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: string;
  readonly text: string;
}

/** How far the move has come. `here`: what is under way or comes next. */
export interface MoveStage {
  readonly name: 'plan' | 'copy' | 'follow' | 'verify' | 'cutover' | 'finish';
  readonly state: 'done' | 'here' | 'ahead';
}

/** What a comparison or a switch that was started here is doing, or how it ended. */
export interface MoveJob {
  readonly id: number;
  readonly action: MoveAction;
  /** The administrator. */
  readonly by: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** What it does at the moment, and how much of it is done. */
  readonly doing: string;
  readonly done: number;
  readonly total: number;
  /** What the command prints at its end; null while it runs. */
  readonly text: string | null;
  /** Null while it runs. False as well for a comparison that found differences. */
  readonly isOk: boolean | null;
  readonly failure: {
    readonly code: string;
    readonly what: string;
    readonly why: string | null;
    readonly hint: string | null;
  } | null;
}

export interface MoveView {
  /**
   * `none`: nothing was begun. `underway`. `finished`: PostgreSQL serves for good. `elsewhere`: this server has no SQLite file, so that no move can
   * be seen from here.
   */
  readonly standing: 'none' | 'underway' | 'finished' | 'elsewhere';
  /** When this was seen. ISO 8601, UTC. */
  readonly seenAt: string;
  /** What `flashcase move status --json` prints; null when no move is under way. */
  readonly status: Readonly<Record<string, unknown>> | null;
  /** What is worth to know now, as sentences: that it rests for users' sake, what was compared. */
  readonly notes: readonly string[];
  readonly stages: readonly MoveStage[];
  readonly steps: readonly MoveStep[];
  readonly moments: readonly MoveMoment[];
  /** What is set for the whole move, as `throttle` and `shadow` are given it; null when no move is under way. */
  readonly settings: { readonly throttle: string; readonly shadow: string } | null;
  /** What a switch would do, step by step, and what the last ones took. */
  readonly forecast: {
    readonly lines: readonly string[];
    readonly limitMs: number;
    readonly lastPausesMs: readonly number[];
  } | null;
}

/** The live move as the page shows it and turns it. The composition root gives it; HTTP knows nothing else of the move. */
export interface MoveConsole {
  /** Where the move is. Many may ask at once: it is looked at once a second at most. */
  look(): Promise<MoveView>;
  /** The job that runs, or ran last, in the process that has the console. */
  readonly job: MoveJob | null | Promise<MoveJob | null>;
  /**
   * Starts an action; what takes longer goes on as the job. Throws what the command would: `FC_MOVE_NOT_STARTED`, `FC_MOVE_STATE`, and
   * `FC_INPUT_INVALID` when what was typed is not what had to be.
   * @param who the administrator, for the record.
   * @param typed the name that confirms a switch; what `throttle` or `shadow` is set to.
   */
  start(action: MoveAction, who: string, typed: string | undefined): Promise<void>;
  /** Waits for a switch that is under way and gives up a comparison. */
  stop(): Promise<void>;
}

/** The console of a server of several processes: that of the one at the desk, where a switch that was begun runs to its end. */
export function consoleAt(desk: Desk, own: MoveConsole): MoveConsole {
  const look = desk.open('move look', () => own.look());
  const job = desk.open('move job', async () => own.job);
  const start = desk.open('move start', ([action, who, typed]: Parameters<MoveConsole['start']>) =>
    own.start(action, who, typed),
  );
  return {
    get job() {
      return job(undefined);
    },
    look: () => look(undefined),
    start: (...asked) => start(asked),
    stop: () => own.stop(),
  };
}

/** For a process that has no installation to move: tests, and the generator of the API's description. */
export const noMoveConsole: MoveConsole = {
  job: null,
  look: async () => ({
    standing: 'elsewhere',
    seenAt: new Date(0).toISOString(),
    status: null,
    notes: [],
    stages: [],
    steps: [],
    moments: [],
    settings: null,
    forecast: null,
  }),
  start: async () => {
    throw new FlashcaseError('FC_MOVE_NOT_STARTED', {
      what: 'No move is under way.',
      hint: 'Begin with flashcase move plan --to URL.',
    });
  },
  stop: async () => {},
};
