import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { readSideState } from '../state/postgres-state.ts';
import { type MoveState, readMoveState } from '../state/sqlite-state.ts';
import { isAlive, recover } from '../switch/recover.ts';
import { COMMAND, type Direction, openCarrier } from './carrying.ts';
import type { LiveOptions } from './live-options.ts';
import { keepRoom } from './room.ts';
import { whileReachable, withAnswering, withSqlite } from './sides.ts';
import { Throttle } from './throttle.ts';

/** How often the primary's journal is looked at: what a switch has to drain is what was written in this time. */
const POLL_MS = 100;
/** A tenth of the pause between two looks. */
const SMALL_WORK_MS = 10;
/** A follower that is silent for longer may be replaced; it writes once a second. */
const STALE_MS = 3000;
/** A command that switches or compares carries by itself and may be silent for longer, while its process is there. */
const COMMAND_STALE_MS = 15_000;
/** How often a process that does not carry looks whether it is its turn: each look opens a connection. */
const LOOK_MS = 1000;
/** After an error (a server that is gone, a decision that is missing) the next try waits this long. */
const RETRY_MS = 2000;
/** The longest rest for users' sake: another follower takes over from one that is silent. */
const MOST_REST_MS = 1500;
/** Carried journal rows are removed after this many polls. */
const PRUNE_POLLS = 50;

export interface FollowEvents {
  /** Called when a direction begins, changes, or rests; for logs. */
  onPhase?(text: string): void;
  /** What stops it for now, told once as long as it is the same; it tries again by itself. */
  onTrouble?(error: FlashcaseError): void;
}

/** The token of a direction nobody carries; `undefined` while somebody does. */
async function freeToken(options: LiveOptions, state: MoveState): Promise<number | undefined> {
  const side = state.phase === 'forward' ? await withAnswering(options.postgresUrl, readSideState) : undefined;
  const holder = state.phase === 'reverse' ? state : side;
  if (holder === undefined) return undefined;
  if (holder.followedAt === undefined) return holder.followerToken;
  const silentMs = side?.silentMs ?? Number(options.clock.now().micros / 1000n) - Date.parse(holder.followedAt);
  const command = holder.follower?.startsWith(COMMAND) === true ? holder.follower.slice(COMMAND.length) : undefined;
  const isHeld = command === undefined ? silentMs < STALE_MS : isAlive(command) && silentMs < COMMAND_STALE_MS;
  return isHeld ? undefined : holder.followerToken;
}

const isFollowing = (state: MoveState | undefined): state is MoveState & { readonly phase: Direction } =>
  state !== undefined &&
  (state.phase === 'forward' || state.phase === 'reverse') &&
  !state.isPaused &&
  state.attempt === undefined;

/** Carries one direction until the state changes, another carrier takes over, or the signal comes. */
async function carryOn(
  sqlite: Connection,
  options: LiveOptions,
  phase: Direction,
  runId: string,
  token: number,
  signal: AbortSignal,
  events: FollowEvents,
): Promise<void> {
  const carrier = await openCarrier(options, phase, runId);
  const throttle = new Throttle(sqlite, options, 'follow', (text) => events.onPhase?.(text));
  let restsUntil = 0;
  try {
    await carrier.claim(options.by, token, signal);
    await carrier.prepare(signal);
    events.onPhase?.(phase === 'forward' ? 'PostgreSQL follows SQLite' : 'SQLite follows PostgreSQL');
    for (let poll = 1; !signal.aborted; poll++) {
      const state = await readMoveState(sqlite);
      if (!isFollowing(state) || state.phase !== phase) return;
      const began = performance.now();
      if (began >= restsUntil || !throttle.isSlow) {
        const { keys } = await carrier.carry(signal);
        const now = performance.now();
        // Without a rest there are pauses as well: short work is a small part of the time.
        const isWork = keys > 0 && now - began > SMALL_WORK_MS;
        restsUntil = isWork ? now + (await throttle.owes(now - began, MOST_REST_MS)) : 0;
      }
      if (poll % PRUNE_POLLS === 0) {
        await carrier.prune(signal);
        await keepRoom(sqlite, options);
      }
      await delay(POLL_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    await throttle.end();
    await carrier.close();
  }
}

/**
 * Keeps the side that follows level with the primary, whichever that is, until the signal comes or the move is over. Several may run: one carries, the
 * others wait for it to fall silent. It gives way to a command that claims the direction, and goes on after it.
 */
export async function follow(options: LiveOptions, signal: AbortSignal, events: FollowEvents = {}): Promise<void> {
  await withSqlite(options.sqliteFile, async (sqlite) => {
    let told: string | undefined;
    while (!signal.aborted) {
      try {
        await keepRoom(sqlite, options);
        const { state } = await recover(sqlite, options);
        if (state === undefined || state.phase === 'finished') return;
        const token = isFollowing(state) ? await freeToken(options, state) : undefined;
        if (isFollowing(state) && token !== undefined) {
          const { phase, runId } = state;
          await whileReachable(options.postgresUrl, (reachable) =>
            carryOn(sqlite, options, phase, runId, token, AbortSignal.any([signal, reachable]), events),
          );
          told = undefined;
          continue;
        }
        await delay(LOOK_MS, undefined, { signal }).catch(() => {});
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof FlashcaseError)) throw error;
        const trouble = `${error.code} ${error.message}`;
        if (error.code !== 'FC_MOVE_TAKEN_OVER' && trouble !== told) {
          told = trouble;
          events.onTrouble?.(error);
        }
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  });
}
