import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../db/clock.ts';
import { peerFileOf } from '../../db/peer.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { MoveAction, MoveConsole, MoveJob, MoveView } from '../../services/move-console.ts';
import type { Outcome } from './console-orders.ts';
import { ConsoleThread } from './console-thread.ts';
import { isoOf, viewWithout } from './console-view.ts';

/** However many look, the move is looked at this often. */
const LOOK_MS = 1000;
/** A look at a server that does not answer takes longer; meanwhile the last one is shown. */
const PATIENCE_MS = 2500;
/** A thread nobody looks through is ended. */
const IDLE_MS = 20_000;
/** A stop waits this long for a switch: longer than its pause may be. */
const SWITCH_STOP_MS = 8000;
const SWITCHES: readonly MoveAction[] = ['practice', 'cutover', 'rollback'];
/** Over in a moment: the request waits for them. */
const AT_ONCE: readonly MoveAction[] = ['pause', 'resume', 'throttle', 'shadow', 'recover'];

const now = (): string => isoOf(systemClock().now().text);

/**
 * The live move of this installation, for the page: looked at and turned in threads of their own, by the functions the commands call.
 * @param fileOf the SQLite file of this installation, if there is one here: a move home makes one while the server runs.
 */
export function openMoveConsole(fileOf: () => string | undefined): MoveConsole {
  return new Console(fileOf);
}

class Console implements MoveConsole {
  readonly #fileOf: () => string | undefined;
  #looking: ConsoleThread | undefined;
  #look: Promise<MoveView> | undefined;
  /** A thread has one order at a time: who comes during a look gets its answer. */
  #isLooking = false;
  #isOutdated = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #last: MoveView | undefined;
  #idle: NodeJS.Timeout | undefined;
  #working: ConsoleThread | undefined;
  #work: Promise<void> | undefined;
  #job: MoveJob | null = null;
  #jobs = 0;

  constructor(fileOf: () => string | undefined) {
    this.#fileOf = fileOf;
  }

  get job(): MoveJob | null {
    return this.#job;
  }

  async look(): Promise<MoveView> {
    const file = this.#fileInMove();
    if (typeof file !== 'string') return viewWithout(file.standing, now());
    // A look that began before an action ended does not show what the action did.
    if (this.#isOutdated && this.#isLooking) await this.#look?.catch(() => {});
    if (!this.#isLooking && (this.#isOutdated || performance.now() - this.#lookedAt >= LOOK_MS)) this.#beginLook(file);
    const looked = this.#look as Promise<MoveView>;
    const last = this.#last;
    if (last === undefined) return looked;
    const late = new AbortController();
    try {
      return await Promise.race([looked, delay(PATIENCE_MS, last, { signal: late.signal, ref: false })]);
    } finally {
      late.abort();
    }
  }

  async start(action: MoveAction, who: string, typed: string | undefined): Promise<void> {
    const file = this.#fileInMove();
    if (typeof file !== 'string')
      throw new FlashcaseError('FC_MOVE_NOT_STARTED', {
        what: 'No move is under way.',
        hint: 'Begin with flashcase move plan --to URL.',
      });
    if (this.#working !== undefined)
      throw new FlashcaseError('FC_MOVE_STATE', {
        what:
          this.#job?.endedAt === null
            ? `${this.#job.action} is under way, begun by ${this.#job.by}.`
            : 'Another action is beginning just now.',
        hint: 'Wait for its end.',
      });
    const thread = new ConsoleThread(file, ({ text, done, total }) => {
      if (this.#job?.endedAt === null) this.#job = { ...this.#job, doing: text, done, total };
    });
    this.#working = thread;
    const free = async (): Promise<void> => {
      this.#working = undefined;
      await thread.end();
    };
    try {
      await thread.give({ do: 'ask', action, who, typed });
    } catch (error) {
      await free();
      throw error;
    }
    this.#job = {
      id: ++this.#jobs,
      action,
      by: who,
      startedAt: now(),
      endedAt: null,
      doing: '',
      done: 0,
      total: 0,
      text: null,
      isOk: null,
      failure: null,
    };
    const ended = thread.give<Outcome>({ do: 'run', action, typed }).then(
      ({ isOk, text }) => this.#ended({ isOk, text }),
      (error: FlashcaseError) => this.#ended({ isOk: false, failure: failureOf(error) }, error),
    );
    this.#work = ended.then(free);
    if (!AT_ONCE.includes(action)) return;
    const error = await ended;
    await this.#work;
    if (error !== undefined) throw error;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    if (this.#job?.endedAt === null && SWITCHES.includes(this.#job.action))
      await Promise.race([this.#work, delay(SWITCH_STOP_MS, undefined, { ref: false })]);
    await Promise.all([this.#looking?.end(), this.#working?.end()]);
  }

  /** The file, while it is in a move; else why none can be seen. */
  #fileInMove(): string | { readonly standing: 'none' | 'finished' | 'elsewhere' } {
    const file = this.#fileOf();
    if (file === undefined) return { standing: 'elsewhere' };
    const hasPeer = existsSync(peerFileOf(file));
    if (existsSync(file)) return hasPeer ? file : { standing: 'none' };
    return { standing: hasPeer ? 'finished' : 'elsewhere' };
  }

  #beginLook(file: string): void {
    if (this.#looking === undefined || this.#looking.isGone) this.#looking = new ConsoleThread(file);
    const thread = this.#looking;
    clearTimeout(this.#idle);
    this.#isLooking = true;
    this.#isOutdated = false;
    const look = thread.give<MoveView>({ do: 'look' });
    this.#look = look;
    const over = (): void => {
      this.#isLooking = false;
      this.#lookedAt = performance.now();
      this.#idle = setTimeout(() => {
        this.#looking = undefined;
        void thread.end();
      }, IDLE_MS);
      this.#idle.unref();
    };
    look.then(
      (view) => {
        this.#last = view;
        over();
      },
      () => over(),
    );
  }

  #ended(how: Partial<MoveJob>, error?: FlashcaseError): FlashcaseError | undefined {
    if (this.#job !== null) this.#job = { ...this.#job, ...how, endedAt: now() };
    this.#isOutdated = true;
    this.#last = undefined;
    return error;
  }
}

const failureOf = ({ code, message, why, hint }: FlashcaseError): MoveJob['failure'] => ({
  code,
  what: message,
  why: why ?? null,
  hint: hint ?? null,
});
