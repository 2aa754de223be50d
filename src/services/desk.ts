/**
 * What one process of a server does for all of them, because it keeps something between requests: a file that comes in pieces, a switch that is
 * under way. A server of one process does it itself.
 */
export interface Desk {
  /** The name of this process, to be asked for later. */
  readonly own: string;
  /**
   * Names work that is done where it is asked for. @returns how to ask: the process that has the desk now, or the one named.
   * Throws what the work throws, and `FC_NOT_FOUND` where the process named is gone.
   */
  open<Asked, Answer>(name: string, work: (asked: Asked) => Promise<Answer>): (asked: Asked, at?: string) => Promise<Answer>;
  /** Tells whether something is kept for requests to come; a process that is replaced waits for its end. */
  keeps(isKept: () => boolean): void;
}

/** The desk of a server of one process. */
export const ownDesk: Desk = {
  own: '',
  open: (_, work) => (asked) => work(asked),
  keeps: () => {},
};
