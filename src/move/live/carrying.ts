import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Carrier, CarrierOptions } from '../follow/carrier.ts';
import { openForward } from '../follow/forward.ts';
import { openReverse, type ReverseCarrier } from '../follow/reverse.ts';
import { Rules } from '../plan/rules.ts';
import { type MoveState, type Phase, requireMoveState } from '../state/sqlite-state.ts';
import { recover } from '../switch/recover.ts';
import { readRun } from '../target/bookkeeping.ts';
import type { LiveOptions } from './live-options.ts';
import { withAnswering, withSqlite } from './sides.ts';

/** The phases in which one side follows the other. */
export type Direction = Extract<Phase, 'forward' | 'reverse'>;

/** A carrier of a command has this before its name: a follower gives it more time. */
export const COMMAND = 'command by ';
/** A switch begins when this few keys are behind: they fit into a small part of the limit. */
const LEVEL_KEYS = 200;
/** Tries to get level; a server that writes faster than one carrier carries is not switched. */
const LEVEL_TRIES = 200;

/** The direction of a move in which one side follows. Throws `FC_MOVE_STATE` before and after that. */
export function requireDirection({ phase, runId }: MoveState): Direction {
  if (phase === 'forward' || phase === 'reverse') return phase;
  throw new FlashcaseError('FC_MOVE_STATE', {
    what: phase === 'copying' ? 'The copy is not complete.' : 'The move is over, or is being aborted.',
    where: `move ${runId}`,
    hint: phase === 'copying' ? 'Run flashcase move start again.' : 'Run the command that ends it again: it goes on.',
  });
}

/**
 * Opens the carrier of a direction with the decisions this move was made with: what carries rows must decide as the copy did, in whatever folder
 * it runs. The caller claims, prepares and closes it.
 */
export async function openCarrier(options: LiveOptions, direction: Direction, runId: string): Promise<Carrier> {
  const open = direction === 'forward' ? openForward : openReverse;
  return open(await carrierOptions(options, runId));
}

/** As `openCarrier`, of the way back. */
export async function openReverseCarrier(options: LiveOptions, runId: string): Promise<ReverseCarrier> {
  return openReverse(await carrierOptions(options, runId));
}

async function carrierOptions(options: LiveOptions, runId: string): Promise<CarrierOptions> {
  const run = await withAnswering(options.postgresUrl, readRun);
  const { schema, tables, sqliteFile, postgresUrl } = options;
  return { schema, tables, sqliteFile, postgresUrl, runId, rules: new Rules(run?.decisions ?? []) };
}

/** Carries until nearly nothing is behind. @returns how many keys were carried. Throws `FC_MOVE_GIVEN_UP` when the carrier cannot catch up. */
export async function getLevel(carrier: Carrier, signal?: AbortSignal): Promise<number> {
  let carried = 0;
  for (let i = 0; i < LEVEL_TRIES; i++) {
    const { keys } = await carrier.carry(signal);
    carried += keys;
    if (keys <= LEVEL_KEYS) return carried;
    await delay(5);
  }
  throw new FlashcaseError('FC_MOVE_GIVEN_UP', {
    what: `The other side does not catch up: ${(await carrier.lag()).keys} keys are behind.`,
    hint: 'Wait for a time with fewer writes, then run the command again.',
  });
}

/** What a command finds when it carries: the sides are level, and the carrier is its own. */
export interface Carrying {
  readonly sqlite: Connection;
  readonly direction: Direction;
  readonly carrier: Carrier;
  /** How many keys it carried to get level. */
  readonly keys: number;
}

/**
 * Lets a command carry: an interrupted switch is put right, the direction claimed, the side that follows brought level; then `work`. Throws
 * `FC_MOVE_STATE` while neither side follows.
 */
export async function withCarrier<T>(options: LiveOptions, work: (carrying: Carrying) => Promise<T>): Promise<T> {
  return withSqlite(options.sqliteFile, async (sqlite) => {
    await recover(sqlite, options);
    const state = await requireMoveState(sqlite, options.sqliteFile);
    const direction = requireDirection(state);
    const carrier = await openCarrier(options, direction, state.runId);
    try {
      await carrier.claim(`${COMMAND}${options.by}`);
      await carrier.prepare();
      const keys = await getLevel(carrier);
      return await work({ sqlite, direction, carrier, keys });
    } finally {
      await carrier.close();
    }
  });
}

/** Brings PostgreSQL level with what was written during the copy, once. @returns how many keys were carried. */
export function catchUp(options: LiveOptions): Promise<{ readonly keys: number }> {
  return withCarrier(options, async ({ keys }) => ({ keys }));
}
