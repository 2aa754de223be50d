import type { Kysely } from 'kysely';
import type { Connection, WriteGuard } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { FlashcaseTables } from '../schema/flashcase.ts';
import type { Clock } from './clock.ts';

export type GateState = 'open' | 'holding' | 'moved';

export interface GateRow {
  readonly state: GateState;
  readonly epoch: number;
  /** Where the other side of a move is, without a password; it stays when the gate opens. */
  readonly movedTo: string | undefined;
}

/** The gate as this session sees it; `undefined` while the database is being made. */
export async function readGate(connection: Connection): Promise<GateRow | undefined> {
  const [row] = await connection.query(gateGuard.sql);
  if (row === undefined) return undefined;
  return {
    state: row.state as GateState,
    epoch: Number(row.epoch),
    movedTo: (row.moved_to as string | null) ?? undefined,
  };
}

/** What a turn writes; `src/move/state/gate.ts` has the same, since neither floor knows the other. */
export interface GateTurn {
  readonly state: GateState;
  readonly epoch: number;
  /** The other side, without a password; kept as it is when absent, taken away when empty. */
  readonly movedTo?: string;
  /** Who turned it, for people. */
  readonly by: string;
}

/** Turns the gate for a move: in the caller's transaction, so that fence and gate turn together. */
export function turnGate(clock: Clock): {
  turn(connection: Connection, side: 'sqlite' | 'postgres', to: GateTurn): Promise<void>;
  read(connection: Connection): Promise<GateRow | undefined>;
} {
  return {
    read: readGate,
    async turn(connection, _, { state, epoch, movedTo, by }) {
      const turned = {
        state,
        epoch: BigInt(epoch),
        changed_at: clock.now(),
        changed_by: by,
        ...(movedTo === undefined ? {} : { moved_to: movedTo === '' ? null : movedTo }),
      };
      // Each side has a row of its own that is not carried: on a new target the first turn makes it.
      await (connection.kysely as Kysely<FlashcaseTables>)
        .insertInto('write_gate')
        .values({ id: 1n, ...turned })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(turned))
        .execute();
    },
  };
}

/** A write that was held for longer than it waits. */
export function gateHolding(more: { readonly epoch?: unknown; readonly cause?: unknown } = {}): FlashcaseError {
  return new FlashcaseError('FC_GATE_HOLDING', {
    what: 'Writes are held for a moment while the database is moved.',
    hint: 'Try again in a second.',
    ...(more.epoch === undefined ? {} : { details: { epoch: more.epoch } }),
    ...(more.cause === undefined ? {} : { cause: more.cause }),
  });
}

/** A write, or a read that must be current, on the side that has moved. */
export function gateMoved(epoch: unknown, movedTo: unknown): FlashcaseError {
  return new FlashcaseError('FC_GATE_MOVED', {
    what: 'This database has been moved; it takes no more writes.',
    where: typeof movedTo === 'string' ? `moved to ${movedTo}` : '',
    hint: 'Set DATABASE_URL to the new database and restart.',
    details: { epoch },
  });
}

/**
 * The write gate: one stored row, read inside every write transaction. `open` lets it pass; `holding` refuses for the moment (a move is
 * switching over); `moved` refuses for good. A database without the row (being made) is refused too: nothing is written ungated.
 */
export const gateGuard: WriteGuard = {
  sql: 'SELECT state, epoch, moved_to FROM write_gate WHERE id = 1',
  check(rows) {
    const row = rows[0];
    if (row?.state === 'open') return;
    if (row?.state === 'holding') throw gateHolding({ epoch: row.epoch });
    if (row?.state === 'moved') throw gateMoved(row.epoch, row.moved_to);
    throw new FlashcaseError('FC_REVISION_PENDING', {
      what: 'This database has no write gate yet.',
      hint: 'Run flashcase db upgrade.',
    });
  },
};
