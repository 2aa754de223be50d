import type { Connection } from '../../engine/engine.ts';

export type GateState = 'open' | 'holding' | 'moved';

/**
 * The application's own gate, which its sessions ask before they write: while it is `holding` they wait, when it has `moved` they go to the other
 * side. The move turns it in the transaction that turns its fence. An application without a gate is refused by the fence instead.
 */
export interface Gate {
  /**
   * Writes the gate's row on this side, in the caller's transaction.
   * @param movedTo where the data is when it `moved`, without a password.
   */
  turn(connection: Connection, side: 'sqlite' | 'postgres', to: GateTurn): Promise<void>;
  /** The gate of this side as it is. A move home asks it: what goes on in a file must not be older than what was. */
  read?(connection: Connection): Promise<{ readonly state: GateState; readonly epoch: number } | undefined>;
}

export interface GateTurn {
  readonly state: GateState;
  readonly epoch: number;
  readonly movedTo?: string;
  /** Who turned it, for people: `move mv-… cutover`. */
  readonly by: string;
}

/** For an application without a gate of its own. */
export const noGate: Gate = { turn: async () => {} };
